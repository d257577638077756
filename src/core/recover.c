/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a dead process left: its journal says which steps began. A commit that had begun is
 * finished; everything else is undone.
 */

#include "drvswap/txn.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "op_traits.h"
#include "transaction.h"

/* What the journal says of each step. */
struct progress {
	bool *is_begun, *is_done, *is_undone;
	size_t last; /* the last step that began; only where any_begun */
	bool any_begun, any_undo, is_committed, was_stuck, was_shutdown;
};

static int progress_read(const struct ds_journal *journal, struct progress *progress)
{
	size_t steps = journal->begin.plan.steps.count;

	progress->is_begun = calloc(steps, sizeof(bool));
	progress->is_done = calloc(steps, sizeof(bool));
	progress->is_undone = calloc(steps, sizeof(bool));
	if (!progress->is_begun || !progress->is_done || !progress->is_undone)
		return -ENOMEM;
	for (size_t i = 0; i < journal->entries.count; i++) {
		const struct ds_entry *entry = &journal->entries.items[i];
		size_t step = (size_t)entry->step;

		progress->is_begun[step] |= entry->kind == DS_ENTRY_DO;
		progress->is_done[step] |= entry->kind == DS_ENTRY_DONE;
		progress->is_undone[step] |= entry->kind == DS_ENTRY_UNDONE;
		if (entry->kind == DS_ENTRY_UNDO) {
			/* Another attempt: what it undoes no longer counts as undone before. */
			memset(progress->is_undone, 0, step + 1);
			progress->any_undo = true;
		}
		progress->is_committed |= entry->kind == DS_ENTRY_COMMITTED;
		progress->was_stuck |= entry->kind == DS_ENTRY_STUCK;
		progress->was_shutdown |= entry->kind == DS_ENTRY_SHUTDOWN;
		if (entry->kind == DS_ENTRY_DO) {
			progress->any_begun = true;
			progress->last = step > progress->last ? step : progress->last;
		}
	}
	return 0;
}

static void progress_done(struct progress *progress)
{
	free(progress->is_begun);
	free(progress->is_done);
	free(progress->is_undone);
}

/* A commit begins with the first step that changes what the disk boots. */
static bool has_commit_begun(const struct ds_plan *plan, const struct progress *progress)
{
	for (size_t i = 0; i < plan->steps.count; i++)
		if (plan->steps.items[i].phase == DS_PHASE_COMMIT &&
			plan->steps.items[i].op.kind != DS_OP_NONE && progress->is_begun[i])
			return true;
	return false;
}

/* All that comes before the clean-up was done: the end of a plan that exchanges no files. */
static bool is_complete(const struct ds_plan *plan, const struct progress *progress)
{
	for (size_t i = 0; i < plan->steps.count; i++)
		if (plan->steps.items[i].phase != DS_PHASE_CLEAN && !progress->is_done[i])
			return false;
	return true;
}

/*
 * What runs on this boot, or what a new boot started from, is the candidate. A commit that was
 * about to exchange files may be finished on the boot of its trial, for the new code runs. After a
 * reboot it may not: it would put a driver on the disk that does not run. The same holds where the
 * disk has the new one already, and the initramfs, not exchanged yet, brought the old one. And a
 * journal on a full disk says nothing of a rollback that it could not note: the host does.
 */
static bool has_candidate(const struct transaction *txn, const struct ds_host *now)
{
	const struct ds_plan *plan = &txn->begin->plan;
	bool is_live = now->module.state == DS_MODULE_LIVE;
	bool is_other = ds_identity_compare(&now->module.identity, &plan->to, NULL) == DS_SAME_NO;

	if (txn->is_other_boot)
		return ds_string_equal(now->installed_image.digest, plan->to_digest) &&
		       !(is_live && is_other);
	return !plan->is_live || (is_live && !is_other);
}

/* 1: the commit is to be finished, 0: all is to be undone, negative: it cannot be told. */
static int should_finish(
	struct transaction *txn, const struct progress *progress, struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_host now = {0};
	int r;

	if (progress->any_undo || (!has_commit_begun(plan, progress) &&
					  (txn->is_other_boot || !is_complete(plan, progress))))
		return 0;
	r = transaction_look(txn, &now, error);
	if (r == 0)
		r = has_candidate(txn, &now);
	ds_record_done(&ds_host_record, &now);
	return r;
}

/*
 * On another boot the new driver came from the disk, and to put the old file back would change
 * nothing before the next one: that a hook fails is told, and undoes nothing.
 */
static bool is_only_told(struct transaction *txn, size_t step, struct ds_error *error)
{
	if (!txn->is_other_boot || !op_traits(&txn->begin->plan.steps.items[step].op)->is_hook)
		return false;
	ds_string_set(&txn->outcome->hint, error->text);
	*error = (struct ds_error){0};
	return true;
}

/*
 * -1: finished; else the step that failed, from which all is undone. What the journal calls done
 * is made true once more: that costs nothing where it is.
 */
