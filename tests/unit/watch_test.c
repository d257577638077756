/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The watchdog over a call, with children that do what the kernel makes children do. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sys/watch.h"
#include "../../src/sys/watch_record.h"
#include "drvswap/sys.h"

#define SHORT_MS 100   /* for what does not come back */
#define LONG_MS  60000 /* for what does, however busy the machine */

static int comes_back(const void *subject, void *ret_object, struct ds_error *error)
{
	(void)ret_object, (void)error;
	return *(const int *)subject;
}

static int fails(const void *subject, void *ret_object, struct ds_error *error)
{
	(void)subject, (void)ret_object;
	return ds_error_set(error, -ENODEV, "no device");
}

/* What an oops does to the process that ran into it. */
static int dies(const void *subject, void *ret_object, struct ds_error *error)
{
	(void)subject, (void)ret_object, (void)error;
	return kill(getpid(), SIGKILL);
}

/* Until the end of the pipe that the test holds. */
static int blocks(const void *subject, void *ret_object, struct ds_error *error)
{
	const int *ends = subject;
	char byte;

	(void)ret_object;
	close(ends[1]);
	return read(ends[0], &byte, 1) < 0 ? ds_error_set(error, -EIO, "read") : 0;
}

/* More than a pipe holds. */
#define TEXT_BYTES 300000

static int tells(const void *subject, void *ret_object, struct ds_error *error)
{
	struct ds_gateway *gateway = ret_object;

	(void)subject, (void)error;
	ds_string_format(&gateway->link, "%0*d", TEXT_BYTES, 0);
	ds_string_set(&gateway->address, "192.0.2.1");
	gateway->answer = 1;
	return 0;
}

static int tells_nothing(const void *subject, void *ret_object, struct ds_error *error)
{
	(void)subject, (void)ret_object, (void)error;
	return 0;
}

static struct ds_door *door;

static int watch(int (*make)(const void *, void *, struct ds_error *), const void *subject,
	bool may_break, struct ds_error *error)
{
	const struct sys_call call = {.make = make,
		.subject = subject,
		.what = "unload net",
		.module = "no_such_module",
		.may_break = may_break};

	memset(error, 0, sizeof(*error));
	return sys_watch(sys_of(door), &call, sys_now_ms() + (make == blocks ? SHORT_MS : LONG_MS),
		NULL, error);
}

static void test_comes_back(void **state)
{
	struct ds_error error;
	int well = 0, code = -EAGAIN;

	(void)state;
	assert_int_equal(watch(comes_back, &well, false, &error), 0);
	assert_int_equal(watch(comes_back, &code, true, &error), -EAGAIN);
	assert_int_equal(watch(fails, NULL, false, &error), -ENODEV);
	assert_string_equal(error.text, "no device");
	assert_int_equal(error.code, -ENODEV);
	/* None is left over. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_tells(void **state)
{
	struct sys_call call = {.make = tells, .record = &ds_gateway_record, .what = "look"};
	struct ds_gateway gateway = {0};
	struct ds_error error;

	(void)state;
	assert_int_equal(sys_watch(sys_of(door), &call, sys_now_ms() + 10000, &gateway, &error), 0);
	assert_int_equal(strspn(gateway.link, "0"), TEXT_BYTES);
	assert_string_equal(gateway.address, "192.0.2.1");
	assert_int_equal(gateway.answer, 1);
	ds_record_done(&ds_gateway_record, &gateway);
	call.make = tells_nothing;
	assert_int_equal(sys_watch(sys_of(door), &call, sys_now_ms() + 10000, &gateway, &error), 0);
	assert_null(gateway.link);
	call.make = fails;
	assert_int_equal(
		sys_watch(sys_of(door), &call, sys_now_ms() + 10000, &gateway, &error), -ENODEV);
	assert_string_equal(error.text, "no device");
}

/* What comes through the pipe of one who dies while it tells, or tells nonsense. */
static void test_hears(void **state)
{
	static const struct {
		const char *told;
		int result;
	} rows[] = {
		{"{\"link\":\"a\"}\n\n", 0},
		{"\n", 0},
		{"", -ENODATA},
		{"{\"link\":\"a\"}\n", -ENODATA},
		{"{\"link\":\"a\"}", -ENODATA},
		{"{\"link\":\"a\"}\n{\"link\":7}\n\n", -EBADMSG},
		{"{\"link\":\"a\"}\nx\n\n", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ds_gateway gateway = {0};
		struct ds_error error = {0};
		ssize_t length = (ssize_t)strlen(rows[i].told);
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], rows[i].told, (size_t)length), length);
		close(ends[1]);
		assert_int_equal(sys_record_hear(&ds_gateway_record, ends[0], &gateway, &error),
			rows[i].result);
		if (rows[i].result < 0)
			assert_null(gateway.link);
		ds_record_done(&ds_gateway_record, &gateway);
		close(ends[0]);
	}
}

