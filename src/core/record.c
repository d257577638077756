/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/record.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shape that every DS_LIST has in memory. */
struct any_list {
	void *items;
	size_t count;
};

static struct any_list list_get(const void *list)
{
	struct any_list any;

	memcpy(&any, list, sizeof(any));
	return any;
}

static const void *field_of(const struct ds_field *field, const void *object)
{
	return (const char *)object + field->offset;
}

static char *string_get(const struct ds_field *field, const void *object)
{
	char *text;

	memcpy(&text, field_of(field, object), sizeof(text));
	return text;
}

/* --- lists and strings ------------------------------------------------------------------ */

void *ds_list_add_sized(void *list, size_t item_size)
{
	struct any_list any = list_get(list);
	/* Powers of two are the growth steps, so the capacity needs no field of its own. */
	bool is_full = (any.count & (any.count - 1)) == 0;
	size_t capacity = any.count ? any.count * 2 : 1;

	if (is_full) {
		void *items = reallocarray(any.items, capacity, item_size);

		if (!items)
			return NULL;
		any.items = items;
	}
	memset((char *)any.items + any.count * item_size, 0, item_size);
	any.count++;
	memcpy(list, &any, sizeof(any));
	return (char *)any.items + (any.count - 1) * item_size;
}

int ds_strings_add(ds_strings *strings, const char *text)
{
	char *copy = strdup(text);
	char **slot;

	if (!copy)
		return -ENOMEM;
	slot = ds_list_add(strings);
	if (!slot) {
		free(copy);
		return -ENOMEM;
	}
	*slot = copy;
	return 0;
}

