/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The way back: the undos of the steps that were begun, the last one first. */

#include <errno.h>

#include "compare.h"
#include "op_traits.h"
#include "transaction.h"

/* The way back may lead to other code than what ran; where that still runs, it is not taken. */
static bool runs_as_before(struct transaction *txn, const struct ds_op *undo)
{
	const struct ds_identity *before = &txn->begin->before.module.identity;
	struct ds_error ignored;
	struct ds_host now = {0};
	bool runs = undo->kind == DS_OP_MODULE_INSERT && !txn->is_other_boot &&
		    ds_identity_compare(&undo->identity, before, NULL) == DS_SAME_NO &&
		    transaction_look(txn, &now, &ignored) == 0 && transaction_runs(&now, before);

	ds_record_done(&ds_host_record, &now);
	return runs;
}

/* What was broken off for its slowness has as much time again, and less to do. */
static int undo_or_go_on(
	struct transaction *txn, size_t step, const struct ds_op *undo, struct ds_error *error)
{
	struct ds_error slow;
	int r = transaction_undo_op(txn, step, undo, &slow);

	if (r == -ETIME)
		return transaction_undo_op(txn, step, undo, error);
	if (r < 0)
		*error = slow;
	return r;
}

static int undo_one(struct transaction *txn, size_t step, struct ds_error *error)
{
	const struct ds_op *undo = &txn->begin->plan.steps.items[step].undo;

	if (undo->kind == DS_OP_NONE || runs_as_before(txn, undo))
		return 0;
	return undo->kind == DS_OP_MODULE_INSERT && undo->other && !txn->is_other_boot
		       ? transaction_insert_back(txn, step, undo, error)
		       : undo_or_go_on(txn, step, undo, error);
}

/*
 * The renaming of .old back to .new is the one statement that is no longer true when the undos
 * after it have been done as well, as they are where a full disk kept the journal from saying so.
 * The old file has its name again then. Only that file is asked: a look at the host would ask a
 * kernel that may be stuck.
 */
static bool is_renamed_back(struct transaction *txn, const struct ds_op *undo)
{
	const struct ds_plan *plan = &txn->begin->plan;
	const struct ds_op expect = {.kind = DS_OP_FILE_EXPECT,
		.path = plan->installed_path,
		.digest = plan->from_digest};
	struct ds_error ignored;

	return undo->kind == DS_OP_FILE_RENAME && ds_op_is_whole(&expect) &&
	       transaction_apply(txn, &expect, &ignored) == 0;
}

/* An outcome that says why has its own words. */
static bool is_only_told(struct transaction *txn, const struct op_traits *traits, int code,
	const struct ds_error *error)
{
	if (!traits->is_precaution || ds_is_stuck(code))
		return false;
	if (!txn->outcome->hint)
		ds_string_format(&txn->outcome->hint, "On the way back: %s", error->text);
	return true;
}

/*
 * From here on nothing live is undone. The journal says so at once: the undos of the files that
 * follow are not what the kernel does not come back from.
 */
static void note_stuck(struct transaction *txn, size_t step)
{
	struct ds_error ignored;

	if (txn->is_disk_only)
		return;
	txn->is_disk_only = true;
	transaction_note(txn, DS_ENTRY_STUCK, step, &ignored);
}

static bool is_passed_over(const struct ds_op *undo)
{
	return undo->kind == DS_OP_NONE || op_traits(undo)->is_hook;
}

/*
 * Where an undo failed, the older ones of its chain would act on a host that is not back yet (a
 * holder loaded upon the new module would keep it from ever being unloaded). They wait for the next
 * attempt; the other chains, and all that stands alone, are tried at once.
 */
static int undo_steps(
	struct transaction *txn, size_t from, const bool *is_undone, struct ds_error *error)
{
	const struct ds_step *steps = txn->begin->plan.steps.items;
	bool is_skipping = is_undone, is_stuck[OP_CHAIN_COUNT] = {false};
	struct ds_error later;
	int first = 0;

	for (size_t i = from + 1; i > 0; i--) {
		const struct op_traits *traits = op_traits(&steps[i - 1].undo);
		int r;

		is_skipping =
			is_skipping && (is_undone[i - 1] || is_passed_over(&steps[i - 1].undo));
		if (is_skipping || is_passed_over(&steps[i - 1].undo) || is_stuck[traits->chain] ||
			(txn->is_disk_only && traits->is_live))
			continue;
		r = undo_one(txn, i - 1, first == 0 ? error : &later);
		if (r < 0 && (is_renamed_back(txn, &steps[i - 1].undo) ||
				     is_only_told(txn, traits, r, first == 0 ? error : &later)))
			r = 0;
		is_stuck[traits->chain] = r < 0 && traits->chain != OP_CHAIN_NONE;
		if (ds_is_stuck(r))
			note_stuck(txn, i - 1);
		/* That the kernel is stuck decides what comes next: it is told before all else. */
		if (first < 0 && ds_is_stuck(r) && !ds_is_stuck(first)) {
			*error = later;
			first = r;
		}
		if (first == 0)
			first = r;
	}
	return first;
}

/*
 * Whoever else is told that the host is back (a load balancer, say) is told last, and only where it
 * is: until then the hooks wait for the next attempt. One that fails leaves the rollback
 * incomplete, for nobody would notice that the traffic stays away.
 */
static int undo_hooks(
	struct transaction *txn, size_t from, const bool *is_undone, struct ds_error *error)
{
	const struct ds_step *steps = txn->begin->plan.steps.items;
	struct ds_error later;
	int first = 0;

	for (size_t i = from + 1; i > 0; i--) {
		int r = 0;

		if (op_traits(&steps[i - 1].undo)->is_hook && !(is_undone && is_undone[i - 1]))
			r = transaction_undo_op(
				txn, i - 1, &steps[i - 1].undo, first == 0 ? error : &later);
		if (first == 0)
			first = r;
	}
	return first;
}

int transaction_undo(
	struct transaction *txn, size_t from, const bool *is_undone, struct ds_error *error)
{
	/* Before the trial nothing of the host was touched that a look could find changed by us. */
	bool is_untouched =
		txn->begin->plan.steps.items[from].phase == DS_PHASE_PREPARE && !txn->was_stuck;
	int first = undo_steps(txn, from, is_undone, error);
	struct ds_error later;

	if (txn->is_files_only || txn->is_disk_only)
		return first;
	/* Also after a failure: the report must tell the host as it is now. */
	if (!is_untouched &&
		transaction_verify(txn, JUDGED_ROLLBACK, first < 0 ? &later : error) < 0 &&
		first == 0)
		first = error->code;
	return first < 0 ? first : undo_hooks(txn, from, is_undone, error);
}
