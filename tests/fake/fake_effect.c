/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What an operation does to the fake host: plan.h's statements made true. A half effect is what a
 * call that failed on its way can leave behind.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"

#define THIRD_SUFFIX ".third" /* the exchange on file systems that have no exchange */

struct work {
	struct fake_host *host;
	struct fake_state *state;
	const struct ds_op *op;
	const struct ds_host *before;
	bool is_half;
	struct ds_error *error;
};

static int fail(const struct work *work, int code)
{
	return ds_error_set(work->error, code, "fake: %s %s: %s", ds_op_kind_names[work->op->kind],
		work->op->path ? work->op->path : "", strerror(-code));
}

/* What the call was about to do is done when it comes back. */
static int hang(const struct work *work)
{
	work->host->is_stuck = true;
	return fail(work, -EINPROGRESS);
}

static bool holds(const struct work *work, const char *path, const char *digest)
{
	const struct fake_file *file = fake_file_find(work->state, path);

	return file && strcmp(file->digest, digest) == 0;
}

/* --- files ------------------------------------------------------------------------------ */

static int write_like(const struct work *work)
{
	const struct fake_file *like = fake_file_find(work->state, work->op->other);
	struct fake_file *file;

	if (holds(work, work->op->path, work->op->digest))
		return 0;
	if (!like || !fake_file_add(work->state, work->op->path, work->op->digest,
			     (enum ds_compression)like->compression))
		return fail(work, -EEXIST);
	like = fake_file_find(work->state, work->op->other);
	file = fake_file_find(work->state, work->op->path);
	file->mode = like->mode;
	file->uid = like->uid;
	return 0;
}

/* A lock dies with its process, so it is no part of the state. */
static int do_hold(const struct work *work)
{
	work->host->is_holding = true;
	return 0;
}

static int do_release(const struct work *work)
{
	work->host->is_holding = false;
	return 0;
}

static int do_copy(const struct work *work)
{
	return holds(work, work->op->other, work->op->digest) ||
			       holds(work, work->op->path, work->op->digest)
		       ? write_like(work)
		       : fail(work, -ESTALE);
}

static void rename_file(const struct work *work, const char *from, const char *to)
{
	struct fake_file copy = *fake_file_find(work->state, from);

	copy.digest = strdup(copy.digest);
	fake_file_drop(work->state, from);
	fake_file_drop(work->state, to);
	fake_file_add(work->state, to, copy.digest, (enum ds_compression)copy.compression);
	fake_file_find(work->state, to)->mode = copy.mode;
	fake_file_find(work->state, to)->uid = copy.uid;
	free(copy.digest);
}

static void link_third(const struct work *work, const char *third)
{
	const struct fake_file *file = fake_file_find(work->state, work->op->path);

	fake_file_add(work->state, third, file->digest, (enum ds_compression)file->compression);
	file = fake_file_find(work->state, work->op->path);
	fake_file_find(work->state, third)->mode = file->mode;
	fake_file_find(work->state, third)->uid = file->uid;
}

/* Path never loses its name: link it away, rename other over it, give the third that name. */
static int do_exchange(const struct work *work)
{
	const struct ds_op *op = work->op;
	char third[256];

	snprintf(third, sizeof(third), "%s" THIRD_SUFFIX, op->path);
	if (fake_file_find(work->state, third) && !fake_file_find(work->state, op->other))
		rename_file(work, third, op->other);
	if (holds(work, op->path, op->digest))
		return 0;
	if (!holds(work, op->other, op->digest))
		return fail(work, -EEXIST);
	link_third(work, third);
	rename_file(work, op->other, op->path);
	if (!work->is_half)
		rename_file(work, third, op->other);
	return 0;
}

static int do_rename(const struct work *work)
{
	const struct ds_op *op = work->op;

	if (holds(work, op->path, op->digest) && !fake_file_find(work->state, op->other))
		return 0;
	if (!holds(work, op->other, op->digest) || fake_file_find(work->state, op->path))
		return fail(work, -EEXIST);
	rename_file(work, op->other, op->path);
	return 0;
}

