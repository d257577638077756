/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The children that a dead process has left to this one (PR_SET_CHILD_SUBREAPER). */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"
#include "file.h"

static void send_to(pid_t pid, int number)
{
	if (getpgid(pid) == pid)
		kill(-pid, number);
	else
		kill(pid, number);
}

size_t ds_sys_orphans(int signal)
{
	cleanup_free char *children = sys_text_read("/proc/self/task/%d/children", (int)getpid());
	const char *next = children;
	size_t count = 0;

	while (next && *next) {
		char *end;
		pid_t pid = (pid_t)strtol(next, &end, 10);

		if (end == next)
			break;
		next = end;
		if (getsid(pid) != getsid(0))
			continue;
		count++;
		if (signal)
			send_to(pid, signal);
	}
	return count;
}
