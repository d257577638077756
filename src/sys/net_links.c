/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's links as a table: dumped once, kept up to date by messages, searched. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net.h"

#define STACK_DEPTH 16 /* the kernel allows eight levels of upper devices */

void sys_links_done(struct sys_links *links)
{
	for (size_t i = 0; i < links->count; i++)
		sys_link_done(&links->items[i]);
	free(links->items);
	sys_nexthops_done(&links->nexthops);
	*links = (struct sys_links){0};
}

static int compare_index(const void *a, const void *b)
{
	int64_t left = ((const struct sys_link *)a)->link.ifindex;
	int64_t right = ((const struct sys_link *)b)->link.ifindex;

	return (left > right) - (left < right);
}

void sys_links_sort(struct sys_links *links)
{
	if (links->count)
		qsort(links->items, links->count, sizeof(*links->items), compare_index);
}

struct sys_link *sys_links_by_index(const struct sys_links *links, uint32_t ifindex)
{
	const struct sys_link key = {.link.ifindex = ifindex};

	if (links->count == 0 || ifindex == 0)
		return NULL;
	return bsearch(&key, links->items, links->count, sizeof(key), compare_index);
}

struct sys_link *sys_links_by_name(const struct sys_links *links, const char *name)
{
	for (size_t i = 0; name && i < links->count; i++) {
		if (ds_string_equal(links->items[i].link.name, name))
			return &links->items[i];
	}
	return NULL;
}

/* Kernels before 5.14 do not tell the parent device of a link. */
static int device_from_sysfs(struct sys_link *link)
{
	char device[256], bus[64];

	if (link->link.device || link->kind[0])
		return 0;
	if (sys_net_sysfs_target(link->link.name, "device", device, sizeof(device)) < 0 ||
		sys_net_sysfs_target(link->link.name, "device/subsystem", bus, sizeof(bus)) < 0)
		return 0;
	return ds_string_format(&link->link.device, "%s/%s", bus, device);
}

static int links_add(struct sys_links *links, const struct nlmsghdr *message)
{
	struct sys_link *link = ds_list_add(links);
	int code;

	if (!link)
		return -ENOMEM;
	code = sys_link_decode(message, link);
	if (code < 0) {
		links->count--;
		return code == -EBADMSG ? 0 : code;
	}
	return device_from_sysfs(link);
}

static int visit_link(const struct nlmsghdr *message, void *context)
{
	return message->nlmsg_type == RTM_NEWLINK ? links_add(context, message) : 0;
}

static void restart_links(void *context)
{
	sys_links_done(context);
}

int sys_links_dump(struct sys_netlink *netlink, struct sys_links *links, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit_link, restart_links, links};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	int code;

	sys_links_done(links);
	sys_message_extra(&request, sizeof(struct ifinfomsg));
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	code = sys_netlink_dump(netlink, request.header, &visitor, "read the links", error);
	if (code < 0)
		sys_links_done(links);
	sys_links_sort(links);
	return code;
}

/* What was added at the end goes to its place, which mostly is the end. */
static void last_settle(struct sys_links *links)
{
	size_t place = links->count - 1;
	const struct sys_link last = links->items[place];

	while (place > 0 && compare_index(&links->items[place - 1], &last) > 0)
		place--;
	memmove(&links->items[place + 1], &links->items[place],
		(links->count - 1 - place) * sizeof(last));
	links->items[place] = last;
}

int sys_links_insert(struct sys_links *links, struct sys_link *link)
{
	struct sys_link *place = ds_list_add(links);

	if (!place)
		return -ENOMEM;
	*place = *link;
	*link = (struct sys_link){0};
	last_settle(links);
	return 0;
}

static void links_remove(struct sys_links *links, uint32_t ifindex)
{
	struct sys_link *link = sys_links_by_index(links, ifindex);
	size_t behind;

	if (!link)
		return;
	sys_link_done(link);
	behind = links->count - (size_t)(link - links->items) - 1;
	memmove(link, link + 1, behind * sizeof(*link));
	links->count--;
}

/* A multicast message. Those of AF_BRIDGE tell of a port, not of the link's life. */
int sys_links_update(struct sys_links *links, const struct nlmsghdr *message)
{
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	size_t before;
	int code = 0;

	if (!header || header->ifi_family != AF_UNSPEC)
		return 0;
	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return 0;
	links_remove(links, (uint32_t)header->ifi_index);
	before = links->count;
	if (message->nlmsg_type == RTM_NEWLINK)
		code = links_add(links, message);
	if (links->count > before)
		last_settle(links);
	return code;
}

static bool link_is_port(struct sys_link *link, const struct ds_link *wanted)
{
	const struct ds_network one = {.links = {.items = &link->link, .count = 1}};

	if (!ds_string_equal(link->link.device, wanted->device))
		return false;
	if (link->link.dev_port < 0 && link->link.device)
		link->link.dev_port = sys_net_sysfs_number(link->link.name, "dev_port", 0);
	return ds_link_match(&one, wanted) != NULL;
}

/*
 * Links without a device are made again under their former index where that is free: there is
 * looked first, for there may be thousands of them.
 */
struct sys_link *sys_links_match(const struct sys_links *links, const struct ds_link *wanted)
{
	struct sys_link *former =
		wanted->device ? NULL : sys_links_by_index(links, (uint32_t)wanted->ifindex);

	if (former && link_is_port(former, wanted))
		return former;
	for (size_t i = 0; i < links->count; i++) {
		if (link_is_port(&links->items[i], wanted))
			return &links->items[i];
	}
	return NULL;
}

static bool is_below(const struct sys_links *links, const struct sys_link *lower,
	const struct sys_link *upper, int depth)
{
	if (lower == upper)
		return true;
	if (depth == 0)
		return false;
	for (size_t i = 0; i < links->count; i++) {
		const struct sys_link *link = &links->items[i];
		bool is_step = link->master_index == upper->link.ifindex ||
			       upper->lower_index == link->link.ifindex;

		if (is_step && link != upper && is_below(links, lower, link, depth - 1))
			return true;
	}
	return false;
}

bool sys_links_is_below(
	const struct sys_links *links, const struct sys_link *lower, const struct sys_link *upper)
{
	return is_below(links, lower, upper, STACK_DEPTH);
}
