/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "depmod.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
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

int sys_depmod(const struct ds_op *op, int64_t deadline_ms, struct ds_error *error)
{
	static const char *const paths[] = {"/usr/sbin/depmod", "/sbin/depmod", NULL};
	char *const argv[] = {"depmod", "-a", op->value, NULL};
	int64_t longer_ms = sys_now_ms() + DEPMOD_MS;
	int r = sys_spawn(paths, argv, longer_ms > deadline_ms ? longer_ms : deadline_ms, error);

	if (r == 0)
		r = sync_indexes(op->path, error);
	return r == 0 ? prove_lookup(op, error) : r;
}
