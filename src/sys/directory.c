/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *path, const struct stat *st, struct ds_error *error)
{
	ds_error_set(error, -EPERM,
		"%s is not root's alone (owner %u, mode %04o): what lies there cannot be trusted",
		path, (unsigned int)st->st_uid, (unsigned int)st->st_mode & 07777U);
	return ds_error_hint(error,
		"Look at what is in it; if nobody else put it there: chown root %s; chmod go-w %s",
		path, path);
}

static bool is_safe(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

int sys_directory_check(const char *path, struct ds_error *error)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode)) {
		ds_error_set(error, -EPERM, "%s is not a directory", path);
		return ds_error_hint(error, "Look what it is, then remove it.");
	}
	/* Whoever looks, it is root who will write. */
	return st.st_uid == 0 && is_safe(&st) ? 0 : refuse(path, &st, error);
}

int sys_directory_open(const char *path, bool may_create, struct ds_error *error)
{
	struct stat st;
	int fd;

	if (may_create && mkdir(path, 0700) < 0 && errno != EEXIST)
		return ds_error_set(error, -errno, "create %s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return ds_error_set(error, -errno, "open %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0) {
		ds_error_set(error, -errno, "look at %s: %s", path, strerror(errno));
		close(fd);
		return error->code;
	}
	if (!is_safe(&st)) {
		close(fd);
		return refuse(path, &st, error);
	}
	return fd;
}
