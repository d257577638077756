/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"
#include "utf8.h"

/* JSON is UTF-8 and some of our strings are not; and who prints JSON has a terminal too. */
static const char *put_character(const char *text)
{
	uint32_t character = 0;
	size_t length = utf8_read(text, &character);

	if (length == 0)
		fputs("\\ufffd", stdout);
	else if (utf8_is_harmless(character) || character == '\n')
		fwrite(text, 1, length, stdout);
	else if (character > 0xffff)
		printf("\\u%04x\\u%04x", (unsigned int)(0xd800 + ((character - 0x10000) >> 10)),
			(unsigned int)(0xdc00 + (character & 0x3ff)));
	else
		printf("\\u%04x", (unsigned int)character);
	return text + (length > 0 ? length : 1);
}

/* Between strings there is nothing but ASCII and newlines, so whatever is special is in a string.
 */
void json_print(struct json_object *json)
{
	const char *text = json_object_to_json_string_ext(
		json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	while (text && *text)
		text = put_character(text);
	fputc('\n', stdout);
}

static void add_text(struct json_object *json, const char *key, const struct ds_op *op)
{
	char *text = op->kind == DS_OP_NONE && !op->value ? NULL : ds_op_text(op, NULL);

	json_object_object_add(json, key, text ? json_object_new_string(text) : NULL);
	free(text);
}

/* The operations themselves, and the same words that the dry run prints. */
static struct json_object *steps_to_json(const struct ds_plan *plan)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < plan->steps.count; i++) {
		const struct ds_step *step = &plan->steps.items[i];
		struct json_object *json = ds_record_to_json(&ds_step_record, step);

		add_text(json, "text", &step->op);
		add_text(json, "undo_text", &step->undo);
		json_object_array_add(array, json);
	}
	return array;
}

/* Symbol and alias lists are hundreds of lines that `modinfo` gives too. */
static void leave_out_lists(struct json_object *host)
{
	static const char *const images[] = {
		"installed_image", "candidate_image", "previous_image", "fresh_image"};
	static const char *const lists[] = {"imports", "exports", "aliases"};

	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		for (size_t j = 0; j < sizeof(lists) / sizeof(lists[0]); j++) {
			struct json_object *image;

			if (json_object_object_get_ex(host, images[i], &image))
				json_object_object_del(image, lists[j]);
		}
	json_object_object_del(host, "requirements");
}

static struct json_object *findings_to_json(const struct ds_findings *findings)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < findings->items.count; i++)
		json_object_array_add(
			array, ds_record_to_json(&ds_finding_record, &findings->items.items[i]));
	return array;
}

static void add_outcome(struct json_object *json, const struct report *report)
{
	json_object_object_add(
		json, "outcome", ds_record_to_json(&ds_outcome_record, &report->outcome));
	json_object_object_add(json, "exit_code", json_object_new_int(report_exit_code(report)));
}

static void add_under_way(struct json_object *json, const struct report *report)
{
	if (report->under_way.id || report->under_way.owner)
		json_object_object_add(json, "under_way",
			ds_record_to_json(&under_way_record, &report->under_way));
	if (report->journal_error)
		json_object_object_add(
			json, "journal_error", json_object_new_string(report->journal_error));
}

struct json_object *report_to_json(const struct report *report)
{
	struct json_object *json = json_object_new_object(), *host;

	json_object_object_add(json, "dry_run", json_object_new_boolean(report->is_dry_run));
	if (!report->is_status)
		add_outcome(json, report);
	add_under_way(json, report);
	json_object_object_add(json, "findings", findings_to_json(&report->findings));
	json_object_object_add(json, "steps", steps_to_json(&report->plan));
	json_object_object_add(
		json, "reboots_if_stuck", json_object_new_boolean(report->plan.reboots_if_stuck));
	if (report->has_host) {
		host = ds_record_to_json(&ds_host_record, &report->host);
		leave_out_lists(host);
		json_object_object_add(json, "host", host);
	}
	if (report->last.id) {
		json_object_object_add(
			json, "last", ds_record_to_json(&ds_outcome_record, &report->last));
		json_object_object_add(json, "overwritten",
			json_object_new_boolean(report_is_overwritten(report)));
	}
	if (report->newest.id)
		json_object_object_add(
			json, "newest", ds_record_to_json(&ds_outcome_record, &report->newest));
	return json;
}