bool ds_strings_has(const ds_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

void ds_strings_done(ds_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	memset(strings, 0, sizeof(*strings));
}

int ds_string_set(char **string, const char *text)
{
	char *copy = NULL;

	if (text) {
		copy = strdup(text);
		if (!copy)
			return -ENOMEM;
	}
	free(*string);
	*string = copy;
	return 0;
}

int ds_string_format(char **string, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return -ENOMEM;
	free(*string);
	*string = text;
	return 0;
}

bool ds_string_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

/* --- free ------------------------------------------------------------------------------- */

static void list_done(const struct ds_record *record, void *list)
{
	struct any_list any = list_get(list);

	for (size_t i = 0; i < any.count; i++)
		ds_record_done(record, (char *)any.items + i * record->size);
	free(any.items);
}

void ds_record_done(const struct ds_record *record, void *object)
{
	for (const struct ds_field *field = record->fields; field->name; field++) {
		void *member = (char *)object + field->offset;

		switch (field->type) {
		case DS_TYPE_STRING:
			free(string_get(field, object));
			break;
		case DS_TYPE_RECORD:
			ds_record_done(field->record, member);
			break;
		case DS_TYPE_LIST:
			list_done(field->record, member);
			break;
		case DS_TYPE_STRINGS:
			ds_strings_done(member);
			break;
		default:
			break;
		}
	}
	memset(object, 0, record->size);
}

/* --- to JSON ---------------------------------------------------------------------------- */

/*
 * A journal with a field left out would be read as one with an empty field: where memory runs out,
 * there is no object at all. These take the item over, also when they fail.
 */
static bool array_take(struct json_object *array, struct json_object *item)
{
	if (item && json_object_array_add(array, item) == 0)
		return true;
	json_object_put(item);
	return false;
}

static struct json_object *array_end(struct json_object *array, bool is_whole)
{
	if (is_whole)
		return array;
	json_object_put(array);
	return NULL;
}

static struct json_object *strings_to_json(const ds_strings *strings)
{
	struct json_object *array = json_object_new_array();
	bool is_whole = array;

	for (size_t i = 0; is_whole && i < strings->count; i++)
		is_whole = array_take(array, json_object_new_string(strings->items[i]));
	return array_end(array, is_whole);
}

static struct json_object *list_to_json(const struct ds_record *record, const void *list)
{
	struct json_object *array = json_object_new_array();
	struct any_list any = list_get(list);
	bool is_whole = array;

	for (size_t i = 0; is_whole && i < any.count; i++)
		is_whole = array_take(array,
			ds_record_to_json(record, (const char *)any.items + i * record->size));
	return array_end(array, is_whole);
}

static bool is_null(const struct ds_field *field, const void *object)
{
	return field->type == DS_TYPE_STRING && !string_get(field, object);
}

static struct json_object *field_to_json(const struct ds_field *field, const void *object)
{
	const void *member = field_of(field, object);

	switch (field->type) {
	case DS_TYPE_STRING:
		return json_object_new_string(string_get(field, object));
	case DS_TYPE_BOOL:
		return json_object_new_boolean(*(const bool *)member);
	case DS_TYPE_INT:
		return json_object_new_int64(*(const int64_t *)member);
	case DS_TYPE_ENUM:
		return json_object_new_string(field->names[*(const int *)member]);
	case DS_TYPE_RECORD:
		return ds_record_to_json(field->record, member);
	case DS_TYPE_LIST:
		return list_to_json(field->record, member);
	case DS_TYPE_STRINGS:
		return strings_to_json(member);
	default:
		return NULL;
	}
}

struct json_object *ds_record_to_json(const struct ds_record *record, const void *object)
{
	struct json_object *json = json_object_new_object();

	for (const struct ds_field *field = record->fields; json && field->name; field++) {
		bool is_empty = is_null(field, object);
		struct json_object *member = is_empty ? NULL : field_to_json(field, object);

		if ((!member && !is_empty) ||
			json_object_object_add(json, field->name, member) < 0) {
			json_object_put(member);
			json_object_put(json);
			return NULL;
		}
	}
	return json;
}

/* --- from JSON -------------------------------------------------------------------------- */

static const enum json_type json_type_of[DS_TYPE_COUNT] = {
	[DS_TYPE_STRING] = json_type_string,
	[DS_TYPE_BOOL] = json_type_boolean,
	[DS_TYPE_INT] = json_type_int,
	[DS_TYPE_ENUM] = json_type_string,
	[DS_TYPE_RECORD] = json_type_object,
	[DS_TYPE_LIST] = json_type_array,
	[DS_TYPE_STRINGS] = json_type_array,
};

static int enum_from_json(const struct ds_field *field, const char *text, int *ret_value)
{
	for (int i = 0; field->names[i]; i++) {
		if (strcmp(field->names[i], text) == 0) {
			*ret_value = i;
			return 0;
		}
	}
	return -EBADMSG;
}

static int strings_from_json(struct json_object *array, ds_strings *strings)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		if (ds_strings_add(strings, json_object_get_string(item)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int list_from_json(const struct ds_record *record, struct json_object *array, void *list,
	struct ds_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++) {
		void *item = ds_list_add_sized(list, record->size);

		if (!item)
			return ds_error_set(error, -ENOMEM, "out of memory");
		r = ds_record_from_json(record, json_object_array_get_idx(array, i), item, error);
	}
	return r;
}

static int field_from_json(const struct ds_field *field, struct json_object *json, void *object,
	struct ds_error *error)
{
	void *member = (char *)object + field->offset;

	switch (field->type) {
	case DS_TYPE_STRING:
		return ds_string_set(member, json_object_get_string(json));
	case DS_TYPE_BOOL:
		*(bool *)member = json_object_get_boolean(json);
		return 0;
	case DS_TYPE_INT:
		*(int64_t *)member = json_object_get_int64(json);
		return 0;
	case DS_TYPE_ENUM:
		return enum_from_json(field, json_object_get_string(json), member);
	case DS_TYPE_RECORD:
		return ds_record_from_json(field->record, json, member, error);
	case DS_TYPE_LIST:
		return list_from_json(field->record, json, member, error);
	case DS_TYPE_STRINGS:
		return strings_from_json(json, member);
	default:
		return -EBADMSG;
	}
}

int ds_record_from_json(const struct ds_record *record, struct json_object *json, void *ret_object,
	struct ds_error *error)
{
	if (!json_object_is_type(json, json_type_object))
		return ds_error_set(error, -EBADMSG, "%s is not an object", record->name);

	for (const struct ds_field *field = record->fields; field->name; field++) {
		struct json_object *member;
		int r = -EBADMSG;

		error->code = 0;
		if (!json_object_object_get_ex(json, field->name, &member) || !member) {
			if (!field->is_needed)
				continue;
			ds_error_set(error, r, "is missing");
		} else if (json_object_is_type(member, json_type_of[field->type])) {
			r = field_from_json(field, member, ret_object, error);
		}
		if (r == 0)
			continue;
		if (error->code == 0)
			ds_error_set(error, r, "%s",
				r == -ENOMEM ? "out of memory" : "value of another type");
		ds_record_done(record, ret_object);
		return ds_error_prefix(error, "%s.%s", record->name, field->name);
	}
	return 0;
}

/* --- copy and compare ------------------------------------------------------------------- */

static int list_copy(const struct ds_record *record, const void *list, void *ret_list)
{
	struct any_list any = list_get(list);
	int r = 0;

	for (size_t i = 0; r == 0 && i < any.count; i++) {
		void *item = ds_list_add_sized(ret_list, record->size);

		if (!item)
			return -ENOMEM;
		r = ds_record_copy(record, (const char *)any.items + i * record->size, item);
	}
	return r;
}

static int strings_copy(const ds_strings *strings, ds_strings *ret_strings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < strings->count; i++)
		r = ds_strings_add(ret_strings, strings->items[i]);
	return r;
}

static int field_copy(const struct ds_field *field, const void *object, void *copy)
{
	const void *from = field_of(field, object);
	void *to = (char *)copy + field->offset;
	char *text;

	switch (field->type) {
	case DS_TYPE_STRING:
		text = string_get(field, object);
		if (!text)
			return 0;
		text = strdup(text);
		memcpy(to, &text, sizeof(text));
		return text ? 0 : -ENOMEM;
	case DS_TYPE_BOOL:
		*(bool *)to = *(const bool *)from;
		return 0;
	case DS_TYPE_INT:
		*(int64_t *)to = *(const int64_t *)from;
		return 0;
	case DS_TYPE_ENUM:
		*(int *)to = *(const int *)from;
		return 0;
	case DS_TYPE_RECORD:
		return ds_record_copy(field->record, from, to);
	case DS_TYPE_LIST:
		return list_copy(field->record, from, to);
	case DS_TYPE_STRINGS:
		return strings_copy(from, to);
	default:
		return 0;
	}
}

int ds_record_copy(const struct ds_record *record, const void *object, void *ret_copy)
{
	for (const struct ds_field *field = record->fields; field->name; field++) {
		int r = field_copy(field, object, ret_copy);

		if (r < 0) {
			ds_record_done(record, ret_copy);
			return r;
		}
	}
	return 0;
}

static bool list_equal(const struct ds_record *record, const void *a, const void *b)
{
	struct any_list list_a = list_get(a), list_b = list_get(b);

	if (list_a.count != list_b.count)
		return false;
	for (size_t i = 0; i < list_a.count; i++)
		if (!ds_record_equal(record, (const char *)list_a.items + i * record->size,
			    (const char *)list_b.items + i * record->size))
			return false;
	return true;
}

static bool strings_equal(const ds_strings *a, const ds_strings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool field_equal(const struct ds_field *field, const void *a, const void *b)
{
	const void *in_a = field_of(field, a), *in_b = field_of(field, b);

	switch (field->type) {
	case DS_TYPE_STRING:
		return ds_string_equal(string_get(field, a), string_get(field, b));
	case DS_TYPE_BOOL:
		return *(const bool *)in_a == *(const bool *)in_b;
	case DS_TYPE_INT:
		return *(const int64_t *)in_a == *(const int64_t *)in_b;
	case DS_TYPE_ENUM:
		return *(const int *)in_a == *(const int *)in_b;
	case DS_TYPE_RECORD:
		return ds_record_equal(field->record, in_a, in_b);
	case DS_TYPE_LIST:
		return list_equal(field->record, in_a, in_b);
	case DS_TYPE_STRINGS:
		return strings_equal(in_a, in_b);
	default:
		return true;
	}
}

bool ds_record_equal(const struct ds_record *record, const void *a, const void *b)
{
	for (const struct ds_field *field = record->fields; field->name; field++)
		if (!field_equal(field, a, b))
			return false;
	return true;
}