static int do_remove(const struct work *work)
{
	if (holds(work, work->op->path, work->op->digest))
		fake_file_drop(work->state, work->op->path);
	return 0;
}

static int do_expect(const struct work *work)
{
	const struct ds_op *op = work->op;

	return holds(work, op->path, op->digest) || (op->value && holds(work, op->path, op->value))
		       ? 0
		       : fail(work, -ESTALE);
}

/* --- the initramfs: a file whose digest is that of the module in it ---------------------- */

/* It takes what the indexes lead to: built too early, it would hold the old one. */
static int do_initramfs_build(const struct work *work)
{
	const struct ds_op *op = work->op;
	const struct fake_index *index = fake_index_find(work->state, op->module);
	const char *digest = fake_file_find(work->state, index->path)->digest;

	if (holds(work, op->other, op->digest))
		return 0;
	fake_file_drop(work->state, op->path);
	if (strcmp(index->digest, digest) != 0)
		return fail(work, -ESTALE);
	fake_file_add(
		work->state, op->path, work->is_half ? "damaged" : digest, DS_COMPRESSION_NONE);
	return holds(work, op->path, op->digest) ? 0 : fail(work, -ENOENT);
}

static void swap_images(const struct work *work)
{
	struct fake_file *a = fake_file_find(work->state, work->op->path);
	struct fake_file *b = fake_file_find(work->state, work->op->other);
	char *digest = a->digest;

	a->digest = b->digest;
	b->digest = digest;
}

static int do_initramfs_exchange(const struct work *work)
{
	const struct ds_op *op = work->op;

	if (holds(work, op->path, op->digest))
		return 0;
	if (!holds(work, op->other, op->digest))
		return fail(work, -EEXIST);
	swap_images(work);
	return 0;
}

static int do_initramfs_restore(const struct work *work)
{
	const struct ds_op *op = work->op;

	if (!holds(work, op->path, op->digest))
		return 0;
	if (!fake_file_find(work->state, op->other) || holds(work, op->other, op->digest))
		return fail(work, -EEXIST);
	swap_images(work);
	return 0;
}

static int do_initramfs_remove(const struct work *work)
{
	const struct ds_op *op = work->op;

	if (!fake_file_find(work->state, op->path))
		return 0;
	if (op->other && holds(work, op->other, op->digest))
		return fail(work, -EEXIST);
	fake_file_drop(work->state, op->path);
	return 0;
}

static int do_depmod(const struct work *work)
{
	const struct fake_file *file = fake_file_find(work->state, work->op->path);

	if (!file)
		return fail(work, -ENOENT);
	fake_index_set(work->state, work->op->module, work->op->path,
		work->is_half ? "half" : file->digest);
	return 0;
}

/* --- code ------------------------------------------------------------------------------- */

static int compare_running(const struct work *work, const struct fake_running *running)
{
	struct ds_identity identity = {0};
	enum ds_same same;

	fake_identity(fake_image_find(running->digest), &identity);
	same = ds_identity_compare(&work->op->identity, &identity, NULL);
	ds_record_done(&ds_identity_record, &identity);
	return same;
}

static bool has_users(const struct fake_state *state, const char *module)
{
	for (size_t i = 0; i < state->live.running.count; i++) {
		const struct fake_image *user =
			fake_image_find(state->live.running.items[i].digest);

		if (user->depends && strcmp(user->depends, module) == 0)
			return true;
	}
	return false;
}

static int do_prove(const struct work *work)
{
	if (!fake_running_find(work->state, work->op->module) ||
		!holds(work, work->op->path, work->op->digest))
		return fail(work, -ESTALE);
	return fake_image_find(work->op->digest)->quirks & FAKE_REFUSED ? fail(work, -ENOEXEC) : 0;
}

static int do_autoload_stop(const struct work *work)
{
	ds_strings *stopped = &work->state->live.stopped;

	if (!ds_strings_has(stopped, work->op->module))
		ds_strings_add(stopped, work->op->module);
	return 0;
}

static int do_autoload_allow(const struct work *work)
{
	/* There is never more than the one. */
	ds_strings_done(&work->state->live.stopped);
	return 0;
}

