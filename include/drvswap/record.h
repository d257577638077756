/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_RECORD_H
#define DRVSWAP_RECORD_H

/*
 * Plain structs described by tables.
 *
 * All that drvswap observes, plans, journals and reports is a struct whose fields stand in a
 * table. One piece of code turns any of them into JSON and back, copies, compares and frees
 * them: there is no second list of fields that could be forgotten.
 *
 * Ownership: a struct owns its strings and lists (malloc). A struct of zeroes is valid and empty.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drvswap/error.h"

struct json_object;

/* A list of T: items points to count of them. Zeroes are the empty list. */
#define DS_LIST(T)                                                                                 \
	struct {                                                                                   \
		T *items;                                                                          \
		size_t count;                                                                      \
	}

typedef DS_LIST(char *) ds_strings; /* the one typedef: C has no other way to name this type */

enum ds_type {
	DS_TYPE_STRING,  /* char *, may be NULL */
	DS_TYPE_BOOL,    /* bool */
	DS_TYPE_INT,     /* int64_t */
	DS_TYPE_ENUM,    /* int, written by name */
	DS_TYPE_RECORD,  /* a struct held by value */
	DS_TYPE_LIST,    /* DS_LIST of a struct */
	DS_TYPE_STRINGS, /* ds_strings */
	DS_TYPE_COUNT
};

struct ds_field {
	const char *name;
	enum ds_type type;
	size_t offset;
	const struct ds_record *record; /* DS_TYPE_RECORD and DS_TYPE_LIST */
	const char *const *names;       /* DS_TYPE_ENUM, ends with NULL */
	bool is_needed; /* DS_TYPE_STRING: what has none is no such struct; never NULL once read */
};

struct ds_record {
	const char *name;
	size_t size;
	const struct ds_field *fields; /* ends with a NULL name */
};

#define DS_FIELD(type_, T, member)                                                                 \
	{                                                                                          \
#member, type_, offsetof(T, member), NULL, NULL, false                             \
	}
#define DS_STRING(T, member) DS_FIELD(DS_TYPE_STRING, T, member)
#define DS_NEEDED(T, member)                                                                       \
	{                                                                                          \
#member, DS_TYPE_STRING, offsetof(T, member), NULL, NULL, true                     \
	}
#define DS_BOOL(T, member)    DS_FIELD(DS_TYPE_BOOL, T, member)
#define DS_INT(T, member)     DS_FIELD(DS_TYPE_INT, T, member)
#define DS_STRINGS(T, member) DS_FIELD(DS_TYPE_STRINGS, T, member)
#define DS_ENUM(T, member, names_)                                                                 \
	{                                                                                          \
#member, DS_TYPE_ENUM, offsetof(T, member), NULL, names_, false                    \
	}
#define DS_RECORD(T, member, rec)                                                                  \
	{                                                                                          \
#member, DS_TYPE_RECORD, offsetof(T, member), rec, NULL, false                     \
	}
#define DS_LIST_OF(T, member, rec)                                                                 \
	{                                                                                          \
#member, DS_TYPE_LIST, offsetof(T, member), rec, NULL, false                       \
	}
#define DS_FIELDS_END                                                                              \
	{                                                                                          \
		NULL, DS_TYPE_COUNT, 0, NULL, NULL, false                                          \
	}

/* A new object (json_object_put() it), or NULL when out of memory. NULL strings become null. */
struct json_object *ds_record_to_json(const struct ds_record *record, const void *object);

/*
 * The same as text, without spaces and without the members that are zero, which is what reading
 * makes of missing ones; allocated, NULL when out of memory.
 */
char *ds_record_to_text(const struct ds_record *record, const void *object);

/*
 * The same with a line of JSON for each member and for each item of a list, so that neither side
 * ever has the text, or json-c's objects, of all of it. Each line, which is visit()'s for the time
 * of the call and has no newline, is handed over until one returns other than 0, which is returned
 * then; -ENOMEM. An empty object has no lines. Only items of lists may have needed strings.
 */
int ds_record_each_line(const struct ds_record *record, const void *object,
	int (*visit)(const char *line, void *context), void *context);

/* Adds one of those lines to what those before it made of an empty *ret_object: see below. */
int ds_record_add_line(
	const struct ds_record *record, const char *line, void *ret_object, struct ds_error *error);

/*
 * Fills *ret_object, which must be empty, or have come from JSON with none of these members but
 * lists, which are appended to. Unknown members are ignored, so that an older drvswap
 * reads the journal of a newer one; missing members stay zero, but for needed strings; a member
 * of another type or a needed one that is missing is -EBADMSG, and then *ret_object is empty again.
 */
int ds_record_from_json(const struct ds_record *record, struct json_object *json, void *ret_object,
	struct ds_error *error);

/* Frees what the object owns and leaves zeroes. */
void ds_record_done(const struct ds_record *record, void *object);

/* A deep copy into *ret_copy, which must be empty; -ENOMEM leaves it empty. */
int ds_record_copy(const struct ds_record *record, const void *object, void *ret_copy);

bool ds_record_equal(const struct ds_record *record, const void *a, const void *b);

/* Adds one zeroed item of item_size bytes at the end of a DS_LIST; NULL when out of memory. */
void *ds_list_add_sized(void *list, size_t item_size);
#define ds_list_add(list)                                                                          \
	((__typeof__((list)->items))ds_list_add_sized((list), sizeof(*(list)->items)))

/* Adds a copy of text; 0 or -ENOMEM. */
int ds_strings_add(ds_strings *strings, const char *text);
bool ds_strings_has(const ds_strings *strings, const char *text);
void ds_strings_done(ds_strings *strings);

/* Replaces an owned string by a copy of text (NULL empties it); 0 or -ENOMEM. */
int ds_string_set(char **string, const char *text);
int ds_string_format(char **string, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Equal, where NULL equals only NULL. */
bool ds_string_equal(const char *a, const char *b);

#endif
