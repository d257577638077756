/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "drvswap/txn.h"
#include "report.h"

struct worker;

/* One verb each: runs to its end, prints, and returns the exit code. */
int verb_swap(struct ds_request *request); /* and rollback, which is a swap for the .old */
int verb_status(struct ds_request *request);
int verb_history(struct ds_request *request);
int verb_recover(struct ds_request *request);
int verb_confirm(struct ds_request *request);
int verb_persist(struct ds_request *request);

/* As verb_swap(), for who wants to know what became of it: report_done() the report. */
void verb_swap_and_tell(struct ds_request *request, struct report *ret_report);

/*
 * Says the word to the swap that is under way, and, but for DS_WORD_EXTEND, stays until it has
 * ended; the report tells how. -ENOENT: nobody is at one. Any other error: it was not said, or
 * nobody knows how it ended, and the report tells why.
 */
int verb_say(
	const struct ds_request *request, const struct ds_word *word, struct report *ret_report);

/*
 * What the user did not name: the module of the swap that is under way or was interrupted, else of
 * the newest one in the history. 0, or an error that says to name it.
 */
int verb_choose_module(struct ds_door *door, struct ds_request *request, struct ds_error *error);

/* -EPERM where we are not root, without whom what ("a swap") cannot be done. */
int verb_need_root(const struct ds_request *request, struct ds_error *error);

/*
 * Finishes or undoes what an interrupted swap left; the lock must be held. As ds_txn_recover(), but
 * the outcome is never a success where there was an error.
 */
int recover_unfinished(struct ds_door *door, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error);

/*
 * A rollback ends the swap that is under way, and one that was interrupted no less: where it was
 * undone, to exchange the file that was there before for one that is older still is not what was
 * asked for.
 */
bool recovery_is_rollback(const struct ds_request *request, const struct ds_outcome *recovered);

/*
 * The same before another swap begins, which must not where it is not wholly done, nor where it was
 * the rollback that is wanted: false, and the report tells.
 */
bool recover_first(struct ds_door *door, const struct ds_request *request,
	struct ds_watcher *watcher, struct report *report);

/* In the worker that comes after one that has died: the same, or how that one ended. */
void recover_after(
	const struct ds_request *request, const struct worker *worker, struct report *report);

/* Puts an error into the report's outcome. */
void report_fail(struct report *report, enum ds_outcome_kind kind, const struct ds_error *error);

/* Errors of verbs that have no report, as data too where that is wanted; returns the exit code. */
int fail(const struct ds_request *request, enum ds_outcome_kind kind, const struct ds_error *error);

#endif
