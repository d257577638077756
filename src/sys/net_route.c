/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes: from RTM_NEWROUTE to the record. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hex.h"
#include "net.h"
#include "net_ip.h"

#define LAST_ATTR RTA_NH_ID

static const struct {
	uint16_t type;
	size_t offset;
} numbers[] = {
	{RTA_PRIORITY, offsetof(struct ds_route, priority)},
	{RTA_FLOW, offsetof(struct ds_route, realms)},
	{RTA_NH_ID, offsetof(struct ds_route, nexthop_id)},
};

/* Of routes that are none of IP's: what is told of them where they hang on a link of ours. */
static const struct {
	uint8_t family;
	const char *text;
} others[] = {
	{AF_MPLS, "the MPLS routes over its links"},
	{RTNL_FAMILY_IPMR, "the multicast routes of IPv4 over its links"},
	{RTNL_FAMILY_IP6MR, "the multicast routes of IPv6 over its links"},
};

static const char *other_text(const struct rtmsg *header)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].family == header->rtm_family)
			return others[i].text;
	return NULL;
}

/* Cached routes are no configuration; the kernel fills the local table by itself. */
static bool route_is_foreign(const struct rtmsg *header)
{
	return sys_ip_bytes(header->rtm_family) == 0 || header->rtm_flags & RTM_F_CLONED ||
	       (header->rtm_table == RT_TABLE_LOCAL && header->rtm_protocol == RTPROT_KERNEL);
}

/* One that wraps packets, or looks at their source, would come back as another one without it. */
static bool route_is_beyond_us(const struct rtmsg *header, const struct nlattr *const *at)
{
	return header->rtm_src_len || at[RTA_ENCAP];
}

static int read_metrics(char **ret_hex, const struct nlattr *attr)
{
	size_t count = sys_attr_bytes(attr);

	if (count == 0)
		return 0;
	*ret_hex = sys_hex_write(mnl_attr_get_payload(attr), count);
	return *ret_hex ? 0 : -ENOMEM;
}

/* An IPv4 route may go by an IPv6 gateway, and then says so in RTA_VIA. */
static int read_via(struct ds_nexthop *nexthop, const struct nlattr *attr)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t bytes = sys_attr_bytes(attr);

	if (bytes < sizeof(via->rtvia_family))
		return 0;
	nexthop->gateway_family = via->rtvia_family;
	return sys_ip_read_bytes(via->rtvia_family, via->rtvia_addr,
		bytes - sizeof(via->rtvia_family), &nexthop->gateway);
}

static int nexthop_add(struct ds_route *route, const struct sys_links *links, uint32_t ifindex,
	const struct nlattr *const *at)
{
	const struct sys_link *link = sys_links_by_index(links, ifindex);
	struct ds_nexthop *nexthop = ds_list_add(&route->nexthops);
	int code;

	if (!nexthop)
		return -ENOMEM;
	nexthop->weight = 1;
	code = link ? ds_string_set(&nexthop->link, link->link.name) : 0;
	if (code == 0 && at[RTA_VIA])
		return read_via(nexthop, at[RTA_VIA]);
	if (code == 0)
		code = sys_ip_read(route->family, at[RTA_GATEWAY], &nexthop->gateway);
	nexthop->gateway_family = nexthop->gateway ? route->family : 0;
	return code;
}

/* Hands each leg of RTA_MULTIPATH to visit, until one returns other than 0. */
static int legs_each(const struct nlattr *multipath,
	int (*visit)(const struct rtnexthop *leg, const struct nlattr *const *at, void *context),
	void *context)
{
	const struct rtnexthop *leg = multipath ? mnl_attr_get_payload(multipath) : NULL;
	size_t left = sys_attr_bytes(multipath);
	int code = 0;

	while (leg && code == 0 && left >= sizeof(*leg) && leg->rtnh_len >= sizeof(*leg) &&
		leg->rtnh_len <= left) {
		const struct nlattr *at[LAST_ATTR + 1];
		size_t step = sys_align(leg->rtnh_len);

		sys_attrs_range(leg + 1, leg->rtnh_len - sizeof(*leg), at, LAST_ATTR);
		code = visit(leg, at, context);
		left -= step < left ? step : left;
		leg = (const void *)((const char *)leg + step);
	}
	return code;
}

