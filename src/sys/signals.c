/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Signals to the worker are words, too: a TERM is either the end of the host or a wish to stop. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utmp.h>

#include "control.h"
#include "spawn.h"

/* A host that stops everything at once is slow to answer; it waits a minute and a half for us. */
#define ASK_MS 30000

int sys_signals_fd(struct sys *sys)
{
	sigset_t set;

	if (sys->signals_fd >= 0)
		return sys->signals_fd;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sys->signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return sys->signals_fd;
}

/* System V's init, and what is like it, note the runlevel: 0 is halt, 6 is reboot. */
static bool is_last_runlevel(void)
{
	struct utmp wanted = {.ut_type = RUN_LVL}, *entry;
	bool is_last;

	setutent();
	entry = getutid(&wanted);
	is_last = entry && (entry->ut_pid % 256 == '0' || entry->ut_pid % 256 == '6');
	endutent();
	return is_last;
}

static bool is_host_going_down(void)
{
	static const char *const paths[] = {"/usr/bin/systemctl", "/bin/systemctl", NULL};
	char *const argv[] = {"systemctl", "is-system-running", NULL};
	int64_t deadline_ms = sys_now_ms() + ASK_MS;
	struct ds_error ignored;
	char state[64];
	int r;

	if (access("/run/systemd/system", F_OK) < 0)
		return is_last_runlevel();
	/*
	 * systemd goes on with its TERM until it finds nobody new in our control group, and the
	 * program that we ask it with is one of us: killed, it says nothing, and is run again.
	 */
	do
		r = sys_spawn_reading(paths, argv, deadline_ms, state, sizeof(state), &ignored);
	while (r == -EIO && !state[0] && sys_now_ms() < deadline_ms);
	return strcmp(state, "stopping") == 0;
}

enum ds_word_kind sys_signals_take(struct sys *sys)
{
	struct signalfd_siginfo info;
	int fd = sys_signals_fd(sys);

	if (fd < 0 || read(fd, &info, sizeof(info)) != sizeof(info))
		return DS_WORD_NONE;
	return info.ssi_signo == SIGTERM && is_host_going_down() ? DS_WORD_SHUTDOWN
								 : DS_WORD_ROLLBACK;
}
