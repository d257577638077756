/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as JSON without json-c's objects between, and back with those of one line at a time: a
 * host with a hundred thousand routes would need half a gigabyte of them.
 */
#include <json-c/json.h>
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

static void end_line(struct text *text, const struct outer *outer)
{
	for (; outer; outer = outer->outer)
		text_put(text, "}");
	text_put(text, "\n");
}

static void put_lines(struct text *text, const struct ds_record *record, const void *object,
	const struct outer *outer);

static void put_lines_of(struct text *text, const struct ds_field *field, const void *member,
	const struct outer *outer)
{
	const struct outer own = {outer, field->name};
	struct any_list list;

	if (field->type == DS_TYPE_RECORD) {
		put_lines(text, field->record, member, &own);
	} else if (field->type == DS_TYPE_LIST || field->type == DS_TYPE_STRINGS) {
		list = list_of(member);
		for (size_t i = 0; i < list.count; i++) {
			open_outer(text, &own);
			text_put(text, "[");
			put_item(text, field, &list, i);
			text_put(text, "]");
			end_line(text, &own);
		}
	} else {
		open_outer(text, &own);
		put_member(text, field, member);
		end_line(text, &own);
	}
}

static void put_lines(struct text *text, const struct ds_record *record, const void *object,
	const struct outer *outer)
{
	for (const struct ds_field *field = record->fields; field->name; field++) {
		const void *member = (const char *)object + field->offset;

		if (!is_left_out(field, member))
			put_lines_of(text, field, member, outer);
	}
}

char *ds_record_to_lines(const struct ds_record *record, const void *object)
{
	struct text text = {0};

	text_put(&text, "{}\n"); /* also of what is empty something is told */
	put_lines(&text, record, object, NULL);
	return text_finish(&text);
}

int ds_record_from_lines(
	const struct ds_record *record, char *lines, void *ret_object, struct ds_error *error)
{
	int r = 0;

	for (char *line; r == 0 && (line = strsep(&lines, "\n"));) {
		struct json_object *json = *line ? json_tokener_parse(line) : NULL;

		/* What follows the last line's end is empty. */
		if (*line)
			r = ds_record_from_json(record, json, ret_object, error);
		json_object_put(json);
	}
	if (r < 0)
		ds_record_done(record, ret_object);
	return r;
}
