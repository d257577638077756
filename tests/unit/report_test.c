/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reports for people and as data: no line shows what the computer calls nothing, or what is not so.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "../../src/cli/report.h"
#include "caught.h"

static void print_past(const void *outcome)
{
	report_text_past(outcome);
}

/* The line behind the time. */
static void expect_past(const struct ds_outcome *outcome, const char *wanted)
{
	char *output = caught(print_past, outcome);

	assert_non_null(strstr(output, wanted));
	assert_null(strstr(output, "(null)"));
	free(output);
}

static void test_past(void **state)
{
	const struct ds_outcome swap = {.kind = DS_OUTCOME_DONE,
		.verb = "swap",
		.module = "vmxnet3",
		.from.version = "1.7",
		.to.version = "1.9",
		.outage_ms = 120};
	const struct ds_outcome not_loaded = {.kind = DS_OUTCOME_DONE,
		.verb = "swap",
		.module = "vmxnet3",
		.to.build_id = "0123456789abcdef0123456789abcdef01234567",
		.is_unverified = true,
		.outage_ms = -1};
	const struct ds_outcome unnamed = {.kind = DS_OUTCOME_ROLLED_BACK,
		.verb = "rollback",
		.module = "net",
		.error = "it failed",
		.outage_ms = -1};
	const struct ds_outcome empty = {.kind = DS_OUTCOME_INCOMPLETE, .outage_ms = -1};

	(void)state;
	expect_past(&swap, "  swap     vmxnet3      done        1.7 -> 1.9  away 120 ms\n");
	expect_past(&not_loaded, "done        not loaded -> 0123456789abcdef0123\n");
	expect_past(&unnamed, "rolled-back unnamed -> unnamed  (it failed)\n");
	expect_past(&empty, "  ?        ?            incomplete  unnamed -> unnamed\n");
}

static void print_text(const void *report)
{
	const struct ds_request request = {0};

	report_text(&request, report);
}

/* Which halves there are decides what is the case already. */
static void test_nothing_to_do(void **state)
{
	static const struct {
		int state, installed;
		const char *wanted;
	} rows[] = {
		{DS_MODULE_LIVE, DS_FILE_REGULAR, "already runs and is installed\n"},
		{DS_MODULE_LIVE, DS_FILE_ABSENT,
			"already runs, and there is no installed file to exchange\n"},
		{DS_MODULE_ABSENT, DS_FILE_REGULAR, "is installed; the module does not run\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct report report = {.outcome = {.kind = DS_OUTCOME_NOTHING},
			.host = {.module = {.state = rows[i].state},
				.installed = {.type = rows[i].installed}},
			.has_host = true};
		char *output = caught(print_text, &report);

		assert_non_null(strstr(output, rows[i].wanted));
		free(output);
	}
}

static void print_files(const void *report)
{
	const struct ds_request request = {.verb = DS_VERB_RECOVER, .is_files_only = true};

	report_text(&request, report);
}

/* Half of a recovery verified nothing, and does not say so. */
static void test_files_only(void **state)
{
	static const int kinds[] = {DS_OUTCOME_DONE, DS_OUTCOME_FAILED, DS_OUTCOME_ROLLED_BACK};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct report report = {.outcome = {.kind = kinds[i], .outage_ms = -1}};
		char *output = caught(print_files, &report);

		assert_null(strstr(output, "the rollback was verified"));
		assert_non_null(strstr(
			output, i == 0 ? "files of the new driver" : "files of the old driver"));
		assert_non_null(strstr(output, "nothing was verified yet"));
		free(output);
	}
}

static void expect_text(const struct report *report, const char *wanted)
{
	char *output = caught(print_text, report);

	assert_non_null(strstr(output, wanted));
	free(output);
}

/* -1: there is none. */
static int exit_code_in_data(const struct report *report)
{
	struct json_object *json = report_to_json(report), *member;
	int code = json_object_object_get_ex(json, "exit_code", &member)
			   ? json_object_get_int(member)
			   : -1;

	assert_int_equal(json_object_object_get_ex(json, "outcome", NULL), code >= 0);
	json_object_put(json);
	return code;
}

/* The data says of the exit code what the process does. */
static void test_exit_code(void **state)
{
	struct report report = {.outcome.kind = DS_OUTCOME_ROLLED_BACK, .outcome.outage_ms = -1};

	(void)state;
	assert_int_equal(exit_code_in_data(&report), 4);
	assert_int_equal(report_exit_code(&report), 4);
	expect_text(&report, "failed and rolled back");
	report.is_wanted = true;
	assert_int_equal(exit_code_in_data(&report), 0);
	assert_int_equal(report_exit_code(&report), 0);
	expect_text(&report, "rolled back, as was asked for");
	/* Facts alone are neither done nor failed. */
	report = (struct report){.is_status = true};
	assert_int_equal(exit_code_in_data(&report), -1);
}

/* How the last swap ended, where that was not well: "last" is what was done. */
static void test_newest(void **state)
{
	struct report report = {.is_status = true,
		.last = {.id = (char *)"1-1", .kind = DS_OUTCOME_DONE},
		.newest = {.id = (char *)"2-1", .kind = DS_OUTCOME_ROLLED_BACK}};
	struct json_object *json = report_to_json(&report), *newest, *kind;

	(void)state;
	assert_true(json_object_object_get_ex(json, "newest", &newest));
	assert_true(json_object_object_get_ex(newest, "kind", &kind));
	assert_string_equal(json_object_get_string(kind), "rolled-back");
	json_object_put(json);
	report.newest = report.last = (struct ds_outcome){0};
	json = report_to_json(&report);
	assert_false(json_object_object_get_ex(json, "newest", NULL));
	json_object_put(json);
}

static void test_under_way(void **state)
{
	struct report report = {
		.outcome = {.kind = DS_OUTCOME_DONE, .outage_ms = -1},
		.under_way = {.id = (char *)"1-1", .module = (char *)"net", .steps = 2},
		.is_dry_run = true,
	};

	(void)state;
	expect_text(&report, "interrupted a swap of net: it would be finished or undone first");
	report.under_way.owner = (char *)"somebody is at it";
	expect_text(&report, "under way   somebody is at it\n            net\n");
	report = (struct report){.journal_error = (char *)"line 2", .is_journal_damaged = true};
	expect_text(&report, "damaged     line 2\n");
	report.is_journal_damaged = false;
	expect_text(&report, "not seen    line 2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_files_only),
		cmocka_unit_test(test_past),
		cmocka_unit_test(test_exit_code),
		cmocka_unit_test(test_newest),
		cmocka_unit_test(test_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
