/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The outage and the trial. Undo runs newest first. What must be undone after something else is
 * therefore planned before it: the step that only notes the network stands before the unload, so
 * that its undo, the restoring, runs after the undo of the unload, the insertion of the old module.
 */

#include "params.h"
#include "plan_builder.h"

#include <stdlib.h>

#include "drvswap/proof.h"

#define AUTOLOAD_ENTRY "/run/modprobe.d/drvswap-%s.conf"
#define PANIC_REBOOT_S "10" /* long enough for the panic to reach a serial console */

/* Debian's kernels stay dead after a panic: during the trial they reboot into the old driver. */
static void plan_panic(struct ds_plan_builder *builder)
{
	struct ds_step *step;

	if (builder->host->kernel.panic_s != 0)
		return;
	step = ds_plan_add_step(builder, DS_OP_SYSCTL, DS_OP_SYSCTL);
	ds_plan_set(builder, &step->op.path, DS_PLAN_PANIC_SYSCTL);
	ds_plan_set(builder, &step->op.value, PANIC_REBOOT_S);
	ds_plan_set(builder, &step->undo.path, DS_PLAN_PANIC_SYSCTL);
	ds_plan_set(builder, &step->undo.value, "0");
}

/*
 * Unregistering a link waits for several grace periods of RCU, one after the other; asked to hurry,
 * the kernel ends each in a fraction of the time, at the price of interrupting all processors. So
 * it is asked for the outage only, on the way back too.
 */
static void plan_expedite(struct ds_plan_builder *builder, bool is_begin)
{
	const struct ds_kernel *kernel = &builder->host->kernel;
	struct ds_step *step;

	if (kernel->rcu_expedited != 0)
		return;
	step = ds_plan_add_step(builder, DS_OP_SYSFS, DS_OP_SYSFS);
	ds_plan_set(builder, &step->op.path, DS_PLAN_RCU_SYSFS);
	ds_plan_set(builder, &step->op.value, is_begin ? "1" : "0");
	ds_plan_set(builder, &step->undo.path, DS_PLAN_RCU_SYSFS);
	ds_plan_set(builder, &step->undo.value, is_begin ? "0" : "1");
}

/*
 * Between unload and insert a device event would make udev load what the disk holds. The entry is
 * gone before anybody is asked to confirm.
 */
static void plan_autoload(
	struct ds_plan_builder *builder, enum ds_op_kind kind, enum ds_op_kind undo)
{
	const char *module = builder->host->module.name;
	struct ds_step *step = ds_plan_add_step(builder, kind, undo);
	struct ds_op *ops[] = {&step->op, &step->undo};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		ds_plan_set(builder, &ops[i]->module, module);
		if (ds_string_format(&ops[i]->path, AUTOLOAD_ENTRY, module) < 0)
			builder->is_out_of_memory = true;
	}
}

static void plan_unload_holders(struct ds_plan_builder *builder)
{
	const struct ds_module *module = &builder->host->module;

	for (size_t i = 0; i < module->holders.count; i++) {
		const struct ds_holder *holder = &module->holders.items[i];
		struct ds_step *step =
			ds_plan_add_step(builder, DS_OP_MODULE_UNLOAD, DS_OP_MODULE_LOAD);

		ds_plan_set_module_op(builder, &step->op, holder->name, &holder->identity);
		ds_plan_set_module_op(builder, &step->undo, holder->name, &holder->installed);
		ds_plan_set(builder, &step->undo.path, holder->path);
		ds_plan_set(builder, &step->undo.value, holder->options);
	}
}

static void plan_load_holders(struct ds_plan_builder *builder)
{
	const struct ds_module *module = &builder->host->module;

	for (size_t i = module->holders.count; i > 0; i--) {
		const struct ds_holder *holder = &module->holders.items[i - 1];
		struct ds_step *step =
			ds_plan_add_step(builder, DS_OP_MODULE_LOAD, DS_OP_MODULE_UNLOAD);

		ds_plan_set_module_op(builder, &step->op, holder->name, &holder->installed);
		ds_plan_set(builder, &step->op.path, holder->path);
		ds_plan_set(builder, &step->op.value, holder->options);
		ds_plan_set_module_op(builder, &step->undo, holder->name, &holder->installed);
	}
}

