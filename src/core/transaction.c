/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transaction.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

const char *const ds_event_kind_names[] = {"step-begun", "step-done", "step-failed", "undo-begun",
	"undo-done", "undo-failed", "committed", NULL};
_Static_assert(sizeof(ds_event_kind_names) / sizeof(char *) == DS_EVENT_KIND_COUNT + 1, "");

static const struct ds_field event_fields[] = {
	DS_ENUM(struct ds_event, kind, ds_event_kind_names),
	DS_INT(struct ds_event, step),
	DS_INT(struct ds_event, steps),
	DS_ENUM(struct ds_event, phase, ds_phase_names),
	DS_STRING(struct ds_event, text),
	DS_INT(struct ds_event, took_ms),
	DS_STRING(struct ds_event, error),
	DS_FIELDS_END,
};
const struct ds_record ds_event_record = {"event", sizeof(struct ds_event), event_fields};

bool op_is_live(const struct ds_op *op)
{
	switch (op->kind) {
	case DS_OP_HOST_COMPARE:
	case DS_OP_MODULE_PROVE:
	case DS_OP_MODULE_LOAD:
	case DS_OP_MODULE_INSERT:
	case DS_OP_MODULE_UNLOAD:
	case DS_OP_DEVICES_WAIT:
	case DS_OP_NETWORK_RESTORE:
	case DS_OP_SYSCTL:
	case DS_OP_VERIFY:
		return true;
	default:
		return false;
	}
}

