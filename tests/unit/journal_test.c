/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The journal's text: what is written is read; what is torn is dropped, damaged is refused. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "drvswap/journal.h"

/* A line as the journal wants it, whatever is in it. */
static char *sealed(const char *json)
{
	char *line = NULL;

	assert_int_equal(
		ds_string_format(&line, "%08lx %s",
			crc32(0, (const unsigned char *)json, (unsigned int)strlen(json)), json),
		0);
	return line;
}

static char *begin_lines(void)
{
	struct ds_begin begin = {.format = DS_JOURNAL_FORMAT};
	char *lines;

	ds_string_set(&begin.id, "7-1");
	ds_string_set(&begin.boot_id, "boot");
	ds_string_set(&begin.request.module, "net");
	ds_string_set(&begin.before.module.name, "net");
	ds_string_set(&begin.plan.module, "net");
	ds_string_set(&((struct ds_step *)ds_list_add(&begin.plan.steps))->op.path, "a\nb");
	ds_list_add(&begin.plan.steps);
	lines = ds_journal_begin_lines(&begin);
	ds_record_done(&ds_begin_record, &begin);
	return lines;
}

static char *entry_line(int kind, int64_t step)
{
	const struct ds_entry entry = {.kind = kind, .step = step, .at_ms = 5};

	return ds_journal_entry_line(&entry);
}

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Two entries behind a begin. */
static char *whole_text(void)
{
	char *begin = begin_lines(), *one = entry_line(DS_ENTRY_DO, 0);
	char *two = entry_line(DS_ENTRY_DONE, 1), *text = NULL;

	ds_string_format(&text, "%s\n%s\n%s\n", begin, one, two);
	free(begin);
	free(one);
	free(two);
	return text;
}

static int parse(const char *text, struct ds_journal *ret_journal, struct ds_error *ret_error)
{
	memset(ret_journal, 0, sizeof(*ret_journal));
	memset(ret_error, 0, sizeof(*ret_error));
	return ds_journal_parse(text, ret_journal, ret_error);
}

static void test_written_is_read(void **state)
{
	struct ds_journal journal;
	struct ds_error error;
	char *text = whole_text();

	(void)state;
	assert_int_equal(parse(text, &journal, &error), 0);
	assert_true(journal.is_begun);
	assert_string_equal(journal.begin.id, "7-1");
	assert_string_equal(journal.begin.plan.steps.items[0].op.path, "a\nb");
	assert_int_equal(journal.entries.count, 2);
	assert_int_equal(journal.entries.items[1].kind, DS_ENTRY_DONE);
	assert_int_equal(journal.entries.items[1].step, 1);
	assert_int_equal(journal.entries.items[1].at_ms, 5);
	ds_record_done(&ds_journal_record, &journal);
	free(text);
}

/* Cut at every byte: the whole lines before it count, and nothing is invented. */
static void test_torn_everywhere(void **state)
{
	char *text = whole_text();
	size_t length = strlen(text), all = lines_of(text);

	(void)state;
	for (size_t cut = 0; cut <= length; cut++) {
		char *torn = strndup(text, cut);
		struct ds_journal journal;
		struct ds_error error;
		size_t lines = lines_of(torn);

		assert_int_equal(parse(torn, &journal, &error), 0);
		/* A line that lacks nothing but its newline may count. */
		lines += cut < length && text[cut] == '\n' && cut > 0;
		assert_int_equal(journal.is_begun, lines >= all - 2);
		assert_int_equal(journal.entries.count, lines >= all - 2 ? lines - (all - 2) : 0);
		ds_record_done(&ds_journal_record, &journal);
		free(torn);
	}
	free(text);
}

/* A begin that was cut, and the next one behind it: the latter, and nothing of the former. */
static void test_begins_again(void **state)
{
	char *begin = begin_lines(), *whole = whole_text();
	char *one = entry_line(DS_ENTRY_DO, 0);

	(void)state;
	for (char *end = begin; (end = strchr(end + 1, '\n'));) {
		struct ds_journal journal;
		struct ds_error error;
		char *text = NULL;

		ds_string_format(&text, "%.*s\n%s", (int)(end - begin), begin, whole);
		assert_int_equal(parse(text, &journal, &error), 0);
		assert_true(journal.is_begun);
		assert_int_equal(journal.begin.plan.steps.count, 2);
		assert_int_equal(journal.entries.count, 2);
		ds_record_done(&ds_journal_record, &journal);
		free(text);
		text = NULL;
		/* But nothing is done before it has ended. */
		ds_string_format(&text, "%.*s\n%s\n%s", (int)(end - begin), begin, one, whole);
		assert_int_equal(parse(text, &journal, &error), -EBADMSG);
		free(text);
	}
	free(begin);
	free(whole);
	free(one);
}

/* One letter is another one: an error, or, in the last line, a line that never was. */
static void test_damaged_everywhere(void **state)
{
	char *text = whole_text();
	size_t last = strlen(text) - 1;

	(void)state;
	while (text[last - 1] != '\n')
		last--;
	for (size_t i = 0; text[i]; i++) {
		struct ds_journal journal;
		struct ds_error error;
		char letter = text[i];
		int r;

		if (letter == '\n')
			continue;
		text[i] = letter == '7' ? '8' : '7';
		r = parse(text, &journal, &error);
		assert_int_equal(r, i < last ? -EBADMSG : 0);
		if (r < 0)
			assert_true(strncmp(error.text, "journal, line ", 14) == 0);
		else
			assert_int_equal(journal.entries.count, 1);
		ds_record_done(&ds_journal_record, &journal);
		text[i] = letter;
	}
	free(text);
}

