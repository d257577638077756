/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Looking, asking and judging: after a trial, while a proof is awaited, after a rollback. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "transaction.h"

/* The kernel asks a neighbour three times, a second apart, before it gives it up. */
#define WINDOW_PROBE_MS 4000

/*
 * A new link asks nobody over IPv6 before its own address has passed duplicate detection, which
 * takes two seconds (net/ipv6/ndisc.c, 6.1: ndisc_send_ns() wants a link-local address).
 */
#define NEW_LINK_PROBE_MS 10000

static int verdict_error(
	const struct ds_verdict *verdict, const char *wanted_version, struct ds_error *error)
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
	/* A version is only wrong where another one was asked for. */
	if (wanted_version && strcmp(first->name, "driver-version") == 0)
		snprintf(error->text + strlen(error->text),
			sizeof(error->text) - strlen(error->text), ", not %s as expected",
			wanted_version);
	if (others > 0)
		snprintf(error->text + strlen(error->text),
			sizeof(error->text) - strlen(error->text), " (and %zu more)", others);
	return error->code;
}

bool transaction_runs(const struct ds_host *host, const struct ds_identity *identity)
{
	return host->module.state == DS_MODULE_LIVE &&
	       ds_identity_compare(&host->module.identity, identity, NULL) != DS_SAME_NO;
}

/* Somebody installed it meanwhile, and it is theirs to judge. */
bool transaction_is_foreign(const struct transaction *txn, const struct ds_host *now)
{
	const struct ds_plan *plan = &txn->begin->plan;

	return now->installed.type == DS_FILE_REGULAR &&
	       now->installed_image.fault == DS_IMAGE_OK &&
	       !ds_string_equal(now->installed_image.digest, plan->from_digest) &&
	       !ds_string_equal(now->installed_image.digest, plan->to_digest);
}

/*
 * What must run after a rollback: what ran before. Where no file holds that code, and the user
 * overrode running-not-on-disk, it is what the plan named as the way back. And where somebody
 * replaced the installed file meanwhile, and nothing else holds the old code any more, it is what
 * modprobe has loaded of it: the very driver that the next boot will have.
 */
static const struct ds_identity *identity_back(
	const struct transaction *txn, const struct ds_host *now)
{
	const struct ds_module *before = &txn->begin->before.module;
	const struct ds_plan *plan = &txn->begin->plan;

	if (before->state != DS_MODULE_LIVE)
		return NULL;
	if (transaction_is_foreign(txn, now) && !transaction_runs(now, &before->identity) &&
		transaction_runs(now, &now->installed_image.identity))
		return &now->installed_image.identity;
	for (size_t i = 0; !transaction_runs(now, &before->identity) && i < plan->steps.count; i++)
		if (plan->steps.items[i].undo.kind == DS_OP_MODULE_INSERT)
			return &plan->steps.items[i].undo.identity;
	return &before->identity;
}

int transaction_judge(struct transaction *txn, const struct ds_host *now,
	const struct ds_expectation *expectation, struct ds_error *error)
{
	struct ds_verdict *verdict = &txn->outcome->verdict;
	int r;

	ds_record_done(&ds_verdict_record, verdict);
	r = ds_verify(&txn->begin->before, now, expectation, verdict, error);
	return r == 0 ? verdict_error(verdict, expectation->ethtool_version, error) : r;
}

/* Until when the gateways have time to answer. */
static int64_t gateways_until(struct transaction *txn, enum judged judged)
{
	int64_t patience_ms = transaction_timeout_ms(txn);

	if (judged == JUDGED_WINDOW)
		patience_ms = WINDOW_PROBE_MS;
	else if (patience_ms < NEW_LINK_PROBE_MS)
		patience_ms = NEW_LINK_PROBE_MS;
	return txn->door->now_ms(txn->door) + patience_ms;
}

static int measure(
	struct transaction *txn, enum judged judged, struct ds_host *now, struct ds_error *error)
{
	if (ds_health_ask_again(&txn->begin->before.health, &now->health) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return txn->door->probe(
		txn->door, now, gateways_until(txn, judged), transaction_timeout_ms(txn), error);
}

int transaction_verify(struct transaction *txn, enum judged judged, struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;
	bool is_forward = judged != JUDGED_ROLLBACK;
	struct ds_expectation expectation = {
		.installed_digest = is_forward ? NULL : plan->from_digest,
		.ethtool_version = is_forward ? txn->begin->request.expect_version : NULL,
		.is_trial = is_forward,
		.is_strict = is_forward && txn->begin->request.is_strict,
	};
	struct ds_host now = {0};
	int r;

	if (txn->is_other_boot)
		return transaction_judge_boot(txn, is_forward, error);
	ds_record_done(&ds_verdict_record, &txn->outcome->verdict);
	r = transaction_look(txn, &now, error);
	expectation.identity = !is_forward     ? identity_back(txn, &now)
			       : plan->is_live ? &plan->to
					       : NULL;
	if (r == 0 && transaction_is_foreign(txn, &now))
		expectation.installed_digest = NULL;
	if (r == 0)
		r = measure(txn, judged, &now, error);
	if (r == 0)
		r = transaction_judge(txn, &now, &expectation, error);
	ds_record_done(&ds_host_record, &now);
	return r;
}
