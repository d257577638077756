/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Other people's programs: what they print, how they end, and that none is waited for too long. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../src/sys/spawn.h"
#include "../../src/sys/sys.h"

#define LONG_MS  10000
#define SHORT_MS 300

static int run(const char *script, int64_t patience_ms, struct ds_error *error)
{
	static const char *const paths[] = {"/no/such/sh", "/bin/sh", NULL};
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};

	memset(error, 0, sizeof(*error));
	return sys_spawn(paths, argv, sys_now_ms() + patience_ms, error);
}

static void assert_nobody_left(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_ends(void **state)
{
	struct ds_error error;

	(void)state;
	assert_int_equal(run("true", LONG_MS, &error), 0);
	assert_int_equal(run("echo why >&2; exit 7", LONG_MS, &error), -EIO);
	assert_non_null(strstr(error.text, "exit code 7"));
	assert_non_null(strstr(error.text, ": why"));
	assert_int_equal(run("kill -9 $$", LONG_MS, &error), -EIO);
	assert_non_null(strstr(error.text, "signal 9"));
	assert_nobody_left();
}

/* Also where it has closed its outputs, as a script that begins with "exec >log 2>&1" has. */
static void test_is_ended_in_time(void **state)
{
	static const char *const scripts[] = {
		"sleep 20", "exec sleep 20 >/dev/null 2>&1", "exec >&- 2>&-; sleep 20; true"};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		int64_t begun_ms = sys_now_ms();
		struct ds_error error;

		assert_int_equal(run(scripts[i], SHORT_MS, &error), -ETIMEDOUT);
		assert_non_null(strstr(error.text, "did not end in time"));
		assert_true(sys_now_ms() - begun_ms < LONG_MS);
		assert_nobody_left();
	}
}

/* Its exit code is waited for, when its outputs are closed already. */
static void test_ends_in_silence(void **state)
{
	struct ds_error error;

	(void)state;
	assert_int_equal(run("exec >&- 2>&-; sleep 0.2; exit 3", LONG_MS, &error), -EIO);
	assert_non_null(strstr(error.text, "exit code 3"));
	assert_nobody_left();
}

/* What it leaves behind holds the outputs, and is not waited for. */
static void test_leaves_somebody(void **state)
{
	int64_t begun_ms = sys_now_ms();
	struct ds_error error;

	(void)state;
	assert_int_equal(run("sleep 20 & exit 0", LONG_MS, &error), 0);
	assert_true(sys_now_ms() - begun_ms < LONG_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_is_ended_in_time),
		cmocka_unit_test(test_ends_in_silence),
		cmocka_unit_test(test_leaves_somebody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
