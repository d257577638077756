/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A worker that dies in the middle: another one comes after it, whatever became of the caller. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "../../src/cli/detached.h"
#include "drvswap/sys.h"
#include "namespace.h"

enum way { ENDS_WELL, BY_SIGNAL, BY_CODE, BY_ZERO };
#define CODE 3

/* What a test wants of the two workers. */
static enum way first_ends, second_ends;
static enum kind { NO_FORK, FORK, PROGRAM, DAEMON } left; /* what the first one leaves */
static bool is_signalled;                                 /* the second one is */

#define NOT_ALONE (-1)

struct first {
	pid_t pid, guard, fork; /* fork 0: none */
};

/* What the second one finds. */
struct second {
	struct worker_death death;
	pid_t pid;
	int number; /* of the signal that it was sent; 0: none */
	bool has_lock, is_fork_there;
};

static int firsts[2], seconds[2], ready[2], go[2];
static pid_t *fork_of_first; /* seen by both */

/* Of the caller and its children, each for itself: so many go well, then so many do not. */
static int forks_left = INT_MAX, forks_failing;

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	if (forks_left > 0) {
		forks_left--;
		return __real_fork();
	}
	if (forks_failing-- <= 0)
		return __real_fork();
	errno = EAGAIN;
	return -1;
}

static void end(enum way way)
{
	if (way == BY_SIGNAL)
		raise(SIGKILL);
	if (way == BY_CODE)
		_exit(CODE);
	if (way == BY_ZERO)
		_exit(0);
}

/* As one whose call the kernel is still at: it ends when it is told to. */
static pid_t start_fork(void)
{
	pid_t pid = fork();
	char c;

	if (pid == 0 && left == PROGRAM)
		setpgid(0, 0);
	if (pid == 0 && left == DAEMON)
		setsid();
	if (pid == 0)
		_exit(write(ready[1], "r", 1) != 1 || read(go[0], &c, 1) != 1);
	assert_int_equal(read(ready[0], &c, 1), 1);
	return pid;
}

static void run(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	struct first first = {.pid = getpid(), .guard = getppid()};
	struct ds_error error;

	(void)request;
	if (ds_sys_lock(worker->lock, &error) < 0)
		first.pid = NOT_ALONE;
	*fork_of_first = first.fork = left ? start_fork() : 0;
	if (write(firsts[1], &first, sizeof(first)) != sizeof(first))
		return;
	end(first_ends);
	report->outcome.kind = DS_OUTCOME_DONE;
}

/* What was sent to it, where a test sends something. */
static int wait_for_signal(void)
{
	const struct timespec patience = {.tv_sec = is_signalled ? 10 : 0};
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	number = sigtimedwait(&set, NULL, &patience);
	return number > 0 ? number : 0;
}

static void recover(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	struct second second = {.death = *worker->death, .pid = getpid()};
	struct ds_error error;

	(void)request;
	second.has_lock = ds_sys_lock(worker->lock, &error) == 0;
	second.is_fork_there = *fork_of_first > 0 && kill(*fork_of_first, 0) == 0;
	second.number = wait_for_signal();
	if (write(seconds[1], &second, sizeof(second)) != sizeof(second))
		return;
	end(second_ends);
	report->outcome.kind = DS_OUTCOME_ROLLED_BACK;
}

/* The guard of a caller that is dead, and what outlives a guard, end when they like. */
static void wait_for_the_lock(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct ds_error error;
	int fd = ds_sys_open_lock(&error);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLKW, &lock), 0);
	close(fd);
}

#define NO_REPORT 99

static pid_t call(int64_t timeout_s)
{
	static const struct work work = {run, recover};
	const struct ds_request request = {.verb = DS_VERB_SWAP, .timeout_s = timeout_s};
	struct report report = {0};
	struct ds_error error = {0};
	pid_t caller;
	int r;

	wait_for_the_lock();
	caller = fork();
	if (caller != 0)
		return caller;
	r = detached_run(&request, &work, &report, &error);
	_exit(r == -EPIPE ? NO_REPORT : r < 0 ? NO_REPORT - 1 : report.outcome.kind);
}

