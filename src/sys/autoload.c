/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "autoload.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "udev.h"

/*
 * "blacklist" is what udev asks for devices, quietly; "install" holds for a direct modprobe and for
 * modules that depend on this one. Our own insertion asks neither.
 */
static int write_entry(const char *path, const char *module, struct ds_error *error)
{
	cleanup_close int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int written = fd < 0 ? -1
			     : dprintf(fd,
				       "# drvswap exchanges this module; gone in a moment\n"
				       "blacklist %s\n"
				       "install %s /bin/false\n",
				       module, module);

	return written < 0 ? ds_error_set(error, -errno, "write %s: %s", path, strerror(errno)) : 0;
}

int sys_autoload_stop(const char *path, const char *module, struct ds_error *error)
{
	cleanup_free char *copy = strdup(path);
	int r;

	if (!copy)
		return ds_error_set(error, -ENOMEM, "out of memory");
	if (mkdir(dirname(copy), 0755) < 0 && errno != EEXIST)
		return ds_error_set(error, -errno, "create %s: %s", copy, strerror(errno));
	r = write_entry(path, module, error);
	return r == 0 ? sys_udev_reload_wholly(error) : r;
}

int sys_autoload_allow(const char *path, struct ds_error *error)
{
	struct ds_error ignored;

	if (unlink(path) < 0 && errno != ENOENT)
		return ds_error_set(error, -errno, "remove %s: %s", path, strerror(errno));
	/* It knows the directory by now, and would see the change by itself. */
	sys_udev_reload(&ignored);
	return 0;
}
