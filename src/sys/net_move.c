/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_move.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "netns.h"
#include "network.h"

/* The links that are not there yet: a network whose links are owned by the snapshot. */
static void missing_done(struct ds_network *missing)
{
	free(missing->links.items);
}

static int missing_add(struct ds_network *missing, const struct ds_link *link)
{
	struct ds_link *place = ds_list_add(&missing->links);

	if (!place)
		return -ENOMEM;
	*place = *link;
	return 0;
}

/* From within: the number of a port stands in a file. */
static int find_missing(
	const struct ds_network *wanted, struct ds_network *missing, struct ds_error *error)
{
	struct sys_netlink netlink __attribute__((cleanup(sys_netlink_close))) = {0};
	struct sys_links links __attribute__((cleanup(sys_links_done))) = {0};
	int code = sys_netlink_open(&netlink, NETLINK_ROUTE, 0, error);

	if (code == 0)
		code = sys_links_dump(&netlink, &links, error);
	for (size_t i = 0; code == 0 && i < wanted->links.count; i++) {
		const struct ds_link *link = &wanted->links.items[i];

		if (link->is_upper || sys_links_match(&links, link))
			continue;
		code = missing_add(missing, link);
		if (code < 0)
			ds_error_set(error, code, "move links: out of memory");
	}
	return code;
}

static int look_there(
	const struct ds_network *wanted, int fd, struct ds_network *missing, struct ds_error *error)
{
	struct sys_stay stay;
	int code = sys_netns_enter(fd, &stay, error), back;

	if (code < 0)
		return code;
	code = find_missing(wanted, missing, error);
	back = sys_netns_leave(&stay, error);
	return back < 0 ? back : code;
}

/* With its name: another link there may have the one that it came back with. */
static int move(struct sys_netlink *netlink, const struct sys_link *have,
	const struct ds_link *want, int fd, struct ds_error *error)
{
	char buffer[256] __attribute__((aligned(NLMSG_ALIGNTO))), what[128];
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_SETLINK, 0);
	struct ifinfomsg *header = sys_message_extra(&request, sizeof(*header));

	header->ifi_index = (int)have->link.ifindex; /* an empty message has room for it */
	sys_put_u32(&request, IFLA_NET_NS_FD, (uint32_t)fd);
	sys_put_text(&request, IFLA_IFNAME, want->name);
	snprintf(what, sizeof(what), "move the link of %s", want->device);
	return sys_netlink_ask(netlink, request.header, NULL, what, error);
}

static int move_all(
	const struct ds_network *missing, int fd, int64_t deadline_ms, struct ds_error *error)
{
	const struct sys_wait wait = {missing, SYS_AWAIT_PORT, deadline_ms, NULL};
	struct sys_netlink netlink __attribute__((cleanup(sys_netlink_close))) = {0};
	struct sys_links links __attribute__((cleanup(sys_links_done))) = {0};
	struct ds_error other;
	int code = sys_netlink_open(&netlink, NETLINK_ROUTE, 0, error);

	if (code == 0)
		code = sys_links_dump(&netlink, &links, error);
	if (code < 0)
		return code;
	code = sys_net_wait(&netlink, &links, &wait, error);
	for (size_t i = 0; i < missing->links.count; i++) {
		const struct ds_link *want = &missing->links.items[i];
		const struct sys_link *have = sys_links_match(&links, want);
		int r = have ? move(&netlink, have, want, fd, code ? &other : error) : 0;

		code = code ? code : r;
	}
	return code;
}

int sys_ports_move(
	const struct ds_network *wanted, int fd, int64_t deadline_ms, struct ds_error *error)
{
	struct ds_network missing __attribute__((cleanup(missing_done))) = {0};
	int code;

	if (wanted->links.count == 0 || wanted->links.items[0].is_upper)
		return 0;
	code = look_there(wanted, fd, &missing, error);
	if (code < 0 || missing.links.count == 0)
		return code;
	return move_all(&missing, fd, deadline_ms, error);
}
