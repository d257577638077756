/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"

static bool binds_content(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0;
}

static int copy_one(int from, int to, const char *name)
{
	cleanup_free char *value = NULL;
	ssize_t size = fgetxattr(from, name, NULL, 0);

	if (size < 0)
		return -errno;
	value = malloc((size_t)size + 1);
	if (!value)
		return -ENOMEM;
	size = fgetxattr(from, name, value, (size_t)size);
	if (size < 0)
		return -errno;
	return fsetxattr(to, name, value, (size_t)size, 0) < 0 ? -errno : 0;
}

static int copy_all(int from, int to, const char *path, struct ds_error *error)
{
	cleanup_free char *names = NULL;
	ssize_t size = flistxattr(from, NULL, 0);

	if (size <= 0)
		return size < 0 && errno != ENOTSUP
			       ? ds_error_set(error, -errno, "list extended attributes: %s",
					 strerror(errno))
			       : 0;
	names = malloc((size_t)size);
	if (!names)
		return ds_error_set(error, -ENOMEM, "out of memory");
	size = flistxattr(from, names, (size_t)size);
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		int r = binds_content(names + at) ? 0 : copy_one(from, to, names + at);

		if (r < 0 && r != -ENOTSUP)
			return ds_error_set(error, r, "give %s the attribute %s: %s", path,
				names + at, strerror(-r));
	}
	return 0;
}

int sys_attributes_copy(int like, int fd, const char *path, struct ds_error *error)
{
	struct stat st;
	int r;

	if (fstat(like, &st) < 0)
		return ds_error_set(error, -errno, "look whose attributes %s shall have: %s", path,
			strerror(errno));
	if (fchown(fd, st.st_uid, st.st_gid) < 0)
		return ds_error_set(error, -errno, "give %s its owner: %s", path, strerror(errno));
	r = copy_all(like, fd, path, error);
	/* Last, for changing the owner or an ACL changes the mode. */
	if (r == 0 && fchmod(fd, st.st_mode & 07777) < 0)
		r = ds_error_set(error, -errno, "give %s its mode: %s", path, strerror(errno));
	return r;
}
