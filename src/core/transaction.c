/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transaction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "op_traits.h"

const char *const ds_event_kind_names[] = {"step-begun", "step-done", "step-failed", "undo-begun",
	"undo-done", "undo-failed", "committed", "waiting", "key", "asking", "finding", "stuck",
	"note", "recovering", NULL};
_Static_assert(sizeof(ds_event_kind_names) / sizeof(char *) == DS_EVENT_KIND_COUNT + 1, "");

static const struct ds_field event_fields[] = {
	DS_ENUM(struct ds_event, kind, ds_event_kind_names),
	DS_INT(struct ds_event, step),
	DS_INT(struct ds_event, steps),
	DS_ENUM(struct ds_event, phase, ds_phase_names),
	DS_STRING(struct ds_event, text),
	DS_BOOL(struct ds_event, is_slow),
	DS_INT(struct ds_event, took_ms),
	DS_STRING(struct ds_event, error),
	DS_RECORD(struct ds_event, finding, &ds_finding_record),
	DS_RECORD(struct ds_event, outcome, &ds_outcome_record),
	DS_FIELDS_END,
};
const struct ds_record ds_event_record = {"event", sizeof(struct ds_event), event_fields};

int transaction_note(
	struct transaction *txn, enum ds_entry_kind kind, size_t step, struct ds_error *error)
{
	struct ds_entry entry = {
		.kind = (int)kind,
		.step = (int64_t)step,
		.at_ms = txn->door->now_ms(txn->door),
	};
	char *line = ds_journal_entry_line(&entry);
	int r;

	if (!line)
		return ds_error_set(error, -ENOMEM, "out of memory");
	r = txn->door->record(txn->door, DS_LOG_JOURNAL, line, error);
	free(line);
	return r < 0 ? ds_error_prefix(error, "journal") : 0;
}

void transaction_tell(struct transaction *txn, enum ds_event_kind kind, size_t step,
	const struct ds_op *op, int64_t took_ms, const struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_event event = {
		.kind = (int)kind,
		.step = (int64_t)step,
		.steps = (int64_t)plan->steps.count,
		.phase = plan->steps.items[step].phase,
		.is_slow = op_traits(op)->is_slow,
		.took_ms = took_ms,
	};

	if (!txn->watcher)
		return;
	/* Lack of memory costs a line of progress, nothing else. */
	event.text = ds_op_text(op, plan->installed_path);
	if (error)
		event.error = strdup(error->text);
	txn->watcher->tell(txn->watcher, &event);
	ds_record_done(&ds_event_record, &event);
}

int transaction_look(struct transaction *txn, struct ds_host *ret_host, struct ds_error *error)
{
	struct ds_request request = {
		.verb = txn->begin->request.verb,
		.module = txn->begin->plan.module,
		.kernel = txn->begin->request.kernel,
		.candidate_from = DS_FROM_NOTHING,
	};

	struct ds_error own = {0};
	int r = txn->door->look(txn->door, &request, ret_host, &own);

	if (r < 0)
		*error = own;
	return r;
}

static int compare_host(struct transaction *txn, struct ds_error *error)
{
	struct ds_host now = {0};
	int r = transaction_look(txn, &now, error);

	if (r == 0)
		r = ds_host_compare(&txn->begin->before, &now, error);
	ds_record_done(&ds_host_record, &now);
	return r;
}

int64_t transaction_timeout_ms(const struct transaction *txn)
{
	int64_t timeout_s = txn->begin->request.timeout_s;

	return (timeout_s > 0 ? timeout_s : DS_TIMEOUT_DEFAULT_S) * 1000;
}

int64_t transaction_deadline(struct transaction *txn)
{
	return txn->door->now_ms(txn->door) + transaction_timeout_ms(txn);
}

static int64_t deadline_of(struct transaction *txn, const struct ds_op *op)
{
	int64_t hook_s = txn->begin->request.hook_timeout_s;

	if (!op_traits(op)->is_hook)
		return transaction_deadline(txn);
	return txn->door->now_ms(txn->door) +
	       (hook_s > 0 ? hook_s : DS_HOOK_TIMEOUT_DEFAULT_S) * 1000;
}

/*
 * The network is away from an unload until its restoring has ended; a swap that is rolled back
 * after it had worked is away twice.
 */
static void measure_outage(struct transaction *txn, const struct ds_op *op, bool is_before)
{
	struct ds_outcome *outcome = txn->outcome;
	int64_t now_ms = txn->door->now_ms(txn->door);

	if (is_before && op->kind == DS_OP_MODULE_UNLOAD && txn->outage_from_ms == 0)
		txn->outage_from_ms = now_ms;
	if (is_before || op->kind != DS_OP_NETWORK_RESTORE || txn->outage_from_ms <= 0)
		return;
	outcome->outage_ms =
		(outcome->outage_ms > 0 ? outcome->outage_ms : 0) + now_ms - txn->outage_from_ms;
	txn->outage_from_ms = 0;
}

/*
 * The operations that only look are judged here; the door does the rest. What a call that went well
 * looked for in vain on its way is no error.
 */
int transaction_apply(struct transaction *txn, const struct ds_op *op, struct ds_error *error)
{
	struct ds_error own = {0};
	int r;

	if (op->kind == DS_OP_NONE || (txn->is_other_boot && op_traits(op)->is_live))
		return 0;
	measure_outage(txn, op, true);
	if (op->kind == DS_OP_HOST_COMPARE)
		r = compare_host(txn, &own);
	else if (op->kind == DS_OP_VERIFY)
		r = transaction_verify(txn, JUDGED_TRIAL, &own);
	else if (ds_op_is_proof(op))
		r = transaction_confirm(txn, op, &own);
	else
		r = txn->door->apply(
			txn->door, op, &txn->begin->before, deadline_of(txn, op), &own);
	if (r == 0)
		measure_outage(txn, op, false);
	else
		*error = own;
	return r;
}

