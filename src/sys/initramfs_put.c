/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * New images. The distribution's program makes one under another name; the exchange is ours, for
 * dracut writes over the image in place (dracut.sh, 059), and a power cut would leave half of it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "attributes.h"
#include "builder.h"
#include "cleanup.h"
#include "freeze.h"
#include "initramfs.h"
#include "spawn.h"
#include "sys.h"

/* Every driver of a distribution, packed by a slow machine: an emulated one takes ten minutes. */
#define BUILD_MS (INT64_C(3600) * 1000)
#define HOOKS_MS (INT64_C(600) * 1000)

/* EXT4_IOC_CHECKPOINT of fs/ext4/ext4.h, 6.1 */
#define EXT4_CHECKPOINT _IOW('f', 43, uint32_t)

/* What update-initramfs(8) runs after each image: boot loaders that keep a copy of their own. */
#define HOOKS "/etc/initramfs/post-update.d"

/* --- what an image holds ---------------------------------------------------------------- */

/* 1: the build that the operation speaks of; 0: another or none; negative: nobody can tell. */
static int holds(const char *path, const struct ds_op *op, struct ds_error *error)
{
	struct sys_initramfs_module module = {0};
	int r = sys_initramfs_module(path, op->module, &module, error);

	if (r < 0)
		return ds_error_prefix(error, "%s", path);
	r = module.path &&
	    (ds_string_equal(module.digest, op->digest) ||
		    ds_identity_compare(&module.identity, &op->identity, NULL) == DS_SAME_YES);
	sys_initramfs_module_done(&module);
	return r;
}

static int must_hold(const char *path, const struct ds_op *op, struct ds_error *error)
{
	int r = holds(path, op, error);

	if (r == 0) {
		ds_error_set(error, -ENOENT, "%s was made, but does not hold the new %s", path,
			op->module);
		return ds_error_hint(error, "What makes it takes the module from elsewhere, or "
					    "leaves it out; --initramfs=leave goes on without.");
	}
	return r < 0 ? r : 0;
}

/* --- the disk --------------------------------------------------------------------------- */

static int open_directory_of(const char *path, struct ds_error *error)
{
	cleanup_free char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;

	return fd < 0 ? ds_error_set(error, copy ? -errno : -ENOMEM, "open the directory of %s: %s",
				path, strerror(errno))
		      : fd;
}

static int sync_directory(int fd, const char *path, struct ds_error *error)
{
	return fsync(fd) < 0 ? ds_error_set(error, -errno, "sync the directory of %s: %s", path,
				       strerror(errno))
			     : 0;
}

/*
 * A boot loader reads the disk without its journal (GRUB, fs/ext2.c and fs/xfs.c): what is synced
 * there and nowhere else does not exist for it. ext4 can be told to write it out (since 5.14); XFS
 * does so only when it is frozen (a sync leaves it in the log), which is safe for a moment where
 * neither we nor anybody else needs it. Where it cannot be frozen it does so within half a minute.
 */
