/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the candidate imports, and what the kernel has. The sources are asked in the order of
 * their cost, each only for what is still open: the imports of the installed module, the files of
 * the dependencies, Module.symvers, the kernel's symbol table, and the files of other modules.
 */

#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "look.h"
#include "running.h"

/* --- dependencies ----------------------------------------------------------------------- */

static int add_dependency(
	struct kmod_ctx *kmod, struct ds_host *host, const char *name, struct ds_error *error)
{
	struct ds_dependency *dependency = ds_list_add(&host->dependencies);
	struct kmod_module *module;
	int r;

	if (!dependency || ds_string_set(&dependency->name, name) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	if (kmod_module_new_from_name(kmod, name, &module) < 0)
		return 0;
	dependency->is_loaded = !host->kernel.is_offline &&
				sys_running_state(kmod_module_get_name(module)) == DS_MODULE_LIVE;
	dependency->is_builtin = kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN;
	r = ds_string_set(&dependency->name, kmod_module_get_name(module));
	if (r == 0)
		r = ds_string_set(&dependency->path, kmod_module_get_path(module));
	kmod_module_unref(module);
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}

int sys_look_dependencies(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < host->candidate_image.depends.count; i++)
		r = add_dependency(kmod, host, host->candidate_image.depends.items[i], error);
	return r;
}

/* --- the list of what is open ----------------------------------------------------------- */

static int by_symbol(const void *a, const void *b)
{
	return strcmp(((const struct ds_requirement *)a)->symbol,
		((const struct ds_requirement *)b)->symbol);
}

/* Sorted, for the sources are long and are looked up in it. */
static int list_requirements(struct ds_host *host)
{
	for (size_t i = 0; i < host->candidate_image.imports.count; i++) {
		const struct ds_symbol *import = &host->candidate_image.imports.items[i];
		struct ds_requirement *need = ds_list_add(&host->requirements);

		if (!need || ds_string_set(&need->symbol, import->name) < 0)
			return -ENOMEM;
		need->has_wanted_crc = import->has_crc;
		need->wanted_crc = import->crc;
	}
	if (host->requirements.count > 0)
		qsort(host->requirements.items, host->requirements.count,
			sizeof(struct ds_requirement), by_symbol);
	return 0;
}

static struct ds_requirement *find(struct ds_host *host, char *symbol)
{
	struct ds_requirement key = {.symbol = symbol};

	return host->requirements.count == 0
		       ? NULL
		       : bsearch(&key, host->requirements.items, host->requirements.count,
				 sizeof(key), by_symbol);
}

static bool is_settled(const struct ds_requirement *need)
{
	return need->is_known && (need->has_crc_in_force || !need->has_wanted_crc);
}

static bool all_settled(const struct ds_host *host)
{
	for (size_t i = 0; i < host->requirements.count; i++)
		if (!is_settled(&host->requirements.items[i]))
			return false;
	return true;
}

/* "module_layout" is no symbol that anything exports to be called; only its CRC counts. */
static bool is_layout(const char *symbol)
{
	return strcmp(symbol, "module_layout") == 0;
}

static int settle(struct ds_requirement *need, const struct ds_symbol *symbol, const char *provider,
	const char *source)
{
	need->is_known = true;
	need->is_exported = true;
	if (symbol->has_crc && !need->has_crc_in_force) {
		need->has_crc_in_force = true;
		need->crc_in_force = symbol->crc;
		if (ds_string_set(&need->crc_source, source) < 0)
			return -ENOMEM;
	}
	return provider ? ds_string_set(&need->provider, provider) : 0;
}

static int settle_all(struct ds_host *host, const struct ds_symbol *symbols, size_t count,
	const char *provider, const char *source)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct ds_requirement *need = find(host, symbols[i].name);

		if (need && !is_settled(need))
			r = settle(need, &symbols[i], provider, source);
	}
	return r;
}

/* --- sources ---------------------------------------------------------------------------- */

/*
 * The kernel resolved them for the module that runs, so they are in force; of a kernel that does
 * not run we believe that it would.
 */
static int ask_installed(struct ds_host *host)
{
	const struct ds_image *installed = &host->installed_image;

	return host->kernel.is_offline || ds_host_runs_installed(host)
		       ? settle_all(host, installed->imports.items, installed->imports.count, NULL,
				 host->kernel.is_offline ? host->installed.path
							 : "the module that runs")
		       : 0;
}

static int ask_dependencies(struct ds_host *host, struct ds_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < host->dependencies.count; i++) {
		const struct ds_dependency *dependency = &host->dependencies.items[i];
		struct ds_image image = {0};

		if (!dependency->path)
			continue;
		r = sys_look_image(dependency->path, &image, error);
		if (r == 0)
			r = settle_all(host, image.exports.items, image.exports.count,
				dependency->name, dependency->path);
		ds_record_done(&ds_image_record, &image);
	}
	return r;
}

