/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The disk follows what runs, and then the leftovers go. */

#include "initramfs.h"
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

/* A package that came in the meantime has the last word: its file is not exchanged. */
static void plan_expect(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step = ds_plan_add_step(builder, DS_OP_FILE_EXPECT, DS_OP_NONE);

	ds_plan_set_file_op(
		builder, &step->op, host->installed.path, NULL, host->installed_image.digest);
	/* Where a commit is finished that had begun. */
	ds_plan_set(builder, &step->op.value, host->candidate_image.digest);
}

/* --- the initramfs ---------------------------------------------------------------------- */

/* image: the path or the other of every such operation; the second name lies beside it. */
static void set_image_op(
	struct ds_plan_builder *builder, struct ds_op *op, const struct ds_initramfs *image)
{
	const struct ds_host *host = builder->host;
	bool is_of_second = op->kind == DS_OP_INITRAMFS_BUILD || op->kind == DS_OP_INITRAMFS_REMOVE;

	ds_plan_set_module_op(builder, op, host->module.name, &host->candidate_image.identity);
	ds_plan_set(builder, &op->digest, host->candidate_image.digest);
	ds_plan_set(builder, is_of_second ? &op->other : &op->path, image->path);
	if (ds_string_format(
		    is_of_second ? &op->path : &op->other, "%s" INITRAMFS_SUFFIX, image->path) < 0)
		builder->is_out_of_memory = true;
}

/* Built and looked into beside the old one, exchanged in one step: the host boots at any time. */
static void plan_image(struct ds_plan_builder *builder, const struct ds_initramfs *image)
{
	struct ds_step *step =
		ds_plan_add_step(builder, DS_OP_INITRAMFS_BUILD, DS_OP_INITRAMFS_REMOVE);

	set_image_op(builder, &step->op, image);
	ds_plan_set(builder, &step->op.value, image->tool);
	set_image_op(builder, &step->undo, image);

	step = ds_plan_add_step(builder, DS_OP_INITRAMFS_EXCHANGE, DS_OP_INITRAMFS_RESTORE);
	set_image_op(builder, &step->op, image);
	set_image_op(builder, &step->undo, image);
}

static void plan_clean_image(struct ds_plan_builder *builder, const struct ds_initramfs *image)
{
	struct ds_step *step = ds_plan_add_step(builder, DS_OP_INITRAMFS_REMOVE, DS_OP_NONE);

	set_image_op(builder, &step->op, image);
	/* The old one: now it may go. */
	ds_plan_set(builder, &step->op.other, NULL);
}

static void each_image(struct ds_plan_builder *builder,
	void (*plan)(struct ds_plan_builder *, const struct ds_initramfs *))
{
	const struct ds_host *host = builder->host;

	for (size_t i = 0; builder->has_files && i < host->initramfs.count; i++)
		if (initramfs_is_rebuilt(&host->initramfs.items[i], builder->request, host))
			plan(builder, &host->initramfs.items[i]);
}

/* --- the phases ------------------------------------------------------------------------- */

static void plan_files(struct ds_plan_builder *builder)
{
	const struct ds_host *host = builder->host;
	struct ds_step *step;

	if (!builder->has_files)
		return;
	plan_expect(builder);
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
	each_image(builder, plan_image);
}

/* The hooks come last of all that can be undone: what they tell others of is done then. */
void ds_plan_commit(struct ds_plan_builder *builder)
{
	builder->phase = DS_PHASE_COMMIT;
	plan_files(builder);
	ds_plan_hooks(builder, DS_HOOK_POST);
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
	each_image(builder, plan_clean_image);
	if (builder->has_live && host->kernel.panic_s == 0) {
		step = ds_plan_add_step(builder, DS_OP_SYSCTL, DS_OP_NONE);
		ds_plan_set(builder, &step->op.path, DS_PLAN_PANIC_SYSCTL);
		ds_plan_set(builder, &step->op.value, "0");
	}
}
