/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "drvswap/txn.h"
#include "report.h"

/* One verb each: runs to its end, prints, and returns the exit code. */
int verb_swap(struct ds_request *request); /* and rollback, which is a swap for the .old */
int verb_status(struct ds_request *request);
int verb_history(struct ds_request *request);
int verb_recover(struct ds_request *request);
int verb_confirm(struct ds_request *request);

/*
 * Says the word to the swap that waits, stays until it has ended, and tells how. -ENOENT and
 * -EBUSY as ds_sys_say(); else *ret_code is the exit code.
 */
int verb_say(const struct ds_request *request, const struct ds_word *word, int *ret_code,
	struct ds_error *error);

/*
 * What the user did not name: the module of the newest swap in the history. 0, or an error that
 * says to name it.
 */
int verb_choose_module(struct ds_door *door, struct ds_request *request, struct ds_error *error);

/* Finishes or undoes what an interrupted swap left; the lock must be held. As ds_txn_recover(). */
int recover_unfinished(struct ds_door *door, bool is_files_only, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error);

/* Puts an error into the report's outcome. */
void report_fail(struct report *report, enum ds_outcome_kind kind, const struct ds_error *error);

/* Errors of verbs that have no report; returns the exit code of kind. */
int fail(enum ds_outcome_kind kind, const struct ds_error *error);

#endif
