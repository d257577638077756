/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The administrator's own programs around the outage. Where no code is exchanged there is none,
 * and nobody need be told: neither an install for another kernel nor one of a module that does not
 * run has hooks.
 */

#include "plan_builder.h"

#include <string.h>

bool ds_plan_runs_hooks(const struct ds_request *request, const struct ds_host *host)
{
	return !request->is_hooks_left && ds_plan_exchanges_code(request, host);
}

static void set_hook_op(
	struct ds_plan_builder *builder, struct ds_op *op, const struct ds_hook *hook)
{
	ds_plan_set(builder, &op->path, hook->path);
	ds_plan_set(builder, &op->value, ds_hook_when_names[hook->when]);
	ds_plan_set(builder, &op->other, ds_verb_names[builder->request->verb]);
}

static bool is_planned(
	const struct ds_plan_builder *builder, const struct ds_hook *hook, enum ds_hook_when when)
{
	return hook->when == (int)when && ds_hook_is_run(hook) &&
	       ds_plan_runs_hooks(builder->request, builder->host);
}

void ds_plan_hooks(struct ds_plan_builder *builder, enum ds_hook_when when)
{
	const struct ds_host *host = builder->host;

	for (size_t i = 0; i < host->hooks.count; i++)
		if (is_planned(builder, &host->hooks.items[i], when))
			set_hook_op(builder, &ds_plan_add_step(builder, DS_OP_HOOK, DS_OP_NONE)->op,
				&host->hooks.items[i]);
}

/* Planned in the reverse of their order, for undone is the newest first. */
void ds_plan_note_hooks(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;

	for (size_t i = host->hooks.count; i > 0; i--) {
		const struct ds_hook *hook = &host->hooks.items[i - 1];
		const char *slash = strrchr(hook->path, '/');
		struct ds_step *step;

		if (!is_planned(builder, hook, DS_HOOK_ROLLBACK))
			continue;
		step = ds_plan_add_step(builder, DS_OP_NONE, DS_OP_HOOK);
		if (ds_string_format(&step->op.value, "note that a rollback ends with the hook %s",
			    slash ? slash + 1 : hook->path) < 0)
			builder->is_out_of_memory = true;
		set_hook_op(builder, &step->undo, hook);
	}
}
