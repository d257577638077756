/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The swap: observe, check, plan, and hand the plan to the transaction. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detached.h"
#include "drvswap/sys.h"
#include "drvswap/txn.h"
#include "events.h"
#include "history.h"
#include "verb.h"

/* A preview for somebody who is not root is a preview all the same. */
static bool is_only_privilege(const struct ds_findings *findings)
{
	for (size_t i = 0; i < findings->items.count; i++) {
		const struct ds_finding *finding = &findings->items.items[i];

		if (finding->level > DS_LEVEL_WARN && !finding->is_overridden &&
			strcmp(finding->name, "no-privilege") != 0)
			return false;
	}
	return true;
}

/* That very build is installed, and runs if the module runs at all: whatever would hinder a swap
 * does not matter. */
static bool is_nothing_to_do(const struct report *report)
{
	const struct ds_host *host = &report->host;

	return ds_plan_is_empty(&report->plan) && host->candidate_image.digest &&
	       ds_string_equal(host->candidate_image.digest, host->installed_image.digest);
}

static void judge(const struct ds_request *request, struct report *report, struct ds_error *error)
{
	const struct ds_finding *stop = ds_findings_stop(&report->findings);

	if (is_nothing_to_do(report)) {
		report->outcome.kind = DS_OUTCOME_NOTHING;
	} else if (stop) {
		ds_error_set(error, -EPERM, "%s: %s", stop->name, stop->text);
		ds_error_hint(error, "%s", stop->advice);
		report_fail(report, DS_OUTCOME_REFUSED, error);
		if (!request->is_dry_run || !is_only_privilege(&report->findings))
			ds_record_done(&ds_plan_record, &report->plan);
	} else {
		/* Without an installed file there may be nothing to do that could be compared. */
		report->outcome.kind =
			ds_plan_is_empty(&report->plan) ? DS_OUTCOME_NOTHING : DS_OUTCOME_DONE;
	}
}

/* The kernel asks a neighbour three times, a second apart, before it gives it up. */
#define GATEWAY_MS 4000

/*
 * How well it works before: only that can fail afterwards, and what fails already is a finding.
 * Where no code is exchanged, nothing is measured.
 */
static int measure(struct ds_door *door, const struct ds_request *request, struct report *report,
	struct ds_error *error)
{
	struct ds_host *host = &report->host;
	int r;

	if (!ds_plan_exchanges_code(request, host))
		return 0;
	if (ds_health_ask(&host->network, &request->checks, &host->health) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	r = door->probe(
		door, host, door->now_ms(door) + GATEWAY_MS, request->timeout_s * 1000, error);
	ds_record_done(&ds_findings_record, &report->findings);
	return r < 0 ? r : ds_check(request, host, &report->findings, error);
}

/*
 * What the last swap gave the code that runs with --param: /sys tells the values, but not which of
 * them are no defaults. A history that cannot be read tells nothing.
 */
static void look_given(struct ds_door *door, struct ds_host *host)
{
	struct history history = {0};
	const struct ds_outcome *last = NULL;
	struct ds_error ignored;

	if (history_read(door, host->module.name, &history, &ignored) == 0)
		for (size_t i = 0; i < history.outcomes.count; i++)
			if (history.outcomes.items[i].kind == DS_OUTCOME_DONE)
				last = &history.outcomes.items[i];
	if (last && ds_identity_compare(&last->to, &host->module.identity, NULL) != DS_SAME_NO)
		ds_string_set(&host->module.given, last->params);
	ds_record_done(&history_record, &history);
}

/* Observe, check, plan: what a dry run does is what a swap does first. */
static int prepare(struct ds_door *door, const struct ds_request *request, struct report *report,
	struct ds_error *error)
{
	int r = door->look(door, request, &report->host, error);

