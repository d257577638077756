/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"

#define ANCESTORS_MAX 64

/* Documentation/admin-guide/devices.txt: Unix98 pseudo terminals, and the BSD ones before them. */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST  143
#define BSD_PTY_MAJOR   3

/* "pid (command) state ppid pgrp session tty ...": the command may hold anything, a ')' too. */
int sys_process_read(pid_t pid, struct sys_process *ret_process)
{
	char path[64], line[512];
	cleanup_close int fd = -1;
	char *start, *end;
	ssize_t got;
	int parent = 0, terminal = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, line, sizeof(line) - 1);
	line[got > 0 ? got : 0] = '\0';
	start = strchr(line, '(');
	end = strrchr(line, ')');
	if (!start || !end || sscanf(end + 1, " %*c %d %*d %*d %d", &parent, &terminal) != 2)
		return -EBADMSG;
	*end = '\0';
	snprintf(ret_process->command, sizeof(ret_process->command), "%s", start + 1);
	ret_process->parent = parent;
	ret_process->terminal = (unsigned int)terminal;
	return 0;
}

/* As fs/proc/array.c writes it: new_encode_dev(). */
static bool is_console(unsigned int terminal)
{
	unsigned int number = (terminal >> 8) & 0xfff;

	return terminal && number != BSD_PTY_MAJOR &&
	       (number < PTY_MAJOR_FIRST || number > PTY_MAJOR_LAST);
}

/*
 * A terminal of the machine somewhere above us: a login on a virtual or serial console, or the
 * desktop that was started on one. sudo and setsid between it and us change nothing.
 */
static int kind_by_terminal(void)
{
	struct sys_process process = {0};
	pid_t pid = getpid();
	int kind = DS_CALLER_NOBODY;

	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = process.parent) {
		if (sys_process_read(pid, &process) < 0)
			break;
		if (is_console(process.terminal))
			return DS_CALLER_CONSOLE;
		if (process.terminal)
			kind = DS_CALLER_TERMINAL;
	}
	return kind;
}

/* One terminal to read from and to write to, and we may read: who is in the background may not. */
static bool has_keyboard(void)
{
	struct stat in, out;

	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && fstat(STDIN_FILENO, &in) == 0 &&
	       fstat(STDERR_FILENO, &out) == 0 && in.st_rdev == out.st_rdev &&
	       tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static const char *address_of(const struct ds_caller *caller, const char *text)
{
	static const char mapped[] = "::ffff:"; /* a socket of both families shows IPv4 so */

	if (caller->kind != DS_CALLER_SSH || !text)
		return NULL;
	return strncmp(text, mapped, sizeof(mapped) - 1) == 0 && strchr(text, '.')
		       ? text + sizeof(mapped) - 1
		       : text;
}

const char *sys_caller_address(const struct ds_caller *caller)
{
	return address_of(caller, caller->local);
}

const char *sys_caller_peer(const struct ds_caller *caller)
{
	return address_of(caller, caller->remote);
}

int ds_sys_caller(struct ds_caller *ret_caller, struct ds_error *error)
{
	int r = sys_caller_find_ssh(ret_caller, error);

	if (r < 0)
		return r;
	if (ret_caller->kind != DS_CALLER_SSH)
		ret_caller->kind = kind_by_terminal();
	ret_caller->has_keyboard = has_keyboard();
	return 0;
}