/* Somebody else is there first. */
static bool is_overtaken(const struct work *work, const struct fake_image *image)
{
	return image->quirks & FAKE_OVERTAKEN ||
	       (image->quirks & FAKE_AUTOLOADED &&
		       !ds_strings_has(&work->state->live.stopped, image->module));
}

static int start(const struct work *work, const char *digest)
{
	const struct fake_image *image = fake_image_find(digest);
	size_t devices = work->state->live.devices.count;

	if (image->depends && !fake_running_find(work->state, image->depends))
		return fail(work, -ENOENT);
	if (image->quirks & (FAKE_REFUSED | FAKE_INIT_FAILS))
		return fail(work, -EINVAL);
	if (is_overtaken(work, image)) {
		fake_code_start(work->state, "stock", "debug=1");
		return fail(work, -EEXIST);
	}
	if (image->quirks & FAKE_INIT_OOPSES) {
		work->host->is_stuck = true;
		return fail(work, -ENOTRECOVERABLE);
	}
	if (work->is_half && devices > 1)
		work->state->live.devices.count--;
	fake_code_start(work->state, digest, work->op->value);
	work->state->live.devices.count = devices;
	return image->quirks & FAKE_INIT_HANGS ? hang(work) : 0;
}

static int do_load(const struct work *work)
{
	const struct fake_index *index = fake_index_find(work->state, work->op->module);

	if (fake_running_find(work->state, work->op->module))
		return 0;
	if (!index || strcmp(index->path, work->op->path) != 0)
		return fail(work, -ENOENT);
	return start(work, fake_file_find(work->state, index->path)->digest);
}

static int do_insert(const struct work *work)
{
	const struct fake_running *running = fake_running_find(work->state, work->op->module);

	if (running)
		return compare_running(work, running) == DS_SAME_NO ? fail(work, -EEXIST) : 0;
	if (!ds_strings_has(&work->host->pins, work->op->digest) &&
		!holds(work, work->op->path, work->op->digest))
		return fail(work, -ESTALE);
	work->host->inserted_ms = work->host->clock_ms;
	return start(work, work->op->digest);
}

static int do_unload(const struct work *work)
{
	const struct ds_identity *wanted = &work->op->identity;
	const struct fake_running *running = fake_running_find(work->state, work->op->module);
	bool is_any = !wanted->build_id && !wanted->srcversion && !wanted->version;
	bool hangs;

	if (!running || (!is_any && compare_running(work, running) == DS_SAME_NO))
		return 0;
	if (has_users(work->state, work->op->module))
		return fail(work, -EAGAIN);
	hangs = fake_image_find(running->digest)->quirks & FAKE_EXIT_HANGS;
	fake_code_stop(work->state, work->op->module);
	return hangs ? hang(work) : 0;
}

/* --- devices and network ---------------------------------------------------------------- */

static struct ds_device *find_device(const struct fake_state *state, const char *address)
{
	for (size_t i = 0; i < state->live.devices.count; i++)
		if (strcmp(state->live.devices.items[i].address, address) == 0)
			return &state->live.devices.items[i];
	return NULL;
}

/* A probe that was slow is over when the waiting is, unless the driver does not bind at all. */
static int do_devices_wait(const struct work *work)
{
	const struct fake_running *running = fake_running_find(work->state, work->op->module);

	for (size_t i = 0; i < work->before->devices.count; i++) {
		struct ds_device *device =
			find_device(work->state, work->before->devices.items[i].address);

		if (!running || fake_image_find(running->digest)->quirks & FAKE_NO_BIND)
			return fail(work, -ETIMEDOUT);
		fake_device_bind(work->state, (size_t)(device - work->state->live.devices.items));
	}
	return 0;
}

static void restore_link(
	const struct work *work, struct ds_link *link, const struct ds_link *before)
{
	const struct fake_running *running = fake_running_find(work->state, "net");

	ds_string_set(&link->name, before->name);
	link->mtu = before->mtu;
	link->is_up = before->is_up;
	link->has_carrier =
		link->is_up && !(fake_image_find(running->digest)->quirks & FAKE_NO_CARRIER);
	link->has_default_route = before->has_default_route;
}