	if (r == 0)
		look_given(door, &report->host);
	if (r == 0)
		r = ds_check(request, &report->host, &report->findings, error);
	/* Nobody is asked for the sake of a swap that is refused anyway. */
	if (r == 0 && !request->is_dry_run && !ds_findings_stop(&report->findings))
		r = measure(door, request, report, error);
	if (r == 0)
		r = ds_plan_build(request, &report->host, &report->plan, error);
	if (r < 0)
		return r;
	report->has_host = true;
	report->outcome.outage_ms = -1;
	if (ds_string_set(&report->outcome.module, request->module) < 0 ||
		ds_string_set(&report->outcome.verb, ds_verb_names[request->verb]) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	judge(request, report, error);
	return 0;
}

/* --- the real run, in the worker -------------------------------------------------------- */

static int make_begin(struct ds_door *door, const struct ds_request *request,
	const struct report *report, struct ds_begin *ret_begin)
{
	ret_begin->format = DS_JOURNAL_FORMAT;
	ret_begin->started_s = door->wall_time_s(door);
	if (ds_string_format(&ret_begin->id, "%lld-%d", (long long)ret_begin->started_s,
		    (int)getpid()) < 0 ||
		ds_string_set(&ret_begin->boot_id, report->host.kernel.boot_id) < 0 ||
		ds_record_copy(&ds_request_record, request, &ret_begin->request) < 0 ||
		ds_record_copy(&ds_plan_record, &report->plan, &ret_begin->plan) < 0 ||
		ds_record_copy(&ds_host_record, &report->host, &ret_begin->before) < 0)
		return -ENOMEM;
	return 0;
}

static int execute(struct ds_door *door, const struct ds_request *request,
	const struct worker *worker, struct report *report, struct ds_error *error)
{
	struct ds_begin begin = {0};
	struct events events;
	int r = make_begin(door, request, report, &begin);

	ds_record_done(&ds_outcome_record, &report->outcome);
	if (r < 0) {
		ds_error_set(error, r, "out of memory");
	} else {
		snprintf(worker->id, WORKER_ID_BYTES, "%s", begin.id);
		events_begin(&events, &begin, worker->watcher);
		ds_txn_run(door, &begin, &events.watcher, &report->outcome, error);
		events_end(&report->outcome);
	}
	ds_record_done(&ds_begin_record, &begin);
	return r;
}

static void tell_findings(struct ds_watcher *watcher, const struct ds_findings *findings)
{
	for (size_t i = 0; i < findings->items.count; i++) {
		const struct ds_event event = {
			.kind = DS_EVENT_FINDING,
			.finding = findings->items.items[i],
		};

		watcher->tell(watcher, &event);
	}
}

static void tell_wait(struct ds_watcher *watcher, const char *who)
{
	struct ds_event event = {.kind = DS_EVENT_NOTE};

	ds_string_format(&event.text, "waiting: %s", who);
	watcher->tell(watcher, &event);
	ds_record_done(&ds_event_record, &event);
}

/* Whoever wants it to stop while it waits sees nothing begin. */
static int heed_stop(struct ds_door *door, int64_t until_ms, struct ds_error *error)
{
	const unsigned int wanted = 1U << DS_WORD_ROLLBACK | 1U << DS_WORD_SHUTDOWN;
	struct ds_word word = {0};
	struct ds_error ignored;

	if (door->listen(door, wanted, until_ms, &word, &ignored) < 0 || word.kind == DS_WORD_NONE)
		return 0;
	return ds_error_set(error, -ECANCELED,
		word.kind == DS_WORD_ROLLBACK ? "a rollback was asked for before the swap began"
					      : "the host was shut down before the swap began");
}

/* The end of another's lock or process is no event that would come here. */
#define ASK_AGAIN_MS 250

/* Whoever is still at work at the end is a finding. */
static int wait_until_quiet(struct ds_door *door, const struct ds_request *request,
	struct ds_watcher *watcher, struct ds_error *error)
{
	int64_t deadline_ms = door->now_ms(door) + request->timeout_s * 1000;
	char *told = NULL, *who = NULL;
	int r = 0;

	while (r == 0 && !ds_strings_has(&request->overrides, "host-busy") &&
		door->now_ms(door) < deadline_ms) {
		r = ds_sys_who_is_at_work(&who, error);
		if (r < 0 || !who)
			break;
		if (!ds_string_equal(told, who)) {
			tell_wait(watcher, who);
			ds_string_set(&told, who);
		}
		r = heed_stop(door, door->now_ms(door) + ASK_AGAIN_MS, error);
	}
	free(told);
	free(who);
	return r < 0 ? r : heed_stop(door, 0, error);
}

static void swap_locked(struct ds_door *door, const struct ds_request *request,
	const struct worker *worker, struct report *report)
{
	struct ds_watcher *watcher = worker->watcher;
	struct ds_error error = {0};
	int r = wait_until_quiet(door, request, watcher, &error);

	if (r == 0)
		r = prepare(door, request, report, &error);
	if (r == 0)
		tell_findings(watcher, &report->findings);
	if (r == 0 && report->outcome.kind == DS_OUTCOME_DONE)
		r = execute(door, request, worker, report, &error);
	if (r < 0)
		report_fail(report, DS_OUTCOME_FAILED, &error);
}

static void swap_with(struct ds_door *door, const struct ds_request *request,
	const struct worker *worker, struct report *report)
{
	struct ds_error error = {0}, ignored;
	int r = ds_sys_lock(worker->lock, &error);

	/* Who speaks to us before we listen shall wait. Whom nobody can speak to can work. */
	if (r == 0)
		ds_sys_open_control(door, &ignored);
	if (r < 0)
		report_fail(report, r == -EBUSY ? DS_OUTCOME_LOCKED : DS_OUTCOME_FAILED, &error);
	else if (recover_first(door, request, worker->watcher, report))
		swap_locked(door, request, worker, report);
}

static void swap(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};

