/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The disk follows what runs, and then the leftovers go. */

#include "plan_builder.h"

static void set_depmod_op(struct ds_plan_builder *builder, struct ds_op *op)
{
	ds_plan_set(builder, &op->module, builder->host->module.name);
	ds_plan_set(builder, &op->value, builder->host->kernel.release);
	ds_plan_set(builder, &op->path, builder->host->installed.path);
}

/* What was installed becomes .old; an earlier .old waits as .new until nothing can fail. */
static void plan_rotate(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	bool has_previous = host->previous.type != DS_FILE_ABSENT;
	struct ds_step *step =
		has_previous ? ds_plan_add_step(builder, DS_OP_FILE_EXCHANGE, DS_OP_FILE_EXCHANGE)
			     : ds_plan_add_step(builder, DS_OP_FILE_RENAME, DS_OP_FILE_RENAME);

	ds_plan_set_file_op(builder, &step->op, host->previous.path, host->fresh.path,
		host->installed_image.digest);
	if (has_previous)
		ds_plan_set_file_op(builder, &step->undo, host->previous.path, host->fresh.path,
			host->previous_image.digest);
	else
		ds_plan_set_file_op(builder, &step->undo, host->fresh.path, host->previous.path,
			host->installed_image.digest);
}

void ds_plan_commit(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files)
		return;
	builder->phase = DS_PHASE_COMMIT;
	step = ds_plan_add_step(builder, DS_OP_NONE, DS_OP_DEPMOD);
	ds_plan_set(builder, &step->op.value, "note that the module indexes must match the files");
	set_depmod_op(builder, &step->undo);

	step = ds_plan_add_step(builder, DS_OP_FILE_EXCHANGE, DS_OP_FILE_EXCHANGE);
	ds_plan_set_file_op(builder, &step->op, host->installed.path, host->fresh.path,
		host->candidate_image.digest);
	ds_plan_set_file_op(builder, &step->undo, host->installed.path, host->fresh.path,
		host->installed_image.digest);
	plan_rotate(builder);
	set_depmod_op(builder, &ds_plan_add_step(builder, DS_OP_DEPMOD, DS_OP_NONE)->op);
}

void ds_plan_clean(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	builder->phase = DS_PHASE_CLEAN;
	if (builder->has_files && host->previous.type != DS_FILE_ABSENT)
		ds_plan_set_file_op(builder,
			&ds_plan_add_step(builder, DS_OP_FILE_REMOVE, DS_OP_NONE)->op,
			host->fresh.path, NULL, host->previous_image.digest);
	if (builder->has_live && host->kernel.panic_s == 0) {
		step = ds_plan_add_step(builder, DS_OP_SYSCTL, DS_OP_NONE);
		ds_plan_set(builder, &step->op.path, DS_PLAN_PANIC_SYSCTL);
		ds_plan_set(builder, &step->op.value, "0");
	}
}