/* How a step is passed: forwards, forwards when all is decided, or backwards. */
struct passage {
	enum ds_entry_kind begun, done;
	enum ds_event_kind tell_begun, tell_done, tell_failed;
	enum { JOURNAL_NEEDED, JOURNAL_TRIED, JOURNAL_LEFT } journal;
};

/* Nothing may happen that the journal does not say. */
static const struct passage forwards = {DS_ENTRY_DO, DS_ENTRY_DONE, DS_EVENT_STEP_BEGUN,
	DS_EVENT_STEP_DONE, DS_EVENT_STEP_FAILED, JOURNAL_NEEDED};
/* It has said so. */
static const struct passage announced = {DS_ENTRY_DO, DS_ENTRY_DONE, DS_EVENT_STEP_BEGUN,
	DS_EVENT_STEP_DONE, DS_EVENT_STEP_FAILED, JOURNAL_LEFT};
/* A full disk does not keep us from cleaning up, nor from putting the host right. */
static const struct passage cleaning = {DS_ENTRY_DO, DS_ENTRY_DONE, DS_EVENT_STEP_BEGUN,
	DS_EVENT_STEP_DONE, DS_EVENT_STEP_FAILED, JOURNAL_TRIED};
static const struct passage backwards = {DS_ENTRY_UNDO, DS_ENTRY_UNDONE, DS_EVENT_UNDO_BEGUN,
	DS_EVENT_UNDO_DONE, DS_EVENT_UNDO_FAILED, JOURNAL_TRIED};

static int note(struct transaction *txn, const struct passage *passage, enum ds_entry_kind kind,
	size_t step, struct ds_error *error)
{
	struct ds_error ignored;

	if (passage->journal == JOURNAL_NEEDED)
		return transaction_note(txn, kind, step, error);
	if (passage->journal == JOURNAL_TRIED)
		transaction_note(txn, kind, step, &ignored);
	return 0;
}

static int pass(struct transaction *txn, const struct passage *passage, size_t step,
	const struct ds_op *op, struct ds_error *error)
{
	int64_t started_ms = txn->door->now_ms(txn->door);
	int r = note(txn, passage, passage->begun, step, error);

	txn->step = step;
	transaction_tell(txn,
		op->kind == DS_OP_PROOF_KEY ? DS_EVENT_KEY
		: ds_op_is_proof(op)        ? DS_EVENT_WAITING
					    : passage->tell_begun,
		step, op, 0, NULL);
	if (r == 0)
		r = transaction_apply(txn, op, error);
	if (r == 0)
		r = note(txn, passage, passage->done, step, error);
	transaction_tell(txn, r == 0 ? passage->tell_done : passage->tell_failed, step, op,
		txn->door->now_ms(txn->door) - started_ms, r == 0 ? NULL : error);
	return r;
}

/* Left to a later recovery, and so without an entry in the journal. */
static bool is_for_later(const struct transaction *txn, const struct ds_op *op)
{
	return txn->is_files_only && op_traits(op)->is_late;
}

size_t transaction_outage_end(const struct transaction *txn, size_t step)
{
	const struct ds_plan *plan = &txn->begin->plan;

	if (plan->steps.items[step].op.kind != DS_OP_MODULE_UNLOAD)
		return step;
	for (size_t i = step; i < plan->steps.count; i++)
		if (plan->steps.items[i].op.kind == DS_OP_NETWORK_RESTORE)
			return i;
	return step;
}

static int note_all(struct transaction *txn, enum ds_entry_kind kind, size_t from, size_t last,
	struct ds_error *error)
{
	int r = 0;

	for (size_t i = from; r == 0 && i <= last; i++)
		r = transaction_note(txn, kind, i, error);
	return r;
}

int transaction_announce(struct transaction *txn, size_t from, size_t last, struct ds_error *error)
{
	txn->announced = last + 1;
	return note_all(txn, DS_ENTRY_DO, from, last, error);
}

int transaction_conclude(struct transaction *txn, size_t from, size_t last, struct ds_error *error)
{
	return note_all(txn, DS_ENTRY_DONE, from, last, error);
}

int transaction_do(struct transaction *txn, size_t step, struct ds_error *error)
{
	if (is_for_later(txn, &txn->begin->plan.steps.items[step].op))
		return 0;
	return pass(txn, step < txn->announced ? &announced : &forwards, step,
		&txn->begin->plan.steps.items[step].op, error);
}

int transaction_undo_op(
	struct transaction *txn, size_t step, const struct ds_op *op, struct ds_error *error)
{
	return is_for_later(txn, op) ? 0 : pass(txn, &backwards, step, op, error);
}

void transaction_clean(struct transaction *txn)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_error error;

	for (size_t i = 0; i < plan->steps.count; i++)
		if (plan->steps.items[i].phase == DS_PHASE_CLEAN &&
			pass(txn, &cleaning, i, &plan->steps.items[i].op, &error) < 0)
			ds_string_set(&txn->outcome->hint, error.text);
}

void transaction_commit(struct transaction *txn)
{
	size_t last = txn->begin->plan.steps.count - 1;
	struct ds_error error;

	/* Without this entry recovery would finish the commit once more: the same end. */
	if (transaction_note(txn, DS_ENTRY_COMMITTED, last, &error) < 0)
		ds_string_set(&txn->outcome->hint, error.text);
	transaction_tell(
		txn, DS_EVENT_COMMITTED, last, &txn->begin->plan.steps.items[last].op, 0, NULL);
	transaction_clean(txn);
}