static void set_wait_op(struct ds_plan_builder *builder, struct ds_op *op)
{
	ds_plan_set(builder, &op->module, builder->host->module.name);
	ds_plan_set(builder, &op->value, builder->devices);
}

/* Each only notes what its undo, which is planned in the reverse order, brings back. */
static void plan_note(struct ds_plan_builder *builder, const char *what, enum ds_op_kind undo)
{
	struct ds_step *step = ds_plan_add_step(builder, DS_OP_NONE, undo);

	if (ds_string_format(&step->op.value, "note the %s of %s", what, builder->links) < 0)
		builder->is_out_of_memory = true;
	ds_plan_set(builder, &step->undo.value, builder->links);
}

/* "systemd-networkd (eth0, bond0), ifupdown (eth1)". */
static void set_owners(struct ds_plan_builder *builder, struct ds_op *op)
{
	const struct ds_network *network = &builder->host->network;

	for (int owner = 0; owner < DS_OWNER_COUNT; owner++) {
		bool is_first = true;

		for (size_t i = 0; i < network->owned.count; i++) {
			const struct ds_owned *owned = &network->owned.items[i];
			const char *before = op->value ? op->value : "";
			int r = 0;

			if (owned->owner != owner)
				continue;
			if (is_first)
				r = ds_string_format(&op->value, "%s%s%s (%s", before,
					op->value ? "), " : "", ds_owner_names[owner], owned->link);
			else
				r = ds_string_format(&op->value, "%s, %s", before, owned->link);
			builder->is_out_of_memory |= r < 0;
			is_first = false;
		}
	}
	if (ds_string_format(&op->value, "%s)", op->value ? op->value : "") < 0)
		builder->is_out_of_memory = true;
}

/* Last of all, also on the way back: what it waits for is what the others did to the links. */
static void plan_note_owners(struct ds_plan_builder *builder)
{
	struct ds_step *step;

	if (builder->host->network.owned.count == 0)
		return;
	step = ds_plan_add_step(builder, DS_OP_NONE, DS_OP_NETWORK_OWNERS);
	if (ds_string_format(&step->op.value, "note the owners of %s", builder->links) < 0)
		builder->is_out_of_memory = true;
	set_owners(builder, &step->undo);
}

static void plan_owners(struct ds_plan_builder *builder)
{
	if (builder->host->network.owned.count > 0)
		set_owners(
			builder, &ds_plan_add_step(builder, DS_OP_NETWORK_OWNERS, DS_OP_NONE)->op);
}

static void plan_notes(struct ds_plan_builder *builder)
{
	struct ds_step *step;

	if (ds_network_has_links(&builder->host->network)) {
		plan_note_owners(builder);
		plan_note(builder, "carrier", DS_OP_NETWORK_READY);
		plan_note(builder, "settings", DS_OP_NETWORK_SETTINGS);
		plan_note(builder, "network", DS_OP_NETWORK_RESTORE);
	}
	if (builder->host->devices.count > 0) {
		step = ds_plan_add_step(builder, DS_OP_NONE, DS_OP_DEVICES_WAIT);
		if (ds_string_format(&step->op.value, "note the devices %s", builder->devices) < 0)
			builder->is_out_of_memory = true;
		set_wait_op(builder, &step->undo);
	}
}

static void plan_links(struct ds_plan_builder *builder, enum ds_op_kind kind)
{
	if (ds_network_has_links(&builder->host->network))
		ds_plan_set(builder, &ds_plan_add_step(builder, kind, DS_OP_NONE)->op.value,
			builder->links);
}

/* Other code than what runs gets what modprobe would give it. */
static void set_params_back(struct ds_plan_builder *builder, struct ds_op *op)
{
	const struct ds_module *module = &builder->host->module;
	char *line;

	if (ds_identity_compare(&op->identity, &module->identity, NULL) == DS_SAME_NO) {
		ds_plan_set(builder, &op->value, module->options);
		return;
	}
	line = ds_params_back(module);
	if (!line)
		builder->is_out_of_memory = true;
	if (line && (*line || module->options))
		ds_plan_set(builder, &op->value, line);
	free(line);
}

