/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/journal.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "text.h"

#define CRC_DIGITS 8

static const char *const entry_kind_names[] = {
	"begin", "do", "done", "undo", "undone", "committed", "stuck", "shutdown", NULL};
_Static_assert(sizeof(entry_kind_names) / sizeof(char *) == DS_ENTRY_KIND_COUNT + 1, "");

static const struct ds_field entry_fields[] = {
	DS_ENUM(struct ds_entry, kind, entry_kind_names),
	DS_INT(struct ds_entry, step),
	DS_INT(struct ds_entry, at_ms),
	DS_FIELDS_END,
};
const struct ds_record ds_entry_record = {"entry", sizeof(struct ds_entry), entry_fields};

static const struct ds_field begin_fields[] = {
	DS_INT(struct ds_begin, format),
	DS_STRING(struct ds_begin, id),
	DS_STRING(struct ds_begin, boot_id),
	DS_INT(struct ds_begin, started_s),
	DS_RECORD(struct ds_begin, request, &ds_request_record),
	DS_RECORD(struct ds_begin, plan, &ds_plan_record),
	DS_RECORD(struct ds_begin, before, &ds_host_record),
	DS_FIELDS_END,
};
const struct ds_record ds_begin_record = {"begin", sizeof(struct ds_begin), begin_fields};

static const struct ds_field journal_fields[] = {
	DS_RECORD(struct ds_journal, begin, &ds_begin_record),
	DS_LIST_OF(struct ds_journal, entries, &ds_entry_record),
	DS_BOOL(struct ds_journal, is_begun),
	DS_FIELDS_END,
};
const struct ds_record ds_journal_record = {"journal", sizeof(struct ds_journal), journal_fields};

/* --- writing ---------------------------------------------------------------------------- */

static uint32_t checksum(const char *text, size_t length)
{
	return (uint32_t)crc32(0, (const unsigned char *)text, (unsigned int)length);
}

static char *line_of(const struct ds_record *record, const void *object)
{
	char *text = ds_record_to_text(record, object), *line = NULL, head[CRC_DIGITS + 2];
	size_t bytes = text ? strlen(text) : 0;

	/* In place: with many routes it is long. */
	if (text)
		line = realloc(text, bytes + sizeof(head));
	if (!line) {
		free(text);
		return NULL;
	}
	snprintf(head, sizeof(head), "%08x ", checksum(line, bytes));
	memmove(line + CRC_DIGITS + 1, line, bytes + 1);
	memcpy(line, head, CRC_DIGITS + 1);
	return line;
}

static int add_sealed(const char *line, void *context)
{
	struct text *text = context;
	char head[CRC_DIGITS + 2];

	snprintf(head, sizeof(head), "%08x ", checksum(line, strlen(line)));
	text_put(text, head, line, "\n");
	return text->is_out_of_memory ? -ENOMEM : 0;
}

/* A line each, for the host that it tells of can have a hundred thousand routes. */
char *ds_journal_begin_lines(const struct ds_begin *begin)
{
	const struct ds_entry end = {.kind = DS_ENTRY_BEGIN};
	char *line = ds_journal_entry_line(&end);
	struct text text = {0};

	text.is_out_of_memory =
		!line || ds_record_each_line(&ds_begin_record, begin, add_sealed, &text) < 0;
	if (line)
		text_put(&text, line);
	free(line);
	return text_finish(&text);
}

char *ds_journal_entry_line(const struct ds_entry *entry)
{
	return line_of(&ds_entry_record, entry);
}

/* --- reading ---------------------------------------------------------------------------- */

/* NULL: the checksum or the JSON is wrong. */
static struct json_object *parse_line(const char *line, size_t length)
{
	struct json_tokener *tokener;
	struct json_object *json = NULL;
	unsigned long crc;
	char *end;

	if (length < CRC_DIGITS + 2 || line[CRC_DIGITS] != ' ')
		return NULL;
	crc = strtoul(line, &end, 16);
	if (end != line + CRC_DIGITS ||
		crc != checksum(line + CRC_DIGITS + 1, length - CRC_DIGITS - 1))
		return NULL;
	tokener = json_tokener_new_ex(64);
	if (tokener)
		json = json_tokener_parse_ex(
			tokener, line + CRC_DIGITS + 1, (int)(length - CRC_DIGITS - 1));
	if (tokener)
		json_tokener_free(tokener);
	return json;
}

