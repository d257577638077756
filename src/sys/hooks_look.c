/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which hooks there are. What could have been written by someone other than root is no hook. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hooks.h"
#include "trust.h"

/* Left behind by editors and package managers, and what explains the rest. */
static bool is_leftover(const char *name)
{
	static const char *const parts[] = {
		"~", ".dpkg-", ".rpmnew", ".rpmsave", ".rpmorig", ".ucf-", ".bak", "README"};

	if (name[0] == '.')
		return true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

static int is_hook(const struct dirent *entry)
{
	return !is_leftover(entry->d_name);
}

/* By their bytes: no locale has a say in what comes first. */
static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_hook(
	struct ds_host *host, enum ds_hook_when when, const char *directory, const char *name)
{
	struct ds_hook *hook = ds_list_add(&host->hooks);
	struct ds_error why = {0};

	if (!hook)
		return -ENOMEM;
	hook->when = (int)when;
	if (ds_string_format(&hook->path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	if (sys_trust_program(hook->path, &hook->is_off, &why) < 0)
		return ds_string_set(&hook->trouble, why.text);
	return 0;
}

static int look_directory(struct ds_host *host, enum ds_hook_when when)
{
	char directory[64], text[128];
	struct dirent **names = NULL;
	int count, r = 0;

	snprintf(directory, sizeof(directory), SYS_HOOKS_DIR "/%s", ds_hook_when_names[when]);
	count = scandir(directory, &names, is_hook, compare);
	if (count < 0 && errno != ENOENT) {
		snprintf(text, sizeof(text), "the hooks (%s: %s)", directory, strerror(errno));
		return ds_strings_add(&host->unseen, text);
	}
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = add_hook(host, when, directory, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}

int sys_hooks_look(struct ds_host *host)
{
	int r = 0;

	for (int when = 0; r == 0 && when < DS_HOOK_WHEN_COUNT; when++)
		r = look_directory(host, (enum ds_hook_when)when);
	return r;
}