static struct first hear_first(void)
{
	struct first first;

	assert_int_equal(read(firsts[0], &first, sizeof(first)), sizeof(first));
	assert_int_not_equal(first.pid, NOT_ALONE);
	return first;
}

static bool has_begun_second(int within_ms)
{
	struct pollfd wait = {.fd = seconds[0], .events = POLLIN};

	return poll(&wait, 1, within_ms) > 0;
}

static struct second hear_second(void)
{
	struct second second;

	assert_true(has_begun_second(60000));
	assert_int_equal(read(seconds[0], &second, sizeof(second)), sizeof(second));
	return second;
}

static void expect_end(pid_t caller, int code)
{
	int status;

	assert_int_equal(waitpid(caller, &status, 0), caller);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

static void want(enum way first, enum way second, enum kind leaves)
{
	first_ends = first;
	second_ends = second;
	left = leaves;
}

static void test_well(void **state)
{
	pid_t caller;

	(void)state;
	want(ENDS_WELL, ENDS_WELL, NO_FORK);
	caller = call(30);
	hear_first();
	expect_end(caller, DS_OUTCOME_DONE);
	assert_false(has_begun_second(0));
}

static void test_killed(void **state)
{
	struct second second;
	struct first first;
	pid_t caller;

	(void)state;
	want(BY_SIGNAL, ENDS_WELL, NO_FORK);
	caller = call(30);
	first = hear_first();
	second = hear_second();
	assert_int_equal(second.death.pid, first.pid);
	assert_true(WIFSIGNALED(second.death.status));
	assert_int_equal(WTERMSIG(second.death.status), SIGKILL);
	assert_true(second.has_lock);
	expect_end(caller, DS_OUTCOME_ROLLED_BACK);
}

/* Whoever calls exit(0) in the middle has not come to the end. */
static void test_ends_with_zero(void **state)
{
	struct second second;

	(void)state;
	want(BY_ZERO, ENDS_WELL, NO_FORK);
	expect_end(call(30), DS_OUTCOME_ROLLED_BACK);
	hear_first();
	second = hear_second();
	assert_int_equal(second.death.status, 0);
	want(BY_ZERO, BY_ZERO, NO_FORK);
	expect_end(call(30), NO_REPORT);
	hear_first();
	hear_second();
}

static void test_fault(void **state)
{
	struct second second;
	pid_t caller;

	(void)state;
	want(BY_CODE, ENDS_WELL, NO_FORK);
	caller = call(30);
	hear_first();
	second = hear_second();
	assert_true(WIFEXITED(second.death.status));
	assert_int_equal(WEXITSTATUS(second.death.status), CODE);
	expect_end(caller, DS_OUTCOME_ROLLED_BACK);
}

/* Nobody else gets in between the two, nor does the second begin while something is still done. */
static void test_waits(void **state)
{
	static const enum kind kinds[] = {FORK, PROGRAM};
	struct ds_error error;
	struct second second;
	pid_t caller;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		want(BY_SIGNAL, ENDS_WELL, kinds[i]);
		caller = call(30);
		hear_first();
		assert_false(has_begun_second(300));
		assert_true(ds_sys_is_locked(&error));
		assert_int_equal(write(go[1], "g", 1), 1);
		second = hear_second();
		assert_false(second.is_fork_there);
		assert_true(second.has_lock);
		expect_end(caller, DS_OUTCOME_ROLLED_BACK);
		assert_false(ds_sys_is_locked(&error));
	}
}

/* Nobody works beside the second, and nobody keeps it from working. */
static void test_is_killed(void **state)
{
	static const enum kind kinds[] = {FORK, PROGRAM};
	pid_t caller;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		want(BY_SIGNAL, ENDS_WELL, kinds[i]);
		caller = call(1);
		hear_first();
		assert_false(hear_second().is_fork_there);
		expect_end(caller, DS_OUTCOME_ROLLED_BACK);
	}
}

