/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where netconsole sends the kernel's log: each target is off once its link went, or once a bond
 * lost a port, and knows all but that (drivers/net/netconsole.c, netconsole_netdev_event(), 6.1).
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "net_losses.h"
#include "net_settings.h"

#define TARGETS "/sys/kernel/config/netconsole"
#define ENABLED "1"

/* Its links are those of the first network namespace. */
static bool is_first_namespace(void)
{
	struct stat ours, first;

	return stat("/proc/thread-self/ns/net", &ours) == 0 &&
	       stat("/proc/1/ns/net", &first) == 0 && ours.st_ino == first.st_ino;
}

static bool is_enabled(const char *target)
{
	cleanup_free char *text = sys_text_read(TARGETS "/%s/enabled", target);

	return ds_string_equal(text, ENABLED);
}

static int target_add(const struct sys_setting_look *look, const char *target)
{
	cleanup_free char *name = sys_text_read(TARGETS "/%s/dev_name", target);
	const struct sys_link *link = name ? sys_links_by_name(look->links, name) : NULL;

	if (!link || (!link->is_ours && !link->is_above) || !is_enabled(target))
		return 0;
	return sys_setting_add(look, DS_SETTING_NETCONSOLE, name, target, ENABLED);
}

int sys_netconsole_look(const struct sys_setting_look *look, struct ds_error *error)
{
	cleanup_closedir DIR *directory = is_first_namespace() ? opendir(TARGETS) : NULL;
	const struct dirent *entry;
	int code = 0;

	(void)error;
	while (code == 0 && directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			code = target_add(look, entry->d_name);
	return code;
}

void sys_netconsole_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), TARGETS "/%s/enabled", want->key);
	sys_setting_ended(put, want,
		strchr(want->key, '/') || want->key[0] == '.' ? -EINVAL
							      : sys_value_write(path, ENABLED));
}

static bool has_any_target(void)
{
	cleanup_closedir DIR *directory = opendir(TARGETS);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && is_enabled(entry->d_name))
			return true;
	return false;
}

/* Targets that came as a parameter of the module stand nowhere. */
int sys_losses_netconsole(struct sys_losses *losses)
{
	cleanup_free char *consoles = sys_text_read("/proc/consoles");

	if (!consoles || !strstr(consoles, "netcon") || !is_first_namespace() || has_any_target())
		return 0;
	return sys_unsee(
		losses, "where netconsole sends to (its parameter tells, and not configfs)");
}
