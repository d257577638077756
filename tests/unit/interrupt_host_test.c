/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Ctrl-C before the worker has come to anything: it is told, and the worker hears it later. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../src/cli/detached.h"
#include "../../src/cli/terminal.h"
#include "drvswap/sys.h"
#include "namespace.h"

static int begun[2], go[2], heard[2];
static bool is_dying; /* the worker */

static bool hears_rollback(void)
{
	const unsigned int wanted = 1U << DS_WORD_ROLLBACK;
	struct ds_door *door = ds_sys_open();
	struct ds_word word = {0};
	struct ds_error error;
	bool is_heard =
		door->listen(door, wanted, 0, &word, &error) == 0 && word.kind == DS_WORD_ROLLBACK;

	ds_sys_close(door);
	return is_heard;
}

/* Says that it has begun, and goes on when the test has sent its signal; only then it listens. */
static void run(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	char c = 'b';
	bool is_heard;

	(void)request, (void)worker;
	report->outcome.kind = DS_OUTCOME_FAILED;
	if (is_dying)
		raise(SIGKILL);
	if (write(begun[1], &c, 1) != 1 || read(go[0], &c, 1) != 1)
		return;
	is_heard = hears_rollback();
	if (is_heard)
		report->outcome.kind = DS_OUTCOME_ROLLED_BACK;
	c = is_heard ? 'r' : 'n';
	assert_int_equal(write(heard[1], &c, 1), 1);
}

#define DEATH "the first one has died"

static void recover(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	const struct ds_event event = {.kind = DS_EVENT_RECOVERING, .text = (char *)DEATH};

	worker->watcher->tell(worker->watcher, &event);
	is_dying = false;
	run(request, worker, report);
}

static const struct work work = {run, recover};

/*
 * The caller in a process of its own; its stderr comes to us, write by write. It calls when we have
 * ended where is_left.
 */
static pid_t call_from(bool is_left, enum ds_verb verb, int *ret_errors)
{
	const struct ds_request request = {.verb = (int)verb};
	struct report report = {0};
	struct ds_error error = {0};
	int errors[2];
	pid_t caller, parent = getpid();

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, errors), 0);
	caller = fork();
	while (caller == 0 && is_left && getppid() == parent)
		poll(NULL, 0, 1);
	if (caller == 0) {
		dup2(errors[1], STDERR_FILENO);
		terminal_write_lines();
		_exit(detached_run(&request, &work, &report, &error) < 0 ? 99
									 : report.outcome.kind);
	}
	close(errors[1]);
	*ret_errors = errors[0];
	return caller;
}

static pid_t call(enum ds_verb verb, int *ret_errors)
{
	return call_from(false, verb, ret_errors);
}

