/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The journal and the history: lines added at the end, synced before we go on. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cleanup.h"
#include "directory.h"
#include "drvswap/sys.h"
#include "sys.h"

static const char *const names[DS_LOG_COUNT] = {
	[DS_LOG_JOURNAL] = "journal",
	[DS_LOG_HISTORY] = "history",
};

int ds_sys_check_state(struct ds_error *error)
{
	return sys_directory_check(SYS_STATE_DIR, error);
}

static int failed(struct ds_error *error, const char *what, enum ds_log log)
{
	return ds_error_set(
		error, -errno, "%s " SYS_STATE_DIR "/%s: %s", what, names[log], strerror(errno));
}

static int empty(int dirfd, enum ds_log log, struct ds_error *error)
{
	if (unlinkat(dirfd, names[log], 0) < 0 && errno != ENOENT)
		return failed(error, "remove", log);
	return fsync(dirfd) < 0 ? failed(error, "sync", log) : 0;
}

/*
 * A line that a crash tore stays without its newline; the next one must not be glued to it. The
 * torn one was never acted upon, so it goes.
 */
static int cut_torn_line(int fd, enum ds_log log, struct ds_error *error)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last = '\n';

	while (end > 0) {
		if (pread(fd, &last, 1, end - 1) != 1)
			return failed(error, "read", log);
		if (last == '\n')
			break;
		end--;
	}
	return ftruncate(fd, end) < 0 ? failed(error, "repair", log) : 0;
}

static int write_line(int fd, enum ds_log log, const char *line, struct ds_error *error)
{
	struct iovec parts[] = {
		{.iov_base = (void *)line, .iov_len = strlen(line)},
		{.iov_base = (void *)"\n", .iov_len = 1},
	};
	ssize_t all = (ssize_t)parts[0].iov_len + 1;
	ssize_t written = writev(fd, parts, 2);

	if (written >= 0 && written < all) {
		errno = ENOSPC;
		return failed(error, "write", log);
	}
	if (written < 0 || fdatasync(fd) < 0)
		return failed(error, "write", log);
	return 0;
}

int sys_log_record(struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error)
{
	cleanup_close int dirfd = sys_directory_open(SYS_STATE_DIR, line, error);
	cleanup_close int fd = -1;
	bool is_new;
	int r;

	(void)door;
	if (dirfd < 0)
		return dirfd == -ENOENT && !line ? 0 : dirfd;
	if (!line)
		return empty(dirfd, log, error);
	is_new = faccessat(dirfd, names[log], F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	fd = openat(dirfd, names[log], O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return failed(error, "open", log);
	r = cut_torn_line(fd, log, error);
	if (r == 0)
		r = write_line(fd, log, line, error);
	if (r == 0 && is_new && fsync(dirfd) < 0)
		r = failed(error, "sync", log);
	return r;
}

/* Allocated; NULL with errno where not all of it could be read. */
static char *read_all(int fd)
{
	char *text = NULL;
	size_t length = 0, room = 0;

	for (;;) {
		ssize_t got;

		if (length + 1 >= room) {
			char *more = realloc(text, room = room * 2 + 4096);

			if (!more)
				break;
			text = more;
		}
		got = read(fd, text + length, room - length - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		length += (size_t)got;
		text[length] = '\0';
		if (got == 0)
			return text;
	}
	free(text);
	return NULL;
}

/* A log that is not there is an empty one; one that cannot be read whole is an error. */
int sys_log_recall(struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error)
{
	cleanup_close int dirfd = sys_directory_open(SYS_STATE_DIR, false, error);
	cleanup_close int fd = -1;

	(void)door;
	if (dirfd < 0 && dirfd != -ENOENT)
		return dirfd;
	if (dirfd >= 0)
		fd = openat(dirfd, names[log], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (dirfd >= 0 && fd < 0 && errno != ENOENT)
		return failed(error, "open", log);
	*ret_text = fd < 0 ? strdup("") : read_all(fd);
	if (!*ret_text)
		return failed(error, "read", log);
	return 0;
}

void ds_sys_wait_change(int64_t timeout_ms)
{
	cleanup_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	if (fd >= 0)
		inotify_add_watch(fd, SYS_STATE_DIR, IN_MODIFY | IN_CREATE | IN_DELETE);
	poll(&wait, 1, (int)timeout_ms);
}
