/* SPDX-License-Identifier: GPL-2.0-or-later */
/* udevd, which loads modules for devices. */
#include "udev.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller.h"
#include "cleanup.h"
#include "spawn.h"
#include "sys.h"

#define UDEV_SOCKET "/run/udev/control"
#define RELOAD_MS   30000
/*
 * For events that are being handled. A rule may run a program for as long as three minutes, but on
 * the way back of a swap the network is away meanwhile.
 */
#define WORKERS_MS 10000

/* systemd's, or eudev's and that of old. Anybody may call a process so, but not be root. */
static bool is_udevd(pid_t pid)
{
	struct sys_process process = {0};
	char path[32];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &status) == 0 && status.st_uid == 0 &&
	       sys_process_read(pid, &process) == 0 &&
	       (strcmp(process.command, "systemd-udevd") == 0 ||
		       strcmp(process.command, "udevd") == 0);
}

static bool is_worker(pid_t pid)
{
	struct sys_process process = {0};

	return sys_process_read(pid, &process) == 0 && process.parent > 1 &&
	       is_udevd(process.parent);
}

/* The number may have become another's between the look and the descriptor: so another look. */
static int add(struct sys_udev_workers *workers, pid_t pid)
{
	int fd = pidfd_open(pid, 0);
	int *place;

	if (fd < 0)
		return 0;
	if (!is_worker(pid)) {
		close(fd);
		return 0;
	}
	place = ds_list_add(&workers->fds);
	if (!place) {
		close(fd);
		return -ENOMEM;
	}
	*place = fd;
	return 0;
}

int sys_udev_workers_find(struct sys_udev_workers *ret_workers)
{
	cleanup_closedir DIR *directory = opendir("/proc");
	const struct dirent *entry;
	int code = 0;

	while (code == 0 && directory && (entry = readdir(directory))) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0])
				    ? (pid_t)strtol(entry->d_name, NULL, 10)
				    : 0;

		if (pid > 0 && is_worker(pid))
			code = add(ret_workers, pid);
	}
	return code;
}

bool sys_udev_workers_wait(const struct sys_udev_workers *workers, int64_t deadline_ms)
{
	for (size_t i = 0; i < workers->fds.count; i++) {
		struct pollfd wait = {.fd = workers->fds.items[i], .events = POLLIN};
		int got;

		do {
			int64_t left_ms = deadline_ms - sys_now_ms();

			got = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);
		} while (got < 0 && errno == EINTR);
		if (got == 0)
			return false;
	}
	return true;
}

void sys_udev_workers_close(struct sys_udev_workers *workers)
{
	for (size_t i = 0; i < workers->fds.count; i++)
		close(workers->fds.items[i]);
	free(workers->fds.items);
}

/*
 * Told to reload, udevd does so where it sees a change (manager_reload(), systemd 252), and it
 * looks only at the directories that were there when it read them (kmod_validate_resources(),
 * libkmod 30): the first entry in a new one, and /run/modprobe.d is one on most hosts, goes
 * unnoticed. So one that it knows gets a new time. Where none can, whose code runs will tell.
 */
static void touch_known(void)
{
	static const char *const directories[] = {
		"/etc/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"};
	static const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (utimensat(AT_FDCWD, directories[i], times, 0) == 0)
			return;
}

int sys_udev_reload(struct ds_error *error)
{
	static const char *const paths[] = {
		"/usr/bin/udevadm", "/bin/udevadm", "/sbin/udevadm", NULL};
	char *const argv[] = {"udevadm", "control", "--reload", NULL};

	return access(UDEV_SOCKET, F_OK) < 0
		       ? 0
		       : sys_spawn(paths, argv, sys_now_ms() + RELOAD_MS, error);
}

/*
 * A worker that handles an event ends behind it (manager_kill_workers(), udevd.c, systemd 252), and
 * would load by the rules that it began with, however late it comes to that. One that takes longer
 * than we wait can make the swap fail; whose code runs is looked at in any case.
 */
int sys_udev_reload_wholly(struct ds_error *error)
{
	struct sys_udev_workers workers __attribute__((cleanup(sys_udev_workers_close))) = {0};
	int code;

	if (access(UDEV_SOCKET, F_OK) < 0)
		return 0;
	if (sys_udev_workers_find(&workers) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	touch_known();
	code = sys_udev_reload(error);
	if (code == 0)
		sys_udev_workers_wait(&workers, sys_now_ms() + WORKERS_MS);
	return code;
}
