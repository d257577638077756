/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One operation on the real host: a table from its kind to who does it. */

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "autoload.h"
#include "cleanup.h"
#include "code.h"
#include "depmod.h"
#include "device.h"
#include "health.h"
#include "hooks.h"
#include "initramfs.h"
#include "install.h"
#include "netns.h"
#include "network.h"
#include "packages.h"
#include "programs.h"
#include "sys.h"
#include "watch.h"

struct work {
	struct sys *sys;
	const struct ds_op *op;
	const struct ds_host *before;
	int64_t deadline_ms;
	struct ds_error *error;
};

static int do_hold(const struct work *work)
{
	return sys_packages_hold(work->sys, work->op->path, work->error);
}

static int do_release(const struct work *work)
{
	sys_packages_release(work->sys, work->op->path);
	return 0;
}

static int do_copy(const struct work *work)
{
	return sys_install_copy(work->op->path, work->op->other, work->op->digest, work->error);
}

static int do_stage(const struct work *work)
{
	const struct sys_blob *image;
	int r = sys_pin_get(
		work->sys, work->op->digest, work->before->candidate.path, &image, work->error);

	return r < 0 ? r
		     : sys_install_stage(work->op->path, work->op->other, image, work->op->digest,
			       work->error);
}

static int do_exchange(const struct work *work)
{
	return sys_install_exchange(work->op->path, work->op->other, work->op->digest, work->error);
}

static int do_rename(const struct work *work)
{
	return sys_install_rename(work->op->path, work->op->other, work->op->digest, work->error);
}

static int do_remove(const struct work *work)
{
	return sys_install_remove(work->op->path, work->op->digest, work->error);
}

static int do_expect(const struct work *work)
{
	return sys_install_expect(work->op->path, work->op->digest, work->op->value, work->error);
}

/* A journal may lack it. */
static const char *release_of(const struct work *work)
{
	const char *release = work->before->kernel.release;

	return release ? release : "";
}

static int do_initramfs_build(const struct work *work)
{
	return sys_initramfs_build(work->op, release_of(work), work->error);
}

static int do_initramfs_exchange(const struct work *work)
{
	return sys_initramfs_exchange(work->sys, work->op, release_of(work), work->error);
}

static int do_initramfs_restore(const struct work *work)
{
	return sys_initramfs_restore(work->sys, work->op, release_of(work), work->error);
}

static int do_initramfs_remove(const struct work *work)
{
	return sys_initramfs_remove(work->op, work->error);
}

static int do_autoload_stop(const struct work *work)
{
	return sys_autoload_stop(work->op->path, work->op->module, work->error);
}

static int do_autoload_allow(const struct work *work)
{
	return sys_autoload_allow(work->op->path, work->error);
}

static int do_depmod(const struct work *work)
{
	return sys_depmod(work->op, work->before, work->deadline_ms, work->error);
}

static int do_prove(const struct work *work)
{
	return sys_code_prove(work->sys, work->op, work->error);
}

static int do_load(const struct work *work)
{
	return sys_code_load(work->sys, work->op, work->error);
}

static int do_insert(const struct work *work)
{
	return sys_code_insert(work->sys, work->op, work->error);
}

static int do_unload(const struct work *work)
{
	return sys_code_unload(work->sys, work->op, work->deadline_ms, work->error);
}

static int do_devices_wait(const struct work *work)
{
	const char *given = work->sys->given;
	int r = sys_devices_wait(work->before, given ? given : work->before->module.options,
		work->deadline_ms, work->error);

	if (r < 0)
		sys_code_add_words(work->sys, work->error);
	return r;
}

static int do_network_restore(const struct work *work)
{
	struct ds_returned *returned = &work->sys->returned;

	ds_record_done(&ds_returned_record, returned);
	return sys_network_restore(
		&work->before->network, work->deadline_ms, returned, work->error);
}