/* Asked first: what stands in another format need not make sense to this program. */
static int take_format(struct json_object *json, struct ds_error *error)
{
	struct json_object *member;
	int64_t format = 0;

	if (!json_object_is_type(json, json_type_object))
		return 0; /* the record says what is wrong */
	if (json_object_object_get_ex(json, "format", &member)) {
		if (!json_object_is_type(member, json_type_int))
			return 0;
		format = json_object_get_int64(member);
	}
	if (format == DS_JOURNAL_FORMAT)
		return 0;
	ds_error_set(error, -EPROTO, "the journal has format %lld, this drvswap knows %d",
		(long long)format, DS_JOURNAL_FORMAT);
	return ds_error_hint(error, "Another version of drvswap wrote it and can finish or undo "
				    "that swap; until then it is left alone.");
}

/* Recovery works on what stands here: each name that it will use must be there. */
static int check_begin(const struct ds_begin *begin, struct ds_error *error)
{
	const char *const names[] = {begin->boot_id, begin->request.module,
		begin->before.module.name, begin->plan.module};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!names[i])
			return ds_error_set(error, -EBADMSG, "it names no module or no boot");
	for (size_t i = 0; i < begin->plan.steps.count; i++)
		if (!ds_op_is_whole(&begin->plan.steps.items[i].op) ||
			!ds_op_is_whole(&begin->plan.steps.items[i].undo))
			return ds_error_set(
				error, -EBADMSG, "step %zu does not say what to do it with", i);
	return 0;
}

/* The last line of the begin: only with it the others count. */
static int take_begin_end(
	struct ds_journal *journal, struct json_object *json, struct ds_error *error)
{
	struct ds_entry entry = {0};
	int r = ds_record_from_json(&ds_entry_record, json, &entry, error);

	if (r == 0 && entry.kind != DS_ENTRY_BEGIN)
		r = ds_error_set(error, -EBADMSG, "an entry before the begin has ended");
	if (r == 0)
		r = check_begin(&journal->begin, error);
	journal->is_begun = r == 0;
	return r;
}

static bool has_member(struct json_object *json, const char *name)
{
	return json_object_is_type(json, json_type_object) &&
	       json_object_object_get_ex(json, name, NULL);
}

/* A begin that was cut is nothing: the next one, behind it, starts from nothing again. */
static int take_begin(struct ds_journal *journal, struct json_object *json, struct ds_error *error)
{
	int r = 0;

	if (has_member(json, "kind") && journal->begin.format)
		return take_begin_end(journal, json, error);
	if (has_member(json, "format") || !journal->begin.format) {
		ds_record_done(&ds_begin_record, &journal->begin);
		r = take_format(json, error);
	}
	return r ? r : ds_record_from_json(&ds_begin_record, json, &journal->begin, error);
}

static int take_entry(struct ds_journal *journal, struct json_object *json, struct ds_error *error)
{
	size_t steps = journal->begin.plan.steps.count;
	struct ds_entry *entry = ds_list_add(&journal->entries);
	int r;

	if (!entry)
		return ds_error_set(error, -ENOMEM, "out of memory");
	r = ds_record_from_json(&ds_entry_record, json, entry, error);
	if (r < 0)
		return r;
	if (entry->kind == DS_ENTRY_BEGIN || entry->step < 0 || (size_t)entry->step >= steps)
		return ds_error_set(error, -EBADMSG, "entry for a step that the plan has not");
	return 0;
}

static int take_line(struct ds_journal *journal, const char *line, size_t length, bool is_last,
	struct ds_error *error)
{
	struct json_object *json = parse_line(line, length);
	int r;

	if (!json)
		return is_last ? 0 : ds_error_set(error, -EBADMSG, "the checksum is wrong");
	r = journal->is_begun ? take_entry(journal, json, error) : take_begin(journal, json, error);
	json_object_put(json);
	return r;
}

int ds_journal_parse(const char *text, struct ds_journal *ret_journal, struct ds_error *error)
{
	int number = 1;

	while (*text) {
		size_t length = strcspn(text, "\n");
		/* Without its newline a line was not written to its end. */
		bool is_last = text[length] == '\0' || text[length + 1] == '\0';
		int r = take_line(ret_journal, text, length, is_last, error);

		if (r < 0) {
			ds_record_done(&ds_journal_record, ret_journal);
			return ds_error_prefix(error, "journal, line %d", number);
		}
		text += length + (text[length] == '\n');
		number++;
	}
	return 0;
}
