/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Other people's programs: what they print, how they end, and that none is waited for too long. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Of a program that tells its number and then nothing more; never returns where it follows it. */
static void follow(int numbers)
{
	static const char *const paths[] = {"/bin/sh", NULL};
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)"echo $$; exec sleep 1000", NULL};
	struct ds_error error;
	char line[16] = "";
	pid_t pid, told;
	int fd = sys_spawn_following(paths, argv, &pid, &error);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		_exit(1);
	told = (pid_t)strtol(line, NULL, 10);
	if (told != pid || getpgid(pid) != pid || write(numbers, &pid, sizeof(pid)) != sizeof(pid))
		_exit(2);
	for (;;)
		pause();
}

/* A child that is broken off leaves nobody who talks on. */
static void test_followed_ends_with_its_follower(void **state)
{
	struct pollfd end = {.events = POLLIN};
	pid_t followed = 0, follower;
	int numbers[2];

	(void)state;
	assert_int_equal(pipe2(numbers, O_CLOEXEC), 0);
	follower = fork();
	if (follower == 0)
		follow(numbers[1]);
	close(numbers[1]);
	assert_int_equal(read(numbers[0], &followed, sizeof(followed)), sizeof(followed));
	end.fd = pidfd_open(followed, 0);
	assert_true(end.fd >= 0);
	assert_int_equal(poll(&end, 1, 0), 0);
	assert_int_equal(kill(follower, SIGKILL), 0);
	assert_int_equal(waitpid(follower, NULL, 0), follower);
	assert_int_equal(poll(&end, 1, LONG_MS), 1);
	close(end.fd);
	close(numbers[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_is_ended_in_time),
		cmocka_unit_test(test_ends_in_silence),
		cmocka_unit_test(test_leaves_somebody),
		cmocka_unit_test(test_followed_ends_with_its_follower),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
