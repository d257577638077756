/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "net.h"

static int visit_route(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *at[RTA_MAX + 1];
	uint32_t *ifindex = context;

	if (message->nlmsg_type != RTM_NEWROUTE)
		return 0;
	sys_attrs_of(message, sizeof(struct rtmsg), at, RTA_MAX);
	*ifindex = (uint32_t)sys_attr_u32(at[RTA_OIF], 0);
	return 0;
}

/* 0: there is no route, or it is no address. */
static uint32_t ask_route(struct sys_netlink *netlink, const char *address)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), RTM_GETROUTE, NLM_F_REQUEST);
	struct rtmsg *header = sys_message_extra(&request, sizeof(*header));
	uint32_t ifindex = 0;
	const struct sys_visitor visitor = {.visit = visit_route, .context = &ifindex};
	struct ds_error ignored;
	unsigned char bytes[16];
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	size_t size = family == AF_INET6 ? 16 : 4;

	if (!header || inet_pton(family, address, bytes) != 1)
		return 0;
	header->rtm_family = (unsigned char)family;
	header->rtm_dst_len = (unsigned char)(size * 8);
	sys_put(&request, RTA_DST, bytes, size);
	sys_netlink_ask(netlink, request.header, &visitor, "ask for a route", &ignored);
	return ifindex;
}

/* The name of ours that the traffic passes through, else that of the link itself. */
static const char *name_of(
	const struct sys_links *links, const struct ds_network *network, uint32_t ifindex)
{
	const struct sys_link *upper = sys_links_by_index(links, ifindex);

	for (size_t i = 0; upper && i < network->links.count; i++) {
		const char *name = network->links.items[i].name;
		const struct sys_link *lower = sys_links_by_name(links, name);

		if (lower && sys_links_is_below(links, lower, upper))
			return name;
	}
	return upper ? upper->link.name : NULL;
}

int sys_route_link(const struct ds_network *network, const char *address, char **ret_link,
	struct ds_error *error)
{
	struct sys_netlink netlink;
	struct sys_links links = {0};
	uint32_t ifindex;
	int r = sys_netlink_open(&netlink, NETLINK_ROUTE, 0, error);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	ifindex = ask_route(&netlink, address);
	r = ifindex ? sys_links_dump(&netlink, &links, error) : 0;
	sys_links_sort(&links);
	if (r == 0 && ds_string_set(ret_link, name_of(&links, network, ifindex)) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	sys_links_done(&links);
	sys_netlink_close(&netlink);
	return r == -ENOMEM ? r : 0;
}

/* --- the caller ------------------------------------------------------------------------- */

/* wg0, tun0: what is sent there is sent again, in packets of another kind, by some other link. */
static bool is_tunnel(const char *link)
{
	static const unsigned long plain[] = {ARPHRD_ETHER, ARPHRD_LOOPBACK, ARPHRD_INFINIBAND};
	cleanup_free char *type = sys_text_read("/sys/class/net/%s/type", link);
	cleanup_free char *device = sys_link_name("/sys/class/net/%s/device", link);

	if (!type || device)
		return false;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strtoul(type, NULL, 10) == plain[i])
			return false;
	return true;
}

int sys_route_mark_caller(struct ds_network *network, const char *peer, struct ds_error *error)
{
	cleanup_free char *name = NULL;
	int r = sys_route_link(network, peer, &name, error);

	for (size_t i = 0; r == 0 && name && i < network->links.count; i++) {
		struct ds_link *link = &network->links.items[i];

		link->has_caller_ssh |= ds_string_equal(link->name, name) ||
					(link->has_default_route && is_tunnel(name));
	}
	return r;
}
