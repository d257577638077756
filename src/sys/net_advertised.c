/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the kernel made of a router's advertisement, given back at once with the time it had left.
 *
 * It belongs to the kernel, which asks for the next advertisement as soon as the link is up. But
 * an address that it makes then is deaf while it looks for duplicates, a router may be slow to
 * answer, and a temporary address would never be the same: connections that use it would end. The
 * kernel goes on from what it finds there (6.1: net/ipv6/addrconf.c,
 * addrconf_prefix_rcv_add_addr(); net/ipv6/ndisc.c, ndisc_router_discovery()). So all this is a
 * bridge, and one that cannot be built is no failure.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/ipv6_route.h>
#include <linux/route.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_ip.h"
#include "net_restore.h"

void sys_advertised_describe(const struct sys_change *change, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "bridge with the address %s",
		((const struct ds_address *)change->subject)->local);
}

/* --- addresses ---------------------------------------------------------------------------- */

/*
 * Nobody but the kernel can make a temporary address. As a plain one it serves the connections that
 * use it; being deprecated it is not chosen for new ones, which get the temporary address that the
 * kernel makes now.
 */
static void as_plain(struct ds_address *address)
{
	address->flags &= ~(int64_t)(IFA_F_TEMPORARY | IFA_F_MANAGETEMPADDR);
	address->flags |= IFA_F_NOPREFIXROUTE;
	address->preferred_s = 0;
}

static void put_address(struct sys_restore *restore, const struct ds_address *address)
{
	const struct sys_change change = {
		.describe = sys_advertised_describe, .subject = address, .harmless = EEXIST};
	struct ds_address as_put = *address;

	if (as_put.flags & IFA_F_TEMPORARY)
		as_plain(&as_put);
	if (restore->index_of.find(restore, address->link))
		sys_restore_put_address(restore, &as_put, &change);
}

/* The last first, for the kernel puts each before the others: see put_addresses(). */
void sys_restore_advertised_addresses(struct sys_restore *restore, bool is_upper)
{
	for (size_t i = restore->wanted->addresses.count; i > 0; i--) {
		const struct ds_address *address = &restore->wanted->addresses.items[i - 1];
		const struct ds_link *link = sys_names_find(&restore->names, address->link);

		if (link && link->is_upper == is_upper &&
			ds_address_is_advertised(restore->wanted, address))
			put_address(restore, address);
	}
}

/* --- default routes ----------------------------------------------------------------------- */

struct search {
	uint8_t gateway[SYS_IP_BYTES];
	bool is_there;
};

static int visit_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[RTA_GATEWAY + 1];
	struct search *search = context;

	if (!header || message->nlmsg_type != RTM_NEWROUTE || header->rtm_dst_len != 0)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, RTA_GATEWAY);
	if (sys_attr_bytes(at[RTA_GATEWAY]) == SYS_IP_BYTES &&
		memcmp(mnl_attr_get_payload(at[RTA_GATEWAY]), search->gateway, SYS_IP_BYTES) == 0)
		search->is_there = true;
	return 0;
}

/* Of any metric: the kernel's own, or what we gave back before. */
static bool has_route(struct sys_restore *restore, const struct in6_rtmsg *wanted, int64_t table)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETROUTE, 0);
	struct search search = {0};
	const struct sys_visitor visitor = {visit_route, NULL, &search};
	struct rtmsg *header = sys_message_extra(&request, sizeof(*header));
	struct ds_error ignored;

	memcpy(search.gateway, &wanted->rtmsg_gateway, sizeof(search.gateway));
	header->rtm_family = AF_INET6;
	sys_put_u32(&request, RTA_TABLE, (uint32_t)table);
	sys_put_u32(&request, RTA_OIF, (uint32_t)wanted->rtmsg_ifindex);
	return sys_netlink_dump(&restore->netlink, request.header, &visitor, "", &ignored) < 0 ||
	       search.is_there;
}

/*
 * The flags make it one that the kernel knows for a router's: only this ioctl takes them, rtnetlink
 * does not. At its next advertisement the kernel replaces it by one of its own, for the metric is
 * not the one that it uses (ndisc_router_discovery(), since 5.12); of an equal one made by
 * rtnetlink it would think that it had failed to add it, and hear nothing more of that router.
 */
static struct in6_rtmsg request_of(const struct ds_route *route, uint32_t ifindex, int64_t age_s)
{
	int64_t left_s = route->expires_s - age_s;

	return (struct in6_rtmsg){
		.rtmsg_ifindex = (int)ifindex,
		.rtmsg_metric = (uint32_t)route->priority + 1,
		.rtmsg_info = (unsigned long)(left_s * sysconf(_SC_CLK_TCK)),
		.rtmsg_flags = RTF_UP | RTF_GATEWAY | RTF_ADDRCONF | RTF_DEFAULT | RTF_EXPIRES |
			       RTF_PREF((uint32_t)route->preference & 3),
	};
}

static void put_route(struct sys_restore *restore, int fd, const struct ds_route *route)
{
	const struct ds_nexthop *leg = route->nexthops.items;
	uint32_t ifindex = restore->index_of.find(restore, leg->link);
	struct in6_rtmsg request = request_of(route, ifindex, restore->age_s);

	if (ifindex == 0 || route->expires_s <= restore->age_s ||
		sys_ip_parse(AF_INET6, leg->gateway, (uint8_t *)&request.rtmsg_gateway) < 0 ||
		has_route(restore, &request, route->table))
		return;
	ioctl(fd, SIOCADDRT, &request);
}

/* Programs that take advertisements themselves sign their routes so, too, and have no use for this.
 */
static bool is_heard_by_kernel(const struct sys_restore *restore, const struct ds_route *route)
{
	return sys_conf6_wanted(restore->wanted, route->nexthops.items[0].link, "accept_ra") > 0;
}

void sys_restore_advertised_routes(struct sys_restore *restore)
{
	cleanup_close int fd = -1;

	for (size_t i = 0; i < restore->wanted->routes.count; i++) {
		const struct ds_route *route = &restore->wanted->routes.items[i];

		if (!ds_route_is_advertised(route) || !is_heard_by_kernel(restore, route))
			continue;
		if (fd < 0)
			fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd >= 0)
			put_route(restore, fd, route);
	}
}
