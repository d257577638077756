/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "drvswap/sys.h"
#include "history.h"
#include "terminal.h"
#include "under_way.h"
#include "verb.h"

/* The last swap of this module for this kernel; what cannot be read was none. */
static void look_back(struct ds_door *door, struct report *report)
{
	struct history history = {0};
	struct ds_error ignored;

	if (history_read(door, report->host.module.name, &history, &ignored) < 0)
		return;
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

static int look(struct ds_door *door, struct ds_request *request, const struct under_way *under_way,
	struct report *report, struct ds_error *error)
{
	int r = choose_module(door, request, under_way, error);

	if (r == 0)
		r = ds_sys_caller(&request->caller, error);
	if (r == 0)
		r = door->look(door, request, &report->host, error);
	report->has_host = r == 0;
	if (r == 0)
		look_back(door, report);
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

/* What of the journal could be read; without root that is nothing, and no news to anybody. */
struct journal {
	struct under_way under_way;
	struct ds_error error;
	int result; /* of under_way_read() */
};

static void put_status(const struct ds_request *request, const struct report *report,
	const struct journal *journal)
{
	if (request->is_json && report->has_host)
		print_json(report, &journal->under_way);
	else if (report->has_host)
		report_text_status(report);
	if (request->is_json)
		return;
	if (journal->result == -EBADMSG || journal->result == -EPROTO)
		put_damaged(&journal->error);
	else if (journal->result == 0 && journal->under_way.steps > 0)
		put_unfinished(&journal->under_way);
}

int verb_status(struct ds_request *request)
{
	struct ds_door *door = ds_sys_open();
	struct journal journal = {0};
	struct report report = {0};
	struct ds_error error = {0};
	int r, code = 0;

	if (!door)
		return fail(DS_OUTCOME_FAILED, &error);
	r = request->is_follow ? under_way_follow(door, request, &code, &error) : -ENOENT;
	if (r == -ENOENT) {
		journal.result = under_way_read(door, &journal.under_way, &journal.error);
		r = look(door, request, &journal.under_way, &report, &error);
		put_status(request, &report, &journal);
	}
	ds_record_done(&under_way_record, &journal.under_way);
	report_done(&report);
	ds_sys_close(door);
	return r == 0 ? code : fail(r == -EINVAL ? DS_OUTCOME_USAGE : DS_OUTCOME_FAILED, &error);
}
