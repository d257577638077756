/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "cleanup.h"
#include "compress.h"
#include "directory.h"
#include "file.h"
#include "sys.h"

/* --- directories ------------------------------------------------------------------------ */

static int open_directory_of(const char *path, struct ds_error *error)
{
	cleanup_free char *copy = strdup(path);
	int fd;

	if (!copy)
		return ds_error_set(error, -ENOMEM, "out of memory");
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? ds_error_set(error, -errno, "open the directory of %s: %s", path,
				strerror(errno))
		      : fd;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A rename is on the disk when its directory is. */
static int sync_directory(int fd, const char *path, struct ds_error *error)
{
	return fsync(fd) < 0 ? ds_error_set(error, -errno, "sync the directory of %s: %s", path,
				       strerror(errno))
			     : 0;
}

/* --- what a name holds ------------------------------------------------------------------ */

/*
 * A path is resolved once: what is looked at, written and renamed are names in the directory that
 * is open since, and errors alone speak of paths. 1: path holds the image; 0: it does not, or is
 * not there; negative: it cannot be read.
 */
static int holds(int dirfd, const char *path, const char *digest, struct ds_error *error)
{
	char found[SYS_DIGEST_BYTES];
	int r = sys_file_digest_at(dirfd, name_of(path), path, found, error);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : strcmp(found, digest) == 0;
}

static int must_hold(int dirfd, const char *path, const char *digest, struct ds_error *error)
{
	int r = holds(dirfd, path, digest, error);

	if (r == 0)
		return ds_error_set(error, -EEXIST, "%s holds something else than it should", path);
	return r < 0 ? r : 0;
}

static bool is_there(int dirfd, const char *path)
{
	return faccessat(dirfd, name_of(path), F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* The file that another is made from, or like. */
struct model {
	int fd;
	struct sys_blob stored;
};

static void model_done(struct model *model)
{
	if (model->fd >= 0)
		close(model->fd);
	sys_blob_done(&model->stored);
}

#define cleanup_model __attribute__((cleanup(model_done)))

static int model_read(int dirfd, const char *path, struct model *ret_model, struct ds_error *error)
{
	struct stat st;
	int fd = openat(dirfd, name_of(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	ret_model->fd = fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return ds_error_set(error, -errno, "open %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ds_error_set(error, -EINVAL, "%s is no longer a regular file", path);
	return sys_blob_read(fd, &ret_model->stored, error) < 0 ? ds_error_prefix(error, "%s", path)
								: 0;
}

/* --- new files -------------------------------------------------------------------------- */

static int write_all(
	int fd, const struct sys_blob *stored, const char *path, struct ds_error *error)
{
	size_t done = 0;

	while (done < stored->size) {
		ssize_t written = write(fd, stored->bytes + done, stored->size - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return ds_error_set(error, -errno, "write %s: %s", path, strerror(errno));
		done += (size_t)written;
	}
	return 0;
}

/* A file without a name: until it is linked, a crash leaves nothing behind. */
static int open_nameless(int dirfd, const char *path, struct ds_error *error)
{
	int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return ds_error_set(
			error, -errno, "create a file beside %s: %s", path, strerror(errno));
	return fd;
}

static int give_name(int dirfd, int fd, const char *path, struct ds_error *error)
{
	char nameless[64];

	snprintf(nameless, sizeof(nameless), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, nameless, dirfd, name_of(path), AT_SYMLINK_FOLLOW) < 0)
		return ds_error_set(error, -errno, "create %s: %s", path, strerror(errno));
	return 0;
}

/* A name that no module tool reads, for a moment. */
static void third_name_of(const char *path, char ret_name[NAME_MAX + 1])
{
	snprintf(ret_name, NAME_MAX + 1, ".%s.drvswap", name_of(path));
}

/*
 * File systems without O_TMPFILE get the third name for the time of writing. A crash in between
 * leaves it; the next attempt takes it over, and who removes the file removes it as well.
 */
static int open_named(
	int dirfd, const char *path, char ret_name[NAME_MAX + 1], struct ds_error *error)
{
	int fd;

	third_name_of(path, ret_name);
	fd = openat(dirfd, ret_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? ds_error_set(error, -errno, "create %s: %s", path, strerror(errno)) : fd;
}

static int write_new(int dirfd, const char *path, int like, const struct sys_blob *stored,
	struct ds_error *error)
{
	char name[NAME_MAX + 1] = "";
	cleanup_close int fd = open_nameless(dirfd, path, error);
	int r;

	if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL)
		fd = open_named(dirfd, path, name, error);
	if (fd < 0)
		return fd;
	r = write_all(fd, stored, path, error);
	if (r == 0)
		r = sys_attributes_copy(like, fd, path, error);
	if (r == 0 && fsync(fd) < 0)
		r = ds_error_set(error, -errno, "sync %s: %s", path, strerror(errno));
	if (r == 0 && !name[0])
		r = give_name(dirfd, fd, path, error);
	else if (r == 0 && renameat(dirfd, name, dirfd, name_of(path)) < 0)
		r = ds_error_set(error, -errno, "create %s: %s", path, strerror(errno));
	if (r < 0 && name[0])
		unlinkat(dirfd, name, 0);
	return r == 0 ? sync_directory(dirfd, path, error) : r;
}

/* 1: it is there already; 0: it may be written. */
static int may_write(int dirfd, const char *path, const char *digest, struct ds_error *error)
{
	int r = holds(dirfd, path, digest, error);

	if (r == 0 && is_there(dirfd, path))
		return ds_error_set(error, -EEXIST, "%s exists and is another file", path);
	return r;
}

int sys_install_stage(const char *path, const char *like, const struct sys_blob *image,
	const char *digest, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(path, error);
	cleanup_model struct model model = {.fd = -1, .stored.fd = -1};
	struct sys_blob stored;
	int r = dirfd < 0 ? dirfd : may_write(dirfd, path, digest, error);

	if (r != 0)
		return r < 0 ? r : 0;
	/* It lies beside it. */
	r = model_read(dirfd, like, &model, error);
	if (r == 0)
		r = sys_compress(image, sys_compression_of(&model.stored), &stored, error);
	if (r < 0)
		return r;
	r = write_new(dirfd, path, model.fd, &stored, error);
	sys_blob_done(&stored);
	return r == 0 ? must_hold(dirfd, path, digest, error) : r;
}

/* The directory of path, made where it is not there; none of what is below state is a link. */
static int make_directory_of(const char *path, struct ds_error *error)
{
	static const char state[] = SYS_STATE_DIR "/";
	bool is_ours = strncmp(path, state, sizeof(state) - 1) == 0;
	const char *name = path + (is_ours ? sizeof(state) - 1 : 1);
	int fd = is_ours ? sys_directory_open(SYS_STATE_DIR, true, error)
			 : open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (const char *slash = strchr(name, '/'); fd >= 0 && slash; slash = strchr(name, '/')) {
		char directory[NAME_MAX + 1];
		cleanup_close int above = fd;

		fd = -1;
		if (snprintf(directory, sizeof(directory), "%.*s", (int)(slash - name), name) >=
			(int)sizeof(directory))
			return ds_error_set(error, -ENAMETOOLONG, "%s: name too long", path);
		if (mkdirat(above, directory, 0700) == 0 || errno == EEXIST)
			fd = openat(
				above, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return ds_error_set(error, -errno, "create the directory of %s: %s", path,
				strerror(errno));
		name = slash + 1;
	}
	return fd;
}

int sys_install_copy(
	const char *path, const char *other, const char *digest, struct ds_error *error)
{
	cleanup_close int dirfd = make_directory_of(path, error);
	cleanup_close int otherfd = dirfd < 0 ? dirfd : open_directory_of(other, error);
	cleanup_model struct model model = {.fd = -1, .stored.fd = -1};
	int r = otherfd < 0 ? otherfd : may_write(dirfd, path, digest, error);

	if (r != 0)
		return r < 0 ? r : 0;
	r = model_read(otherfd, other, &model, error);
	if (r == 0)
		r = write_new(dirfd, path, model.fd, &model.stored, error);
	return r == 0 ? must_hold(dirfd, path, digest, error) : r;
}

/* --- names ------------------------------------------------------------------------------ */

/*
 * For file systems without RENAME_EXCHANGE: path never loses its name, for rename() replaces it
 * in one step. The third name holds what path held until it has become other.
 */
static int exchange_in_steps(int dirfd, const char *path, const char *other, struct ds_error *error)
{
	char third[NAME_MAX + 1];

	third_name_of(path, third);
	if (linkat(dirfd, name_of(path), dirfd, third, 0) < 0 ||
		renameat(dirfd, name_of(other), dirfd, name_of(path)) < 0 ||
		renameat(dirfd, third, dirfd, name_of(other)) < 0)
		return ds_error_set(
			error, -errno, "exchange %s and %s: %s", path, other, strerror(errno));
	return 0;
}

/*
 * What exchange_in_steps() left when it was cut: between its last two steps the third name holds
 * what belongs to other; before that it is a second name of path, and goes.
 */
static void finish_exchange_in_steps(int dirfd, const char *path, const char *other)
{
	char third[NAME_MAX + 1];

	third_name_of(path, third);
	if (!is_there(dirfd, other))
		renameat(dirfd, third, dirfd, name_of(other));
	else
		unlinkat(dirfd, third, 0);
}

static bool is_unsupported(int code)
{
	return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

int sys_install_exchange(
	const char *path, const char *other, const char *digest, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(path, error);
	int r;

	if (dirfd < 0)
		return dirfd;
	finish_exchange_in_steps(dirfd, path, other);
	r = holds(dirfd, path, digest, error);
	if (r < 0)
		return r;
	if (r == 1)
		return sync_directory(dirfd, path, error);
	r = must_hold(dirfd, other, digest, error);
	if (r < 0)
		return r;
	if (renameat2(dirfd, name_of(path), dirfd, name_of(other), RENAME_EXCHANGE) < 0) {
		if (!is_unsupported(errno))
			return ds_error_set(error, -errno, "exchange %s and %s: %s", path, other,
				strerror(errno));
		r = exchange_in_steps(dirfd, path, other, error);
	}
	return r == 0 ? sync_directory(dirfd, path, error) : r;
}

static int move(int dirfd, const char *path, const char *other, struct ds_error *error)
{
	if (renameat2(dirfd, name_of(other), dirfd, name_of(path), RENAME_NOREPLACE) == 0)
		return 0;
	if (is_unsupported(errno) && linkat(dirfd, name_of(other), dirfd, name_of(path), 0) == 0 &&
		unlinkat(dirfd, name_of(other), 0) == 0)
		return 0;
	return ds_error_set(error, -errno, "rename %s to %s: %s", other, path, strerror(errno));
}

/* What a move by link() left when it was cut: the file has both names. */
static int finish_move(int dirfd, const char *other, struct ds_error *error)
{
	return unlinkat(dirfd, name_of(other), 0) < 0
		       ? ds_error_set(error, -errno, "remove %s: %s", other, strerror(errno))
		       : 0;
}

int sys_install_rename(
	const char *path, const char *other, const char *digest, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(path, error);
	int is_done, r;

	if (dirfd < 0)
		return dirfd;
	is_done = holds(dirfd, path, digest, error);
	if (is_done < 0)
		return is_done;
	if (is_done && !is_there(dirfd, other))
		return sync_directory(dirfd, path, error);
	r = must_hold(dirfd, other, digest, error);
	if (r == 0)
		r = is_done ? finish_move(dirfd, other, error) : move(dirfd, path, other, error);
	return r == 0 ? sync_directory(dirfd, path, error) : r;
}

int sys_install_expect(
	const char *path, const char *digest, const char *or_digest, struct ds_error *error)
{
	char found[SYS_DIGEST_BYTES] = "";
	int r = sys_file_digest(path, found, error);

	if (r < 0 && r != -ENOENT)
		return r;
	if (strcmp(found, digest) == 0 || (or_digest && strcmp(found, or_digest) == 0))
		return 0;
	ds_error_set(error, -ESTALE, "%s was changed by someone else", path);
	return ds_error_hint(error, "Look what did it (a package, a build?), then try again.");
}

int sys_install_remove(const char *path, const char *digest, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(path, error);
	char third[NAME_MAX + 1];
	int r;

	/* Where there is no directory, there is no file. */
	if (dirfd < 0)
		return dirfd == -ENOENT ? 0 : dirfd;
	/* Half of it: who wrote it died before it had its name. */
	third_name_of(path, third);
	r = unlinkat(dirfd, third, 0) == 0 ? sync_directory(dirfd, path, error) : 0;
	if (r == 0)
		r = holds(dirfd, path, digest, error);
	if (r <= 0)
		return r;
	if (unlinkat(dirfd, name_of(path), 0) < 0 && errno != ENOENT)
		return ds_error_set(error, -errno, "remove %s: %s", path, strerror(errno));
	return sync_directory(dirfd, path, error);
}
