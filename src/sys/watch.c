/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "control.h"
#include "file.h"
#include "kmsg.h"
#include "running.h"
#include "watch_record.h"

#define GRACE_MS   1500 /* for a call that keeps the deadline itself, and for one that was killed */
#define KMSG_BYTES 600
#define WAIT_NAMES 4

/* What the child tells: less than PIPE_BUF, so it comes whole or not at all. The record follows. */
struct answer {
	int code;
	struct ds_error error;
};
_Static_assert(sizeof(struct answer) <= 4096, "");

/* --- the child -------------------------------------------------------------------------- */

/* Whoever reads what the caller prints waits for its end: a child that is stuck must not keep it.
 */
static void leave_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
}

static void make_call(const struct sys_call *call, int fd, pid_t parent)
{
	struct answer answer = {0};
	void *object = call->record ? calloc(1, call->record->size) : NULL;

	leave_streams();
	/* A call that was not made yet must not be made when nobody waits for it any more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (call->record && !object)
		answer.code = ds_error_set(&answer.error, -ENOMEM, "out of memory");
	else
		answer.code = call->make(call->subject, object, &answer.error);
	_exit(write(fd, &answer, sizeof(answer)) != sizeof(answer) ||
		(answer.code == 0 && object && sys_record_tell(call->record, object, fd) < 0));
}

/* --- words ------------------------------------------------------------------------------ */

/* "[<0>] msleep+0x2d/0x40": the innermost functions, as "msleep < bad_init < do_one_initcall". */
static void waits_in(pid_t pid, char *ret_text, size_t room)
{
	cleanup_free char *stack = sys_text_read("/proc/%d/stack", (int)pid);
	cleanup_free char *channel = sys_text_read("/proc/%d/wchan", (int)pid);
	char *rest = stack, *line;
	size_t used = 0;

	ret_text[0] = '\0';
	for (int i = 0; rest && i < WAIT_NAMES && (line = strsep(&rest, "\n")); i++) {
		char *name = strchr(line, ']');
		int length;

		name = name ? name + 1 + strspn(name + 1, " ") : line;
		length = (int)strcspn(name, "+/ ");
		if (length > 0 && used + (size_t)length + 4 < room)
			used += (size_t)snprintf(ret_text + used, room - used, "%s%.*s",
				used ? " < " : "", length, name);
	}
	if (!used && channel && strcmp(channel, "0") != 0)
		snprintf(ret_text, room, "%.64s", channel);
}

static void add_words(struct ds_error *error, int kmsg)
{
	char words[KMSG_BYTES];
	size_t length = strlen(error->text);

	sys_kmsg_take_errors(kmsg, words, sizeof(words));
	if (words[0])
		snprintf(
			error->text + length, sizeof(error->text) - length, " (kernel: %s)", words);
}

/* --- the watchdog ----------------------------------------------------------------------- */

/* true: the child has told or died. */
static bool wait_for(int fd, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int64_t left_ms = deadline_ms - sys_now_ms();
		int ready = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);

		if (ready > 0)
			return true;
		if (ready == 0 || errno != EINTR)
			return false;
	}
}

/* true: the child lived to tell. Called when it has ended or is about to. */
static bool collect(struct sys_stuck *stuck, struct answer *ret_answer)
{
	ssize_t got;

	do
		got = read(stuck->fd, ret_answer, sizeof(*ret_answer));
	while (got < 0 && errno == EINTR);
	return got == sizeof(*ret_answer);
}

static void bury(struct sys_stuck *stuck)
{
	close(stuck->fd);
	while (waitpid(stuck->pid, NULL, 0) < 0 && errno == EINTR)
		;
	stuck->pid = 0;
}

static bool is_unsettled(const char *module)
{
	enum ds_module_state state = module ? sys_running_state(module) : DS_MODULE_ABSENT;

	return state == DS_MODULE_COMING || state == DS_MODULE_GOING;
}

