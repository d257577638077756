/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a transaction: what became of it is told, and kept in the history. */
#include <errno.h>
#include <stdlib.h>

#include "transaction.h"

int transaction_describe(struct transaction *txn, enum ds_outcome_kind kind)
{
	const struct ds_begin *begin = txn->begin;
	struct ds_outcome *outcome = txn->outcome;
	int r = ds_string_set(&outcome->id, begin->id);

	ds_record_done(&ds_identity_record, &outcome->from);
	ds_record_done(&ds_identity_record, &outcome->to);
	outcome->kind = (int)kind;
	outcome->started_s = begin->started_s;
	outcome->is_unverified = begin->before.module.state != DS_MODULE_LIVE;
	if (r == 0)
		r = ds_string_set(&outcome->verb, ds_verb_names[begin->request.verb]);
	if (r == 0)
		r = ds_string_set(&outcome->module, begin->plan.module);
	if (r == 0)
		r = ds_string_set(&outcome->from_digest, begin->plan.from_digest);
	if (r == 0)
		r = ds_string_set(&outcome->to_digest, begin->plan.to_digest);
	if (r == 0)
		r = ds_string_set(&outcome->kernel, begin->before.kernel.release);
	if (r == 0 && begin->request.params.count > 0) {
		free(outcome->params);
		outcome->params =
			ds_params_line(begin->request.params.items, begin->request.params.count);
		r = outcome->params ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = ds_record_copy(&ds_identity_record, &begin->plan.from, &outcome->from);
	if (r == 0)
		r = ds_record_copy(&ds_identity_record, &begin->plan.to, &outcome->to);
	return r;
}

static int write_history(struct transaction *txn, struct ds_error *error)
{
	char *line = ds_record_to_text(&ds_outcome_record, txn->outcome);
	int r = line ? txn->door->record(txn->door, DS_LOG_HISTORY, line, error)
		     : ds_error_set(error, -ENOMEM, "out of memory");

	free(line);
	return r < 0 ? ds_error_prefix(error, "history") : 0;
}

int transaction_end(struct transaction *txn, enum ds_outcome_kind kind, struct ds_error *error)
{
	int r = transaction_describe(txn, kind);

	if (r < 0)
		return ds_error_set(error, r, "out of memory");
	/*
	 * A failure that left no trace on the host is told, but it is no history; where the one
	 * who was to be told is gone, that is where people look.
	 */
	if (kind != DS_OUTCOME_FAILED || txn->is_recovery)
		r = write_history(txn, error);
	if (r == 0 && kind != DS_OUTCOME_INCOMPLETE)
		r = txn->door->record(txn->door, DS_LOG_JOURNAL, NULL, error);
	return r;
}
