/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage_device.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "drvswap/record.h"
#include "file.h"

#define STACK_MAX 8 /* LVM on dm-crypt on multipath on a partition ... */

static bool walk(const char *path, int depth, struct sys_remote_device *ret_device);

static bool take(
	struct sys_remote_device *ret_device, const char *kind, const char *path, char *address)
{
	ds_string_format(&ret_device->kind, "%s (%s)", kind, strrchr(path, '/') + 1);
	ret_device->address = address;
	return true;
}

/* ".../host2/session1/target2:0:0/...": the session has a connection of the same number. */
static bool take_iscsi(const char *path, struct sys_remote_device *ret_device)
{
	const char *session = strstr(path, "/session");
	unsigned int number;

	if (!session || sscanf(session, "/session%u/", &number) != 1)
		return false;
	return take(ret_device, "iscsi", path,
		sys_text_read(
			"/sys/class/iscsi_connection/connection%u:0/persistent_address", number));
}

/* "traddr=192.0.2.1,trsvcid=4420,..." stands with the controller, the parent of the disk. */
static bool take_fabrics(const char *path, struct sys_remote_device *ret_device)
{
	cleanup_free char *words = NULL;
	char *address = NULL, *found;

	if (!strstr(path, "/nvme-fabrics/"))
		return false;
	words = sys_text_read("%s/../address", path);
	found = words ? strstr(words, "traddr=") : NULL;
	if (found)
		address = strndup(found + 7, strcspn(found + 7, ","));
	return take(ret_device, "nvme over fabrics", path, address);
}

/* Known by its name; the kernel does not tell where the other end is. */
static bool take_named(const char *path, struct sys_remote_device *ret_device)
{
	static const char *const names[] = {"nbd", "rbd", "drbd", "etherd!"};
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return take(ret_device, names[i], path, NULL);
	return false;
}

static bool take_itself(const char *path, struct sys_remote_device *ret_device)
{
	return take_iscsi(path, ret_device) || take_fabrics(path, ret_device) ||
	       take_named(path, ret_device);
}

static bool walk_slaves(const char *path, int depth, struct sys_remote_device *ret_device)
{
	cleanup_free char *slaves = NULL;
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;

	if (ds_string_format(&slaves, "%s/slaves", path) < 0)
		return false;
	directory = opendir(slaves);
	while (directory && (entry = readdir(directory))) {
		cleanup_free char *slave = NULL, *resolved = NULL;

		if (entry->d_name[0] == '.' ||
			ds_string_format(&slave, "%s/%s", slaves, entry->d_name) < 0)
			continue;
		resolved = realpath(slave, NULL);
		if (resolved && walk(resolved, depth + 1, ret_device))
			return true;
	}
	return false;
}

static bool walk(const char *path, int depth, struct sys_remote_device *ret_device)
{
	return depth < STACK_MAX &&
	       (take_itself(path, ret_device) || walk_slaves(path, depth, ret_device));
}

bool sys_storage_device(
	unsigned int major, unsigned int minor, struct sys_remote_device *ret_device)
{
	char link[64];
	cleanup_free char *path = NULL;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major, minor);
	path = realpath(link, NULL);
	return path && walk(path, 0, ret_device);
}
