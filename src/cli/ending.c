/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ending.h"

#include <errno.h>

#include "history.h"
#include "under_way.h"

/* The newest such line, for a recovery adds another. */
int ending_in_history(struct ds_door *door, const char *id, struct ds_outcome *ret_outcome,
	struct ds_error *error)
{
	struct history history = {0};
	int r = history_read(door, NULL, &history, error);

	for (size_t i = history.outcomes.count; r == 0 && i > 0; i--) {
		const struct ds_outcome *outcome = &history.outcomes.items[i - 1];

		if (ds_string_equal(outcome->id, id))
			r = ds_record_copy(&ds_outcome_record, outcome, ret_outcome) < 0
				    ? ds_error_set(error, -ENOMEM, "out of memory")
				    : 1;
	}
	ds_record_done(&history_record, &history);
	return r;
}

/* 1: the journal still holds it. */
static int is_unfinished(struct ds_door *door, const char *id, struct ds_error *error)
{
	struct under_way under_way = {0};
	int r = under_way_read(door, &under_way, error);

	if (r == 0)
		r = under_way.id && ds_string_equal(under_way.id, id);
	ds_record_done(&under_way_record, &under_way);
	return r;
}

/* No process has told how it ended. */
static int describe(struct ds_outcome *outcome, const char *id, const char *module,
	enum ds_outcome_kind kind, struct ds_error *error)
{
	bool is_left = kind == DS_OUTCOME_INCOMPLETE;

	outcome->kind = (int)kind;
	outcome->outage_ms = -1;
	return ds_string_set(&outcome->id, id) < 0 || ds_string_set(&outcome->module, module) < 0 ||
			       ds_string_set(&outcome->error,
				       is_left ? "the swap was interrupted: its process ended in "
						 "the "
						 "middle of it"
					       : "the swap ended before it had changed anything") <
				       0 ||
			       ds_string_set(&outcome->hint,
				       is_left ? "`drvswap recover` finishes or undoes it."
					       : NULL) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

int ending_read(struct ds_door *door, const char *id, const char *module,
	struct ds_outcome *ret_outcome, struct ds_error *error)
{
	/* The journal first: who recovers meanwhile adds to the history before it empties that. */
	int is_left = id ? is_unfinished(door, id, error) : 0;
	int r = is_left < 0 ? is_left : id ? ending_in_history(door, id, ret_outcome, error) : 0;

	if (r != 0)
		return r < 0 ? r : 0;
	return describe(ret_outcome, id, module,
		is_left ? DS_OUTCOME_INCOMPLETE : DS_OUTCOME_FAILED, error);
}
