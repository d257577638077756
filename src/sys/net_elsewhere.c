/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_elsewhere.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

static int give_up(struct ds_network *own, const struct sys_place *place)
{
	char text[PATH_MAX + 64];
	int code = 0;

	for (size_t i = 0; code == 0 && i < place->network.links.count; i++) {
		const struct ds_link *link = &place->network.links.items[i];

		if (!link->is_upper)
			continue; /* its device is found to have no link */
		snprintf(text, sizeof(text), "%s (in the network namespace %s)", link->name,
			place->path);
		code = ds_strings_add(&own->dependents, text);
	}
	return code;
}

static int take_over(struct ds_network *own, struct sys_place *place)
{
	struct ds_namespace *namespace = ds_list_add(&own->namespaces);

	if (!namespace)
		return -ENOMEM;
	*namespace = (struct ds_namespace){
		place->name, place->path, (int64_t)place->inode, place->network};
	place->name = place->path = NULL;
	place->network = (struct ds_network){0};
	return 0;
}

int sys_elsewhere_look(struct sys_world *world, struct sys_place *place,
	const struct sys_link_filter *filter,
	int (*look)(struct sys_place *place, const struct sys_link_filter *filter, bool is_own,
		struct ds_error *error),
	struct ds_error *error)
{
	struct ds_network *own = &world->items[0].network;
	struct sys_stay stay;
	int code, back;

	if (place->network.links.count == 0 && place->network.dependents.count == 0)
		return 0;
	code = sys_netns_enter(place->fd, &stay, error);
	if (code == -ENOTRECOVERABLE)
		return code;
	if (code < 0) {
		code = give_up(own, place);
		return code ? ds_error_set(error, code, "look at the network: out of memory") : 0;
	}
	code = look(place, filter, false, error);
	back = sys_netns_leave(&stay, error);
	if (back < 0)
		return back;
	if (code < 0)
		return ds_error_prefix(error, "netns %s", place->name);
	code = take_over(own, place);
	return code ? ds_error_set(error, code, "look at the network: out of memory") : 0;
}

static bool has_link(const struct ds_network *network, const char *device)
{
	for (size_t i = 0; i < network->links.count; i++) {
		if (ds_string_equal(network->links.items[i].device, device))
			return true;
	}
	for (size_t i = 0; i < network->namespaces.count; i++) {
		if (has_link(&network->namespaces.items[i].network, device))
			return true;
	}
	return false;
}

/* The folder is there as long as the device has a link, whoever may see that (sysfs, 6.1). */
int sys_elsewhere_devices(
	const ds_strings *devices, const struct ds_network *network, ds_strings *ret_devices)
{
	bool is_first = sys_netns_is_first();
	char path[PATH_MAX];
	int code = 0;

	for (size_t i = 0; code == 0 && i < devices->count; i++) {
		const char *slash = strchr(devices->items[i], '/');

		if (!slash || (is_first && has_link(network, devices->items[i])))
			continue;
		snprintf(path, sizeof(path), "/sys/bus/%.*s/devices/%s/net",
			(int)(slash - devices->items[i]), devices->items[i], slash + 1);
		if (access(path, F_OK) == 0)
			code = ds_strings_add(ret_devices, devices->items[i]);
	}
	return code;
}