/* "0x7c24b32d\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n" */
static int take_symvers(struct ds_host *host, char *line, const char *path)
{
	char *crc = strsep(&line, "\t"), *name = strsep(&line, "\t"), *module = strsep(&line, "\t");
	struct ds_requirement *need = name && module ? find(host, name) : NULL;
	struct ds_symbol symbol = {.name = name, .has_crc = true};

	if (!need || is_settled(need))
		return 0;
	symbol.crc = (int64_t)strtoul(crc, NULL, 16);
	return settle(need, &symbol, strcmp(module, "vmlinux") == 0 ? NULL : module, path);
}

/*
 * Of a kernel that does not run: all exports are in that list or in the files of dependencies, and
 * so what is in neither is exported by nobody.
 */
static void close_list(struct ds_host *host)
{
	for (size_t i = 0; host->kernel.is_offline && i < host->requirements.count; i++)
		if (!is_layout(host->requirements.items[i].symbol))
			host->requirements.items[i].is_known = true;
}

static int ask_symvers(struct ds_host *host)
{
	static const char *const patterns[] = {"/lib/modules/%s/build/Module.symvers",
		"/lib/modules/%s/symvers.gz", "/boot/symvers-%s.gz"};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		char path[PATH_MAX];
		struct sys_blob image = {0};
		struct ds_error ignored;
		cleanup_free char *text = NULL;
		char *rest, *line;
		int r = 0;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path, sizeof(path), patterns[i], host->kernel.release);
#pragma GCC diagnostic pop
		if (sys_file_image(path, &image, NULL, &ignored) < 0)
			continue;
		text = strndup((const char *)image.bytes, image.size);
		sys_blob_done(&image);
		rest = text;
		while (r == 0 && rest && (line = strsep(&rest, "\n")))
			r = take_symvers(host, line, path);
		if (text && r == 0)
			close_list(host);
		return text ? r : -ENOMEM;
	}
	return 0;
}

/* "ffffffff82a1f0c4 r __ksymtab_kfree" or, for a module's, "... r __ksymtab_x\t[module]". */
static void take_kallsyms(struct ds_host *host, char *line)
{
	static const char prefix[] = "__ksymtab_";
	char *name = strstr(line, prefix);
	struct ds_requirement *need;

	if (!name)
		return;
	name += sizeof(prefix) - 1;
	name[strcspn(name, "\t\n ")] = '\0';
	need = find(host, name);
	if (need) {
		need->is_known = true;
		need->is_exported = true;
	}
}

/* What is not in the table is not exported, unless the kernel lists no exports there at all. */
static void ask_kallsyms(struct ds_host *host)
{
	cleanup_fclose FILE *file = fopen("/proc/kallsyms", "re");
	cleanup_free char *line = NULL;
	size_t room = 0;
	bool lists_exports = false;

	while (file && getline(&line, &room, file) > 0) {
		lists_exports |= strstr(line, "__ksymtab_") != NULL;
		take_kallsyms(host, line);
	}
	for (size_t i = 0; lists_exports && i < host->requirements.count; i++)
		if (!is_layout(host->requirements.items[i].symbol))
			host->requirements.items[i].is_known = true;
}

/* Other loaded modules import many symbols: their CRCs are in force as well. */
static int ask_neighbours(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error)
{
	struct kmod_list *list = NULL, *item;
	int r = 0;

	if (kmod_module_new_from_loaded(kmod, &list) < 0)
		return 0;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);
		const char *path = kmod_module_get_path(module);
		struct ds_identity running = {0};
		struct ds_image image = {0};

		if (r == 0 && path && !all_settled(host)) {
			r = sys_look_image(path, &image, error);
			if (r == 0)
				r = sys_running_identity(
					kmod_module_get_name(module), &running, error);
			if (r == 0 &&
				ds_identity_compare(&running, &image.identity, NULL) == DS_SAME_YES)
				r = settle_all(
					host, image.imports.items, image.imports.count, NULL, path);
		}
		ds_record_done(&ds_image_record, &image);
		ds_record_done(&ds_identity_record, &running);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return r;
}

int sys_look_symbols(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error)
{
	bool is_anywhere =
		host->module.state != DS_MODULE_ABSENT || host->installed.type != DS_FILE_ABSENT;
	int r;

	/* Where there is nothing to replace nobody asks, and the kernel's symbol table is long. */
	if (!is_anywhere)
		return 0;
	r = list_requirements(host);

	if (r == 0)
		r = ask_installed(host);
	if (r == 0 && !all_settled(host))
		r = ask_dependencies(host, error);
	if (r == 0 && !all_settled(host))
		r = ask_symvers(host);
	if (r == 0 && !host->kernel.is_offline && !all_settled(host)) {
		ask_kallsyms(host);
		r = ask_neighbours(kmod, host, error);
	}
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}