struct route_legs {
	struct ds_route *route;
	const struct sys_links *links;
};

static int leg_add(const struct rtnexthop *leg, const struct nlattr *const *at, void *context)
{
	const struct route_legs *legs = context;
	struct ds_route *route = legs->route;
	struct ds_nexthop *added;
	int code;

	if (at[RTA_ENCAP])
		return -EOPNOTSUPP;
	code = nexthop_add(route, legs->links, (uint32_t)leg->rtnh_ifindex, at);
	if (code < 0)
		return code;
	added = &route->nexthops.items[route->nexthops.count - 1];
	added->weight = leg->rtnh_hops + 1;
	added->flags = leg->rtnh_flags & RTNH_F_ONLINK;
	added->realms = sys_attr_u32(at[RTA_FLOW], 0);
	return 0;
}

static int read_nexthops(struct ds_route *route, const struct rtmsg *header,
	const struct nlattr *const *at, const struct sys_links *links)
{
	struct route_legs legs = {route, links};
	uint32_t ifindex = (uint32_t)sys_attr_u32(at[RTA_OIF], 0);
	int code;

	if (at[RTA_MULTIPATH])
		return legs_each(at[RTA_MULTIPATH], leg_add, &legs);
	if (ifindex == 0)
		return 0; /* blackhole and its kin */
	code = nexthop_add(route, links, ifindex, at);
	if (code == 0)
		route->nexthops.items[0].flags = header->rtm_flags & RTNH_F_ONLINK;
	return code;
}

/* The kernel counts this in its clock ticks, but takes seconds. */
static int64_t read_expires(const struct rtmsg *header, const struct nlattr *attr)
{
	struct rta_cacheinfo info;
	long ticks = sysconf(_SC_CLK_TCK);

	if (header->rtm_family != AF_INET6 || sys_attr_bytes(attr) < sizeof(info) || ticks <= 0)
		return 0;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	return info.rta_expires > 0 ? (info.rta_expires + ticks - 1) / ticks : 0;
}