static int write_entry(
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

static void tell(struct transaction *txn, enum ds_event_kind kind, size_t step,
	const struct ds_op *op, int64_t took_ms, const struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_event event = {
		.kind = (int)kind,
		.step = (int64_t)step,
		.steps = (int64_t)plan->steps.count,
		.phase = plan->steps.items[step].phase,
		.took_ms = took_ms,
	};

	if (!txn->watcher)
		return;
	/* Lack of memory costs a line of progress, nothing else. */
	event.text = ds_op_text(op);
	if (error)
		event.error = strdup(error->text);
	txn->watcher->tell(txn->watcher, &event);
	ds_record_done(&ds_event_record, &event);
}

/* The host as it is now; the candidate was read once and is not looked at again. */
static int look_again(struct transaction *txn, struct ds_host *ret_host, struct ds_error *error)
{
	struct ds_request request = {
		.verb = txn->begin->request.verb,
		.module = txn->begin->plan.module,
		.candidate_from = DS_FROM_NOTHING,
	};

	return txn->door->look(txn->door, &request, ret_host, error);
}

static int compare_host(struct transaction *txn, struct ds_error *error)
{
	struct ds_host now = {0};
	int r = look_again(txn, &now, error);

	if (r == 0)
		r = ds_host_compare(&txn->begin->before, &now, error);
	ds_record_done(&ds_host_record, &now);
	return r;
}

static int verdict_error(const struct ds_verdict *verdict, struct ds_error *error)
{
	const struct ds_fact *first = NULL;
	size_t others = 0;

	for (size_t i = 0; i < verdict->facts.count; i++) {
		const struct ds_fact *fact = &verdict->facts.items[i];

		if (fact->is_ok || fact->is_noted)
			continue;
		if (!first)
			first = fact;
		else
			others++;
	}
	if (!first)
		return 0;
	ds_error_set(error, -EUCLEAN, "%s %s: was %s, is %s", first->name,
		first->subject ? first->subject : "", first->before ? first->before : "nothing",
		first->after ? first->after : "nothing");
	if (others > 0)
		snprintf(error->text + strlen(error->text),
			sizeof(error->text) - strlen(error->text), " (and %zu more)", others);
	return error->code;
}

int transaction_verify(struct transaction *txn, bool is_forward, struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;
	const struct ds_host *before = &txn->begin->before;
	const struct ds_expectation expectation = {
		.identity = !is_forward && before->module.state == DS_MODULE_LIVE
				    ? &before->module.identity
			    : plan->is_live ? &plan->to
					    : NULL,
		.installed_digest = is_forward ? NULL : plan->from_digest,
		.ethtool_version = is_forward ? txn->begin->request.expect_version : NULL,
		.is_files_only = txn->is_other_boot,
	};
	struct ds_host now = {0};
	int r = look_again(txn, &now, error);

	ds_record_done(&ds_verdict_record, &txn->outcome->verdict);
	if (r == 0)
		r = ds_verify(before, &now, &expectation, &txn->outcome->verdict, error);
	if (r == 0)
		r = verdict_error(&txn->outcome->verdict, error);
	ds_record_done(&ds_host_record, &now);
	return r;
}

static int64_t deadline(struct transaction *txn)
{
	int64_t timeout_s = txn->begin->request.timeout_s;

	return txn->door->now_ms(txn->door) +
	       (timeout_s > 0 ? timeout_s : DS_TIMEOUT_DEFAULT_S) * 1000;
}

/* The network is away from the first unload until its restoring has ended. */
static void measure_outage(struct transaction *txn, const struct ds_op *op, bool is_before)
{
	int64_t now_ms = txn->door->now_ms(txn->door);

	if (is_before && op->kind == DS_OP_MODULE_UNLOAD && txn->outage_from_ms == 0)
		txn->outage_from_ms = now_ms;
	if (!is_before && op->kind == DS_OP_NETWORK_RESTORE && txn->outage_from_ms > 0)
		txn->outcome->outage_ms = now_ms - txn->outage_from_ms;
}

/* The operations that only look are judged here; the door does the rest. */
static int apply(struct transaction *txn, const struct ds_op *op, struct ds_error *error)
{
	int r;

	if (op->kind == DS_OP_NONE || (txn->is_other_boot && op_is_live(op)))
		return 0;
	measure_outage(txn, op, true);
	if (op->kind == DS_OP_HOST_COMPARE)
		r = compare_host(txn, error);
	else if (op->kind == DS_OP_VERIFY)
		r = transaction_verify(txn, true, error);
	else
		r = txn->door->apply(txn->door, op, &txn->begin->before, deadline(txn), error);
	measure_outage(txn, op, false);
	return r;
}

int transaction_do(struct transaction *txn, size_t step, struct ds_error *error)
{
	const struct ds_op *op = &txn->begin->plan.steps.items[step].op;
	int64_t started_ms = txn->door->now_ms(txn->door);
	int r = write_entry(txn, DS_ENTRY_DO, step, error);

	tell(txn, DS_EVENT_STEP_BEGUN, step, op, 0, NULL);
	if (r == 0)
		r = apply(txn, op, error);
	if (r == 0)
		r = write_entry(txn, DS_ENTRY_DONE, step, error);
	tell(txn, r == 0 ? DS_EVENT_STEP_DONE : DS_EVENT_STEP_FAILED, step, op,
		txn->door->now_ms(txn->door) - started_ms, r == 0 ? NULL : error);
	return r;
}

/* A journal that cannot be written any more does not keep us from putting the host right. */
static int undo_one(struct transaction *txn, size_t step, struct ds_error *error)
{
	const struct ds_op *undo = &txn->begin->plan.steps.items[step].undo;
	int64_t started_ms = txn->door->now_ms(txn->door);
	struct ds_error ignored;
	int r;

	if (undo->kind == DS_OP_NONE)
		return 0;
	write_entry(txn, DS_ENTRY_UNDO, step, &ignored);
	tell(txn, DS_EVENT_UNDO_BEGUN, step, undo, 0, NULL);
	r = apply(txn, undo, error);
	if (r == 0)
		write_entry(txn, DS_ENTRY_UNDONE, step, &ignored);
	tell(txn, r == 0 ? DS_EVENT_UNDO_DONE : DS_EVENT_UNDO_FAILED, step, undo,
		txn->door->now_ms(txn->door) - started_ms, r == 0 ? NULL : error);
	return r;
}

/*
 * Undos of files build upon each other, and so do those of modules: where one failed, the older
 * ones of its chain would act on a host that is not back yet (a holder loaded upon the new
 * module would keep it from ever being unloaded). They wait for the next attempt; the other
 * chain, and all that stands alone, is tried at once.
 */
enum chain { CHAIN_NONE, CHAIN_FILES, CHAIN_CODE, CHAIN_COUNT };

static enum chain chain_of(const struct ds_op *op)
{
	switch (op->kind) {
	case DS_OP_FILE_COPY:
	case DS_OP_FILE_STAGE:
	case DS_OP_FILE_EXCHANGE:
	case DS_OP_FILE_RENAME:
	case DS_OP_FILE_REMOVE:
		return CHAIN_FILES;
	case DS_OP_MODULE_LOAD:
	case DS_OP_MODULE_INSERT:
	case DS_OP_MODULE_UNLOAD:
		return CHAIN_CODE;
	default:
		return CHAIN_NONE;
	}
}

int transaction_undo(
	struct transaction *txn, size_t from, const bool *is_undone, struct ds_error *error)
{
	const struct ds_step *steps = txn->begin->plan.steps.items;
	bool is_skipping = is_undone, is_stuck[CHAIN_COUNT] = {false};
	struct ds_error later;
	int first = 0;

	for (size_t i = from + 1; i > 0; i--) {
		enum chain chain = chain_of(&steps[i - 1].undo);
		int r;

		is_skipping =
			is_skipping && (is_undone[i - 1] || steps[i - 1].undo.kind == DS_OP_NONE);
		if (is_skipping || is_stuck[chain])
			continue;
		r = undo_one(txn, i - 1, first == 0 ? error : &later);
		is_stuck[chain] = r < 0 && chain != CHAIN_NONE;
		if (first == 0)
			first = r;
	}
	/* Before the trial nothing of the host was touched that a look could find changed by us. */
	if (first < 0 || steps[from].phase == DS_PHASE_PREPARE)
		return first;
	return transaction_verify(txn, false, error);
}

void transaction_clean(struct transaction *txn)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_error error;

	for (size_t i = 0; i < plan->steps.count; i++)
		if (plan->steps.items[i].phase == DS_PHASE_CLEAN &&
			transaction_do(txn, i, &error) < 0)
			ds_string_set(&txn->outcome->hint, error.text);
}

