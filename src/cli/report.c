/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "verb.h"

static const struct ds_field report_fields[] = {
	DS_RECORD(struct report, outcome, &ds_outcome_record),
	DS_RECORD(struct report, findings, &ds_findings_record),
	DS_RECORD(struct report, plan, &ds_plan_record),
	DS_RECORD(struct report, host, &ds_host_record),
	DS_RECORD(struct report, last, &ds_outcome_record),
	DS_RECORD(struct report, newest, &ds_outcome_record),
	DS_BOOL(struct report, is_dry_run),
	DS_BOOL(struct report, has_host),
	DS_BOOL(struct report, is_status),
	DS_BOOL(struct report, is_wanted),
	DS_RECORD(struct report, under_way, &under_way_record),
	DS_STRING(struct report, journal_error),
	DS_BOOL(struct report, is_journal_damaged),
	DS_FIELDS_END,
};
const struct ds_record report_record = {"report", sizeof(struct report), report_fields};

void report_done(struct report *report)
{
	ds_record_done(&report_record, report);
}

int report_exit_code(const struct report *report)
{
	return report->is_wanted ? 0
				 : ds_outcome_exit_code((enum ds_outcome_kind)report->outcome.kind);
}

void report_look_under_way(struct ds_door *door, struct report *report)
{
	struct ds_error error = {0};
	int r = under_way_read(door, &report->under_way, &error);

	report->is_journal_damaged = r == -EBADMSG || r == -EPROTO;
	/* Lack of memory costs the words alone. */
	if (r < 0)
		ds_string_format(&report->journal_error, "%s%s%s", error.text,
			error.hint[0] ? ". " : "", error.hint);
}

bool report_is_overwritten(const struct report *report)
{
	return report->last.id && report->last.to_digest &&
	       report->host.installed.type != DS_FILE_ABSENT &&
	       !ds_string_equal(report->last.to_digest, report->host.installed_image.digest);
}

void report_fail(struct report *report, enum ds_outcome_kind kind, const struct ds_error *error)
{
	report->outcome.kind = (int)kind;
	report->outcome.outage_ms = -1;
	ds_string_set(&report->outcome.error, error->text[0] ? error->text : "out of memory");
	ds_string_set(&report->outcome.hint, error->hint[0] ? error->hint : NULL);
}

/* A mistake in the options stands before the verb is known. Lack of memory costs the words alone.
 */
static void name_request(const struct ds_request *request, struct ds_outcome *outcome)
{
	if (!outcome->verb && (request->verb != DS_VERB_SWAP || request->module))
		ds_string_set(&outcome->verb, ds_verb_names[request->verb]);
	if (!outcome->module)
		ds_string_set(&outcome->module, request->module);
	if (!outcome->kernel)
		ds_string_set(&outcome->kernel, request->kernel);
}

void report_print(const struct ds_request *request, struct report *report)
{
	report->is_dry_run |= request->is_dry_run;
	if (report->outcome.error)
		name_request(request, &report->outcome);
	if (request->is_json) {
		struct json_object *json = report_to_json(report);

		json_print(json);
		json_object_put(json);
	} else {
		report_text(request, report);
	}
}