static void test_dies(void **state)
{
	struct ds_error error;

	(void)state;
	assert_int_equal(watch(dies, NULL, false, &error), -EIO);
	assert_non_null(strstr(error.text, "unload net: the kernel killed the process"));
}

static void test_is_broken_off(void **state)
{
	struct ds_error error;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(watch(blocks, ends, true, &error), -ETIME);
	assert_non_null(strstr(error.text, "broken off"));
	assert_int_equal(sys_of(door)->stuck.pid, 0);
	close(ends[0]);
	close(ends[1]);
}

/* It cannot be broken off; it comes back when it likes. */
static void test_is_stuck(void **state)
{
	struct ds_error error;
	int ends[2], well = 0;
	pid_t first;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(watch(blocks, ends, false, &error), -EINPROGRESS);
	assert_non_null(strstr(error.text, "unload net: the kernel does not come back"));
	assert_true(sys_of(door)->stuck.pid > 0);
	/* What is asked meanwhile, in vain or not, does not make us forget it. */
	first = sys_of(door)->stuck.pid;
	assert_int_equal(watch(comes_back, &well, false, &error), 0);
	assert_int_equal(watch(blocks, ends, false, &error), -EINPROGRESS);
	assert_int_equal(sys_of(door)->stuck.pid, first);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(door->settle(door, &error), 0);
	assert_int_equal(sys_of(door)->stuck.pid, 0);
	/* And once more there is nothing to wait for. */
	assert_int_equal(door->settle(door, &error), 0);
	while (waitpid(-1, NULL, 0) > 0) /* the second */
		;
}

/* What a real operation does when its child is slow: stopped where it begins. */

static bool is_child_stopped;

static void stop_child(void)
{
	if (is_child_stopped)
		raise(SIGSTOP);
}

/* Slow as can be, but no kernel is stuck. What unloads is another matter. */
static void test_slow_operations(void **state)
{
	static const enum ds_op_kind kinds[] = {DS_OP_NETWORK_RESTORE, DS_OP_NETWORK_SETTINGS,
		DS_OP_NETWORK_READY, DS_OP_NETWORK_OWNERS, DS_OP_LINKS_WAIT};
	/* So long the network's operations may take beyond their deadline. */
	const int64_t grace_ms = 10000;
	struct ds_host before = {0};
	struct ds_op op = {.kind = DS_OP_MODULE_UNLOAD, .module = "no_such_module"};
	struct ds_error error;
	siginfo_t stopped;

	(void)state;
	assert_int_equal(pthread_atfork(NULL, NULL, stop_child), 0);
	is_child_stopped = true;
	assert_int_equal(door->apply(door, &op, &before, sys_now_ms(), &error), -EINPROGRESS);
	/* It may not have come to its stop yet, and a word before that would be none. */
	assert_int_equal(
		waitid(P_PID, (id_t)sys_of(door)->stuck.pid, &stopped, WSTOPPED | WNOWAIT), 0);
	assert_int_equal(kill(sys_of(door)->stuck.pid, SIGCONT), 0);
	assert_int_equal(door->settle(door, &error), 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		op = (struct ds_op){.kind = (int)kinds[i], .value = "eth0"};
		assert_int_equal(
			door->apply(door, &op, &before, sys_now_ms() - grace_ms, &error), -ETIME);
		assert_int_equal(sys_of(door)->stuck.pid, 0);
	}
	is_child_stopped = false;
}

/* Who reads our output to its end does not wait for a child that is stuck. */
static void test_keeps_no_stream(void **state)
{
	int ends[2], output[2], kept = dup(STDOUT_FILENO);
	struct ds_error error;
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe2(output, O_CLOEXEC | O_NONBLOCK), 0);
	dup2(output[1], STDOUT_FILENO);
	close(output[1]);
	assert_int_equal(watch(blocks, ends, false, &error), -EINPROGRESS);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	/* The end, and not EAGAIN. */
	assert_int_equal(read(output[0], &byte, 1), 0);
	close(output[0]);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(door->settle(door, &error), 0);
}

static int open_door(void **state)
{
	(void)state;
	door = ds_sys_open();
	return door ? 0 : -1;
}

static int close_door(void **state)
{
	(void)state;
	ds_sys_close(door);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_tells),
		cmocka_unit_test(test_dies),
		cmocka_unit_test(test_is_broken_off),
		cmocka_unit_test(test_is_stuck),
		cmocka_unit_test(test_slow_operations),
		cmocka_unit_test(test_keeps_no_stream),
		cmocka_unit_test(test_hears),
	};

	return cmocka_run_group_tests(tests, open_door, close_door);
}
