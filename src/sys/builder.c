/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "builder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "sys.h"

#define BUILDER_FIFO SYS_RUN_DIR "/builder"
#define END_MS       10000

static int open_watched(struct ds_error *error)
{
	int fd = -1;

	if (mkfifo(BUILDER_FIFO, 0600) == 0 || errno == EEXIST)
		fd = open(BUILDER_FIFO, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? ds_error_set(error, -errno, "open " BUILDER_FIFO ": %s", strerror(errno))
		      : fd;
}

int sys_builder_begin(struct sys_builder *ret_builder, struct ds_error *error)
{
	int watched_fd = open_watched(error);

	if (watched_fd < 0)
		return watched_fd;
	ret_builder->watched_fd = watched_fd;
	ret_builder->held_fd = open(BUILDER_FIFO, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (ret_builder->held_fd >= 0)
		return 0;
	ds_error_set(error, -errno, "open " BUILDER_FIFO ": %s", strerror(errno));
	close(watched_fd);
	return error->code;
}

void sys_builder_end(struct sys_builder *builder)
{
	close(builder->watched_fd);
	close(builder->held_fd);
}

/* --- those before us -------------------------------------------------------------------- */

/* Nobody ever writes: an empty pipe that has a writer says "again", one that has none says "end".
 */
static bool is_held(int watched_fd)
{
	char byte;

	return read(watched_fd, &byte, 1) < 0 && errno == EAGAIN;
}

static bool holds_fifo(const char *pid)
{
	char path[64], target[sizeof(BUILDER_FIFO) + 1];
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		ssize_t length =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target));

		if (length == (ssize_t)sizeof(BUILDER_FIFO) - 1 &&
			memcmp(target, BUILDER_FIFO, sizeof(BUILDER_FIFO) - 1) == 0)
			return true;
	}
	return false;
}

static void kill_holders(void)
{
	cleanup_closedir DIR *directory = opendir("/proc");
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid > 1 && pid != getpid() && holds_fifo(entry->d_name))
			kill(pid, SIGKILL);
	}
}

/* One that was about to start another when we looked has another now: so we look again. */
int sys_builder_stop_others(struct ds_error *error)
{
	cleanup_close int watched_fd = open_watched(error);
	int64_t deadline_ms = sys_now_ms() + END_MS;

	if (watched_fd < 0)
		return watched_fd;
	while (is_held(watched_fd)) {
		struct pollfd wait = {.fd = watched_fd, .events = 0};

		if (sys_now_ms() >= deadline_ms)
			return ds_error_set(error, -ETIMEDOUT,
				"an earlier build of the initramfs does not end");
		kill_holders();
		poll(&wait, 1, 1000);
	}
	return 0;
}
