/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The module and its holders, through libkmod and /sys/module. */

#include <dirent.h>
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "look.h"
#include "running.h"

static int no_memory(struct ds_error *error)
{
	return ds_error_set(error, -ENOMEM, "out of memory");
}

/* --- the module ------------------------------------------------------------------------- */

/* Calls take for each name in a directory; a directory that is not there is empty. */
static int each_name(int (*take)(struct ds_module *, const char *), struct ds_module *module,
	const char *directory_name)
{
	char path[PATH_MAX];
	cleanup_closedir DIR *directory = NULL;
	struct dirent *entry;
	int r = 0;

	snprintf(path, sizeof(path), "/sys/module/%s/%s", module->name, directory_name);
	directory = opendir(path);
	while (r == 0 && directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			r = take(module, entry->d_name);
	return r;
}

static int take_driver(struct ds_module *module, const char *name)
{
	return ds_strings_add(&module->drivers, name);
}

/* Parameters that cannot be read (mode 0, or 0400 and we are not root) are left out. */
static int take_param(struct ds_module *module, const char *name)
{
	char *value = sys_text_read("/sys/module/%s/parameters/%s", module->name, name);
	struct ds_param *param = value ? ds_list_add(&module->params) : NULL;

	if (!param) {
		free(value);
		return value ? -ENOMEM : 0;
	}
	param->value = value;
	return ds_string_set(&param->name, name);
}

static int look_running(struct ds_module *module, struct ds_error *error)
{
	cleanup_free char *refcnt = sys_text_read("/sys/module/%s/refcnt", module->name);
	cleanup_free char *modules = sys_text_read("/proc/modules");
	int r = sys_running_identity(module->name, &module->identity, error);

	if (r < 0)
		return r;
	module->refcnt = refcnt ? strtoll(refcnt, NULL, 10) : -1;
	module->is_permanent = sys_running_is_permanent(modules, module->name);
	module->taint = sys_text_read("/sys/module/%s/taint", module->name);
	if (each_name(take_driver, module, "drivers") < 0 ||
		each_name(take_param, module, "parameters") < 0)
		return no_memory(error);
	return 0;
}

static int look_configuration(struct kmod_module *kmod_module, struct ds_host *host)
{
	const char *path = kmod_module_get_path(kmod_module);

	if (ds_string_set(&host->installed.path, path) < 0 ||
		ds_string_set(&host->module.options, kmod_module_get_options(kmod_module)) < 0)
		return -ENOMEM;
	return ds_string_set(
		&host->module.install_command, kmod_module_get_install_commands(kmod_module));
}

int sys_look_module(
	struct kmod_ctx *kmod, const char *name, struct ds_host *host, struct ds_error *error)
{
	struct ds_module *module = &host->module;
	struct kmod_module *kmod_module;
	int r = kmod_module_new_from_name(kmod, name, &kmod_module);

	if (r < 0)
		return ds_error_set(error, r, "libkmod: %s", strerror(-r));
	r = ds_string_set(&module->name, kmod_module_get_name(kmod_module));
	if (r == 0)
		r = look_configuration(kmod_module, host);
	if (r == 0) {
		bool is_builtin = kmod_module_get_initstate(kmod_module) == KMOD_MODULE_BUILTIN;

		module->state = is_builtin                ? DS_MODULE_BUILTIN
				: host->kernel.is_offline ? DS_MODULE_ABSENT
							  : (int)sys_running_state(module->name);
	}
	kmod_module_unref(kmod_module);
	if (r < 0)
		return no_memory(error);
	if (module->state == DS_MODULE_ABSENT || module->state == DS_MODULE_BUILTIN)
		return 0;
	return look_running(module, error);
}

/* --- holders ---------------------------------------------------------------------------- */

static bool has_holder(const struct ds_module *module, const char *name)
{
	for (size_t i = 0; i < module->holders.count; i++)
		if (strcmp(module->holders.items[i].name, name) == 0)
			return true;
	return false;
}

static int count_names(const char *name)
{
	char path[PATH_MAX];
	cleanup_closedir DIR *directory = NULL;
	struct dirent *entry;
	int count = 0;

	snprintf(path, sizeof(path), "/sys/module/%s/holders", name);
	directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	return count;
}

/* Each holder has one reference; what is left was taken by something else. */
static int64_t foreign_refs_of(const char *name, int64_t refcnt)
{
	return refcnt > 0 ? refcnt - count_names(name) : 0;
}

static int describe_holder(
	struct ds_module *module, struct kmod_module *kmod_holder, struct ds_error *error)
{
	const char *name = kmod_module_get_name(kmod_holder);
	const char *path = kmod_module_get_path(kmod_holder);
	struct ds_holder *holder = ds_list_add(&module->holders);
	cleanup_free char *modules = sys_text_read("/proc/modules");
	struct ds_image image = {0};
	int r;

	if (!holder || ds_string_set(&holder->name, name) < 0 ||
		ds_string_set(&holder->path, path) < 0 ||
		ds_string_set(&holder->options, kmod_module_get_options(kmod_holder)) < 0)
		return no_memory(error);
	holder->is_permanent = sys_running_is_permanent(modules, name);
	holder->foreign_refs = foreign_refs_of(name, kmod_module_get_refcnt(kmod_holder));
	r = sys_running_identity(name, &holder->identity, error);
	if (r < 0 || !path)
		return r;
	r = sys_look_image(path, &image, error);
	if (r == 0) {
		/* The lists change hands. */
		holder->installed = image.identity;
		holder->imports.items = image.imports.items;
		holder->imports.count = image.imports.count;
		image.identity = (struct ds_identity){0};
		image.imports.items = NULL;
		image.imports.count = 0;
		ds_record_done(&ds_image_record, &image);
	}
	return r;
}

/* Depth first: who uses a holder goes before the holder. */
static int add_holders_of(
	struct ds_module *module, struct kmod_module *kmod_module, struct ds_error *error)
{
	struct kmod_list *holders = kmod_module_get_holders(kmod_module), *item;
	int r = 0;

	kmod_list_foreach(item, holders)
	{
		struct kmod_module *holder = kmod_module_get_module(item);

		if (r == 0 && !has_holder(module, kmod_module_get_name(holder))) {
			r = add_holders_of(module, holder, error);
			if (r == 0 && !has_holder(module, kmod_module_get_name(holder)))
				r = describe_holder(module, holder, error);
		}
		kmod_module_unref(holder);
	}
	kmod_module_unref_list(holders);
	return r;
}

int sys_look_holders(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error)
{
	struct kmod_module *kmod_module;
	int r;

	if (host->module.state != DS_MODULE_LIVE)
		return 0;
	host->module.foreign_refs = foreign_refs_of(host->module.name, host->module.refcnt);
	if (count_names(host->module.name) == 0)
		return 0;
	r = kmod_module_new_from_name(kmod, host->module.name, &kmod_module);
	if (r < 0)
		return ds_error_set(error, r, "libkmod: %s", strerror(-r));
	r = add_holders_of(&host->module, kmod_module, error);
	kmod_module_unref(kmod_module);
	return r;
}
