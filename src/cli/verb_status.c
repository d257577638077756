/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "drvswap/journal.h"
#include "drvswap/sys.h"
#include "history.h"
#include "terminal.h"
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

static int look(struct ds_door *door, struct ds_request *request, struct report *report,
	struct ds_error *error)
{
	int r = request->module ? 0 : verb_choose_module(door, request, error);

	if (r == 0)
		r = door->look(door, request, &report->host, error);
	report->has_host = r == 0;
	if (r == 0)
		look_back(door, report);
	return r;
}

/* A journal that is not empty: a swap is under way, or was interrupted. */
static void put_unfinished(struct ds_door *door, const struct ds_request *request)
{
	struct ds_journal journal = {0};
	struct ds_error error = {0};
	char *text = NULL;

	if (request->is_json || door->recall(door, DS_LOG_JOURNAL, &text, &error) < 0 || !*text) {
		free(text);
		return;
	}
	if (ds_sys_is_locked(&error))
		terminal_printf(stdout, COLOUR_WARN, "%-12s%s", "under way", error.text);
	else if (ds_journal_parse(text, &journal, &error) == 0)
		terminal_printf(stdout, COLOUR_BAD,
			"%-12sa swap of %s; `drvswap recover` finishes or undoes it", "interrupted",
			journal.begin.plan.module);
	else
		terminal_printf(stdout, COLOUR_BAD, "%-12s%s", "damaged", error.text);
	fputc('\n', stdout);
	ds_record_done(&ds_journal_record, &journal);
	free(text);
}

static void print_json(const struct report *report)
{
	struct json_object *json = report_to_json(report);

	json_print(json);
	json_object_put(json);
}

int verb_status(struct ds_request *request)
{
	struct ds_door *door = ds_sys_open();
	struct report report = {0};
	struct ds_error error = {0};
	int r;

	if (!door)
		return fail(DS_OUTCOME_FAILED, &error);
	r = look(door, request, &report, &error);
	if (r == 0 && request->is_json)
		print_json(&report);
	else if (r == 0)
		report_text_status(&report);
	put_unfinished(door, request);
	report_done(&report);
	ds_sys_close(door);
	return r == 0 ? 0 : fail(r == -EINVAL ? DS_OUTCOME_USAGE : DS_OUTCOME_FAILED, &error);
}
