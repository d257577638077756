/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Makes the plan, phase by phase.
 *
 * Undo runs newest first. What must be undone after something else is therefore planned before
 * it: the step that only notes the network stands before the unload, so that its undo, the
 * restoring, runs after the undo of the unload, the insertion of the old module.
 */

#include "drvswap/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANIC_REBOOT_S "10" /* long enough for the panic to reach a serial console */
#define PANIC_SYSCTL   "kernel/panic"

struct builder {
	const struct ds_request *request;
	const struct ds_host *host;
	struct ds_plan *plan;
	enum ds_phase phase;
	bool is_out_of_memory;

	bool has_files, has_live;
	char *params; /* of the candidate */
	char *links;  /* names, for people */
	char *devices;
	/* The file that holds the code that runs: what a rollback loads. */
	const struct ds_file *back_file;
	const struct ds_image *back_image;
};

static void set(struct builder *builder, char **member, const char *text)
{
	if (ds_string_set(member, text) < 0)
		builder->is_out_of_memory = true;
}

static void set_identity(
	struct builder *builder, struct ds_identity *identity, const struct ds_identity *from)
{
	ds_record_done(&ds_identity_record, identity);
	if (ds_record_copy(&ds_identity_record, from, identity) < 0)
		builder->is_out_of_memory = true;
}

/* A new step; where memory ran out, a scratch one that nobody will see. */
static struct ds_step *add_step(struct builder *builder, enum ds_op_kind op, enum ds_op_kind undo)
{
	static struct ds_step scratch;
	struct ds_step *step = ds_list_add(&builder->plan->steps);

	if (!step) {
		builder->is_out_of_memory = true;
		ds_record_done(&ds_step_record, &scratch);
		step = &scratch;
	}
	step->phase = builder->phase;
	step->op.kind = op;
	step->undo.kind = undo;
	return step;
}

static void set_file_op(struct builder *builder, struct ds_op *op, const char *path,
	const char *other, const char *digest)
{
	set(builder, &op->path, path);
	set(builder, &op->other, other);
	set(builder, &op->digest, digest);
}

static void set_module_op(struct builder *builder, struct ds_op *op, const char *module,
	const struct ds_identity *identity)
{
	set(builder, &op->module, module);
	set_identity(builder, &op->identity, identity);
}

/* --- prepare ---------------------------------------------------------------------------- */

static void plan_keep_original(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files || host->original.type != DS_FILE_ABSENT || !host->original.path)
		return;
	step = add_step(builder, DS_OP_FILE_COPY, DS_OP_FILE_REMOVE);
	set_file_op(builder, &step->op, host->original.path, host->installed.path,
		host->installed_image.digest);
	set_file_op(builder, &step->undo, host->original.path, NULL, host->installed_image.digest);
}

static void plan_stage(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files)
		return;
	step = add_step(builder, DS_OP_FILE_STAGE, DS_OP_FILE_REMOVE);
	set_file_op(builder, &step->op, host->fresh.path, host->installed.path,
		host->candidate_image.digest);
	set_file_op(builder, &step->undo, host->fresh.path, NULL, host->candidate_image.digest);
}

static void plan_dependencies(struct builder *builder)
{
	const struct ds_host *host = builder->host;

	for (size_t i = 0; builder->has_live && i < host->dependencies.count; i++) {
		const struct ds_dependency *dependency = &host->dependencies.items[i];
		struct ds_step *step;

		if (dependency->is_loaded || dependency->is_builtin)
			continue;
		step = add_step(builder, DS_OP_MODULE_LOAD, DS_OP_MODULE_UNLOAD);
		set(builder, &step->op.module, dependency->name);
		set(builder, &step->op.path, dependency->path);
		set(builder, &step->undo.module, dependency->name);
	}
}

/* Where the candidate's bytes are found by a process that did not read them itself. */
static const char *candidate_path(const struct builder *builder)
{
	return builder->has_files ? builder->host->fresh.path : builder->host->candidate.path;
}

