/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "plan_builder.h"

void ds_plan_set(struct ds_plan_builder *builder, char **member, const char *text)
{
	if (ds_string_set(member, text) < 0)
		builder->is_out_of_memory = true;
}

void ds_plan_set_identity(struct ds_plan_builder *builder, struct ds_identity *identity,
	const struct ds_identity *from)
{
	ds_record_done(&ds_identity_record, identity);
	if (ds_record_copy(&ds_identity_record, from, identity) < 0)
		builder->is_out_of_memory = true;
}

/* A new step; where memory ran out, a scratch one that nobody will see. */
struct ds_step *ds_plan_add_step(
	struct ds_plan_builder *builder, enum ds_op_kind op, enum ds_op_kind undo)
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

void ds_plan_set_file_op(struct ds_plan_builder *builder, struct ds_op *op, const char *path,
	const char *other, const char *digest)
{
	ds_plan_set(builder, &op->path, path);
	ds_plan_set(builder, &op->other, other);
	ds_plan_set(builder, &op->digest, digest);
}

void ds_plan_set_module_op(struct ds_plan_builder *builder, struct ds_op *op, const char *module,
	const struct ds_identity *identity)
{
	ds_plan_set(builder, &op->module, module);
	ds_plan_set_identity(builder, &op->identity, identity);
}

const char *ds_plan_candidate_path(const struct ds_plan_builder *builder)
{
	return builder->has_files ? builder->host->fresh.path : builder->host->candidate.path;
}
