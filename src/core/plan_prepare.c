/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Before the outage: what is staged, kept and proven while the old module still runs. */

#include "plan_builder.h"

/*
 * So that none replaces the file, or builds an initramfs, in the middle. Where one is at work all
 * the same, the user knows and has overridden host-busy.
 */
static void plan_hold(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;

	if (!builder->has_files || host->at_work.count > 0)
		return;
	for (size_t i = 0; i < host->package_locks.count; i++) {
		struct ds_step *step =
			ds_plan_add_step(builder, DS_OP_FILE_HOLD, DS_OP_FILE_RELEASE);

		ds_plan_set(builder, &step->op.path, host->package_locks.items[i]);
		ds_plan_set(builder, &step->undo.path, host->package_locks.items[i]);
	}
}

static void plan_keep_original(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files || host->original.type != DS_FILE_ABSENT || !host->original.path)
		return;
	step = ds_plan_add_step(builder, DS_OP_FILE_COPY, DS_OP_FILE_REMOVE);
	ds_plan_set_file_op(builder, &step->op, host->original.path, host->installed.path,
		host->installed_image.digest);
	ds_plan_set_file_op(
		builder, &step->undo, host->original.path, NULL, host->installed_image.digest);
}

/* Only where the user overrode stale-new: what an unknown origin left is not worth keeping. */
static void plan_remove_stale(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (host->fresh.type != DS_FILE_REGULAR ||
		ds_string_equal(host->fresh_image.digest, host->candidate_image.digest))
		return;
	step = ds_plan_add_step(builder, DS_OP_FILE_REMOVE, DS_OP_NONE);
	ds_plan_set_file_op(builder, &step->op, host->fresh.path, NULL, host->fresh_image.digest);
	ds_plan_set(builder, &step->undo.value, "nothing: what lay there was left by someone else");
}

static void plan_stage(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files)
		return;
	plan_remove_stale(builder);
	step = ds_plan_add_step(builder, DS_OP_FILE_STAGE, DS_OP_FILE_REMOVE);
	ds_plan_set_file_op(builder, &step->op, host->fresh.path, host->installed.path,
		host->candidate_image.digest);
	ds_plan_set_file_op(
		builder, &step->undo, host->fresh.path, NULL, host->candidate_image.digest);
}

static void plan_dependencies(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;

	for (size_t i = 0; builder->has_live && i < host->dependencies.count; i++) {
		const struct ds_dependency *dependency = &host->dependencies.items[i];
		struct ds_step *step;

		if (dependency->is_loaded || dependency->is_builtin)
			continue;
		step = ds_plan_add_step(builder, DS_OP_MODULE_LOAD, DS_OP_MODULE_UNLOAD);
		ds_plan_set(builder, &step->op.module, dependency->name);
		ds_plan_set(builder, &step->op.path, dependency->path);
		ds_plan_set(builder, &step->undo.module, dependency->name);
	}
}

static void plan_prove(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	/* Also where only files change: the next boot must find one that the kernel takes. */
	if (host->module.state != DS_MODULE_LIVE)
		return;
	step = ds_plan_add_step(builder, DS_OP_MODULE_PROVE, DS_OP_NONE);
	ds_plan_set(builder, &step->op.module, host->module.name);
	ds_plan_set_file_op(builder, &step->op, ds_plan_candidate_path(builder), NULL,
		host->candidate_image.digest);
	if (!builder->has_live || !builder->back_file)
		return;
	step = ds_plan_add_step(builder, DS_OP_MODULE_PROVE, DS_OP_NONE);
	ds_plan_set(builder, &step->op.module, host->module.name);
	ds_plan_set_file_op(
		builder, &step->op, builder->back_file->path, NULL, builder->back_image->digest);
}

/* What is inserted was read once and stays in memory; but whoever changes it meant something. */
static void plan_expect_candidate(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;

	ds_plan_set_file_op(builder, &ds_plan_add_step(builder, DS_OP_FILE_EXPECT, DS_OP_NONE)->op,
		host->candidate.path, NULL, host->candidate_image.digest);
}

void ds_plan_prepare(struct ds_plan_builder *builder)
{
	builder->phase = DS_PHASE_PREPARE;
	plan_hold(builder);
	plan_keep_original(builder);
	plan_stage(builder);
	plan_dependencies(builder);
	plan_prove(builder);
	ds_plan_note_hooks(builder);
	/* They may take long: what comes after them is looked at after them. */
	ds_plan_hooks(builder, DS_HOOK_PRE);
	plan_expect_candidate(builder);
	ds_plan_set(builder, &ds_plan_add_step(builder, DS_OP_HOST_COMPARE, DS_OP_NONE)->op.module,
		builder->host->module.name);
}
