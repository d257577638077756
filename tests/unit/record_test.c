/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every record of the core, all fields filled, through JSON and back, copied, compared, freed. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator.h"
#include "drvswap/setting.h"
#include "drvswap/txn.h"

static const struct ds_record *const records[] = {&ds_identity_record, &ds_symbol_record,
	&ds_param_record, &ds_file_record, &ds_image_record, &ds_holder_record, &ds_module_record,
	&ds_driver_info_record, &ds_link_record, &ds_address_record, &ds_nexthop_record,
	&ds_route_record, &ds_network_record, &ds_kernel_record, &ds_device_record,
	&ds_requirement_record, &ds_dependency_record, &ds_place_record, &ds_host_record,
	&ds_request_record, &ds_finding_record, &ds_findings_record, &ds_op_record, &ds_step_record,
	&ds_plan_record, &ds_fact_record, &ds_verdict_record, &ds_outcome_record, &ds_event_record,
	&ds_entry_record, &ds_begin_record, &ds_journal_record};
#define RECORDS (sizeof(records) / sizeof(records[0]))

/* --- values for every field ------------------------------------------------------------- */

struct filler {
	long leaf;    /* counts the leaves as they are filled */
	long changed; /* this one gets another value */
};

static void fill(const struct ds_record *record, void *object, struct filler *filler);

/* Letters that JSON must quote, and some that are no ASCII. */
static char *leaf_text(long number)
{
	char *text = NULL;

	assert_int_equal(ds_string_format(&text, "%ld \"\\/\n\t\x01 \xc3\xa9", number), 0);
	return text;
}

static void fill_leaf(const struct ds_field *field, void *member, long number)
{
	ds_strings *strings = member;
	char *text;
	int names = 0;

	switch (field->type) {
	case DS_TYPE_STRING:
		text = leaf_text(number);
		memcpy(member, &text, sizeof(text));
		break;
	case DS_TYPE_BOOL:
		*(bool *)member = number >= 0;
		break;
	case DS_TYPE_INT:
		*(int64_t *)member = number & 1 ? -INT64_MAX / 2 + number : INT64_MAX / 2 - number;
		break;
	case DS_TYPE_ENUM:
		while (field->names[names])
			names++;
		*(int *)member = number >= 0 ? names - 1 : 0;
		break;
	default:
		text = leaf_text(number);
		assert_int_equal(ds_strings_add(strings, text), 0);
		assert_int_equal(ds_strings_add(strings, ""), 0);
		free(text);
		break;
	}
}

static void fill_list(const struct ds_record *record, void *list, struct filler *filler)
{
	for (int i = 0; i < 2; i++)
		fill(record, ds_list_add_sized(list, record->size), filler);
}

static void fill(const struct ds_record *record, void *object, struct filler *filler)
{
	for (const struct ds_field *field = record->fields; field->name; field++) {
		void *member = (char *)object + field->offset;

		if (field->type == DS_TYPE_RECORD)
			fill(field->record, member, filler);
		else if (field->type == DS_TYPE_LIST)
			fill_list(field->record, member, filler);
		else if (++filler->leaf == filler->changed)
			fill_leaf(field, member, -filler->leaf);
		else
			fill_leaf(field, member, filler->leaf);
	}
}

static void *make(const struct ds_record *record, long changed, long *ret_leaves)
{
	struct filler filler = {.changed = changed};
	void *object = calloc(1, record->size);

	fill(record, object, &filler);
	if (ret_leaves)
		*ret_leaves = filler.leaf;
	return object;
}

static void drop(const struct ds_record *record, void *object)
{
	void *zeroes = calloc(1, record->size);

	ds_record_done(record, object);
	assert_memory_equal(object, zeroes, record->size);
	free(object);
	free(zeroes);
}

/* --- tests ------------------------------------------------------------------------------ */

static void same_back(const struct ds_record *record, const void *object, void *back)
{
	char *text = ds_record_to_text(record, object);

	if (!ds_record_equal(record, object, back))
		fail_msg("%s changed: %s", record->name, text);
	free(text);
	drop(record, back);
}

/* Lines are for records that need no strings of their own. */
static bool needs_strings(const struct ds_record *record)
{
	bool needs = false;

	for (const struct ds_field *field = record->fields; !needs && field->name; field++)
		needs = field->is_needed ||
			(field->type == DS_TYPE_RECORD && needs_strings(field->record));
	return needs;
}

/* What the lines of an object make again. */
struct back {
	const struct ds_record *record;
	void *object;
};

static int add_back(const char *line, void *context)
{
	struct back *back = context;
	struct ds_error error = {0};

	assert_null(strchr(line, '\n'));
	assert_int_equal(ds_record_add_line(back->record, line, back->object, &error), 0);
	return 0;
}

