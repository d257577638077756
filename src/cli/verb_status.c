/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>

#include "drvswap/sys.h"
#include "history.h"
#include "metrics.h"
#include "under_way.h"
#include "verb.h"

/*
 * The last swap of this module for this kernel, and the last that was done; what cannot be read was
 * none.
 */
static void look_back(struct ds_door *door, struct report *report)
{
	struct history history = {0};
	struct ds_error ignored;

	if (history_read(door, report->host.module.name, &history, &ignored) < 0)
		return;
	for (size_t i = history.outcomes.count; i > 0 && !report->last.id; i--) {
		const struct ds_outcome *outcome = &history.outcomes.items[i - 1];

		if (!ds_string_equal(outcome->kernel, report->host.kernel.release))
			continue;
		if (!report->newest.id)
			ds_record_copy(&ds_outcome_record, outcome, &report->newest);
		if (outcome->kind == DS_OUTCOME_DONE)
			ds_record_copy(&ds_outcome_record, outcome, &report->last);
	}
	ds_record_done(&history_record, &history);
}

static int look(struct ds_door *door, struct ds_request *request, struct report *report,
	struct ds_error *error)
{
	int r = request->module ? 0 : verb_choose_module(door, request, error);

	if (r == 0)
		r = ds_sys_caller(&request->caller, error);
	if (r == 0)
		r = door->look(door, request, &report->host, error);
	report->has_host = r == 0;
	if (r == 0)
		look_back(door, report);
	return r;
}

static void print(const struct ds_request *request, const struct report *report)
{
	struct json_object *json = request->is_json ? report_to_json(report) : NULL;

	if (request->is_json)
		json_print(json);
	else if (request->is_prometheus)
		metrics_print(stdout, report);
	else
		report_text_status(report);
	json_object_put(json);
}

/* What was interrupted, or cannot be read, is told where nothing else can be. */
static int show(struct ds_door *door, struct ds_request *request, struct ds_error *error)
{
	struct report report = {.is_status = true};
	int r;

	report_look_under_way(door, &report);
	r = look(door, request, &report, error);
	if (r == 0)
		print(request, &report);
	else if (!request->is_json && !request->is_prometheus)
		report_text_under_way(&report);
	report_done(&report);
	return r;
}

int verb_status(struct ds_request *request)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int r, code = 0;

	if (!door)
		return fail(request, DS_OUTCOME_FAILED, &error);
	r = request->is_follow ? under_way_follow(door, request, &code, &error) : -ENOENT;
	if (r == -ENOENT)
		r = show(door, request, &error);
	ds_sys_close(door);
	return r == 0 ? code
		      : fail(request, r == -EINVAL ? DS_OUTCOME_USAGE : DS_OUTCOME_FAILED, &error);
}