static void plan_prove(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_live)
		return;
	step = add_step(builder, DS_OP_MODULE_PROVE, DS_OP_NONE);
	set(builder, &step->op.module, host->module.name);
	set_file_op(
		builder, &step->op, candidate_path(builder), NULL, host->candidate_image.digest);
	if (!builder->back_file)
		return;
	step = add_step(builder, DS_OP_MODULE_PROVE, DS_OP_NONE);
	set(builder, &step->op.module, host->module.name);
	set_file_op(
		builder, &step->op, builder->back_file->path, NULL, builder->back_image->digest);
}

static void plan_prepare(struct builder *builder)
{
	builder->phase = DS_PHASE_PREPARE;
	plan_keep_original(builder);
	plan_stage(builder);
	plan_dependencies(builder);
	plan_prove(builder);
	set(builder, &add_step(builder, DS_OP_HOST_COMPARE, DS_OP_NONE)->op.module,
		builder->host->module.name);
}

/* --- trial ------------------------------------------------------------------------------ */

/* Debian's kernels stay dead after a panic: during the trial they reboot into the old driver. */
static void plan_panic(struct builder *builder)
{
	struct ds_step *step;

	if (builder->host->kernel.panic_s != 0)
		return;
	step = add_step(builder, DS_OP_SYSCTL, DS_OP_SYSCTL);
	set(builder, &step->op.path, PANIC_SYSCTL);
	set(builder, &step->op.value, PANIC_REBOOT_S);
	set(builder, &step->undo.path, PANIC_SYSCTL);
	set(builder, &step->undo.value, "0");
}

static void plan_unload_holders(struct builder *builder)
{
	const struct ds_module *module = &builder->host->module;

	for (size_t i = 0; i < module->holders.count; i++) {
		const struct ds_holder *holder = &module->holders.items[i];
		struct ds_step *step = add_step(builder, DS_OP_MODULE_UNLOAD, DS_OP_MODULE_LOAD);

		set_module_op(builder, &step->op, holder->name, &holder->identity);
		set_module_op(builder, &step->undo, holder->name, &holder->installed);
		set(builder, &step->undo.path, holder->path);
		set(builder, &step->undo.value, holder->options);
	}
}

static void plan_load_holders(struct builder *builder)
{
	const struct ds_module *module = &builder->host->module;

	for (size_t i = module->holders.count; i > 0; i--) {
		const struct ds_holder *holder = &module->holders.items[i - 1];
		struct ds_step *step = add_step(builder, DS_OP_MODULE_LOAD, DS_OP_MODULE_UNLOAD);

		set_module_op(builder, &step->op, holder->name, &holder->installed);
		set(builder, &step->op.path, holder->path);
		set(builder, &step->op.value, holder->options);
		set_module_op(builder, &step->undo, holder->name, &holder->installed);
	}
}

static void set_wait_op(struct builder *builder, struct ds_op *op)
{
	set(builder, &op->module, builder->host->module.name);
	set(builder, &op->value, builder->devices);
}

static void plan_notes(struct builder *builder)
{
	struct ds_step *step;

	if (builder->host->network.links.count > 0) {
		step = add_step(builder, DS_OP_NONE, DS_OP_NETWORK_RESTORE);
		if (ds_string_format(&step->op.value, "note the network of %s", builder->links) < 0)
			builder->is_out_of_memory = true;
		set(builder, &step->undo.value, builder->links);
	}
	if (builder->host->devices.count > 0) {
		step = add_step(builder, DS_OP_NONE, DS_OP_DEVICES_WAIT);
		if (ds_string_format(&step->op.value, "note the devices %s", builder->devices) < 0)
			builder->is_out_of_memory = true;
		set_wait_op(builder, &step->undo);
	}
}

