/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One snapshot of the host. */

#include "look.h"

#include <errno.h>
#include <json-c/json.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "cleanup.h"
#include "device.h"
#include "initramfs.h"
#include "kmod.h"
#include "network.h"
#include "packages.h"
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

static int look_network(const struct sys *sys, const struct ds_request *request,
	struct ds_host *host, struct ds_error *error)
{
	ds_strings devices = {0}, kinds = {0};
	int r = look_kinds(host, &kinds);

	for (size_t i = 0; r == 0 && i < host->devices.count; i++)
		r = ds_strings_add(&devices, host->devices.items[i].address);
	if (r < 0)
		ds_error_set(error, r, "out of memory");
	else
		r = sys_network_look(&devices, &kinds, sys_caller_address(&request->caller),
			&host->network, error);
	if (r == 0 &&
		ds_record_copy(&ds_returned_record, &sys->returned, &host->network.returned) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	ds_strings_done(&devices);
	ds_strings_done(&kinds);
	return r;
}

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

#define LOOK_MS 60000 /* on a slow disk, under emulation, it takes seconds */

struct look {
	struct ds_door *door;
	const struct ds_request *request;
};

static int look_and_tell(const void *subject, char **ret_text, struct ds_error *error)
{
	const struct look *look = subject;
	struct ds_host host = {0};
	struct json_object *json;
	int r = look_here(look->door, look->request, &host, error);

	if (r < 0)
		return r;
	json = ds_record_to_json(&ds_host_record, &host);
	*ret_text =
		json ? strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN)) : NULL;
	return *ret_text ? 0 : ds_error_set(error, -ENOMEM, "out of memory");
}

static int read_told(const char *text, struct ds_host *ret_host, struct ds_error *error)
{
	struct json_object *json = json_tokener_parse(text);
	int r = ds_record_from_json(&ds_host_record, json, ret_host, error);

	json_object_put(json);
	return r;
}

/*
 * A driver can keep the lock of all links for ever, and whoever asks about one then waits as
 * long. Between the steps that must not happen to the worker, which has a host to bring back: it
 * has a child ask. The first look, which keeps the images that it reads, is before the outage.
 */
int sys_look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error)
{
	const struct look look = {door, request};
	const struct sys_call call = {.make = look_and_tell,
		.subject = &look,
		.what = "look at the host",
		.may_break = true};
	cleanup_free char *text = NULL;
	int r;

	if (request->candidate_from != DS_FROM_NOTHING || sys_of(door)->pins.count == 0)
		return look_here(door, request, ret_host, error);
	r = sys_watch(sys_of(door), &call, sys_now_ms() + LOOK_MS, &text, error);
	return r < 0 ? r : read_told(text, ret_host, error);
}