/* The child was killed at the deadline, or by the kernel, which has oopsed in it. */
static int died(const struct sys_call *call, bool was_killed, int kmsg, struct ds_error *error)
{
	if (is_unsettled(call->module)) {
		ds_error_set(error, -ENOTRECOVERABLE,
			"%s: the kernel broke down in it; %s is neither loaded nor unloaded, and "
			"stays so",
			call->what, call->module);
		add_words(error, kmsg);
	} else if (was_killed) {
		ds_error_set(error, -ETIME, "%s: it did not end in time, and was broken off",
			call->what);
	} else {
		ds_error_set(error, -EIO, "%s: the kernel killed the process that asked for it",
			call->what);
		add_words(error, kmsg);
	}
	return error->code;
}

/*
 * One child is waited for, and that is the first that got stuck: what comes after it, a look at
 * the host say, is stuck because of it.
 */
static int stuck(struct sys *sys, const struct sys_stuck *child, const struct sys_call *call,
	int kmsg, struct ds_error *error)
{
	char where[256];

	waits_in(child->pid, where, sizeof(where));
	if (sys->stuck.pid > 0)
		close(child->fd);
	else
		sys->stuck = *child;
	ds_error_set(error, -EINPROGRESS, "%s: the kernel does not come back%s%s", call->what,
		where[0] ? ", it waits in " : "", where);
	add_words(error, kmsg);
	return error->code;
}

static int watch(struct sys *sys, struct sys_stuck *child, const struct sys_call *call,
	int64_t deadline_ms, int kmsg, void *ret_object, struct ds_error *error)
{
	struct answer answer;
	bool was_killed = false, has_told;

	if (!wait_for(child->fd, deadline_ms + GRACE_MS)) {
		was_killed = call->may_break && kill(child->pid, SIGKILL) == 0;
		if (!was_killed || !wait_for(child->fd, sys_now_ms() + GRACE_MS))
			return stuck(sys, child, call, kmsg, error);
	}
	has_told = collect(child, &answer);
	if (has_told && answer.code == 0 && call->record) {
		answer.code = sys_record_hear(call->record, child->fd, ret_object, &answer.error);
		has_told = answer.code != -ENODATA;
	}
	bury(child);
	if (!has_told)
		return died(call, was_killed, kmsg, error);
	if (answer.code < 0)
		*error = answer.error;
	return answer.code;
}

int sys_watch(struct sys *sys, const struct sys_call *call, int64_t deadline_ms, void *ret_object,
	struct ds_error *error)
{
	struct sys_stuck child = {.module = call->module};
	pid_t parent = getpid();
	int kmsg, ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_error_set(error, -errno, "pipe: %s", strerror(errno));
	kmsg = sys_kmsg_open();
	child.fd = ends[0];
	child.pid = fork();
	if (child.pid == 0)
		make_call(call, ends[1], parent);
	r = child.pid < 0 ? ds_error_set(error, -errno, "fork: %s", strerror(errno)) : 0;
	close(ends[1]);
	if (r == 0)
		r = watch(sys, &child, call, deadline_ms, kmsg, ret_object, error);
	else
		close(ends[0]);
	if (sys->kmsg >= 0 && call->begins_log)
		close(sys->kmsg);
	if (call->begins_log)
		sys->kmsg = kmsg;
	else if (kmsg >= 0)
		close(kmsg);
	return r;
}

int sys_settle(struct ds_door *door, struct ds_error *error)
{
	struct sys *sys = sys_of(door);

	while (sys->stuck.pid > 0) {
		struct pollfd waits[] = {
			{.fd = sys->stuck.fd, .events = POLLIN},
			{.fd = sys_signals_fd(sys), .events = POLLIN},
			{.fd = sys->control_fd, .events = POLLIN},
		};

		if (poll(waits, 3, -1) < 0 && errno != EINTR)
			return ds_error_set(error, -errno, "poll: %s", strerror(errno));
		if (waits[2].revents)
			sys_control_turn_down(sys);
		if (waits[0].revents)
			bury(&sys->stuck);
		else if (waits[1].revents && sys_signals_take(sys) == DS_WORD_SHUTDOWN)
			return ds_error_set(error, -ECANCELED, "the host goes down");
	}
	return is_unsettled(sys->stuck.module)
		       ? ds_error_set(error, -ENOTRECOVERABLE,
				 "the kernel broke down: %s is neither loaded nor unloaded",
				 sys->stuck.module)
		       : 0;
}