/* What the short forms leave out is zero when they are read. */
static void same_text(const struct ds_record *record, const void *object)
{
	struct ds_error error = {0};
	char *text = ds_record_to_text(record, object);
	struct back lines = {record, calloc(1, record->size)};
	struct json_object *json = json_tokener_parse(text);
	void *back = calloc(1, record->size);

	assert_int_equal(ds_record_from_json(record, json, back, &error), 0);
	same_back(record, object, back);
	if (needs_strings(record)) {
		drop(record, lines.object);
	} else {
		assert_int_equal(ds_record_each_line(record, object, add_back, &lines), 0);
		same_back(record, object, lines.object);
	}
	json_object_put(json);
	free(text);
}

static void test_zero_is_left_out(void **state)
{
	struct ds_address address = {.prefix = 24};
	char link[] = "eth0";
	char *text;

	(void)state;
	address.link = link;
	text = ds_record_to_text(&ds_address_record, &address);
	assert_string_equal(text, "{\"link\":\"eth0\",\"prefix\":24}");
	free(text);
}

/* A line that is bad empties what those before it made. */
static void test_bad_lines(void **state)
{
	static const char *const rows[] = {"{\"links\":[{}]}", "{\"lin", "7"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ds_error error = {0};
		struct ds_network *network = calloc(1, sizeof(*network));

		assert_int_equal(ds_record_add_line(&ds_network_record,
					 "{\"links\":[{\"name\":\"a\"}]}", network, &error),
			0);
		assert_int_equal(
			ds_record_add_line(&ds_network_record, rows[i], network, &error), -EBADMSG);
		assert_int_equal(error.code, -EBADMSG);
		drop(&ds_network_record, network);
	}
}

static int stop_at_second(const char *line, void *context)
{
	int *count = context;

	(void)line;
	return ++*count == 2 ? -EIO : 0;
}

static void test_stop_at_line(void **state)
{
	const struct ds_gateway gateway = {.link = "eth0", .address = "192.0.2.1", .answer = 1};
	int count = 0;

	(void)state;
	assert_int_equal(
		ds_record_each_line(&ds_gateway_record, &gateway, stop_at_second, &count), -EIO);
	assert_int_equal(count, 2);
}

static void test_text_escapes(void **state)
{
	char hostile[] = "\"\\/\b\f\n\r\t\x01\x1f\x7f \xc3\xa9 <a>", plain[] = "";
	const struct ds_lost lost = {.what = hostile, .why = plain};

	(void)state;
	same_text(&ds_lost_record, &lost);
}

static void round_trip(const struct ds_record *record, const void *object)
{
	struct ds_error error = {0};
	struct json_object *json = ds_record_to_json(record, object);
	struct json_object *read = json_tokener_parse(json_object_to_json_string(json));
	void *back = calloc(1, record->size);

	if (ds_record_from_json(record, read, back, &error) < 0)
		fail_msg("%s: %s", record->name, error.text);
	if (!ds_record_equal(record, object, back))
		fail_msg("%s changed: %s", record->name, json_object_to_json_string(json));
	same_text(record, object);
	json_object_put(json);
	json_object_put(read);
	drop(record, back);
}

static bool needs_a_string(const struct ds_record *record)
{
	for (const struct ds_field *field = record->fields; field->name; field++)
		if (field->is_needed)
			return true;
	return false;
}

/* An object without members lacks the needed one. */
static void ensure_refused(const struct ds_record *record)
{
	struct json_object *json = json_object_new_object();
	struct ds_error error = {0};
	void *back = calloc(1, record->size);

	assert_int_equal(ds_record_from_json(record, json, back, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "is missing"));
	json_object_put(json);
	drop(record, back);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < RECORDS; i++) {
		void *empty = calloc(1, records[i]->size), *full = make(records[i], 0, NULL);

		if (needs_a_string(records[i]))
			ensure_refused(records[i]);
		else
			round_trip(records[i], empty);
		round_trip(records[i], full);
		assert_false(ds_record_equal(records[i], empty, full));
		drop(records[i], empty);
		drop(records[i], full);
	}
}

/* No two fields share memory, and none is forgotten by the comparison or the copy. */
static void test_every_leaf_counts(void **state)
{
	long all = 0;

	(void)state;
	for (size_t i = 0; i < RECORDS; i++) {
		long leaves;
		void *full = make(records[i], 0, &leaves), *copy = calloc(1, records[i]->size);

		assert_int_equal(ds_record_copy(records[i], full, copy), 0);
		assert_true(ds_record_equal(records[i], full, copy));
		/* Of the great ones every seventh is enough: their parts are tested too. */
		for (long leaf = 1; leaf <= leaves; leaf += leaves > 500 ? 7 : 1) {
			void *other = make(records[i], leaf, NULL);

			if (ds_record_equal(records[i], copy, other))
				fail_msg("%s: leaf %ld does not count", records[i]->name, leaf);
			round_trip(records[i], other);
			drop(records[i], other);
			all++;
		}
		drop(records[i], copy);
		drop(records[i], full);
	}
	print_message("%ld leaves\n", all);
}

