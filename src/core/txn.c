/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/txn.h"

#include <errno.h>
#include <stdlib.h>

#include "transaction.h"

static int write_begin(struct transaction *txn, struct ds_error *error)
{
	char *lines = ds_journal_begin_lines(txn->begin);
	int r;

	if (!lines)
		return ds_error_set(error, -ENOMEM, "out of memory");
	r = txn->door->record(txn->door, DS_LOG_JOURNAL, lines, error);
	free(lines);
	return r < 0 ? ds_error_prefix(error, "journal") : 0;
}

void transaction_keep_error(struct transaction *txn, const struct ds_error *error)
{
	ds_string_set(&txn->outcome->error, error->text);
	ds_string_set(&txn->outcome->hint, error->hint[0] ? error->hint : NULL);
}

/* The outcome of a failed transaction hangs on how far it came and whether the way back worked. */
static enum ds_outcome_kind abort_from(
	struct transaction *txn, size_t failed, struct ds_error *error)
{
	enum ds_phase phase = (enum ds_phase)txn->begin->plan.steps.items[failed].phase;
	struct ds_error undo_error = *error;
	int r;

	transaction_keep_error(txn, error);
	r = transaction_back(txn, failed, NULL, error->code, &undo_error);
	if (r == 0)
		return phase == DS_PHASE_PREPARE && !ds_is_stuck(error->code)
			       ? DS_OUTCOME_FAILED
			       : DS_OUTCOME_ROLLED_BACK;
	/* What a stuck kernel or a shutdown leaves was told in its own words. */
	if (!ds_is_stuck(r) && r != -ESHUTDOWN) {
		ds_error_prefix(error, "the rollback is incomplete (%s); it began because",
			undo_error.text);
		ds_error_hint(error, "Look at the host now: `drvswap status` shows what is left; "
				     "`drvswap recover` tries the rest of the rollback again.");
		transaction_keep_error(txn, error);
	}
	return DS_OUTCOME_INCOMPLETE;
}

/* The entries of a whole outage come before its first step, and behind its last. */
static int run_step(struct transaction *txn, size_t step, size_t *outage, struct ds_error *error)
{
	size_t last = step < txn->announced ? step : transaction_outage_end(txn, step);
	int r = 0;

	if (last > step) {
		*outage = step;
		r = transaction_announce(txn, step, last, error);
	}
	if (r == 0)
		r = transaction_do(txn, step, error);
	if (r == 0 && step + 1 == txn->announced)
		r = transaction_conclude(txn, *outage, step, error);
	return r;
}

static size_t steps_to_commit(const struct ds_plan *plan)
{
	size_t count = 0;

	while (count < plan->steps.count && plan->steps.items[count].phase != DS_PHASE_CLEAN)
		count++;
	return count;
}

/* Who asks for a stop is heard after the last step, too: until the commit all can be undone. */
static enum ds_outcome_kind run_steps(struct transaction *txn, struct ds_error *error)
{
	size_t count = steps_to_commit(&txn->begin->plan), outage = 0;

	for (size_t i = 0; i < count; i++) {
		if (run_step(txn, i, &outage, error) < 0 || transaction_heed(txn, i, error) < 0)
			return abort_from(txn, i, error);
	}
	return DS_OUTCOME_DONE;
}

/* Whoever has nothing to do must not come here: an entry of the journal needs a step to name. */
static int refuse_no_steps(struct transaction *txn, struct ds_error *error)
{
	ds_error_set(error, -EINVAL, "the plan has no steps");
	transaction_keep_error(txn, error);
	transaction_describe(txn, DS_OUTCOME_FAILED);
	return error->code;
}

int ds_txn_run(struct ds_door *door, const struct ds_begin *begin, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error)
{
	struct transaction txn = {
		.door = door, .begin = begin, .watcher = watcher, .outcome = ret_outcome};
	int64_t started_ms = door->now_ms(door);
	enum ds_outcome_kind kind;
	struct ds_error end_error;

	ret_outcome->outage_ms = -1;
	error->code = 0;
	if (begin->plan.steps.count == 0)
		return refuse_no_steps(&txn, error);
	if (write_begin(&txn, error) < 0) {
		kind = DS_OUTCOME_FAILED;
		transaction_keep_error(&txn, error);
	} else {
		kind = run_steps(&txn, error);
	}
	if (kind == DS_OUTCOME_DONE)
		transaction_commit(&txn);
	ret_outcome->duration_ms = door->now_ms(door) - started_ms;
	if (transaction_end(&txn, kind, &end_error) < 0 && !ret_outcome->hint)
		ds_string_format(&ret_outcome->hint,
			"What was done stands, but its end could not be noted (%s): `drvswap "
			"recover` does so.",
			end_error.text);
	return error->code;
}
