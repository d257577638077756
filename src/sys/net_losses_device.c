/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that come and go with a link, and that programs have open: the clock of a NIC (PTP), the
 * queue of a macvtap, RDMA.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "file.h"
#include "holder.h"
#include "net_losses.h"

#define CLASS_NET  "/sys/class/net/"
#define CLASS_RDMA "/sys/class/infiniband"

static const struct family {
	const char *kind;   /* of the link; NULL: a port */
	const char *folder; /* below that of the link; one folder in it for each device */
	const char *what;
} families[] = {
	{NULL, "device/ptp", "clock"},
	{"macvtap", "macvtap", "queue"},
	{"ipvtap", "ipvtap", "queue"},
};

static int device_lose(struct sys_losses *losses, const struct ds_link *link,
	const struct family *family, const char *name)
{
	cleanup_free char *text =
		sys_text_read(CLASS_NET "%s/%s/%s/dev", link->name, family->folder, name);
	unsigned int major, minor;
	char holder[128];

	if (!text || sscanf(text, "%u:%u", &major, &minor) != 2 ||
		!sys_device_holder(makedev(major, minor), holder, sizeof(holder)))
		return 0;
	return sys_lose(
		losses, "the %s %s of %s that %s has open", family->what, name, link->name, holder);
}

static int family_lose(
	struct sys_losses *losses, const struct ds_link *link, const struct family *family)
{
	char path[PATH_MAX];
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;
	int code = 0;

	snprintf(path, sizeof(path), CLASS_NET "%s/%s", link->name, family->folder);
	directory = opendir(path);
	while (code == 0 && directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			code = device_lose(losses, link, family, entry->d_name);
	return code;
}

int sys_losses_devices(struct sys_losses *losses)
{
	const struct ds_network *network = losses->look->network;
	int code = 0;

	for (size_t i = 0; code == 0 && i < network->links.count; i++) {
		const struct ds_link *link = &network->links.items[i];

		for (size_t j = 0; code == 0 && j < sizeof(families) / sizeof(families[0]); j++)
			if (ds_string_equal(link->is_upper ? link->kind : NULL, families[j].kind))
				code = family_lose(losses, link, &families[j]);
	}
	return code;
}

/*
 * One that is made of software on a link stands nowhere below that link; it names it, the newer
 * ones beside the first of the addresses that it made of the link's.
 */
static char *rdma_link(const char *device)
{
	char *name = sys_text_read(CLASS_RDMA "/%s/parent", device);

	return name ? name : sys_text_read(CLASS_RDMA "/%s/ports/1/gid_attrs/ndevs/0", device);
}

int sys_rdma_blockers(const struct ds_network *network, ds_strings *ret_blockers)
{
	cleanup_closedir DIR *directory = opendir(CLASS_RDMA);
	const struct dirent *entry;
	int code = 0;

	while (code == 0 && directory && (entry = readdir(directory))) {
		cleanup_free char *name = entry->d_name[0] == '.' ? NULL : rdma_link(entry->d_name);
		char text[128];

		if (!name || !ds_link_find(network, name))
			continue;
		snprintf(text, sizeof(text), "%s has an RDMA device", name);
		if (!ds_strings_has(ret_blockers, text))
			code = ds_strings_add(ret_blockers, text);
	}
	return code;
}
