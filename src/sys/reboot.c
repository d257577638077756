/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * An orderly reboot asks every driver to let go of its devices, and waits for the one that never
 * will: after an oops in a probe reboot(2) does not return (device_shutdown() waits for the
 * device's lock, drivers/base/core.c; seen on 6.1). SysRq's reset asks nobody.
 */

#include "reboot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

#define SYNC_MS 15000

static int write_file(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* On the console and in the log, where somebody will ask why. */
static void say(const char *why)
{
	char line[900];

	snprintf(line, sizeof(line), "<2>drvswap: the kernel is stuck, rebooting: %s\n", why);
	write_file("/dev/kmsg", line);
}

/* A file system that is stuck as well must not keep the host from its reboot. */
static void sync_all(void)
{
	struct pollfd wait = {.events = POLLIN};
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		sync();
		_exit(0);
	}
	close(ends[1]);
	wait.fd = ends[0];
	if (pid > 0)
		poll(&wait, 1, SYNC_MS);
	close(ends[0]);
}

int sys_reboot(struct ds_door *door, const char *why, struct ds_error *error)
{
	int r;

	(void)door;
	say(why ? why : "");
	sync_all();
	/* Writing to this file is not subject to kernel.sysrq (drivers/tty/sysrq.c, 6.1). */
	write_file("/proc/sysrq-trigger", "s");
	r = write_file("/proc/sysrq-trigger", "b");
	ds_error_set(error, r, "write b to /proc/sysrq-trigger: %s", strerror(-r));
	if (reboot(RB_AUTOBOOT) < 0)
		ds_error_set(error, -errno, "reboot: %s (and /proc/sysrq-trigger: %s)",
			strerror(errno), strerror(-r));
	return ds_error_hint(error, "Reboot it by hand.");
}
