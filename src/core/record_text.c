/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as JSON without json-c's objects between, and back with those of one line at a time: a
 * host with a hundred thousand routes would need half a gigabyte of them.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/record.h"
#include "text.h"

/* Its escapes are json-c's; names of members and words of enums are ours, and need none. */
static void put_string(struct text *text, const char *string)
{
	struct json_object *json = json_object_new_string(string);
	const char *escaped =
		json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : NULL;

	if (escaped)
		text_put(text, escaped);
	text->is_out_of_memory |= !escaped;
	json_object_put(json);
}

static void put_record(struct text *text, const struct ds_record *record, const void *object);

/* The shape that every DS_LIST has in memory. */
struct any_list {
	const void *items;
	size_t count;
};

static struct any_list list_of(const void *member)
{
	struct any_list list;

	memcpy(&list, member, sizeof(list));
	return list;
}

static void put_item(
	struct text *text, const struct ds_field *field, const struct any_list *list, size_t i)
{
	if (field->type == DS_TYPE_STRINGS)
		put_string(text, ((char *const *)list->items)[i]);
	else
		put_record(
			text, field->record, (const char *)list->items + i * field->record->size);
}

static void put_list(struct text *text, const struct ds_field *field, const void *member)
{
	struct any_list list = list_of(member);

	text_put(text, "[");
	for (size_t i = 0; i < list.count; i++) {
		if (i)
			text_put(text, ",");
		put_item(text, field, &list, i);
	}
	text_put(text, "]");
}

static void put_member(struct text *text, const struct ds_field *field, const void *member)
{
	switch (field->type) {
	case DS_TYPE_STRING:
		put_string(text, *(char *const *)member);
		return;
	case DS_TYPE_BOOL:
		text_put(text, "true");
		return;
	case DS_TYPE_INT:
		text_put_number(text, *(const int64_t *)member);
		return;
	case DS_TYPE_ENUM:
		text_put(text, "\"", field->names[*(const int *)member], "\"");
		return;
	case DS_TYPE_RECORD:
		put_record(text, field->record, member);
		return;
	default:
		put_list(text, field, member);
	}
}

/* What is missing is zero to whoever reads it. A word of an enum is always told. */
static bool is_left_out(const struct ds_field *field, const void *member)
{
	switch (field->type) {
	case DS_TYPE_STRING:
		return !*(char *const *)member;
	case DS_TYPE_BOOL:
		return !*(const bool *)member;
	case DS_TYPE_INT:
		return *(const int64_t *)member == 0;
	case DS_TYPE_LIST:
	case DS_TYPE_STRINGS:
		return list_of(member).count == 0;
	default:
		return false;
	}
}

static void put_record(struct text *text, const struct ds_record *record, const void *object)
{
	const char *before = "";

	text_put(text, "{");
	for (const struct ds_field *field = record->fields; field->name; field++) {
		const void *member = (const char *)object + field->offset;

		if (is_left_out(field, member))
			continue;
		text_put(text, before, "\"", field->name, "\":");
		put_member(text, field, member);
		before = ",";
	}
	text_put(text, "}");
}

char *ds_record_to_text(const struct ds_record *record, const void *object)
{
	struct text text = {0};

	put_record(&text, record, object);
	return text_finish(&text);
}

/* --- a line each ------------------------------------------------------------------------ */

/* Whoever the lines are for, and the one that is being written. */
struct lines {
	struct text text;
	int (*visit)(const char *line, void *context);
	void *context;
};

/* The records that one is a member of. */
struct outer {
	const struct outer *outer;
	const char *name;
};

static void open_outer(struct text *text, const struct outer *outer)
{
	if (!outer)
		return;
	open_outer(text, outer->outer);
	text_put(text, "{\"", outer->name, "\":");
}

static int end_line(struct lines *lines, const struct outer *outer)
{
	for (; outer; outer = outer->outer)
		text_put(&lines->text, "}");
	if (lines->text.is_out_of_memory)
		return -ENOMEM;
	lines->text.used = 0;
	return lines->visit(lines->text.bytes, lines->context);
}

static int put_lines(struct lines *lines, const struct ds_record *record, const void *object,
	const struct outer *outer);

static int put_items(struct lines *lines, const struct ds_field *field, const void *member,
	const struct outer *outer)
{
	const struct any_list list = list_of(member);
	int r = 0;

	for (size_t i = 0; r == 0 && i < list.count; i++) {
		open_outer(&lines->text, outer);
		text_put(&lines->text, "[");
		put_item(&lines->text, field, &list, i);
		text_put(&lines->text, "]");
		r = end_line(lines, outer);
	}
	return r;
}

static int put_lines_of(struct lines *lines, const struct ds_field *field, const void *member,
	const struct outer *outer)
{
	const struct outer own = {outer, field->name};

	if (field->type == DS_TYPE_RECORD)
		return put_lines(lines, field->record, member, &own);
	if (field->type == DS_TYPE_LIST || field->type == DS_TYPE_STRINGS)
		return put_items(lines, field, member, &own);
	open_outer(&lines->text, &own);
	put_member(&lines->text, field, member);
	return end_line(lines, &own);
}

static int put_lines(struct lines *lines, const struct ds_record *record, const void *object,
	const struct outer *outer)
{
	int r = 0;

	for (const struct ds_field *field = record->fields; r == 0 && field->name; field++) {
		const void *member = (const char *)object + field->offset;

		if (!is_left_out(field, member))
			r = put_lines_of(lines, field, member, outer);
	}
	return r;
}

int ds_record_each_line(const struct ds_record *record, const void *object,
	int (*visit)(const char *line, void *context), void *context)
{
	struct lines lines = {.visit = visit, .context = context};
	int r = put_lines(&lines, record, object, NULL);

	free(lines.text.bytes);
	return r;
}

int ds_record_add_line(
	const struct ds_record *record, const char *line, void *ret_object, struct ds_error *error)
{
	struct json_object *json = json_tokener_parse(line);
	int r = ds_record_from_json(record, json, ret_object, error);

	json_object_put(json);
	return r;
}