static ssize_t finish_commit(struct transaction *txn, struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;

	for (size_t i = 0; i < plan->steps.count; i++)
		if (plan->steps.items[i].phase == DS_PHASE_COMMIT &&
			transaction_do(txn, i, error) < 0 && !is_only_told(txn, i, error))
			return (ssize_t)i;
	return -1;
}

static enum ds_outcome_kind incomplete(
	struct transaction *txn, const char *what, struct ds_error *error)
{
	ds_error_prefix(error, "%s", what);
	ds_error_hint(error, "Look at the host now; the journal is kept, and "
			     "`drvswap recover` tries again.");
	ds_string_set(&txn->outcome->error, error->text);
	ds_string_set(&txn->outcome->hint, error->hint);
	return DS_OUTCOME_INCOMPLETE;
}

/* All was undone, and yet the host is not what it was. */
static enum ds_outcome_kind missing_after_boot(struct transaction *txn, struct ds_error *error)
{
	ds_error_prefix(error, "the disk has the old driver again, but after the boot");
	ds_error_hint(error,
		"Look at the host now; the journal is kept, and `drvswap recover` looks "
		"again. What is gone for good keeps no journal: remove it then "
		"(/var/lib/drvswap/journal).");
	ds_string_set(&txn->outcome->error, error->text);
	ds_string_set(&txn->outcome->hint, error->hint);
	return DS_OUTCOME_INCOMPLETE;
}

static enum ds_outcome_kind undo_all(
	struct transaction *txn, size_t from, const bool *is_undone, struct ds_error *error)
{
	struct ds_error undo_error = {0};
	int r = transaction_back(txn, from, is_undone, 0, &undo_error);

	if (r == -EUCLEAN && txn->is_other_boot) {
		*error = undo_error;
		return missing_after_boot(txn, error);
	}
	if (r < 0) {
		*error = undo_error;
		return ds_is_stuck(r) ? DS_OUTCOME_INCOMPLETE
				      : incomplete(txn, "the rollback is incomplete", error);
	}
	return txn->begin->plan.steps.items[from].phase == DS_PHASE_PREPARE
		       ? DS_OUTCOME_FAILED
		       : DS_OUTCOME_ROLLED_BACK;
}

static const char *why_unfinished(const struct transaction *txn, const struct progress *progress)
{
	if (progress->was_stuck)
		return txn->is_other_boot ? "the kernel was stuck, and the host was rebooted"
					  : "the kernel was stuck, and drvswap was interrupted";
	if (progress->was_shutdown)
		return "the host was shut down before the swap was confirmed";
	return txn->why ? txn->why : "drvswap was interrupted";
}

/*
 * What became of the host is told with it. On the same boot, too: nobody has looked since the
 * process died, and what has changed since then need not be the swap's doing.
 */
static enum ds_outcome_kind done(struct transaction *txn)
{
	struct ds_error ignored;

	if (!txn->is_files_only)
		transaction_judge_boot(txn, true, &ignored);
	return DS_OUTCOME_DONE;
}

/*
 * What the dead process held (the locks of package managers) nobody holds since: it is taken again
 * before anything is touched. Where another was faster the recovery goes on all the same, for the
 * host stands between two drivers, and each step looks what a file holds before it moves it.
 */
static void hold_again(struct transaction *txn, const struct progress *progress)
{
	const struct ds_plan *plan = &txn->begin->plan;

	for (size_t i = 0; i < plan->steps.count; i++) {
		const struct ds_op *op = &plan->steps.items[i].op;
		struct ds_error error;

		if (op_traits(op)->is_held && progress->is_begun[i] &&
			transaction_apply(txn, op, &error) < 0)
			transaction_tell(txn, DS_EVENT_STEP_FAILED, i, op, 0, &error);
	}
}

/* The process may have other work after this, and take them for that. */
static void let_go(struct transaction *txn)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_error ignored;

	for (size_t i = 0; i < plan->steps.count; i++)
		if (op_traits(&plan->steps.items[i].op)->is_held)
			transaction_apply(txn, &plan->steps.items[i].undo, &ignored);
}

static enum ds_outcome_kind recover_steps(
	struct transaction *txn, const struct progress *progress, struct ds_error *error)
{
	ssize_t failed;
	int r;

	if (progress->is_committed) {
		if (!txn->is_files_only)
			transaction_clean(txn);
		return done(txn);
	}
	ds_string_set(&txn->outcome->error, why_unfinished(txn, progress));
	if (!progress->any_begun)
		return DS_OUTCOME_FAILED;
	r = should_finish(txn, progress, error);
	if (r < 0)
		return incomplete(txn, "it cannot be told what to do", error);
	if (r == 0)
		return undo_all(txn, progress->last, progress->is_undone, error);
	failed = finish_commit(txn, error);
	if (failed >= 0) {
		ds_string_set(&txn->outcome->error, error->text);
		return undo_all(txn,
			(size_t)failed > progress->last ? (size_t)failed : progress->last, NULL,
			error);
	}
	ds_string_set(&txn->outcome->error, NULL);
	if (!txn->is_files_only)
		transaction_commit(txn);
	return done(txn);
}

