/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "directory.h"
#include "drvswap/sys.h"
#include "file.h"
#include "sys.h"

#define LOCK_FILE SYS_RUN_DIR "/lock"

/*
 * A lock of the open file description: it dies with its holder, passes through fork(), and unlike
 * flock() it can be asked for without being taken.
 */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* For whoever is refused. */
static void write_owner(int fd)
{
	char owner[32];
	int length = snprintf(owner, sizeof(owner), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) == 0 && pwrite(fd, owner, (size_t)length, 0) < 0)
		return;
}

static int refuse(struct ds_error *error)
{
	cleanup_free char *owner = sys_text_read(LOCK_FILE);

	ds_error_set(error, -EBUSY, "another drvswap is at work (process %s)",
		owner && *owner ? owner : "unknown");
	return ds_error_hint(error, "Wait until it has ended; `drvswap status` shows it.");
}

int ds_sys_open_lock(struct ds_error *error)
{
	cleanup_close int dirfd = -1;
	int fd;

	/* A host without systemd may have no /run yet. */
	mkdir("/run", 0755);
	dirfd = sys_directory_open(SYS_RUN_DIR, true, error);
	if (dirfd < 0)
		return dirfd;
	fd = openat(dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? ds_error_set(error, -errno, "open " LOCK_FILE ": %s", strerror(errno)) : fd;
}

int ds_sys_lock(int fd, struct ds_error *error)
{
	struct flock lock = whole_file();

	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES
			       ? refuse(error)
			       : ds_error_set(
					 error, -errno, "lock " LOCK_FILE ": %s", strerror(errno));
	write_owner(fd);
	return 0;
}

bool ds_sys_is_locked(struct ds_error *error)
{
	cleanup_close int fd = open(LOCK_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct flock lock = whole_file();

	if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return false;
	refuse(error);
	return true;
}