/* Lines whose checksum is right. */
static const struct {
	const char *json;
	enum { ALONE, ENDED, BEHIND } place; /* ended: a whole begin but for what it says */
	int result;
} hostile_lines[] = {
#define NAMES  "\"format\":3,\"boot_id\":\"b\",\"request\":{\"module\":\"m\"}"
#define MODULE "\"before\":{\"module\":{\"name\":\"m\"}}"
#define PLAN   "\"plan\":{\"module\":\"m\""
	{"{" NAMES "," MODULE "," PLAN "}}", ENDED, 0},
	{"{" NAMES "," MODULE ",\"plan\":{}}", ENDED, -EBADMSG},
	{"{" NAMES "}", ENDED, -EBADMSG},
	{"{\"format\":3}", ENDED, -EBADMSG},
	{"{" NAMES "," MODULE "," PLAN ",\"steps\":[{\"op\":{\"kind\":\"sysctl\"}}]}}", ENDED,
		-EBADMSG},
	{"{" NAMES "," MODULE "," PLAN ",\"steps\":[{\"undo\":{\"kind\":\"file-remove\","
	 "\"path\":\"/x\"}}]}}",
		ENDED, -EBADMSG},
	{"{\"format\":4}", ENDED, -EPROTO},
	{"{\"format\":4,\"id\":{},\"plan\":7}", ENDED, -EPROTO},
	{"{\"format\":\"1\"}", ENDED, -EBADMSG},
	{"{}", ENDED, -EPROTO},
	{"[]", ENDED, -EBADMSG},
	{"{\"format\":3,\"plan\":{\"steps\":[{\"op\":{\"kind\":\"format-disk\"}}]}}", ENDED,
		-EBADMSG},
	{"{\"kind\":\"do\",\"step\":1}", BEHIND, 0},
	{"{\"kind\":\"committed\",\"step\":1}", BEHIND, 0},
	{"{\"kind\":\"do\",\"step\":2}", BEHIND, -EBADMSG},
	{"{\"kind\":\"do\",\"step\":-1}", BEHIND, -EBADMSG},
	{"{\"kind\":\"do\",\"step\":9223372036854775807}", BEHIND, -EBADMSG},
	{"{\"kind\":\"do\",\"step\":99999999999999999999999}", BEHIND, -EBADMSG},
	{"{\"kind\":\"dance\",\"step\":0}", BEHIND, -EBADMSG},
	{"{\"kind\":\"begin\",\"step\":0}", BEHIND, -EBADMSG},
	{"{\"step\":0}", BEHIND, -EBADMSG},
	{"{\"format\":3}", BEHIND, -EBADMSG},
	{"[]", BEHIND, -EBADMSG},
	/* Nothing to end, and no end. */
	{"{\"kind\":\"begin\",\"step\":0}", ALONE, -EPROTO},
	{"{" NAMES "," MODULE "," PLAN "}}", ALONE, 0},
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile_lines) / sizeof(hostile_lines[0]); i++) {
		char *begin = begin_lines(), *line = sealed(hostile_lines[i].json), *text = NULL;
		char *end = sealed("{\"kind\":\"begin\",\"step\":0}");
		struct ds_journal journal;
		struct ds_error error;
		int r;

		ds_string_format(&text, "%s%s%s\n%s%s",
			hostile_lines[i].place == BEHIND ? begin : "",
			hostile_lines[i].place == BEHIND ? "\n" : "", line,
			hostile_lines[i].place == ENDED ? end : "",
			hostile_lines[i].place == ENDED ? "\n" : "");
		r = parse(text, &journal, &error);
		if (r != hostile_lines[i].result || error.code != r)
			fail_msg("%s: %d, %s", hostile_lines[i].json, r, error.text);
		assert_int_equal(journal.is_begun, r == 0 && hostile_lines[i].place != ALONE);
		ds_record_done(&ds_journal_record, &journal);
		free(begin);
		free(end);
		free(line);
		free(text);
	}
}

/* Not a line at all, alone and before a good one: torn, and damaged. */
static void test_no_lines(void **state)
{
	static const char *const rows[] = {"7", "12345678", "12345678 ", "        {}",
		"+0000000 {}", "0x000000 {}", "00000000 {}", "\n", "{\"format\":2}", "zzzzzzzz {}"};
	struct ds_journal journal;
	struct ds_error error;

	(void)state;
	assert_int_equal(parse("", &journal, &error), 0);
	assert_false(journal.is_begun);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *begin = begin_lines(), *text = NULL;

		assert_int_equal(parse(rows[i], &journal, &error), 0);
		assert_false(journal.is_begun);
		ds_string_format(&text, "%s\n%s\n", rows[i], begin);
		assert_int_equal(parse(text, &journal, &error), -EBADMSG);
		free(begin);
		free(text);
	}
}

/* Brackets without end are no reason to run out of stack. */
static void test_deep(void **state)
{
	size_t depth = 100000;
	char *deep = malloc(depth + 1), *line, *text = NULL;
	struct ds_journal journal;
	struct ds_error error;

	(void)state;
	memset(deep, '[', depth);
	deep[depth] = '\0';
	line = sealed(deep);
	ds_string_format(&text, "%s\n%s\n", line, line);
	assert_int_equal(parse(text, &journal, &error), -EBADMSG);
	free(deep);
	free(line);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_is_read),
		cmocka_unit_test(test_torn_everywhere),
		cmocka_unit_test(test_begins_again),
		cmocka_unit_test(test_damaged_everywhere),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_no_lines),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
