/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Texts of others, on a terminal and in JSON. */

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/cli/report.h"
#include "../../src/cli/terminal.h"
#include "../../src/cli/utf8.h"
#include "caught.h"

static const struct {
	const char *text, *shown, *json;
} rows[] = {
	{"", "", ""},
	{"plain \"text\"", "plain \"text\"", "plain \\\"text\\\""},
	{"\033[31mred", "?[31mred", "\\u001b[31mred"},
	{"two\nlines\ttab", "two?lines?tab", "two\\nlines\\ttab"},
	{"\x7f", "?", "\\u007f"},
	{"J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x9a\x97", "J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x9a\x97",
		"J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x9a\x97"},
	/* U+009B, the escape sequence of one character: in UTF-8, and bare as Latin-1 has it */
	{"\xc2\x9b"
	 "2J",
		"?2J", "\\u009b2J"},
	{"\x9b"
	 "2J",
		"?2J", "\\ufffd2J"},
	/* no UTF-8: cut, overlong, a surrogate, above the last, bytes that never begin */
	{"a\xc3", "a?", "a\\ufffd"},
	{"\xc0\xaf", "??", "\\ufffd\\ufffd"},
	{"\xe0\x80\xaf", "???", "\\ufffd\\ufffd\\ufffd"},
	{"\xed\xa0\x80", "???", "\\ufffd\\ufffd\\ufffd"},
	{"\xf4\x90\x80\x80", "????", "\\ufffd\\ufffd\\ufffd\\ufffd"},
	{"\xff\xfe", "??", "\\ufffd\\ufffd"},
	/* what reorders or hides: right-to-left override, isolate, line separator, tags */
	{"a\xe2\x80\xae"
	 "b",
		"a?b", "a\\u202eb"},
	{"\xe2\x81\xa6", "?", "\\u2066"},
	{"\xe2\x80\xa8", "?", "\\u2028"},
	{"\xf3\xa0\x81\x81", "?", "\\udb40\\udc41"},
};

static void show(const void *text)
{
	terminal_put(stdout, COLOUR_NONE, text);
}

static void print_as_json(const void *text)
{
	struct json_object *json = json_object_new_string(text);

	json_print(json);
	json_object_put(json);
}

static void test_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *output = caught(show, rows[i].text);

		assert_string_equal(output, rows[i].shown);
		free(output);
	}
}

/* Any JSON reader gets it, and what could be told of the text is in it. */
static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *output = caught(print_as_json, rows[i].text), *wanted = NULL;
		struct json_tokener *tokener = json_tokener_new();
		struct json_object *json;

		assert_true(asprintf(&wanted, "\"%s\"\n", rows[i].json) > 0);
		assert_string_equal(output, wanted);
		/* Not JSON_TOKENER_STRICT: json-c 0.18 then takes what is no ASCII for control. */
		json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
		json = json_tokener_parse_ex(tokener, output, (int)strlen(output) - 1);
		assert_non_null(json);
		json_object_put(json);
		json_tokener_free(tokener);
		free(output);
		free(wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
