/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drvswap/sys.h"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of its own: session, working directory, signals, and no terminal among its descriptors. */
static void leave_the_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") < 0 || null < 0)
		return;
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
}

static void detach(struct place *place)
{
	struct ds_finding *finding = &place->not_detached;
	struct ds_error error = {0};

	if (place->is_attached || ds_sys_detach(&error) == 0)
		return;
	finding->level = DS_LEVEL_WARN;
	ds_string_set(&finding->name, "not-detached");
	ds_string_format(&finding->text, "systemd did not take the swap out of this session: %s",
		error.text);
	ds_string_set(&finding->advice,
		"It survives the loss of the terminal, but not a logind that kills what belongs to "
		"the session.");
}

/*
 * INT is the caller's word to the worker, and not ours to end by, nor is TERM: whoever stops the
 * scope, or the host, sends it to the worker as well.
 */
static void set_of(int number, sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, number);
}

/* What came while we were alone. */
static void pass_on_signals(pid_t pid)
{
	const struct timespec now = {0};
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	while ((number = sigtimedwait(&set, NULL, &now)) > 0)
		kill(pid, number);
}

/*
 * With what a worker ends that came to its end. Not 0: with that any process ends that is told to
 * exit by a library, or by a mistake, wherever it stands.
 */
#define CAME_TO_ITS_END 107

static bool came_to_its_end(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == CAME_TO_ITS_END;
}

/* The worker hears of its own children as anybody does. */
static pid_t start(const struct place *place, const struct worker_death *death)
{
	sigset_t set, before;
	pid_t pid;

	set_of(SIGCHLD, &set);
	sigprocmask(SIG_BLOCK, &set, &before);
	pid = fork();
	if (pid != 0)
		return pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	_exit(worker_be(place, death) == 0 ? CAME_TO_ITS_END : 1);
}

/* Orphans of the worker are ours, and gone with this look. true: that one has ended. */
static bool has_ended(pid_t pid, int *ret_status)
{
	int status;
	pid_t ended;

	do {
		ended = waitpid(-1, &status, WNOHANG);
	} while ((ended > 0 && ended != pid) || (ended < 0 && errno == EINTR));
	if (ended == pid)
		*ret_status = status;
	return ended != 0;
}

/* What waitpid() tells of the worker's end. */
static int wait_for(pid_t pid)
{
	int status = 0;
	sigset_t set;

	set_of(SIGCHLD, &set);
	while (!has_ended(pid, &status))
		sigwaitinfo(&set, NULL);
	return status;
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* true: none is left. */
static bool wait_for_orphans(int64_t deadline_ms)
{
	sigset_t set;

	set_of(SIGCHLD, &set);
	for (;;) {
		int64_t left_ms = deadline_ms - now_ms();
		struct timespec timeout = {left_ms / 1000, left_ms % 1000 * 1000000};

		reap();
		if (ds_sys_orphans(0) == 0)
			return true;
		if (left_ms <= 0)
			return false;
		sigtimedwait(&set, NULL, &timeout);
	}
}

#define KILL_MS 2000 /* for what was killed to be gone */

/*
 * What the dead worker had started is still at it: a fork that asked the kernel for something dies
 * with it, but not before the kernel has come back, and a program goes on to its end. What they
 * still do would be another's doing for whoever looks at the host now, and undo what a recovery
 * does.
 */
static void end_orphans(int64_t timeout_s)
{
	if (wait_for_orphans(now_ms() + timeout_s * 1000))
		return;
	ds_sys_orphans(SIGKILL);
	wait_for_orphans(now_ms() + KILL_MS);
}

/* The memory of who was killed for want of it comes back late, and unannounced. */
#define TRIES    10
#define AGAIN_MS 100

/* One that dies at the same place would die there again: there is no third. 0: it did not. */
static int recover(const struct place *place, const struct worker_death *death)
{
	const struct timespec again = {.tv_nsec = AGAIN_MS * 1000000L};
	pid_t pid = -1;

	end_orphans(place->request->timeout_s);
	for (int i = 0; i < TRIES && pid < 0; i++) {
		pid = start(place, death);
		if (pid < 0)
			nanosleep(&again, NULL);
	}
	/* Who does it itself has them already. */
	if (pid < 0)
		return worker_be(place, death);
	pass_on_signals(pid);
	return !came_to_its_end(wait_for(pid));
}

int guard_be(struct place *place)
{
	struct worker_death death = {.id = place->id};
	int r = 0;

	leave_the_caller();
	/* Only then what a dead worker has started is ours to wait for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	detach(place);
	death.pid = start(place, NULL);
	/* Alone, then; where nothing can be forked, it will not come far. */
	if (death.pid < 0)
		return worker_be(place, NULL);
	pass_on_signals(death.pid);
	death.status = wait_for(death.pid);
	if (!came_to_its_end(death.status))
		r = recover(place, &death);
	ds_record_done(&ds_finding_record, &place->not_detached);
	return r;
}