static bool has_address(const struct ds_network *network, const struct ds_address *address)
{
	for (size_t i = 0; i < network->addresses.count; i++)
		if (ds_address_same(&network->addresses.items[i], address))
			return true;
	return false;
}

static bool has_route(const struct ds_network *network, const struct ds_route *route)
{
	for (size_t i = 0; i < network->routes.count; i++)
		if (ds_route_same(&network->routes.items[i], route))
			return true;
	return false;
}

/* Half: the links and the addresses are back, the routes are not. */
static int restore_network(
	const struct work *work, struct ds_network *now, const struct ds_network *before)
{
	for (size_t i = 0; i < before->links.count; i++) {
		struct ds_link *link =
			(struct ds_link *)ds_link_match(now, &before->links.items[i]);

		if (!link)
			return fail(work, -ENODEV);
		restore_link(work, link, &before->links.items[i]);
	}
	for (size_t i = 0; i < before->addresses.count; i++)
		if (!has_address(now, &before->addresses.items[i]))
			ds_record_copy(&ds_address_record, &before->addresses.items[i],
				ds_list_add(&now->addresses));
	for (size_t i = 0; i < before->routes.count && !work->is_half; i++)
		if (!has_route(now, &before->routes.items[i]))
			ds_record_copy(&ds_route_record, &before->routes.items[i],
				ds_list_add(&now->routes));
	return 0;
}

/* A link comes back here, wherever it was. */
static void move_link(
	struct ds_network *from, struct ds_network *there, const struct ds_link *before)
{
	struct ds_link *link = (struct ds_link *)ds_link_match(from, before);

	if (!link || ds_link_match(there, before))
		return;
	ds_record_copy(&ds_link_record, link, ds_list_add(&there->links));
	ds_record_done(&ds_link_record, link);
	from->links.count--;
	memmove(link, link + 1,
		(from->links.count - (size_t)(link - from->links.items)) * sizeof(*link));
}

/* Half: links are where they belong. */
static int restore_namespaces(
	const struct work *work, struct ds_network *now, const struct ds_network *before)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < before->namespaces.count; i++) {
		const struct ds_namespace *was = &before->namespaces.items[i];
		struct ds_namespace *there =
			(struct ds_namespace *)ds_namespace_find(now, was->inode);

		if (!there)
			return fail(work, -ESRCH);
		for (size_t j = 0; j < was->network.links.count; j++)
			move_link(now, &there->network, &was->network.links.items[j]);
		if (!work->is_half)
			r = restore_network(work, &there->network, &was->network);
	}
	return r;
}

static int do_network_restore(const struct work *work)
{
	struct ds_network *now = &work->state->live.network;
	const struct ds_network *before = &work->before->network;
	int r = restore_namespaces(work, now, before);

	return r < 0 ? r : restore_network(work, now, before);
}

/*
 * Links have their carrier at once here, or never: that is the judge's to see. Settings they have
 * none.
 */
static int do_network_ready(const struct work *work)
{
	const struct ds_network *before = &work->before->network;

	for (size_t i = 0; i < before->links.count; i++)
		if (!ds_link_match(&work->state->live.network, &before->links.items[i]))
			return fail(work, -ETIMEDOUT);
	return 0;
}

/*
 * The owner takes away what it had not made itself, an address here, and does so once; what it took
 * is filled in.
 */
static int do_network_owners(const struct work *work)
{
	struct ds_network *now = &work->state->live.network;

	if (now->addresses.count) {
		size_t last = now->addresses.count - 1;

		ds_record_done(&ds_address_record, &now->addresses.items[last]);
		now->addresses.count = last;
	}
	return work->is_half ? fail(work, -ETIMEDOUT) : do_network_restore(work);
}

static int do_sysctl(const struct work *work)
{
	if (strcmp(work->op->path, "kernel/panic") != 0)
		return fail(work, -ENOENT);
	work->state->live.panic_s = atoi(work->op->value);
	return 0;
}