/* What a hook has started for good is let be. */
static void test_daemon(void **state)
{
	pid_t caller;

	(void)state;
	want(BY_SIGNAL, ENDS_WELL, DAEMON);
	caller = call(1);
	hear_first();
	assert_true(hear_second().is_fork_there);
	expect_end(caller, DS_OUTCOME_ROLLED_BACK);
	assert_int_equal(write(go[1], "g", 1), 1);
}

static void test_no_caller(void **state)
{
	pid_t caller;
	int status;

	(void)state;
	want(BY_SIGNAL, ENDS_WELL, FORK);
	caller = call(30);
	hear_first();
	kill(caller, SIGKILL);
	assert_int_equal(waitpid(caller, &status, 0), caller);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_true(hear_second().has_lock);
}

/* One that dies at the same place would die there for ever: the host is left for a person. */
static void test_both(void **state)
{
	pid_t caller;

	(void)state;
	want(BY_SIGNAL, BY_SIGNAL, NO_FORK);
	caller = call(30);
	hear_first();
	hear_second();
	expect_end(caller, NO_REPORT);
	assert_false(has_begun_second(0));
}

/* The fork of the guard itself is the first, that of the worker the second. */
static pid_t call_with_forks(int good, int failing)
{
	pid_t caller;

	/* The first is ours: the caller has what is left of them. */
	forks_left = good + 1;
	forks_failing = failing;
	caller = call(30);
	forks_left = INT_MAX;
	return caller;
}

/* Nothing can be forked: the guard does the work itself. */
static void test_no_worker(void **state)
{
	struct first first;
	pid_t caller;

	(void)state;
	want(ENDS_WELL, ENDS_WELL, NO_FORK);
	caller = call_with_forks(1, INT_MAX);
	first = hear_first();
	assert_int_equal(first.guard, caller);
	expect_end(caller, DS_OUTCOME_DONE);
	assert_false(has_begun_second(0));
}

/* Want of memory passes, or it does not: the host does not stay between two drivers for it. */
static void test_no_second_fork(void **state)
{
	static const int failing[] = {0, 3, INT_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		bool is_guard = failing[i] == INT_MAX;
		struct second second;
		struct first first;
		pid_t caller;

		want(BY_SIGNAL, ENDS_WELL, NO_FORK);
		caller = call_with_forks(2, failing[i]);
		first = hear_first();
		second = hear_second();
		assert_int_equal(second.death.pid, first.pid);
		assert_int_equal(second.pid == first.guard, is_guard);
		assert_true(second.has_lock);
		expect_end(caller, DS_OUTCOME_ROLLED_BACK);
	}
}

/* Whom it was meant for has died, and who comes after that one must hear it. */
static void test_signalled_alone(void **state)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	(void)state;
	is_signalled = true;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct pollfd end = {.events = POLLIN};
		struct first first;
		pid_t caller;

		want(BY_SIGNAL, ENDS_WELL, FORK);
		caller = call(30);
		first = hear_first();
		end.fd = pidfd_open(first.pid, 0);
		/* Its number is free where it has ended already. */
		assert_true(end.fd < 0 || poll(&end, 1, -1) == 1);
		close(end.fd);
		assert_int_equal(kill(first.guard, numbers[i]), 0);
		assert_int_equal(write(go[1], "g", 1), 1);
		assert_int_equal(hear_second().number, numbers[i]);
		expect_end(caller, DS_OUTCOME_ROLLED_BACK);
	}
	is_signalled = false;
}

static int enter(void **state)
{
	int r = enter_network_namespace(state);

	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/drvswap", 0700), 0);
	fork_of_first = mmap(NULL, sizeof(*fork_of_first), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pipe2(firsts, O_CLOEXEC) < 0 || pipe2(seconds, O_CLOEXEC) < 0 ||
		pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0 ||
		fork_of_first == MAP_FAILED)
		return -1;
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_ends_with_zero),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_is_killed),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_no_caller),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_no_worker),
		cmocka_unit_test(test_no_second_fork),
		cmocka_unit_test(test_signalled_alone),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