	if (!door) {
		ds_error_set(&error, -ENOMEM, "out of memory");
		report_fail(report, DS_OUTCOME_FAILED, &error);
		return;
	}
	swap_with(door, request, worker, report);
	ds_sys_close(door);
}

/* --- the caller ------------------------------------------------------------------------- */

/* What a real run would meet first; true: it would come no further. */
static bool is_stopped_first(const struct ds_request *request, struct report *report)
{
	struct ds_error error = {0};

	if (report->under_way.owner) {
		ds_error_set(&error, -EBUSY, "%s", report->under_way.owner);
		ds_error_hint(
			&error, request->verb == DS_VERB_ROLLBACK && report->under_way.id
					? "A rollback of the same module would ask it to stop and "
					  "roll back."
					: "Wait until it has ended; `drvswap status` shows it.");
		report_fail(report, DS_OUTCOME_LOCKED, &error);
	} else if (report->is_journal_damaged) {
		ds_error_set(&error, -EBADMSG,
			"an interrupted swap could not be recovered first: %s",
			report->journal_error);
		report_fail(report, DS_OUTCOME_INCOMPLETE, &error);
	}
	return report->outcome.error;
}

static void dry_run(struct ds_door *door, const struct ds_request *request, struct report *report)
{
	struct ds_error error = {0};

	report->is_dry_run = true;
	report_look_under_way(door, report);
	if (!is_stopped_first(request, report) && prepare(door, request, report, &error) < 0)
		report_fail(report, DS_OUTCOME_FAILED, &error);
}

/* A rollback while a swap is under way ends that. */
static bool ends_swap(const struct ds_request *request, struct report *report)
{
	const struct ds_word word = {.kind = DS_WORD_ROLLBACK};
	struct ds_error ignored;

	if (request->verb != DS_VERB_ROLLBACK || request->is_dry_run || request->is_original ||
		!ds_sys_is_locked(&ignored))
		return false;
	if (verb_say(request, &word, report) == -ENOENT) {
		report_done(report);
		*report = (struct report){0};
		return false;
	}
	/* What is a failure of the swap is what this verb was asked for. */
	report->is_wanted = report->outcome.kind == DS_OUTCOME_ROLLED_BACK;
	return true;
}

static void run(struct ds_door *door, struct ds_request *request, struct report *report)
{
	static const struct work work = {swap, recover_after};
	struct ds_error error = {0};
	int r;

	/* Neither a journal that others could have written, nor one that others could change. */
	if ((!request->is_dry_run && verb_need_root(request, &error) < 0) ||
		ds_sys_check_state(&error) < 0)
		report_fail(report, DS_OUTCOME_REFUSED, &error);
	else if (ends_swap(request, report))
		return;
	else if (!request->module && verb_choose_module(door, request, &error) < 0)
		report_fail(report, DS_OUTCOME_USAGE, &error);
	else if (ds_sys_caller(&request->caller, &error) < 0)
		report_fail(report, DS_OUTCOME_FAILED, &error);
	else if (request->is_dry_run)
		dry_run(door, request, report);
	else if ((r = detached_run(request, &work, report, &error)) < 0)
		report_fail(report, detached_failure(r), &error);
}

void verb_swap_and_tell(struct ds_request *request, struct report *ret_report)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};

	if (door) {
		run(door, request, ret_report);
	} else {
		ds_error_set(&error, -ENOMEM, "out of memory");
		report_fail(ret_report, DS_OUTCOME_FAILED, &error);
	}
	report_print(request, ret_report);
	ds_sys_close(door);
}

int verb_swap(struct ds_request *request)
{
	struct report report = {0};
	int code;

	verb_swap_and_tell(request, &report);
	code = report_exit_code(&report);
	report_done(&report);
	return code;
}