/* A line of the history that ends the transaction; an incomplete one waits for a recovery. */
static bool is_end_of(const char *line, size_t length, const char *id)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *json =
		tokener ? json_tokener_parse_ex(tokener, line, (int)length) : NULL;
	struct ds_outcome outcome = {0};
	struct ds_error ignored;
	bool is_end = json &&
		      ds_record_from_json(&ds_outcome_record, json, &outcome, &ignored) == 0 &&
		      ds_string_equal(outcome.id, id) && outcome.kind != DS_OUTCOME_INCOMPLETE;

	ds_record_done(&ds_outcome_record, &outcome);
	json_object_put(json);
	if (tokener)
		json_tokener_free(tokener);
	return is_end;
}

/* A crash between the history and the emptying of the journal: all is done but that. */
static bool is_in_history(struct ds_door *door, const char *id)
{
	struct ds_error ignored;
	char *text = NULL;
	bool is_there = false;

	if (door->recall(door, DS_LOG_HISTORY, &text, &ignored) < 0)
		return false;
	for (const char *line = text; *line && !is_there; line += *line == '\n') {
		size_t length = strcspn(line, "\n");

		is_there = is_end_of(line, length, id);
		line += length;
	}
	free(text);
	return is_there;
}

/* Half of the way: the journal stays, and says so by what was done. */
static int pause_recovery(
	struct transaction *txn, enum ds_outcome_kind kind, struct ds_error *error)
{
	struct ds_outcome *outcome = txn->outcome;

	outcome->kind = (int)kind;
	if (ds_string_set(&outcome->module, txn->begin->plan.module) < 0 ||
		(!outcome->hint &&
			ds_string_set(&outcome->hint,
				"the files are right; `drvswap recover` does the rest") < 0))
		return ds_error_set(error, -ENOMEM, "out of memory");
	return 0;
}

static int recover_journal(struct ds_door *door, const struct ds_journal *journal,
	const struct ds_recovery *recovery, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error)
{
	struct transaction txn = {
		.door = door,
		.begin = &journal->begin,
		.watcher = watcher,
		.outcome = ret_outcome,
		.outage_from_ms = -1,
		.is_other_boot = !ds_string_equal(recovery->boot_id, journal->begin.boot_id),
		.is_files_only = recovery->is_files_only,
		.is_recovery = true,
		.why = recovery->why,
	};
	struct progress progress = {0};
	enum ds_outcome_kind kind;
	struct ds_error end_error = {0};
	int r = progress_read(journal, &progress);

	if (r == 0) {
		hold_again(&txn, &progress);
		kind = recover_steps(&txn, &progress, error);
		let_go(&txn);
		if ((txn.is_files_only ? pause_recovery(&txn, kind, &end_error)
				       : transaction_end(&txn, kind, &end_error)) < 0 &&
			error->code == 0)
			*error = end_error;
		r = error->code;
	} else {
		ds_error_set(error, r, "out of memory");
	}
	progress_done(&progress);
	return r;
}

/* 1: there is something to be done; 0: nothing, or nothing yet. */
static bool is_wanted(
	struct ds_door *door, const struct ds_journal *journal, const struct ds_recovery *recovery)
{
	if (!journal->is_begun || is_in_history(door, journal->begin.id))
		return false;
	return !recovery->is_files_only ||
	       !ds_string_equal(recovery->boot_id, journal->begin.boot_id);
}

int ds_txn_recover(struct ds_door *door, const struct ds_recovery *recovery,
	struct ds_watcher *watcher, struct ds_outcome *ret_outcome, struct ds_error *error)
{
	struct ds_journal journal = {0};
	char *text = NULL;
	bool is_empty;
	int r = door->recall(door, DS_LOG_JOURNAL, &text, error);

	error->code = 0;
	ret_outcome->kind = DS_OUTCOME_NOTHING;
	ret_outcome->outage_ms = -1;
	if (r == 0)
		r = ds_journal_parse(text, &journal, error);
	is_empty = !text || !*text;
	free(text); /* it can be long, and so can what follows */
	if (r < 0) {
		ret_outcome->kind = DS_OUTCOME_INCOMPLETE;
		ds_string_set(&ret_outcome->error, error->text);
		ds_string_set(&ret_outcome->hint, error->hint[0] ? error->hint : NULL);
	} else if (is_wanted(door, &journal, recovery)) {
		r = recover_journal(door, &journal, recovery, watcher, ret_outcome, error);
	} else if (!is_empty && !recovery->is_files_only) {
		r = door->record(door, DS_LOG_JOURNAL, NULL, error);
	}
	ds_record_done(&ds_journal_record, &journal);
	return r;
}
