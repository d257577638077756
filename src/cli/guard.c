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

/* What process 1 started itself is in nobody's session. */
static void detach(struct place *place)
{
	struct ds_finding *finding = &place->not_detached;
	struct ds_error error = {0};

	if (place->is_of_init || ds_sys_detach(&error) == 0)
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

/* One that came while we were alone. */
static void pass_on_interrupt(pid_t pid)
{
	const struct timespec now = {0};
	sigset_t set;

	set_of(SIGINT, &set);
	if (sigtimedwait(&set, NULL, &now) == SIGINT)
		kill(pid, SIGINT);
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
	_exit(worker_be(place, death));
}

/* Orphans of the worker are ours, and gone with this look. true: that one has ended. */
static bool has_ended(pid_t pid, int *ret_status)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
		if (ended != pid)
			continue;
		*ret_status = status;
		return true;
	}
	return ended < 0 && errno == ECHILD;
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

/*
 * The dead worker's forks, which ask the kernel for what it may not come back from, die with it,
 * but not before the kernel has come back. What they still do would be another's doing for whoever
 * looks at the host now. Programs lead groups of their own: of them, the recovery knows.
 */
static void wait_for_forks(int64_t timeout_s)
{
	const struct timespec timeout = {.tv_sec = timeout_s};
	sigset_t set;
	pid_t ended;

	set_of(SIGCHLD, &set);
	for (;;) {
		while ((ended = waitpid(0, NULL, WNOHANG)) > 0)
			;
		if (ended < 0 || sigtimedwait(&set, NULL, &timeout) < 0)
			return;
	}
}

int guard_be(struct place *place)
{
	struct worker_death death = {.begun_s = time(NULL)};

	leave_the_caller();
	/* Only then the dead worker's forks are ours to wait for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	detach(place);
	death.pid = start(place, NULL);
	if (death.pid < 0)
		return 1;
	pass_on_interrupt(death.pid);
	death.status = wait_for(death.pid);
	if (death.status != 0) {
		pid_t pid;

		wait_for_forks(place->request->timeout_s);
		/* One that dies at the same place would die there again. */
		pid = start(place, &death);
		death.status = pid > 0 ? wait_for(pid) : 1;
	}
	ds_record_done(&ds_finding_record, &place->not_detached);
	return death.status != 0;
}
