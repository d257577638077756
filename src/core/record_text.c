/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as JSON at once, byte for byte as json-c writes its objects without spaces. A host with a
 * hundred thousand routes would need half a gigabyte of such objects.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/record.h"

struct text {
	char *bytes;
	size_t used, size;
	bool is_out_of_memory;
};

static void put(struct text *text, const char *part, size_t bytes)
{
	size_t size = text->size ? text->size : 256;
	char *grown = text->bytes;

	while (size - text->used <= bytes)
		size += size / 2;
	if (size != text->size)
		grown = realloc(text->bytes, size);
	if (!grown) {
		text->is_out_of_memory = true;
		return;
	}
	text->bytes = grown;
	text->size = size;
	memcpy(text->bytes + text->used, part, bytes);
	text->used += bytes;
	text->bytes[text->used] = '\0';
}

static void put_text(struct text *text, const char *part)
{
	put(text, part, strlen(part));
}

static const char *const escapes[256] = {['\b'] = "\\b",
	['\n'] = "\\n",
	['\r'] = "\\r",
	['\t'] = "\\t",
	['\f'] = "\\f",
	['"'] = "\\\"",
	['\\'] = "\\\\",
	['/'] = "\\/"};

static void put_string(struct text *text, const char *string)
{
	const char *start = string;
	char code[8];

	put_text(text, "\"");
	for (; *string; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte >= ' ' && !escapes[byte])
			continue;
		put(text, start, (size_t)(string - start));
		snprintf(code, sizeof(code), "\\u%04x", byte);
		put_text(text, escapes[byte] ? escapes[byte] : code);
		start = string + 1;
	}
	put(text, start, (size_t)(string - start));
	put_text(text, "\"");
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
	put_text(text, "[");
	for (size_t i = 0; i < list.count; i++) {
		if (i)
			put_text(text, ",");
		if (field->type == DS_TYPE_STRINGS)
			put_string(text, ((char *const *)list.items)[i]);
		else
			put_record(text, field->record,
				(const char *)list.items + i * field->record->size);
	}
	put_text(text, "]");
}

static void put_member(struct text *text, const struct ds_field *field, const void *member)
{
	char digits[24];

	switch (field->type) {
	case DS_TYPE_STRING:
		if (*(char *const *)member)
			put_string(text, *(char *const *)member);
		else
			put_text(text, "null");
		return;
	case DS_TYPE_BOOL:
		put_text(text, *(const bool *)member ? "true" : "false");
		return;
	case DS_TYPE_INT:
		snprintf(digits, sizeof(digits), "%" PRId64, *(const int64_t *)member);
		put_text(text, digits);
		return;
	case DS_TYPE_ENUM:
		put_string(text, field->names[*(const int *)member]);
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
		put_text(text, before);
		put_string(text, field->name);
		put_text(text, ":");
		put_member(text, field, (const char *)object + field->offset);
		before = ",";
	}
	put_text(text, record->fields->name ? "}" : "{}");
}

char *ds_record_to_text(const struct ds_record *record, const void *object)
{
	struct text text = {0};

	put_record(&text, record, object);
	if (!text.is_out_of_memory)
		return text.bytes;
	free(text.bytes);
	return NULL;
}
