/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define EXECUTE (S_IXUSR | S_IXGRP | S_IXOTH)

static int look(const char *path, struct stat *ret_status, struct ds_error *error)
{
	if (lstat(path, ret_status) == 0)
		return 0;
	return ds_error_set(error, errno == ENOENT ? -ENOENT : -EPERM, "%s: %s",
		*path ? path : "it", strerror(errno));
}

/* A sticky directory is none of root's alone: anybody may add to it. */
static int check_root_only(const char *path, const struct stat *status, struct ds_error *error)
{
	if (status->st_uid != 0)
		return ds_error_set(error, -EPERM, "%s belongs to user %u, not to root", path,
			(unsigned int)status->st_uid);
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return ds_error_set(error, -EPERM, "others than root may write to %s (mode %o)",
			path, (unsigned int)status->st_mode & 07777U);
	return 0;
}

static int check_directory(const char *path, struct ds_error *error)
{
	struct stat status;
	int r = look(path, &status, error);

	if (r == 0 && !S_ISDIR(status.st_mode))
		r = ds_error_set(error, -EPERM, "%s is not a directory", path);
	return r < 0 ? r : check_root_only(path, &status, error);
}

static int check_above(const char *path, struct ds_error *error)
{
	char above[4096];
	int r = check_directory("/", error);

	if (strlen(path) >= sizeof(above))
		return ds_error_set(error, -EPERM, "its name is too long");
	for (const char *slash = strchr(path + 1, '/'); r == 0 && slash;
		slash = strchr(slash + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		r = check_directory(above, error);
	}
	return r;
}

int sys_trust_program(const char *path, bool *ret_is_off, struct ds_error *error)
{
	struct stat status = {0};
	int r = check_above(path, error);

	if (r == 0)
		r = look(path, &status, error);
	if (r < 0)
		return r;
	*ret_is_off = !(status.st_mode & EXECUTE);
	if (!S_ISREG(status.st_mode))
		return ds_error_set(error, -EPERM, "%s is %s", path,
			S_ISLNK(status.st_mode) ? "a symbolic link" : "no regular file");
	return check_root_only(path, &status, error);
}
