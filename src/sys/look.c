/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One snapshot of the host. */

#include "look.h"

#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "initramfs.h"
#include "kmod.h"
#include "network.h"
#include "storage.h"

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

static int look_network(const struct sys *sys, struct ds_host *host, struct ds_error *error)
{
	ds_strings devices = {0}, kinds = {0};
	int r = look_kinds(host, &kinds);

	for (size_t i = 0; r == 0 && i < host->devices.count; i++)
		r = ds_strings_add(&devices, host->devices.items[i].address);
	if (r < 0)
		ds_error_set(error, r, "out of memory");
	else
		r = sys_network_look(&devices, &kinds, &host->network, error);
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
		r = look_network(sys, host, error);
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
	if (r == 0 && look_unseen(host) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	if (r == 0)
		r = sys_storage_look(host, error);
	return r == 0 ? sys_initramfs_look(host, error) : r;
}

int sys_look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error)
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
