/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_CORE_PLAN_BUILDER_H
#define DRVSWAP_CORE_PLAN_BUILDER_H

/*
 * What the phases of a plan are built with: plan_prepare.c, plan_trial.c and plan_commit.c add
 * their steps one after the other, plan.c decides what there is to do at all.
 */

#include "drvswap/plan.h"

#define DS_PLAN_PANIC_SYSCTL "kernel/panic"
#define DS_PLAN_RCU_SYSFS    "kernel/rcu_expedited"

struct ds_plan_builder {
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

/* These note a lack of memory in the builder, so that nobody has to look. */
void ds_plan_set(struct ds_plan_builder *builder, char **member, const char *text);
void ds_plan_set_identity(struct ds_plan_builder *builder, struct ds_identity *identity,
	const struct ds_identity *from);
struct ds_step *ds_plan_add_step(
	struct ds_plan_builder *builder, enum ds_op_kind op, enum ds_op_kind undo);
void ds_plan_set_file_op(struct ds_plan_builder *builder, struct ds_op *op, const char *path,
	const char *other, const char *digest);
void ds_plan_set_module_op(struct ds_plan_builder *builder, struct ds_op *op, const char *module,
	const struct ds_identity *identity);

/* Where the candidate's bytes are found by a process that did not read them itself. */
const char *ds_plan_candidate_path(const struct ds_plan_builder *builder);

/* Those that are run now, and those that end a rollback from here on. */
void ds_plan_hooks(struct ds_plan_builder *builder, enum ds_hook_when when);
void ds_plan_note_hooks(struct ds_plan_builder *builder);

void ds_plan_prepare(struct ds_plan_builder *builder);
void ds_plan_trial(struct ds_plan_builder *builder);
void ds_plan_commit(struct ds_plan_builder *builder);
void ds_plan_if_stuck(struct ds_plan_builder *builder);
void ds_plan_clean(struct ds_plan_builder *builder);

#endif
