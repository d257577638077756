/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "compress.h"
#include "parser.h"

/* --- small files ------------------------------------------------------------------------ */

__attribute__((format(printf, 1, 0))) static char *format_path(const char *format, va_list args)
{
	char *path;

	return vasprintf(&path, format, args) < 0 ? NULL : path;
}

char *sys_text_read(const char *format, ...)
{
	cleanup_free char *path = NULL;
	cleanup_fclose FILE *file = NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t length;
	va_list args;

	va_start(args, format);
	path = format_path(format, args);
	va_end(args);
	file = path ? fopen(path, "re") : NULL;
	/* No NUL is expected: this reads to the end of the file. */
	length = file ? getdelim(&text, &room, '\0', file) : -1;
	if (length < 0) {
		free(text);
		return file && feof(file) ? strdup("") : NULL;
	}
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return text;
}

char *sys_link_name(const char *format, ...)
{
	cleanup_free char *path = NULL;
	char target[PATH_MAX];
	ssize_t length;
	va_list args;
	char *slash;

	va_start(args, format);
	path = format_path(format, args);
	va_end(args);
	length = path ? readlink(path, target, sizeof(target) - 1) : -1;
	if (length < 0)
		return NULL;
	target[length] = '\0';
	slash = strrchr(target, '/');
	return strdup(slash ? slash + 1 : target);
}

/* --- where a file lies ------------------------------------------------------------------ */

/*
 * The person behind sudo is the caller too. The login uid is set once by PAM and kept by the
 * kernel; a plain environment variable would be hearsay.
 */
static bool is_trusted_owner(uid_t uid)
{
	cleanup_free char *login = NULL;

	if (uid == 0 || uid == getuid())
		return true;
	login = sys_text_read("/proc/self/loginuid");
	return login && strcmp(login, "4294967295") != 0 &&
	       strtoul(login, NULL, 10) == (unsigned long)uid;
}

/* Nobody but root and the caller can put another file there: sticky directories keep strangers out.
 */
static bool is_safe_place(const char *path)
{
	char directory[PATH_MAX];
	struct stat st;
	char *slash;

	if (strlen(path) >= sizeof(directory))
		return false;
	memcpy(directory, path, strlen(path) + 1);
	while ((slash = strrchr(directory, '/'))) {
		slash[slash == directory] = '\0';
		if (stat(directory, &st) < 0 || !is_trusted_owner(st.st_uid))
			return false;
		if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
			return false;
		if (slash == directory)
			return true;
	}
	return false;
}

/* The path with its directory resolved; the last part only with follow. NULL: errno says why. */
static char *resolve(const char *path, bool follow)
{
	cleanup_free char *copy = NULL;
	cleanup_free char *directory = NULL;
	char *resolved = NULL;
	char *slash;

	if (follow)
		return realpath(path, NULL);
	copy = strdup(path);
	if (!copy)
		return NULL;
	slash = strrchr(copy, '/');
	if (!slash)
		return realpath(path, NULL);
	*slash = '\0';
	directory = realpath(*copy ? copy : "/", NULL);
	if (directory && asprintf(&resolved, "%s/%s", directory, slash + 1) < 0)
		resolved = NULL;
	return resolved;
}

/* --- one file --------------------------------------------------------------------------- */

static enum ds_file_type type_of(mode_t mode)
{
	return S_ISREG(mode)    ? DS_FILE_REGULAR
	       : S_ISDIR(mode)  ? DS_FILE_DIRECTORY
	       : S_ISFIFO(mode) ? DS_FILE_FIFO
				: DS_FILE_OTHER;
}

static void take_stat(struct ds_file *file, const struct stat *st)
{
	file->type = (int)type_of(st->st_mode);
	file->mode = st->st_mode & 07777;
	file->uid = st->st_uid;
	file->gid = st->st_gid;
	file->bytes = st->st_size;
	file->device = (int64_t)st->st_dev;
	file->inode = (int64_t)st->st_ino;
	file->changed_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
	file->is_owner_safe = is_trusted_owner(st->st_uid);
	file->is_place_safe = is_safe_place(file->path);
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
static void open_and_read(struct ds_file *file, struct sys_blob *ret_stored)
{
	cleanup_close int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct ds_error error = {0};
	struct sys_blob stored = {0};
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		file->access_errno = errno;
		file->type = DS_FILE_UNREADABLE;
		return;
	}
	take_stat(file, &st);
	if (file->type != DS_FILE_REGULAR)
		return;
	r = sys_blob_read(fd, &stored, &error);
	if (r < 0) {
		file->access_errno = -r;
		file->type = DS_FILE_UNREADABLE;
		return;
	}
	file->compression = (int)sys_compression_of(&stored);
	if (ret_stored)
		*ret_stored = stored;
	else
		sys_blob_done(&stored);
}

