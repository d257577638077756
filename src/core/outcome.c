/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/outcome.h"

const char *const ds_outcome_kind_names[] = {"done", "nothing-to-do", "failed", "usage", "refused",
	"rolled-back", "incomplete", "locked", "pending", NULL};
_Static_assert(sizeof(ds_outcome_kind_names) / sizeof(char *) == DS_OUTCOME_KIND_COUNT + 1, "");

static const int exit_codes[DS_OUTCOME_KIND_COUNT] = {
	[DS_OUTCOME_DONE] = 0,
	[DS_OUTCOME_NOTHING] = 0,
	[DS_OUTCOME_FAILED] = 1,
	[DS_OUTCOME_USAGE] = 2,
	[DS_OUTCOME_REFUSED] = 3,
	[DS_OUTCOME_ROLLED_BACK] = 4,
	[DS_OUTCOME_INCOMPLETE] = 5,
	[DS_OUTCOME_LOCKED] = 6,
	[DS_OUTCOME_PENDING] = 0,
};

int ds_outcome_exit_code(enum ds_outcome_kind kind)
{
	return exit_codes[kind];
}

static const struct ds_field outcome_fields[] = {
	DS_STRING(struct ds_outcome, id),
	DS_ENUM(struct ds_outcome, kind, ds_outcome_kind_names),
	DS_STRING(struct ds_outcome, verb),
	DS_STRING(struct ds_outcome, module),
	DS_INT(struct ds_outcome, started_s),
	DS_INT(struct ds_outcome, duration_ms),
	DS_INT(struct ds_outcome, outage_ms),
	DS_RECORD(struct ds_outcome, from, &ds_identity_record),
	DS_RECORD(struct ds_outcome, to, &ds_identity_record),
	DS_STRING(struct ds_outcome, from_digest),
	DS_STRING(struct ds_outcome, to_digest),
	DS_STRING(struct ds_outcome, params),
	DS_STRING(struct ds_outcome, kernel),
	DS_STRING(struct ds_outcome, error),
	DS_STRING(struct ds_outcome, hint),
	DS_BOOL(struct ds_outcome, is_unverified),
	DS_RECORD(struct ds_outcome, verdict, &ds_verdict_record),
	DS_FIELDS_END,
};
const struct ds_record ds_outcome_record = {"outcome", sizeof(struct ds_outcome), outcome_fields};