/* Memory runs out at every allocation: an error and nothing left, or the whole. */
static void test_out_of_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < RECORDS; i++) {
		const struct ds_record *record = records[i];
		long leaves, step;
		void *full = make(record, 0, &leaves);
		struct json_object *json = ds_record_to_json(record, full);
		bool has_struck = true;

		step = leaves / 100 + 1;
		for (long count = 0; has_struck; count += step) {
			void *copy = calloc(1, record->size);
			int r;

			allocator_fail_after(count);
			r = ds_record_copy(record, full, copy);
			has_struck = allocator_end();
			assert_int_equal(r, has_struck ? -ENOMEM : 0);
			drop(record, copy);
		}
		has_struck = true;
		for (long count = 0; has_struck; count += step) {
			struct ds_error error = {0};
			void *back = calloc(1, record->size);
			int r;

			allocator_fail_after(count);
			r = ds_record_from_json(record, json, back, &error);
			has_struck = allocator_end();
			assert_int_equal(r, has_struck ? -ENOMEM : 0);
			assert_int_equal(error.code, r);
			drop(record, back);
		}
		has_struck = true;
		for (long count = 0; has_struck; count += step) {
			struct json_object *other;

			allocator_fail_after(count);
			other = ds_record_to_json(record, full);
			has_struck = allocator_end();
			assert_true(has_struck == !other);
			json_object_put(other);
		}
		json_object_put(json);
		drop(record, full);
	}
}

static void test_json_of_others(void **state)
{
	static const struct {
		const char *json;
		int result;
	} rows[] = {
		{"{}", 0},
		{"{\"name\":null}", 0},
		{"{\"name\":\"net\",\"unknown\":[1,{}]}", 0},
		{"{\"refcnt\":7}", 0},
		{"null", -EBADMSG},
		{"[]", -EBADMSG},
		{"{\"name\":7}", -EBADMSG},
		{"{\"name\":{}}", -EBADMSG},
		{"{\"refcnt\":\"7\"}", -EBADMSG},
		{"{\"refcnt\":7.5}", -EBADMSG},
		{"{\"refcnt\":true}", -EBADMSG},
		{"{\"state\":\"live\"}", 0},
		{"{\"state\":2}", -EBADMSG},
		{"{\"state\":\"asleep\"}", -EBADMSG},
		{"{\"drivers\":[\"a\",\"b\"]}", 0},
		{"{\"drivers\":[\"a\",1]}", -EBADMSG},
		{"{\"drivers\":[null]}", -EBADMSG},
		{"{\"drivers\":{}}", -EBADMSG},
		{"{\"params\":[{\"name\":\"a\"},{\"name\":\"b\",\"value\":null}]}", 0},
		{"{\"params\":[{\"name\":\"a\"},{}]}", -EBADMSG},
		{"{\"params\":[{\"name\":null}]}", -EBADMSG},
		{"{\"params\":[{\"name\":\"a\"},null]}", -EBADMSG},
		{"{\"params\":[{\"name\":1}]}", -EBADMSG},
		{"{\"params\":\"a\"}", -EBADMSG},
		{"{\"identity\":[]}", -EBADMSG},
	};
	static const struct ds_module empty;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *json = json_tokener_parse(rows[i].json);
		struct ds_module module = {0};
		struct ds_error error = {0};
		int r = ds_record_from_json(&ds_module_record, json, &module, &error);

		if (r != rows[i].result || error.code != r)
			fail_msg("%s: %d, %s", rows[i].json, r, error.text);
		if (r < 0)
			assert_memory_equal(&module, &empty, sizeof(empty));
		ds_record_done(&ds_module_record, &module);
		json_object_put(json);
	}
}

static void test_strings(void **state)
{
	ds_strings strings = {0};
	char *text = NULL;

	(void)state;
	for (int i = 0; i < 9; i++) {
		char word[16];

		snprintf(word, sizeof(word), "w%d", i);
		assert_false(ds_strings_has(&strings, word));
		assert_int_equal(ds_strings_add(&strings, word), 0);
		assert_true(ds_strings_has(&strings, word));
	}
	assert_int_equal(strings.count, 9);
	assert_string_equal(strings.items[8], "w8");
	allocator_fail_after(0);
	assert_int_equal(ds_strings_add(&strings, "x"), -ENOMEM);
	allocator_end();
	assert_int_equal(strings.count, 9);
	ds_strings_done(&strings);

	assert_int_equal(ds_string_format(&text, "%d", 7), 0);
	allocator_fail_after(0);
	assert_int_equal(ds_string_set(&text, "eight"), -ENOMEM);
	allocator_fail_after(0);
	assert_int_equal(ds_string_format(&text, "%d", 8), -ENOMEM);
	allocator_end();
	assert_string_equal(text, "7");
	assert_int_equal(ds_string_set(&text, NULL), 0);
	assert_null(text);

	assert_true(ds_string_equal(NULL, NULL));
	assert_false(ds_string_equal(NULL, ""));
	assert_false(ds_string_equal("", NULL));
	assert_true(ds_string_equal("a", "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_escapes),
		cmocka_unit_test(test_zero_is_left_out),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_stop_at_line),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_leaf_counts),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_json_of_others),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
