/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files of the configuration: root's, and written by nobody else, for a check runs as root. */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "directory.h"
#include "drvswap/sys.h"

#define CONFIG_FILE  "/etc/drvswap.conf"
#define CONFIG_DIR   CONFIG_FILE ".d"
#define CONFIG_BYTES 65536

static int failed(struct ds_error *error, const char *path)
{
	return ds_error_set(error, -errno, "%s: %s", path,
		errno == ELOOP ? "a symbolic link, which is not followed" : strerror(errno));
}

static int check_trust(int fd, const char *path, struct ds_error *error)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return failed(error, path);
	if (!S_ISREG(status.st_mode))
		return ds_error_set(error, -EPERM, "%s is not a regular file", path);
	if (status.st_uid == 0 && !(status.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	ds_error_set(error, -EPERM,
		"%s is not root's alone: owner %u, mode %o; what it says could be anybody's word",
		path, (unsigned int)status.st_uid, (unsigned int)status.st_mode & 07777U);
	return ds_error_hint(error, "chown root %s; chmod go-w %s", path, path);
}

static int read_text(int fd, const char *path, char **ret_text, struct ds_error *error)
{
	cleanup_free char *text = calloc(1, CONFIG_BYTES + 1);
	size_t have = 0;
	ssize_t got;

	if (!text)
		return ds_error_set(error, -ENOMEM, "out of memory");
	do {
		got = read(fd, text + have, CONFIG_BYTES + 1 - have);
		if (got < 0)
			return failed(error, path);
		have += (size_t)got;
	} while (got > 0 && have <= CONFIG_BYTES);
	if (have > CONFIG_BYTES || strlen(text) != have)
		return ds_error_set(error, -EINVAL, "%s is not text, or larger than %d bytes", path,
			CONFIG_BYTES);
	*ret_text = text;
	text = NULL;
	return 0;
}

/* A file that is not there says nothing. No link: what it leads to could be changed elsewhere. */
static int add_file(struct ds_config_files *files, const char *path, struct ds_error *error)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct ds_config_file *file;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return failed(error, path);
	r = check_trust(fd, path, error);
	if (r < 0)
		return r;
	file = ds_list_add(&files->items);
	if (!file || ds_string_set(&file->path, path) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return read_text(fd, path, &file->text, error);
}

/* In the order of their names. */
static int add_drop_ins(struct ds_config_files *files, struct ds_error *error)
{
	glob_t found = {0};
	int r = sys_directory_check(CONFIG_DIR, error);

	if (r == 0 && glob(CONFIG_DIR "/*.conf", 0, NULL, &found) == GLOB_NOSPACE)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = add_file(files, found.gl_pathv[i], error);
	globfree(&found);
	return r;
}

int ds_sys_read_config(struct ds_config_files *ret_files, struct ds_error *error)
{
	int r = add_file(ret_files, CONFIG_FILE, error);

	return r < 0 ? r : add_drop_ins(ret_files, error);
}

void ds_config_files_done(struct ds_config_files *files)
{
	for (size_t i = 0; i < files->items.count; i++) {
		free(files->items.items[i].path);
		free(files->items.items[i].text);
	}
	free(files->items.items);
	*files = (struct ds_config_files){0};
}
