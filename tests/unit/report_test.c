/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reports for people: no line shows what the computer calls nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
