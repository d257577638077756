/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "depmod.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "kmod.h"
#include "spawn.h"
#include "sys.h"

/* It reads every module of the kernel: slow disks and emulation need more than a step's time. */
#define DEPMOD_MS (INT64_C(300) * 1000)

/* depmod renames without syncing (kmod v30 and later): the indexes would be empty after a crash. */
static int sync_indexes(const char *path, struct ds_error *error)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || syncfs(fd) < 0
		       ? ds_error_set(error, -errno, "sync the indexes: %s", strerror(errno))
		       : 0;
}

static int prove_lookup(const struct ds_op *op, struct ds_error *error)
{
	cleanup_free char *wanted = realpath(op->path, NULL);
	cleanup_free char *found = NULL;
	struct kmod_module *module;
	struct kmod_ctx *kmod;
	const char *path;
	int r = sys_kmod_open(op->value, &kmod, error);

	if (r < 0)
		return r;
	r = kmod_module_new_from_name(kmod, op->module, &module);
	path = r < 0 ? NULL : kmod_module_get_path(module);
	found = path ? realpath(path, NULL) : NULL;
	if (r == 0)
		kmod_module_unref(module);
	kmod_unref(kmod);
	if (!wanted || !found || strcmp(wanted, found) != 0)
		return ds_error_set(error, -ENOENT,
			"after depmod modprobe would load %s for %s, "
			"not %s",
			found ? found : "nothing", op->module, op->path);
	return 0;
}

/* --- what was not touched ----------------------------------------------------------------- */

/* depmod(8) writes each under another name and renames it, so that each has a new inode. */
static const char *const index_names[] = {"alias", "alias.bin", "dep", "dep.bin", "symbols",
	"symbols.bin", "softdep", "weakdep", "devname", "builtin.bin", "builtin.alias.bin"};

int sys_indexes_mark(const char *release, char **ret_mark)
{
	size_t bytes = 0;
	FILE *stream = open_memstream(ret_mark, &bytes);

	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(index_names) / sizeof(index_names[0]); i++) {
		char path[PATH_MAX];
		struct stat st;

		snprintf(path, sizeof(path), "/lib/modules/%s/modules.%s", release, index_names[i]);
		if (stat(path, &st) == 0)
			fprintf(stream, "%s:%llu:%lld:%lld.%09ld ", index_names[i],
				(unsigned long long)st.st_ino, (long long)st.st_size,
				(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	}
	return fclose(stream) == 0 ? 0 : -ENOMEM;
}

/*
 * The installed file is the one that was there before, and the indexes are those that were made
 * for it: on the way back there is nothing to be done, and a depmod that fails is no loss.
 */
static bool are_as_before(const struct ds_op *op, const struct ds_host *before)
{
	cleanup_free char *mark = NULL;
	char digest[SYS_DIGEST_BYTES];
	struct ds_error ignored;

	return sys_indexes_mark(op->value, &mark) == 0 &&
	       ds_string_equal(mark, before->place.indexes) &&
	       sys_file_digest(op->path, digest, &ignored) == 0 &&
	       ds_string_equal(digest, before->installed_image.digest);
}

/* --- the operation ------------------------------------------------------------------------ */

int sys_depmod(const struct ds_op *op, const struct ds_host *before, int64_t deadline_ms,
	struct ds_error *error)
{
	static const char *const paths[] = {"/usr/sbin/depmod", "/sbin/depmod", NULL};
	char *const argv[] = {"depmod", "-a", op->value, NULL};
	int64_t longer_ms = sys_now_ms() + DEPMOD_MS;
	int r = sys_spawn(paths, argv, longer_ms > deadline_ms ? longer_ms : deadline_ms, error);

	if (r == 0)
		r = sync_indexes(op->path, error);
	else if (are_as_before(op, before))
		r = 0;
	return r == 0 ? prove_lookup(op, error) : r;
}