static void plan_exchange_code(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	bool has_way_back = builder->back_file;
	struct ds_step *step;

	step = add_step(
		builder, DS_OP_MODULE_UNLOAD, has_way_back ? DS_OP_MODULE_INSERT : DS_OP_NONE);
	set_module_op(builder, &step->op, host->module.name, &host->module.identity);
	if (has_way_back) {
		set_module_op(
			builder, &step->undo, host->module.name, &builder->back_image->identity);
		set_file_op(builder, &step->undo, builder->back_file->path, NULL,
			builder->back_image->digest);
		set(builder, &step->undo.value, host->module.options);
	} else {
		set(builder, &step->undo.value, "nothing: no file holds the code that runs");
	}

	step = add_step(builder, DS_OP_MODULE_INSERT, DS_OP_MODULE_UNLOAD);
	set_module_op(builder, &step->op, host->module.name, &host->candidate_image.identity);
	set_file_op(
		builder, &step->op, candidate_path(builder), NULL, host->candidate_image.digest);
	set(builder, &step->op.value, builder->params);
	set_module_op(builder, &step->undo, host->module.name, &host->candidate_image.identity);
}

static void plan_trial(struct builder *builder)
{
	if (!builder->has_live)
		return;
	builder->phase = DS_PHASE_TRIAL;
	plan_panic(builder);
	plan_unload_holders(builder);
	plan_notes(builder);
	plan_exchange_code(builder);
	if (builder->host->devices.count > 0)
		set_wait_op(builder, &add_step(builder, DS_OP_DEVICES_WAIT, DS_OP_NONE)->op);
	if (builder->host->network.links.count > 0)
		set(builder, &add_step(builder, DS_OP_NETWORK_RESTORE, DS_OP_NONE)->op.value,
			builder->links);
	plan_load_holders(builder);
	add_step(builder, DS_OP_VERIFY, DS_OP_NONE);
}

/* --- commit ----------------------------------------------------------------------------- */

static void set_depmod_op(struct builder *builder, struct ds_op *op)
{
	set(builder, &op->module, builder->host->module.name);
	set(builder, &op->value, builder->host->kernel.release);
	set(builder, &op->path, builder->host->installed.path);
}

/* What was installed becomes .old; an earlier .old waits as .new until nothing can fail. */
static void plan_rotate(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	bool has_previous = host->previous.type != DS_FILE_ABSENT;
	struct ds_step *step = has_previous
				       ? add_step(builder, DS_OP_FILE_EXCHANGE, DS_OP_FILE_EXCHANGE)
				       : add_step(builder, DS_OP_FILE_RENAME, DS_OP_FILE_RENAME);

	set_file_op(builder, &step->op, host->previous.path, host->fresh.path,
		host->installed_image.digest);
	if (has_previous)
		set_file_op(builder, &step->undo, host->previous.path, host->fresh.path,
			host->previous_image.digest);
	else
		set_file_op(builder, &step->undo, host->fresh.path, host->previous.path,
			host->installed_image.digest);
}

static void plan_commit(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files)
		return;
	builder->phase = DS_PHASE_COMMIT;
	step = add_step(builder, DS_OP_NONE, DS_OP_DEPMOD);
	set(builder, &step->op.value, "note that the module indexes must match the files");
	set_depmod_op(builder, &step->undo);

	step = add_step(builder, DS_OP_FILE_EXCHANGE, DS_OP_FILE_EXCHANGE);
	set_file_op(builder, &step->op, host->installed.path, host->fresh.path,
		host->candidate_image.digest);
	set_file_op(builder, &step->undo, host->installed.path, host->fresh.path,
		host->installed_image.digest);
	plan_rotate(builder);
	set_depmod_op(builder, &add_step(builder, DS_OP_DEPMOD, DS_OP_NONE)->op);
}

static void plan_clean(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	builder->phase = DS_PHASE_CLEAN;
	if (builder->has_files && host->previous.type != DS_FILE_ABSENT)
		set_file_op(builder, &add_step(builder, DS_OP_FILE_REMOVE, DS_OP_NONE)->op,
			host->fresh.path, NULL, host->previous_image.digest);
	if (builder->has_live && host->kernel.panic_s == 0) {
		step = add_step(builder, DS_OP_SYSCTL, DS_OP_NONE);
		set(builder, &step->op.path, PANIC_SYSCTL);
		set(builder, &step->op.value, "0");
	}
}

