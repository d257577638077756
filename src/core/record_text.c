/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as JSON at once, as json-c writes its objects without spaces. A host with a hundred
 * thousand routes would need half a gigabyte of such objects.
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

static void put_list(struct text *text, const struct ds_field *field, const void *member)
{
	struct any_list list;

	memcpy(&list, member, sizeof(list));
	text_put(text, "[");
	for (size_t i = 0; i < list.count; i++) {
		if (i)
			text_put(text, ",");
		if (field->type == DS_TYPE_STRINGS)
			put_string(text, ((char *const *)list.items)[i]);
		else
			put_record(text, field->record,
				(const char *)list.items + i * field->record->size);
	}
	text_put(text, "]");
}

static void put_member(struct text *text, const struct ds_field *field, const void *member)
{
	switch (field->type) {
	case DS_TYPE_STRING:
		if (*(char *const *)member)
			put_string(text, *(char *const *)member);
		else
			text_put(text, "null");
		return;
	case DS_TYPE_BOOL:
		text_put(text, *(const bool *)member ? "true" : "false");
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

static void put_record(struct text *text, const struct ds_record *record, const void *object)
{
	const char *before = "{";

	for (const struct ds_field *field = record->fields; field->name; field++) {
		text_put(text, before, "\"", field->name, "\":");
		put_member(text, field, (const char *)object + field->offset);
		before = ",";
	}
	text_put(text, record->fields->name ? "}" : "{}");
}

char *ds_record_to_text(const struct ds_record *record, const void *object)
{
	struct text text = {0};

	put_record(&text, record, object);
	return text_finish(&text);
}