int sys_file_look(const char *path, bool follow, struct ds_file *ret_file,
	struct sys_blob *ret_stored, struct ds_error *error)
{
	struct stat st;

	ret_file->path = resolve(path, follow);
	if (!ret_file->path || lstat(ret_file->path, &st) < 0) {
		ret_file->access_errno = errno;
		ret_file->type =
			errno == ENOENT || errno == ENOTDIR ? DS_FILE_ABSENT : DS_FILE_UNREADABLE;
		if (!ret_file->path)
			ret_file->path = strdup(path);
		return ret_file->path ? 0 : ds_error_set(error, -ENOMEM, "out of memory");
	}
	ret_file->is_symlink = S_ISLNK(st.st_mode);
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		open_and_read(ret_file, ret_stored);
	else
		take_stat(ret_file, &st);
	return 0;
}

/* --- the image in it -------------------------------------------------------------------- */

static int copy_stored(
	const struct sys_blob *stored, struct sys_blob *ret_image, struct ds_error *error)
{
	struct sys_blob copy;
	int r = sys_blob_create(&copy, error);

	if (r == 0 && stored->size)
		r = sys_blob_write(&copy, stored->bytes, stored->size, error);
	if (r == 0)
		r = sys_blob_seal(&copy, error);
	if (r == 0)
		*ret_image = copy;
	return r;
}

int sys_stored_image(const struct sys_blob *stored, struct sys_blob *ret_image,
	struct sys_fault *ret_fault, struct ds_error *error)
{
	enum ds_image_fault kind;
	int r = sys_parser_decompress(stored, ret_image, error);

	switch (r) {
	case -EFBIG:
		kind = DS_IMAGE_TOO_LARGE;
		break;
	case -EBADMSG:
		kind = DS_IMAGE_BAD_COMPRESSION;
		break;
	case -EACCES:
		kind = DS_IMAGE_UNREAD;
		break;
	default:
		return r;
	}
	if (ret_fault)
		*ret_fault = (struct sys_fault){
			kind, kind == DS_IMAGE_TOO_LARGE ? NULL : strdup(error->text)};
	return copy_stored(stored, ret_image, error);
}

static int image_at(int dirfd, const char *name, const char *path, struct sys_blob *ret_image,
	struct sys_fault *ret_fault, struct ds_error *error)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct sys_blob stored;
	int r;

	if (fd < 0)
		return ds_error_set(error, -errno, "open %s: %s", path, strerror(errno));
	r = sys_blob_read(fd, &stored, error);
	if (r < 0)
		return ds_error_prefix(error, "%s", path);
	r = sys_stored_image(&stored, ret_image, ret_fault, error);
	sys_blob_done(&stored);
	return r < 0 ? ds_error_prefix(error, "%s", path) : 0;
}

int sys_file_image(const char *path, struct sys_blob *ret_image, struct sys_fault *ret_fault,
	struct ds_error *error)
{
	return image_at(AT_FDCWD, path, path, ret_image, ret_fault, error);
}

int sys_file_digest_at(int dirfd, const char *name, const char *path,
	char ret_digest[SYS_DIGEST_BYTES], struct ds_error *error)
{
	struct sys_blob image;
	int r = image_at(dirfd, name, path, &image, NULL, error);

	if (r < 0)
		return r;
	r = sys_blob_digest(&image, ret_digest, error);
	sys_blob_done(&image);
	return r;
}

int sys_file_digest(const char *path, char ret_digest[SYS_DIGEST_BYTES], struct ds_error *error)
{
	return sys_file_digest_at(AT_FDCWD, path, path, ret_digest, error);
}
