/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One snapshot of the host. */

#include "look.h"

#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "device.h"
#include "hooks.h"
#include "initramfs.h"
#include "kmod.h"
#include "network.h"
#include "packages.h"
#include "route.h"
#include "storage.h"
#include "watch.h"

/* The kinds of virtual links that the module makes are aliases of it: "rtnl-link-dummy". */
static int look_kinds(const struct ds_host *host, ds_strings *ret_kinds)
{
	static const char prefix[] = "rtnl-link-";
	const ds_strings *aliases = &host->installed_image.aliases;
	int r = 0;

	for (size_t i = 0; r == 0 && i < aliases->count; i++)
		if (strncmp(aliases->items[i], prefix, sizeof(prefix) - 1) == 0)
			r = ds_strings_add(ret_kinds, aliases->items[i] + sizeof(prefix) - 1);
	return r;
}

/* What kept us from seeing something that a check would have looked at. */
static int look_unseen(struct ds_host *host)
{
	static const struct {
		const char *path, *what;
	} needed[] = {
		{"/sys/kernel/security/lockdown", "kernel lockdown"},
		{"/dev/kmsg", "the kernel's log"},
		{"/proc/keys", "the kernel's keys"},
		{SYS_STATE_DIR "/.", "the journal and the original"},
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		char text[128];

		if (access(needed[i].path, R_OK) == 0 || errno == ENOENT)
			continue;
		snprintf(text, sizeof(text), "%s (%s: %s)", needed[i].what, needed[i].path,
			strerror(errno));
		if (ds_strings_add(&host->unseen, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* --- the network ------------------------------------------------------------------------ */

#define LOOK_MS   60000 /* on a slow disk, under emulation, it takes seconds */
#define STATUS_MS 5000  /* a person waits, and has enough to see without it */

/* What the network is asked about. */
struct network_look {
	ds_strings devices, kinds;
	const char *caller, *peer;
};

static int look_network_here(
	const struct network_look *look, struct ds_network *ret_network, struct ds_error *error)
{
	int r = sys_network_look(&look->devices, &look->kinds, look->caller, ret_network, error);

	return r < 0 || !look->peer ? r : sys_route_mark_caller(ret_network, look->peer, error);
}

static int look_network_and_tell(const void *subject, void *ret_object, struct ds_error *error)
{
	return look_network_here(subject, ret_object, error);
}

/*
 * A driver can keep the lock of all links for ever, and whoever asks about one then waits as
 * long: a child asks.
 */
static int look_network_apart(struct sys *sys, const struct network_look *look, int64_t patience_ms,
	struct ds_network *ret_network, struct ds_error *error)
{
	const struct sys_call call = {.make = look_network_and_tell,
		.subject = look,
		.record = &ds_network_record,
		.what = "look at the network",
		.may_break = true};

	return sys_watch(sys, &call, sys_now_ms() + patience_ms, ret_network, error);
}

static int look_network_with(struct sys *sys, const struct ds_request *request,
	const struct network_look *look, struct ds_host *host, struct ds_error *error)
{
	bool is_status = request->verb == DS_VERB_STATUS;
	int r;

	if (sys->is_apart || look->devices.count + look->kinds.count == 0)
		return look_network_here(look, &host->network, error);
	r = look_network_apart(sys, look, is_status ? STATUS_MS : LOOK_MS, &host->network, error);
	/* Who asks for the status wants to know what there is, most of all when something hangs. */
	if (r < 0 && is_status) {
		r = ds_strings_add(&host->unseen, error->text);
		if (r < 0)
			ds_error_set(error, r, "out of memory");
	}
	return r;
}

static int look_network(struct sys *sys, const struct ds_request *request, struct ds_host *host,
	struct ds_error *error)
{
	struct network_look look = {
		.caller = sys_caller_address(&request->caller),
		.peer = sys_caller_peer(&request->caller),
	};
	int r = look_kinds(host, &look.kinds);

	for (size_t i = 0; r == 0 && i < host->devices.count; i++)
		r = ds_strings_add(&look.devices, host->devices.items[i].address);
	r = r < 0 ? ds_error_set(error, r, "out of memory")
		  : look_network_with(sys, request, &look, host, error);
	if (r == 0 &&
		ds_record_copy(&ds_returned_record, &sys->returned, &host->network.returned) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	ds_strings_done(&look.devices);
	ds_strings_done(&look.kinds);
	return r;
}

/* --- all -------------------------------------------------------------------------------- */

static int look_with(struct kmod_ctx *kmod, struct sys *sys, const struct ds_request *request,
	struct ds_host *host, struct ds_error *error)
{
	int r = sys_look_kernel(request->kernel, host, error);

	if (r == 0)
		r = sys_look_module(kmod, request->module, host, error);
	if (r == 0)
		r = sys_look_holders(kmod, host, error);
	if (r == 0)
		r = sys_look_files(sys, host, error);
	if (r == 0)
		r = sys_devices_look(host, error);
	if (r == 0)
		r = look_network(sys, request, host, error);
	/* A transaction looks often, and needs neither the images nor a candidate. */
	if (r == 0 && request->verb == DS_VERB_STATUS)
		return sys_initramfs_look(host, error);
	if (r < 0 || request->candidate_from == DS_FROM_NOTHING)
		return r;
	r = sys_look_vermagic(kmod, host, error);
	if (r == 0)
		r = sys_look_candidate(sys, request, host, error);
	if (r == 0)
		r = sys_look_dependencies(kmod, host, error);
	if (r == 0)
		r = sys_look_symbols(kmod, host, error);
	if (r == 0 && sys_packages_look(&host->at_work, &host->package_locks) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	if (r == 0 && look_unseen(host) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	if (r == 0 && sys_hooks_look(host) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	if (r == 0)
		r = sys_storage_look(host, error);
	return r == 0 ? sys_initramfs_look(host, error) : r;
}

static int look_here(struct ds_door *door, const struct ds_request *request,
	struct ds_host *ret_host, struct ds_error *error)
{
	struct kmod_ctx *kmod;
	int r = sys_kmod_open(request->kernel, &kmod, error);

	if (r < 0)
		return r;
	r = look_with(kmod, sys_of(door), request, ret_host, error);
	kmod_unref(kmod);
	if (r < 0) {
		ds_record_done(&ds_host_record, ret_host);
		return ds_error_prefix(error, "look at %s", request->module);
	}
	return 0;
}

/* --- apart ------------------------------------------------------------------------------ */

struct look {
	struct ds_door *door;
	const struct ds_request *request;
};

static int look_and_tell(const void *subject, void *ret_object, struct ds_error *error)
{
	const struct look *look = subject;

	sys_of(look->door)->is_apart = true;
	return look_here(look->door, look->request, ret_object, error);
}

/*
 * Between the steps all of the look is made by a child, for the worker has a host to bring back.
 * The first look, which keeps the images that it reads, is before the outage; of that one only the
 * network is asked about apart.
 */
int sys_look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error)
{
	const struct look look = {door, request};
	const struct sys_call call = {.make = look_and_tell,
		.subject = &look,
		.record = &ds_host_record,
		.what = "look at the host",
		.may_break = true};

	if (request->candidate_from != DS_FROM_NOTHING || sys_of(door)->pins.count == 0)
		return look_here(door, request, ret_host, error);
	return sys_watch(sys_of(door), &call, sys_now_ms() + LOOK_MS, ret_host, error);
}