static int do_sysfs(const struct work *work)
{
	if (strcmp(work->op->path, "kernel/rcu_expedited") != 0)
		return fail(work, -ENOENT);
	work->state->live.rcu_expedited = atoi(work->op->value);
	return 0;
}

/* --- hooks: what a pre hook drains, the other ones of that name let come back ----------- */

static void undrain(ds_strings *drained, const char *name)
{
	for (size_t i = 0; i < drained->count; i++) {
		if (strcmp(drained->items[i], name) != 0)
			continue;
		free(drained->items[i]);
		drained->items[i] = drained->items[--drained->count];
		return;
	}
}

static void break_hook(const struct work *work, const char *what)
{
	if (!work->host->broken[0])
		snprintf(work->host->broken, sizeof(work->host->broken), "%s when %s is run", what,
			work->op->path);
}

/*
 * Never while nothing runs, and in the order of their names; those of a rollback go on after one
 * that failed.
 */
static void check_hook(const struct work *work, bool is_pre, const char *name)
{
	const struct fake_running *running = fake_running_find(work->state, "net");
	const ds_strings *drained = &work->state->disk.drained;
	bool is_second = strcmp(name, "20-b") == 0 && strcmp(work->op->value, "rollback") != 0;

	if (!running && !work->host->setup.is_not_installed)
		break_hook(work, "nothing runs");
	if (running && is_pre &&
		strcmp(running->digest, fake_running_find(&work->host->start, "net")->digest) != 0)
		break_hook(work, "the old code no longer runs");
	if (is_second && ds_strings_has(drained, "10-a") != is_pre)
		break_hook(work, "10-a was not run yet");
}

static int do_hook(const struct work *work)
{
	const char *name = strrchr(work->op->path, '/') + 1;
	bool is_pre = strcmp(work->op->value, "pre") == 0;
	ds_strings *drained = &work->state->disk.drained;

	check_hook(work, is_pre, name);
	if (!is_pre)
		undrain(drained, name);
	else if (!ds_strings_has(drained, name))
		ds_strings_add(drained, name);
	return 0;
}

static int (*const workers[DS_OP_KIND_COUNT])(const struct work *) = {
	[DS_OP_FILE_HOLD] = do_hold,
	[DS_OP_FILE_RELEASE] = do_release,
	[DS_OP_FILE_COPY] = do_copy,
	[DS_OP_FILE_STAGE] = write_like,
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
	[DS_OP_NETWORK_SETTINGS] = do_network_ready,
	[DS_OP_NETWORK_READY] = do_network_ready,
	[DS_OP_LINKS_WAIT] = do_network_ready,
	[DS_OP_NETWORK_OWNERS] = do_network_owners,
	[DS_OP_SYSCTL] = do_sysctl,
	[DS_OP_SYSFS] = do_sysfs,
	[DS_OP_HOOK] = do_hook,
};

static bool is_live(const struct ds_op *op)
{
	return op->kind == DS_OP_MODULE_PROVE || op->kind == DS_OP_MODULE_LOAD ||
	       op->kind == DS_OP_MODULE_INSERT || op->kind == DS_OP_MODULE_UNLOAD ||
	       op->kind == DS_OP_DEVICES_WAIT || op->kind == DS_OP_NETWORK_RESTORE ||
	       op->kind == DS_OP_NETWORK_SETTINGS || op->kind == DS_OP_NETWORK_READY ||
	       op->kind == DS_OP_NETWORK_OWNERS || op->kind == DS_OP_LINKS_WAIT ||
	       op->kind == DS_OP_HOOK;
}

int fake_effect(struct fake_host *host, const struct ds_op *op, const struct ds_host *before,
	bool is_half, struct ds_error *error)
{
	const struct work work = {
		.host = host,
		.state = &host->state,
		.op = op,
		.before = before,
		.is_half = is_half,
		.error = error,
	};

	if (host->is_stuck && is_live(op)) {
		snprintf(host->broken, sizeof(host->broken), "a stuck kernel was asked to %s",
			ds_op_kind_names[op->kind]);
		return fail(&work, -EINPROGRESS);
	}
	return workers[op->kind] ? workers[op->kind](&work) : fail(&work, -EOPNOTSUPP);
}