/* --- the whole -------------------------------------------------------------------------- */

/* The names of links or devices, separated by ", ". */
static char *join(const char *(*name_of)(const struct ds_host *, size_t), size_t count,
	const struct ds_host *host)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? ", " : "", name_of(host, i));
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static const char *link_name(const struct ds_host *host, size_t i)
{
	return host->network.links.items[i].name;
}

static const char *device_name(const struct ds_host *host, size_t i)
{
	return host->devices.items[i].address;
}

/*
 * The file that holds what runs, so that a rollback loads what ran; where none does (the user
 * overrode running-not-on-disk), the installed one.
 */
static void choose_way_back(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	const struct {
		const struct ds_file *file;
		const struct ds_image *image;
	} files[] = {
		{&host->installed, &host->installed_image},
		{&host->previous, &host->previous_image},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i].file->type != DS_FILE_REGULAR ||
			files[i].image->fault != DS_IMAGE_OK ||
			ds_identity_compare(&files[i].image->identity, &host->module.identity,
				NULL) == DS_SAME_NO)
			continue;
		builder->back_file = files[i].file;
		builder->back_image = files[i].image;
		return;
	}
	if (host->installed.type == DS_FILE_REGULAR && host->installed_image.fault == DS_IMAGE_OK) {
		builder->back_file = &host->installed;
		builder->back_image = &host->installed_image;
	}
}

static void describe(struct builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_plan *plan = builder->plan;

	set(builder, &plan->module, host->module.name);
	set_identity(builder, &plan->from, &host->module.identity);
	set_identity(builder, &plan->to, &host->candidate_image.identity);
	set(builder, &plan->from_digest, host->installed_image.digest);
	set(builder, &plan->to_digest, host->candidate_image.digest);
	plan->is_live = builder->has_live;
	if (host->installed.type != DS_FILE_ABSENT)
		set(builder, &plan->installed_path, host->installed.path);
}

static void decide_halves(struct builder *builder)
{
	const struct ds_host *host = builder->host;

	builder->has_files =
		host->installed.type != DS_FILE_ABSENT &&
		!ds_string_equal(host->installed_image.digest, host->candidate_image.digest);
	builder->has_live = host->module.state == DS_MODULE_LIVE &&
			    (builder->request->params.count > 0 ||
				    ds_identity_compare(&host->module.identity,
					    &host->candidate_image.identity, NULL) != DS_SAME_YES);
}

static void builder_start(struct builder *builder)
{
	const struct ds_request *request = builder->request;
	const struct ds_host *host = builder->host;

	decide_halves(builder);
	choose_way_back(builder);
	builder->links = join(link_name, host->network.links.count, host);
	builder->devices = join(device_name, host->devices.count, host);
	builder->params = request->params.count > 0
				  ? ds_params_line(request->params.items, request->params.count)
				  : strdup(host->module.options ? host->module.options : "");
	if (!builder->links || !builder->devices || !builder->params)
		builder->is_out_of_memory = true;
}

int ds_plan_build(const struct ds_request *request, const struct ds_host *host,
	struct ds_plan *ret_plan, struct ds_error *error)
{
	struct builder builder = {.request = request, .host = host, .plan = ret_plan};

	builder_start(&builder);
	describe(&builder);
	if (!builder.is_out_of_memory && (builder.has_files || builder.has_live)) {
		plan_prepare(&builder);
		plan_trial(&builder);
		plan_commit(&builder);
		plan_clean(&builder);
	}
	free(builder.links);
	free(builder.devices);
	free(builder.params);
	if (builder.is_out_of_memory) {
		ds_record_done(&ds_plan_record, ret_plan);
		return ds_error_set(error, -ENOMEM, "out of memory");
	}
	return 0;
}
