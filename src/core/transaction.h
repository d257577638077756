/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_TRANSACTION_H
#define CORE_TRANSACTION_H

/* What running and recovering share: one step forward, all steps back, the end. */

#include "drvswap/txn.h"

struct transaction {
	struct ds_door *door;
	const struct ds_begin *begin;
	struct ds_watcher *watcher;
	struct ds_outcome *outcome;
	size_t step;        /* that is being passed */
	bool is_other_boot; /* what ran is gone: only files and indexes are put right */
	bool is_recovery;
	const char *why;    /* of a recovery, see ds_recovery */
	bool is_files_only; /* and of those only what a boot needs early, see ds_recovery */
	bool is_disk_only;  /* the kernel is stuck or goes down: nothing that is live is touched */
	bool was_stuck;     /* the kernel was, and came back: what it did meanwhile must be seen */
	size_t announced;   /* steps before this one have their entries in the journal already */
	int64_t outage_from_ms; /* 0: the network is there; negative: nobody knows since when not */
};

/* How long a step may take, and until when one that begins now. */
int64_t transaction_timeout_ms(const struct transaction *txn);
int64_t transaction_deadline(struct transaction *txn);

/* Is that the code that runs? A build that nothing identifies may be. */
bool transaction_runs(const struct ds_host *host, const struct ds_identity *identity);

/*
 * The steps of an outage, from its first to its last, are announced together before it, and called
 * done together after it (ds_entry_kind says why that is safe).
 */
size_t transaction_outage_end(const struct transaction *txn, size_t step);
int transaction_announce(struct transaction *txn, size_t from, size_t last, struct ds_error *error);
int transaction_conclude(struct transaction *txn, size_t from, size_t last, struct ds_error *error);

/* Writes the journal entry, applies the step, writes the entry again. */
int transaction_do(struct transaction *txn, size_t step, struct ds_error *error);

/*
 * Undoes the steps from the given one down to the first, goes on after failures, and judges the
 * result against the snapshot. The first failure, but a stuck kernel before all others, is told in
 * error; the return value is its code. is_undone, when not NULL, tells which steps were undone
 * before. Those that were undone after (in time) one that failed are undone again: they were made
 * true on a host that was not yet back. Hooks come last, and only where the host is back.
 */
int transaction_undo(
	struct transaction *txn, size_t from, const bool *is_undone, struct ds_error *error);

/* Makes the operation true, without a word in the journal. */
int transaction_apply(struct transaction *txn, const struct ds_op *op, struct ds_error *error);

/* Makes one undo of the step true, with its entries in the journal. */
int transaction_undo_op(
	struct transaction *txn, size_t step, const struct ds_op *op, struct ds_error *error);

/*
 * The same for the insertion of the old module: the bytes that ran, else modprobe, several times.
 * -ENOTRECOVERABLE: the host has no driver, and only a boot will bring one.
 */
int transaction_insert_back(
	struct transaction *txn, size_t step, const struct ds_op *undo, struct ds_error *error);

/*
 * The same as transaction_undo(), to the end: where the kernel is stuck (code, of the step that
 * failed, or in an undo) the files are put right, it is told, and the host is rebooted or left, as
 * the plan says. A call that comes back after all resumes the undoing. Returns 0 where the host is
 * back and that was verified.
 */
int transaction_back(struct transaction *txn, size_t from, const bool *is_undone, int code,
	struct ds_error *error);

/* Writes an entry of the journal; the error says that it was the journal. */
int transaction_note(
	struct transaction *txn, enum ds_entry_kind kind, size_t step, struct ds_error *error);

/* Puts what failed into the outcome. */
void transaction_keep_error(struct transaction *txn, const struct ds_error *error);

/* Passes the point of no return: the journal says so, then the leftovers go. */
void transaction_commit(struct transaction *txn);

/* Applies the steps of DS_PHASE_CLEAN; their failures are told, but undo nothing. */
void transaction_clean(struct transaction *txn);

/* Fills in what the plan knows of the outcome. 0 or -ENOMEM. */
int transaction_describe(struct transaction *txn, enum ds_outcome_kind kind);

/* Fills in the outcome, appends it to the history, and empties the journal where that is right. */
int transaction_end(struct transaction *txn, enum ds_outcome_kind kind, struct ds_error *error);

/* The host as it is now; the candidate was read once and is not looked at again. */
int transaction_look(struct transaction *txn, struct ds_host *ret_host, struct ds_error *error);

/* Waits for the user's word, or the proof; 0, or -ECANCELED, -ETIMEDOUT, or what no longer works.
 */
int transaction_confirm(struct transaction *txn, const struct ds_op *op, struct ds_error *error);

/*
 * Has somebody asked for a stop? -ECANCELED then, -ESHUTDOWN where the host goes down. Asked
 * after each step.
 */
int transaction_heed(struct transaction *txn, size_t done, struct ds_error *error);

void transaction_tell(struct transaction *txn, enum ds_event_kind kind, size_t step,
	const struct ds_op *op, int64_t took_ms, const struct ds_error *error);

/* What is judged: what runs on trial, the same while a proof is awaited, or the way back. */
enum judged { JUDGED_TRIAL, JUDGED_WINDOW, JUDGED_ROLLBACK };

/* Looks, asks and judges: against the plan's target, after a rollback against the start. */
int transaction_verify(struct transaction *txn, enum judged judged, struct ds_error *error);

/*
 * The same on another boot than the journal's, of which nothing is left to ask about: what the
 * boot brought is judged, once it has had its time. Where is_done is set, on either boot, the swap
 * itself is past judgement, and it is only told. -EUCLEAN: something is missing.
 */
int transaction_judge_boot(struct transaction *txn, bool is_done, struct ds_error *error);

/* Compares, and keeps the verdict in the outcome; the error names the first fact that fails. */
int transaction_judge(struct transaction *txn, const struct ds_host *now,
	const struct ds_expectation *expectation, struct ds_error *error);

/* What is installed now is neither the plan's file nor the one before: a package's, perhaps. */
bool transaction_is_foreign(const struct transaction *txn, const struct ds_host *now);

#endif