static void settle_journal(int dirfd)
{
	const uint32_t all = 0;
	struct stat here, root;
	struct statfs fs;

	if (fstatfs(dirfd, &fs) < 0 || fstat(dirfd, &here) < 0 || stat("/", &root) < 0)
		return;
	if (fs.f_type == EXT4_SUPER_MAGIC)
		ioctl(dirfd, EXT4_CHECKPOINT, &all);
	else if (fs.f_type == XFS_SUPER_MAGIC && here.st_dev != root.st_dev)
		sys_freeze_for_a_moment(dirfd);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Mode, owner and label as the old one has them; and all of it on the disk. */
static int settle(const char *path, const char *like, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(path, error);
	cleanup_close int fd = -1, model = -1;
	int r;

	if (dirfd < 0)
		return dirfd;
	fd = openat(dirfd, name_of(path), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return ds_error_set(error, -errno, "open %s: %s", path, strerror(errno));
	/* It lies beside it. */
	model = openat(dirfd, name_of(like), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (model < 0)
		return ds_error_set(error, -errno, "open %s: %s", like, strerror(errno));
	r = sys_attributes_copy(model, fd, path, error);
	if (r == 0 && fsync(fd) < 0)
		r = ds_error_set(error, -errno, "sync %s: %s", path, strerror(errno));
	return r == 0 ? sync_directory(dirfd, path, error) : r;
}

static int unlink_synced(const char *path, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(path, error);

	if (dirfd < 0)
		return dirfd;
	if (unlinkat(dirfd, name_of(path), 0) < 0)
		return errno == ENOENT ? 0
				       : ds_error_set(error, -errno, "remove %s: %s", path,
						 strerror(errno));
	return sync_directory(dirfd, path, error);
}

/* --- the programs ----------------------------------------------------------------------- */

static int run_tool(const struct ds_op *op, const char *release, struct ds_error *error)
{
	char *const debian[] = {"mkinitramfs", "-o", op->path, (char *)release, NULL};
	char *const dracut[] = {"dracut", "--force", "--quiet", op->path, (char *)release, NULL};
	const char *const paths[] = {op->value, NULL};
	bool is_debian = strcmp(name_of(op->value), debian[0]) == 0;

	struct sys_builder builder;
	int r = sys_builder_begin(&builder, error);

	if (r < 0)
		return r;
	r = sys_spawn_holding(builder.held_fd, paths, is_debian ? debian : dracut,
		sys_now_ms() + BUILD_MS, error);
	sys_builder_end(&builder);
	return r;
}

static bool has_hooks(void)
{
	cleanup_closedir DIR *directory = opendir(HOOKS);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			return true;
	return false;
}

static int run_hooks(const char *image, const char *release, struct ds_error *error)
{
	static const char *const paths[] = {"/usr/bin/run-parts", "/bin/run-parts", NULL};
	char release_argument[128], image_argument[PATH_MAX + 8];
	char *const argv[] = {"run-parts", release_argument, image_argument, HOOKS, NULL};

	if (!has_hooks())
		return 0;
	snprintf(release_argument, sizeof(release_argument), "--arg=%s", release);
	snprintf(image_argument, sizeof(image_argument), "--arg=%s", image);
	return sys_spawn(paths, argv, sys_now_ms() + HOOKS_MS, error) < 0
		       ? ds_error_prefix(error, "the hooks in " HOOKS)
		       : 0;
}

/* --- the operations --------------------------------------------------------------------- */

int sys_initramfs_build(const struct ds_op *op, const char *release, struct ds_error *error)
{
	int r = holds(op->other, op, error);

	if (r != 0)
		return r < 0 ? r : 0;
	r = sys_builder_stop_others(error);
	/* What a crash left is not worth looking at: another attempt costs time, nothing else. */
	if (r == 0)
		r = unlink_synced(op->path, error);
	if (r == 0)
		r = run_tool(op, release, error);
	if (r == 0)
		r = settle(op->path, op->other, error);
	return r == 0 ? must_hold(op->path, op, error) : r;
}

static int exchange(const struct ds_op *op, struct ds_error *error)
{
	cleanup_close int dirfd = open_directory_of(op->path, error);
	int r;

	if (dirfd < 0)
		return dirfd;
	if (renameat2(dirfd, name_of(op->path), dirfd, name_of(op->other), RENAME_EXCHANGE) < 0)
		return ds_error_set(error, -errno, "exchange %s and %s: %s", op->path, op->other,
			strerror(errno));
	r = sync_directory(dirfd, op->path, error);
	settle_journal(dirfd);
	return r;
}

/* The new image is there; how the hooks failed is kept for the way back. */
static int tell_hooks(
	struct sys *sys, const struct ds_op *op, const char *release, struct ds_error *error)
{
	int r = run_hooks(op->path, release, error);

	return ds_string_set(&sys->hooks_error, r < 0 ? error->text : NULL) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : r;
}

/*
 * The old image is there again. A hook that did its work for the new one did it again now, or else
 * this is an error. One that fails as it failed then has no copy of the new image: what it failed
 * with is what the swap failed by, and the host is back.
 */
static int tell_hooks_back(
	struct sys *sys, const struct ds_op *op, const char *release, struct ds_error *error)
{
	int r = run_hooks(op->path, release, error);

	return r < 0 && ds_string_equal(error->text, sys->hooks_error) ? 0 : r;
}

int sys_initramfs_exchange(
	struct sys *sys, const struct ds_op *op, const char *release, struct ds_error *error)
{
	int r = holds(op->path, op, error);

	if (r < 0)
		return r;
	/* A crash may have come between the exchange and the hooks. */
	if (r == 1)
		return tell_hooks(sys, op, release, error);
	r = must_hold(op->other, op, error);
	if (r == 0)
		r = exchange(op, error);
	return r == 0 ? tell_hooks(sys, op, release, error) : r;
}

int sys_initramfs_restore(
	struct sys *sys, const struct ds_op *op, const char *release, struct ds_error *error)
{
	int r = holds(op->path, op, error);

	if (r < 0)
		return r;
	if (r == 0)
		return tell_hooks_back(sys, op, release, error);
	r = holds(op->other, op, error);
	if (r == 1)
		r = ds_error_set(
			error, -EEXIST, "%s is not the image that was there before", op->other);
	if (r == 0)
		r = exchange(op, error);
	return r == 0 ? tell_hooks_back(sys, op, release, error) : r;
}

int sys_initramfs_remove(const struct ds_op *op, struct ds_error *error)
{
	int r = sys_builder_stop_others(error);

	if (r == 0 && op->other && access(op->path, F_OK) == 0)
		r = holds(op->other, op, error);
	if (r == 1)
		r = ds_error_set(
			error, -EEXIST, "%s may be the only old image, and stays", op->path);
	return r < 0 ? r : unlink_synced(op->path, error);
}
