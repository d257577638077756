/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_elsewhere.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

struct tour {
	const struct sys_links *links;
	ds_strings *dependents;
	int own; /* our namespace */
	DS_LIST(ino_t) seen;
	const char *where; /* path of the one being visited */
	int64_t own_id;    /* our number there; -1: nothing there knows of us */
};

static bool is_seen(const struct tour *tour, ino_t inode)
{
	for (size_t i = 0; i < tour->seen.count; i++) {
		if (tour->seen.items[i] == inode)
			return true;
	}
	return false;
}

static int visit_id(const struct nlmsghdr *message, void *context)
{
	struct tour *tour = context;
	const struct nlattr *at[NETNSA_NSID + 1];

	sys_attrs_of(message, sizeof(struct rtgenmsg), at, NETNSA_NSID);
	tour->own_id = (int32_t)sys_attr_u32(at[NETNSA_NSID], -1);
	return 0;
}

static int visit_link(const struct nlmsghdr *message, void *context)
{
	struct tour *tour = context;
	const struct nlattr *at[IFLA_LINK_NETNSID + 1];
	const struct sys_link *lower;
	char text[PATH_MAX + 64];

	if (!sys_message_header(message, sizeof(struct ifinfomsg)))
		return 0;
	sys_attrs_of(message, sizeof(struct ifinfomsg), at, IFLA_LINK_NETNSID);
	lower = sys_links_by_index(tour->links, (uint32_t)sys_attr_u32(at[IFLA_LINK], 0));
	if (!lower || !lower->is_ours || !at[IFLA_LINK_NETNSID] ||
		(int32_t)sys_attr_u32(at[IFLA_LINK_NETNSID], -1) != tour->own_id)
		return 0;
	snprintf(text, sizeof(text), "%s (in the network namespace %s)",
		sys_attr_text(at[IFLA_IFNAME]) ? sys_attr_text(at[IFLA_IFNAME]) : "?", tour->where);
	return ds_strings_has(tour->dependents, text) ? 0 : ds_strings_add(tour->dependents, text);
}

/* What the socket, which is of the other namespace, shows. A namespace may vanish meanwhile. */
static int search(struct tour *tour, struct sys_netlink *netlink)
{
	const struct sys_visitor ids = {.visit = visit_id, .context = tour};
	const struct sys_visitor links = {.visit = visit_link, .context = tour};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETNSID, 0);
	struct ds_error ignored;

	tour->own_id = -1;
	sys_message_extra(&request, sizeof(struct rtgenmsg));
	sys_put_u32(&request, NETNSA_FD, (uint32_t)tour->own);
	if (sys_netlink_ask(netlink, request.header, &ids, "", &ignored) < 0 || tour->own_id < 0)
		return 0;
	request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	sys_message_extra(&request, sizeof(struct ifinfomsg));
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return sys_netlink_dump(netlink, request.header, &links, "", &ignored) == -ENOMEM ? -ENOMEM
											  : 0;
}

/* "net:[4026531840]": cheaper than to open it, where nearly all processes share one. */
static bool is_link_to_seen(const struct tour *tour, const char *path)
{
	char target[64];
	ssize_t got = readlink(path, target, sizeof(target) - 1);

	target[got > 0 ? got : 0] = '\0';
	if (strncmp(target, "net:[", 5) != 0)
		return false;
	return is_seen(tour, strtoull(target + 5, NULL, 10));
}

/* A socket stays in the namespace that it was made in: we are there for that one call. */
static int visit_namespace(struct tour *tour, const char *path, struct ds_error *error)
{
	struct sys_netlink netlink __attribute__((cleanup(sys_netlink_close))) = {0};
	cleanup_close int fd = -1;
	struct stat status;
	struct ds_error ignored;
	ino_t *place;
	int code;

	if (is_link_to_seen(tour, path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0 || is_seen(tour, status.st_ino))
		return 0;
	place = ds_list_add(&tour->seen);
	if (!place)
		return -ENOMEM;
	*place = status.st_ino;
	if (setns(fd, CLONE_NEWNET) < 0)
		return 0;
	code = sys_netlink_open(&netlink, NETLINK_ROUTE, 0, &ignored);
	if (setns(tour->own, CLONE_NEWNET) < 0)
		return ds_error_set(
			error, -errno, "return to the own network namespace: %s", strerror(errno));
	if (code < 0)
		return 0;
	tour->where = path;
	code = search(tour, &netlink);
	tour->where = NULL;
	return code;
}

static int visit_all(struct tour *tour, struct ds_error *error)
{
	static const struct {
		const char *folder, *rest;
	} places[] = {{"/run/netns", ""}, {"/proc", "/ns/net"}};
	char path[PATH_MAX];
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(places) / sizeof(places[0]); i++) {
		cleanup_closedir DIR *directory = opendir(places[i].folder);
		const struct dirent *entry;

		while (code == 0 && directory && (entry = readdir(directory))) {
			bool is_process = isdigit((unsigned char)entry->d_name[0]);

			if (entry->d_name[0] == '.' || (*places[i].rest && !is_process))
				continue;
			snprintf(path, sizeof(path), "%s/%s%s", places[i].folder, entry->d_name,
				places[i].rest);
			code = visit_namespace(tour, path, error);
		}
	}
	return code;
}

int sys_elsewhere_look(
	const struct sys_links *links, ds_strings *dependents, struct ds_error *error)
{
	cleanup_close int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct tour tour = {.links = links, .dependents = dependents, .own = own};
	struct stat status;
	ino_t *place;
	int code;

	if (own < 0 || fstat(own, &status) < 0)
		return 0; /* a kernel without namespaces */
	place = ds_list_add(&tour.seen);
	if (place)
		*place = status.st_ino;
	code = place ? visit_all(&tour, error) : -ENOMEM;
	free(tour.seen.items);
	return code == -ENOMEM ? ds_error_set(error, code, "look into namespaces: out of memory")
			       : code;
}

static bool has_link(const struct ds_network *network, const char *device)
{
	for (size_t i = 0; i < network->links.count; i++) {
		if (ds_string_equal(network->links.items[i].device, device))
			return true;
	}
	return false;
}

/* The folder is there as long as the device has a link, whoever may see that (sysfs, 6.1). */
int sys_elsewhere_devices(
	const ds_strings *devices, const struct ds_network *network, ds_strings *ret_devices)
{
	char path[PATH_MAX];
	int code = 0;

	for (size_t i = 0; code == 0 && i < devices->count; i++) {
		const char *slash = strchr(devices->items[i], '/');

		if (!slash || has_link(network, devices->items[i]))
			continue;
		snprintf(path, sizeof(path), "/sys/bus/%.*s/devices/%s/net",
			(int)(slash - devices->items[i]), devices->items[i], slash + 1);
		if (access(path, F_OK) == 0)
			code = ds_strings_add(ret_devices, devices->items[i]);
	}
	return code;
}