/* Adds to what the restoring told: both are of one return. */
static int do_network_settings(const struct work *work)
{
	return sys_network_settings(&work->before->network, &work->sys->returned, work->error);
}

static int do_network_ready(const struct work *work)
{
	return sys_network_ready(&work->before->network, work->deadline_ms, work->error);
}

static int do_links_wait(const struct work *work)
{
	return sys_network_wait(
		&work->before->network, SYS_AWAIT_READY, work->deadline_ms, work->error);
}

/* What it fills is told with what the restoring did: both are of one return. */
static int do_network_owners(const struct work *work)
{
	return sys_owners_settle(
		&work->before->network, work->deadline_ms, &work->sys->returned, work->error);
}

static int set_below(const char *root, const struct work *work)
{
	const struct ds_op *op = work->op;
	char path[256];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", root, op->path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, op->value, strlen(op->value)) < 0)
		return ds_error_set(
			work->error, -errno, "set %s to %s: %s", path, op->value, strerror(errno));
	return 0;
}

static int do_sysctl(const struct work *work)
{
	return set_below("/proc/sys", work);
}

static int do_sysfs(const struct work *work)
{
	return set_below("/sys", work);
}

static int do_hook(const struct work *work)
{
	return sys_hook_run(work->op, work->before, work->deadline_ms, work->error);
}

static int (*const workers[DS_OP_KIND_COUNT])(const struct work *) = {
	[DS_OP_FILE_HOLD] = do_hold,
	[DS_OP_FILE_RELEASE] = do_release,
	[DS_OP_FILE_COPY] = do_copy,
	[DS_OP_FILE_STAGE] = do_stage,
	[DS_OP_FILE_EXCHANGE] = do_exchange,
	[DS_OP_FILE_RENAME] = do_rename,
	[DS_OP_FILE_REMOVE] = do_remove,
	[DS_OP_FILE_EXPECT] = do_expect,
	[DS_OP_DEPMOD] = do_depmod,
	[DS_OP_INITRAMFS_BUILD] = do_initramfs_build,
	[DS_OP_INITRAMFS_EXCHANGE] = do_initramfs_exchange,
	[DS_OP_INITRAMFS_RESTORE] = do_initramfs_restore,
	[DS_OP_INITRAMFS_REMOVE] = do_initramfs_remove,
	[DS_OP_AUTOLOAD_STOP] = do_autoload_stop,
	[DS_OP_AUTOLOAD_ALLOW] = do_autoload_allow,
	[DS_OP_MODULE_PROVE] = do_prove,
	[DS_OP_MODULE_LOAD] = do_load,
	[DS_OP_MODULE_INSERT] = do_insert,
	[DS_OP_MODULE_UNLOAD] = do_unload,
	[DS_OP_DEVICES_WAIT] = do_devices_wait,
	[DS_OP_NETWORK_RESTORE] = do_network_restore,
	[DS_OP_NETWORK_SETTINGS] = do_network_settings,
	[DS_OP_NETWORK_READY] = do_network_ready,
	[DS_OP_LINKS_WAIT] = do_links_wait,
	[DS_OP_NETWORK_OWNERS] = do_network_owners,
	[DS_OP_SYSCTL] = do_sysctl,
	[DS_OP_SYSFS] = do_sysfs,
	[DS_OP_HOOK] = do_hook,
};

/* --- what the kernel may not come back from --------------------------------------------- */

/* The restoring keeps the deadline itself, and then has its routes to write. */
#define RESTORE_GRACE_MS 10000

