/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "drvswap/sys.h"
#include "history.h"
#include "metrics.h"
#include "terminal.h"
#include "under_way.h"
#include "verb.h"

/* What was looked at. */
struct status {
	struct report report;
	struct ds_outcome newest; /* swap of the module, however it ended; no id: there was none */
	struct under_way under_way;
	int journal_result; /* of under_way_read() */
	struct ds_error journal_error;
};

/* The last swap of this module for this kernel that took; what cannot be read was none. */
static void look_back(struct ds_door *door, struct status *status)
{
	struct report *report = &status->report;
	struct history history = {0};
	struct ds_error ignored;

	if (history_read(door, report->host.module.name, &history, &ignored) < 0)
		return;
	if (history.outcomes.count > 0)
		ds_record_copy(&ds_outcome_record,
			&history.outcomes.items[history.outcomes.count - 1], &status->newest);
	for (size_t i = history.outcomes.count; i > 0 && !report->last.id; i--) {
		const struct ds_outcome *outcome = &history.outcomes.items[i - 1];

		if (outcome->kind == DS_OUTCOME_DONE &&
			ds_string_equal(outcome->kernel, report->host.kernel.release))
			ds_record_copy(&ds_outcome_record, outcome, &report->last);
	}
	ds_record_done(&history_record, &history);
}

/* Nobody named a module: that of the swap that has not ended, else that of the last one. */
static int choose_module(struct ds_door *door, struct ds_request *request,
	const struct under_way *under_way, struct ds_error *error)
{
	if (request->module)
		return 0;
	if (!under_way->module)
		return verb_choose_module(door, request, error);
	return ds_string_set(&request->module, under_way->module) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

static int look(struct ds_door *door, struct ds_request *request, struct status *status,
	struct ds_error *error)
{
	int r;

	status->journal_result = under_way_read(door, &status->under_way, &status->journal_error);
	r = choose_module(door, request, &status->under_way, error);
	if (r == 0)
		r = ds_sys_caller(&request->caller, error);
	if (r == 0)
		r = door->look(door, request, &status->report.host, error);
	status->report.has_host = r == 0;
	if (r == 0)
		look_back(door, status);
	return r;
}

static void put_step(const struct under_way *under_way)
{
	terminal_printf(stdout, COLOUR_NONE, "%-12s%s", "", under_way->module);
	if (under_way->step > 0)
		terminal_printf(stdout, COLOUR_NONE, ", step %lld of %lld%s, for %lld s: %s%s",
			(long long)under_way->step, (long long)under_way->steps,
			under_way->is_undo ? ", rolling back" : "",
			(long long)under_way->since_ms / 1000, under_way->text,
			under_way->is_stuck ? " (the kernel does not come back from it)" : "");
	fputc('\n', stdout);
}

/* A journal that is not empty: a swap is under way, or was interrupted. */
static void put_unfinished(const struct under_way *under_way)
{
	if (under_way->owner)
		terminal_printf(stdout, COLOUR_WARN, "%-12s%s", "under way", under_way->owner);
	else
		terminal_printf(stdout, COLOUR_BAD,
			"%-12sa swap of %s; `drvswap recover` finishes or undoes it", "interrupted",
			under_way->module);
	fputc('\n', stdout);
	if (under_way->owner)
		put_step(under_way);
}

static void put_damaged(const struct ds_error *error)
{
	terminal_printf(stdout, COLOUR_BAD, "%-12s%s", "damaged", error->text);
	fputc('\n', stdout);
}

static void print_json(const struct report *report, const struct under_way *under_way)
{
	struct json_object *json = report_to_json(report);

	if (under_way->steps > 0)
		json_object_object_add(
			json, "under_way", ds_record_to_json(&under_way_record, under_way));

	json_print(json);
	json_object_put(json);
}

static bool is_damaged(const struct status *status)
{
	return status->journal_result == -EBADMSG || status->journal_result == -EPROTO;
}

static void print_metrics(const struct status *status)
{
	const struct metrics metrics = {
		.report = &status->report,
		.under_way = status->journal_result == 0 ? &status->under_way : NULL,
		.is_damaged = is_damaged(status),
		.newest = &status->newest,
	};

	metrics_print(stdout, &metrics);
}

static void put_status(const struct ds_request *request, const struct status *status)
{
	bool is_data = request->is_json || request->is_prometheus;

	if (status->report.has_host && request->is_json)
		print_json(&status->report, &status->under_way);
	else if (status->report.has_host && request->is_prometheus)
		print_metrics(status);
	else if (status->report.has_host)
		report_text_status(&status->report);
	/* A journal that cannot be read without root is no news to somebody else. */
	if (!is_data && is_damaged(status))
		put_damaged(&status->journal_error);
	else if (!is_data && status->journal_result == 0 && status->under_way.steps > 0)
		put_unfinished(&status->under_way);
}

static void status_done(struct status *status)
{
	report_done(&status->report);
	ds_record_done(&ds_outcome_record, &status->newest);
	ds_record_done(&under_way_record, &status->under_way);
}

int verb_status(struct ds_request *request)
{
	struct ds_door *door = ds_sys_open();
	struct status status = {0};
	struct ds_error error = {0};
	int r, code = 0;

	if (!door)
		return fail(DS_OUTCOME_FAILED, &error);
	r = request->is_follow ? under_way_follow(door, request, &code, &error) : -ENOENT;
	if (r == -ENOENT) {
		r = look(door, request, &status, &error);
		put_status(request, &status);
	}
	status_done(&status);
	ds_sys_close(door);
	return r == 0 ? code : fail(r == -EINVAL ? DS_OUTCOME_USAGE : DS_OUTCOME_FAILED, &error);
}