static int end_of(pid_t caller)
{
	int status;

	assert_int_equal(waitpid(caller, &status, 0), caller);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* One write, which is one line. */
static void read_line(int fd, char *ret_said, size_t room)
{
	ssize_t length = read(fd, ret_said, room - 1);

	assert_true(length > 0);
	ret_said[length] = '\0';
	assert_ptr_equal(strchr(ret_said, '\n'), ret_said + length - 1);
}

/* The first signal at the earliest moment; the answer to it, and how it ends. */
static int interrupted(enum ds_verb verb, int number, char *ret_said, size_t room)
{
	int errors, kind;
	pid_t caller = call(verb, &errors);
	char c;

	assert_int_equal(read(begun[0], &c, 1), 1);
	kill(caller, number);
	read_line(errors, ret_said, room);
	assert_int_equal(write(go[1], &c, 1), 1);
	kind = end_of(caller);
	assert_int_equal(read(heard[0], &c, 1), 1);
	close(errors);
	return kind;
}

static void test_early(void **state)
{
	char said[512];

	(void)state;
	assert_int_equal(
		interrupted(DS_VERB_SWAP, SIGINT, said, sizeof(said)), DS_OUTCOME_ROLLED_BACK);
	assert_non_null(strstr(said, "asked for a rollback"));
	assert_int_equal(
		interrupted(DS_VERB_SWAP, SIGTERM, said, sizeof(said)), DS_OUTCOME_ROLLED_BACK);
	assert_non_null(strstr(said, "asked for a rollback"));
	/* A recovery is not broken off, and nobody is told that it would be. */
	assert_int_equal(
		interrupted(DS_VERB_RECOVER, SIGINT, said, sizeof(said)), DS_OUTCOME_FAILED);
	assert_non_null(strstr(said, "runs to its end"));
}

/* Nor is one that comes after a worker that has died; the caller learns that it has begun. */
static void test_recovery_of_guard(void **state)
{
	int errors;
	pid_t caller;
	char c, said[512];

	(void)state;
	is_dying = true;
	caller = call(DS_VERB_SWAP, &errors);
	is_dying = false;
	assert_int_equal(read(begun[0], &c, 1), 1);
	read_line(errors, said, sizeof(said));
	assert_non_null(strstr(said, DEATH));
	kill(caller, SIGINT);
	read_line(errors, said, sizeof(said));
	assert_non_null(strstr(said, "a recovery runs to its end"));
	assert_null(strstr(said, "asked for a rollback"));
	assert_int_equal(write(go[1], &c, 1), 1);
	assert_int_equal(read(heard[0], &c, 1), 1);
	assert_int_equal(c, 'n');
	assert_int_equal(end_of(caller), DS_OUTCOME_FAILED);
	close(errors);
}

/* The second one ends the view, and the worker goes on. */
static void test_twice(void **state)
{
	int errors;
	pid_t caller = call(DS_VERB_SWAP, &errors);
	char c, said[512];

	(void)state;
	assert_int_equal(read(begun[0], &c, 1), 1);
	kill(caller, SIGINT);
	read_line(errors, said, sizeof(said));
	kill(caller, SIGINT);
	assert_int_equal(end_of(caller), 99);
	assert_int_equal(write(go[1], &c, 1), 1);
	assert_int_equal(read(heard[0], &c, 1), 1);
	assert_int_equal(c, 'r');
	close(errors);
}

static void login_live(bool is_left, int numbers)
{
	int errors;
	pid_t caller = call_from(is_left, DS_VERB_SWAP, &errors);

	if (write(numbers, &caller, sizeof(caller)) != sizeof(caller))
		_exit(2);
	_exit(is_left ? 0 : end_of(caller));
}

/*
 * What process 1 does to the login that the caller is in, or was in: a shell that has ended leaves
 * its children to process 1, and they belong to the login all the same. 0: it went well.
 */
static int end_session(bool is_left)
{
	int numbers[2];
	pid_t caller, login;
	char c;

	if (pipe2(numbers, O_CLOEXEC) < 0)
		return 1;
	login = fork();
	if (login == 0)
		login_live(is_left, numbers[1]);
	if (is_left && end_of(login) != 0)
		return 2;
	if (read(numbers[0], &caller, sizeof(caller)) != sizeof(caller) ||
		read(begun[0], &c, 1) != 1 || kill(caller, SIGTERM) < 0)
		return 3;
	if (end_of(is_left ? caller : login) != 99)
		return 5;
	/* The caller has left, and the worker, which is nobody's child now, goes on. */
	if (write(go[1], "g", 1) != 1 || read(heard[0], &c, 1) != 1)
		return 4;
	return c == 'n' ? 0 : 6;
}

/* Process 1 of a namespace. */
static int live_as_init(void)
{
	int r = end_session(false);

	return r ? r : 10 * end_session(true);
}

/* Whose maker is another one than we: all its later children, sanitizers' too, would be in it. */
static void test_session_ends(void **state)
{
	pid_t maker = fork();

	(void)state;
	if (maker == 0) {
		pid_t init = unshare(CLONE_NEWPID) == 0 ? fork() : -1;

		_exit(init < 0 ? 100 : init == 0 ? live_as_init() : end_of(init));
	}
	assert_int_equal(end_of(maker), 0);
}

static int enter(void **state)
{
	int r = enter_network_namespace(state);

	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/drvswap", 0700), 0);
	if (pipe2(begun, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0 || pipe2(heard, O_CLOEXEC) < 0)
		return -1;
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_recovery_of_guard),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_session_ends),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