/* Rows without a grace are made by the worker itself. */
static const struct {
	int64_t grace_ms;
	/*
	 * A kernel that is stuck heeds no signal, a child that is only slow does. An unload is not
	 * tried so: its wait is nobody's to cut short, for the module is freed behind it.
	 */
	bool may_break;
} watched[DS_OP_KIND_COUNT] = {
	[DS_OP_MODULE_PROVE] = {1, true},
	[DS_OP_MODULE_LOAD] = {1, true},
	[DS_OP_MODULE_INSERT] = {1, true},
	[DS_OP_MODULE_UNLOAD] = {1, false},
	/* The driver's own functions run in it, and may keep the lock of all links for ever. */
	[DS_OP_NETWORK_RESTORE] = {RESTORE_GRACE_MS, true},
	[DS_OP_NETWORK_SETTINGS] = {RESTORE_GRACE_MS, true},
	[DS_OP_NETWORK_READY] = {RESTORE_GRACE_MS, true},
	[DS_OP_NETWORK_OWNERS] = {RESTORE_GRACE_MS, true},
	[DS_OP_LINKS_WAIT] = {RESTORE_GRACE_MS, true},
};

static bool tells_return(const struct ds_op *op)
{
	return op->kind == DS_OP_NETWORK_RESTORE || op->kind == DS_OP_NETWORK_SETTINGS ||
	       op->kind == DS_OP_NETWORK_OWNERS;
}

static int make_watched(const void *subject, void *ret_object, struct ds_error *error)
{
	struct work work = *(const struct work *)subject;
	int r;

	work.error = error;
	r = workers[work.op->kind](&work);
	/* Another process does it: what it restored is told to the one that will look. */
	if (r == 0 && tells_return(work.op)) {
		*(struct ds_returned *)ret_object = work.sys->returned;
		work.sys->returned = (struct ds_returned){0};
	}
	return r;
}

static int apply_watched(const struct work *work)
{
	const struct ds_op *op = work->op;
	cleanup_free char *what = ds_op_text(op, NULL);
	const struct sys_call call = {
		.make = make_watched,
		.subject = work,
		.record = tells_return(op) ? &ds_returned_record : NULL,
		.what = what,
		.module = op->module,
		.begins_log = op->kind == DS_OP_MODULE_INSERT,
		.may_break = watched[op->kind].may_break,
	};
	struct ds_returned returned = {0};
	int r;

	if (!what)
		return ds_error_set(work->error, -ENOMEM, "out of memory");
	/* Here and not in the child: what the kernel says of new code is read all through the
	 * trial. */
	if (call.begins_log)
		sys_health_begin(work->sys);
	r = sys_watch(work->sys, &call, work->deadline_ms + watched[op->kind].grace_ms, &returned,
		work->error);
	if (r == 0 && tells_return(op)) {
		ds_record_done(&ds_returned_record, &work->sys->returned);
		work->sys->returned = returned;
	}
	return r;
}

/*
 * Here and not in the child: the wait for the devices comes after it. Without memory that one goes
 * by the configuration.
 */
static void keep_given(const struct work *work)
{
	const struct ds_op *op = work->op;

	if ((op->kind != DS_OP_MODULE_INSERT && op->kind != DS_OP_MODULE_LOAD) ||
		!ds_string_equal(op->module, work->before->module.name))
		return;
	free(work->sys->given);
	work->sys->given = strdup(op->value ? op->value : "");
}

int sys_apply(struct ds_door *door, const struct ds_op *op, const struct ds_host *before,
	int64_t deadline_ms, struct ds_error *error)
{
	const struct work work = {
		.sys = sys_of(door),
		.op = op,
		.before = before,
		.deadline_ms = deadline_ms,
		.error = error,
	};

	if (!workers[op->kind])
		return ds_error_set(
			error, -EOPNOTSUPP, "no way to %s on a host", ds_op_kind_names[op->kind]);
	keep_given(&work);
	/* Here and not in the child, which ends with the unload. */
	if (op->kind == DS_OP_MODULE_UNLOAD) {
		sys_programs_hold(work.sys, &before->network);
		sys_netns_hold(work.sys, &before->network);
	}
	return watched[op->kind].grace_ms ? apply_watched(&work) : workers[op->kind](&work);
}