static void read_numbers(
	struct ds_route *route, const struct rtmsg *header, const struct nlattr *const *at)
{
	route->family = header->rtm_family;
	route->table = sys_attr_u32(at[RTA_TABLE], header->rtm_table);
	route->type = header->rtm_type;
	route->scope = header->rtm_scope;
	route->protocol = header->rtm_protocol;
	route->tos = header->rtm_tos;
	route->prefix = header->rtm_dst_len;
	route->preference = sys_attr_u8(at[RTA_PREF], 0);
	route->expires_s = read_expires(header, at[RTA_CACHEINFO]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*(int64_t *)((char *)route + numbers[i].offset) =
			sys_attr_u32(at[numbers[i].type], 0);
}

static int route_fill(struct ds_route *route, const struct rtmsg *header,
	const struct nlattr *const *at, const struct sys_links *links)
{
	int code;

	read_numbers(route, header, at);
	code = sys_ip_read(route->family, at[RTA_DST], &route->destination);
	if (code == 0)
		code = sys_ip_read(route->family, at[RTA_PREFSRC], &route->preferred_source);
	if (code == 0)
		code = read_metrics(&route->metrics, at[RTA_METRICS]);
	return code ? code : read_nexthops(route, header, at, links);
}

int sys_route_decode(
	const struct nlmsghdr *message, const struct sys_links *links, struct ds_route *ret)
{
	const struct rtmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[LAST_ATTR + 1];
	struct ds_route route = {0};
	int code;

	if (!header)
		return -EBADMSG;
	sys_attrs_of(message, sizeof(*header), at, LAST_ATTR);
	if (other_text(header))
		return -EOPNOTSUPP;
	if (route_is_foreign(header))
		return -EAFNOSUPPORT;
	if (route_is_beyond_us(header, at))
		return -EOPNOTSUPP;
	code = route_fill(&route, header, at, links);
	if (code < 0)
		ds_record_done(&ds_route_record, &route);
	else
		*ret = route;
	return code;
}

int sys_route_lost(const struct nlmsghdr *message, ds_strings *texts)
{
	const struct rtmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[LAST_ATTR + 1];
	const char *why = header->rtm_src_len ? "looks at the source" : "encapsulates";
	const char *other = other_text(header);
	char *destination = NULL, *text = NULL;
	int code;

	if (other)
		return ds_strings_has(texts, other) ? 0 : ds_strings_add(texts, other);
	sys_attrs_of(message, sizeof(*header), at, LAST_ATTR);
	code = sys_ip_read(header->rtm_family, at[RTA_DST], &destination);
	if (code == 0)
		code = destination ? ds_string_format(&text, "the route to %s/%u, which %s",
					     destination, (unsigned int)header->rtm_dst_len, why)
				   : ds_string_format(&text, "a default route, which %s", why);
	if (code == 0 && !ds_strings_has(texts, text))
		code = ds_strings_add(texts, text);
	free(destination);
	free(text);
	return code;
}

static bool index_is_ours(const struct sys_links *links, int64_t ifindex)
{
	const struct sys_link *link = sys_links_by_index(links, (uint32_t)ifindex);

	return link && link->is_ours;
}

static int leg_is_ours(const struct rtnexthop *leg, const struct nlattr *const *at, void *context)
{
	(void)at;
	return index_is_ours(context, leg->rtnh_ifindex);
}

/* A route by its own legs outlives a carrier that goes; one by a nexthop object goes with that. */
static bool nexthop_goes(const struct sys_links *links, const struct nlattr *id)
{
	size_t count;
	const struct sys_nexthop *rows =
		sys_nexthops_find(&links->nexthops, (uint32_t)sys_attr_u32(id, 0), &count);

	for (size_t i = 0; i < count; i++) {
		const struct sys_link *link = sys_links_by_index(links, rows[i].ifindex);

		if (link && (link->is_ours || link->is_above))
			return true;
	}
	return false;
}

static bool source_is_ours(
	int64_t family, const struct nlattr *prefsrc, const struct ds_network *network)
{
	char *source = NULL;
	bool is_ours = false;

	if (!prefsrc || sys_ip_read(family, prefsrc, &source) < 0 || !source)
		return false;
	for (size_t i = 0; i < network->addresses.count && !is_ours; i++)
		is_ours = ds_string_equal(network->addresses.items[i].local, source);
	free(source);
	return is_ours;
}

bool sys_route_uses_ours(const struct nlmsghdr *message, const struct sys_links *links,
	const struct ds_network *network)
{
	const struct rtmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[LAST_ATTR + 1];

	if (!header)
		return false;
	sys_attrs_of(message, sizeof(*header), at, LAST_ATTR);
	return index_is_ours(links, sys_attr_u32(at[RTA_OIF], 0)) ||
	       (other_text(header) && index_is_ours(links, sys_attr_u32(at[RTA_IIF], 0))) ||
	       nexthop_goes(links, at[RTA_NH_ID]) ||
	       legs_each(at[RTA_MULTIPATH], leg_is_ours, (void *)(uintptr_t)links) ||
	       source_is_ours(header->rtm_family, at[RTA_PREFSRC], network);
}

static void mark_default(struct sys_links *links, int64_t ifindex)
{
	struct sys_link *link = sys_links_by_index(links, (uint32_t)ifindex);

	if (link)
		link->has_default_route = true;
}

static int leg_mark_default(
	const struct rtnexthop *leg, const struct nlattr *const *at, void *context)
{
	(void)at;
	mark_default(context, leg->rtnh_ifindex);
	return 0;
}

void sys_route_mark_default(const struct nlmsghdr *message, struct sys_links *links)
{
	const struct rtmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[LAST_ATTR + 1];
	const struct sys_nexthop *rows;
	size_t count;

	if (!header || header->rtm_dst_len || header->rtm_type != RTN_UNICAST ||
		header->rtm_flags & RTM_F_CLONED)
		return;
	sys_attrs_of(message, sizeof(*header), at, LAST_ATTR);
	mark_default(links, sys_attr_u32(at[RTA_OIF], 0));
	legs_each(at[RTA_MULTIPATH], leg_mark_default, links);
	rows = sys_nexthops_find(
		&links->nexthops, (uint32_t)sys_attr_u32(at[RTA_NH_ID], 0), &count);
	for (size_t i = 0; i < count; i++)
		mark_default(links, rows[i].ifindex);
}