void transaction_commit(struct transaction *txn)
{
	size_t last = txn->begin->plan.steps.count - 1;
	struct ds_error error;

	/* Without this entry recovery would finish the commit once more: the same end. */
	if (write_entry(txn, DS_ENTRY_COMMITTED, last, &error) < 0)
		ds_string_set(&txn->outcome->hint, error.text);
	tell(txn, DS_EVENT_COMMITTED, last, &txn->begin->plan.steps.items[last].op, 0, NULL);
	transaction_clean(txn);
}

static int describe(struct transaction *txn, enum ds_outcome_kind kind)
{
	const struct ds_begin *begin = txn->begin;
	struct ds_outcome *outcome = txn->outcome;
	int r = ds_string_set(&outcome->id, begin->id);

	outcome->kind = (int)kind;
	outcome->started_s = begin->started_s;
	outcome->is_unverified = !begin->plan.is_live;
	if (r == 0)
		r = ds_string_set(&outcome->verb, ds_verb_names[begin->request.verb]);
	if (r == 0)
		r = ds_string_set(&outcome->module, begin->plan.module);
	if (r == 0)
		r = ds_string_set(&outcome->from_digest, begin->plan.from_digest);
	if (r == 0)
		r = ds_string_set(&outcome->to_digest, begin->plan.to_digest);
	if (r == 0)
		r = ds_record_copy(&ds_identity_record, &begin->plan.from, &outcome->from);
	if (r == 0)
		r = ds_record_copy(&ds_identity_record, &begin->plan.to, &outcome->to);
	return r;
}

static int write_history(struct transaction *txn, struct ds_error *error)
{
	struct json_object *json = ds_record_to_json(&ds_outcome_record, txn->outcome);
	const char *line =
		json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : NULL;
	int r = line ? txn->door->record(txn->door, DS_LOG_HISTORY, line, error)
		     : ds_error_set(error, -ENOMEM, "out of memory");

	json_object_put(json);
	return r < 0 ? ds_error_prefix(error, "history") : 0;
}

int transaction_end(struct transaction *txn, enum ds_outcome_kind kind, struct ds_error *error)
{
	int r = describe(txn, kind);

	if (r < 0)
		return ds_error_set(error, r, "out of memory");
	/* A failure that left no trace on the host is told, but it is no history. */
	if (kind != DS_OUTCOME_FAILED)
		r = write_history(txn, error);
	if (r == 0 && kind != DS_OUTCOME_INCOMPLETE)
		r = txn->door->record(txn->door, DS_LOG_JOURNAL, NULL, error);
	return r;
}