static void plan_exchange_code(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	bool has_way_back = builder->back_file;
	struct ds_step *step;

	step = ds_plan_add_step(
		builder, DS_OP_MODULE_UNLOAD, has_way_back ? DS_OP_MODULE_INSERT : DS_OP_NONE);
	ds_plan_set_module_op(builder, &step->op, host->module.name, &host->module.identity);
	if (has_way_back) {
		ds_plan_set_module_op(
			builder, &step->undo, host->module.name, &builder->back_image->identity);
		ds_plan_set_file_op(builder, &step->undo, builder->back_file->path,
			host->installed.type == DS_FILE_REGULAR ? host->installed.path : NULL,
			builder->back_image->digest);
		set_params_back(builder, &step->undo);
	} else {
		ds_plan_set(
			builder, &step->undo.value, "nothing: no file holds the code that runs");
	}

	step = ds_plan_add_step(builder, DS_OP_MODULE_INSERT, DS_OP_MODULE_UNLOAD);
	ds_plan_set_module_op(
		builder, &step->op, host->module.name, &host->candidate_image.identity);
	ds_plan_set_file_op(builder, &step->op, ds_plan_candidate_path(builder), NULL,
		host->candidate_image.digest);
	ds_plan_set(builder, &step->op.value, builder->params);
	ds_plan_set_module_op(
		builder, &step->undo, host->module.name, &host->candidate_image.identity);
}

static void plan_verify(struct ds_plan_builder *builder)
{
	struct ds_step *step = ds_plan_add_step(builder, DS_OP_VERIFY, DS_OP_NONE);
	const ds_strings *checks = &builder->request->checks;

	for (size_t i = 0; i < checks->count; i++)
		if (ds_string_format(&step->op.value, "%s%s`%s`",
			    step->op.value ? step->op.value : "", i ? ", " : "",
			    checks->items[i]) < 0)
			builder->is_out_of_memory = true;
}

/* Nothing of the disk has changed yet: without the proof the old driver comes back. */
static void plan_proof(struct ds_plan_builder *builder)
{
	static const enum ds_op_kind ops[DS_PROOF_COUNT] = {
		[DS_PROOF_CONFIRM] = DS_OP_CONFIRM,
		[DS_PROOF_KEY] = DS_OP_PROOF_KEY,
		[DS_PROOF_ACK] = DS_OP_PROOF_ACK,
	};
	enum ds_proof proof = ds_proof_of(builder->request, builder->host);
	int64_t seconds = proof == DS_PROOF_CONFIRM ? builder->request->confirm_s
						    : ds_proof_seconds(builder->request);
	struct ds_step *step;

	if (ops[proof] == DS_OP_NONE)
		return;
	step = ds_plan_add_step(builder, ops[proof], DS_OP_NONE);
	if (ds_string_format(&step->op.value, "%lld", (long long)seconds) < 0)
		builder->is_out_of_memory = true;
}

void ds_plan_trial(struct ds_plan_builder *builder)
{
	if (!builder->has_live)
		return;
	builder->phase = DS_PHASE_TRIAL;
	plan_panic(builder);
	plan_autoload(builder, DS_OP_AUTOLOAD_STOP, DS_OP_AUTOLOAD_ALLOW);
	plan_expedite(builder, true);
	plan_unload_holders(builder);
	plan_notes(builder);
	plan_exchange_code(builder);
	if (builder->host->devices.count > 0)
		set_wait_op(
			builder, &ds_plan_add_step(builder, DS_OP_DEVICES_WAIT, DS_OP_NONE)->op);
	plan_links(builder, DS_OP_NETWORK_RESTORE);
	plan_load_holders(builder);
	plan_expedite(builder, false);
	plan_autoload(builder, DS_OP_AUTOLOAD_ALLOW, DS_OP_AUTOLOAD_STOP);
	plan_links(builder, DS_OP_NETWORK_SETTINGS);
	plan_links(builder, DS_OP_NETWORK_READY);
	plan_owners(builder);
	plan_verify(builder);
	plan_proof(builder);
}
