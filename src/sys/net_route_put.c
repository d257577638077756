/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes: from the record to RTM_NEWROUTE. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "hex.h"
#include "net.h"
#include "net_ip.h"

#define METRICS_BYTES 1024

enum sys_route_pass sys_route_pass(const struct ds_route *route)
{
	if (route->nexthops.count > 1)
		return SYS_PASS_MULTIPATH;
	if (route->nexthops.count == 1 && route->nexthops.items[0].gateway)
		return SYS_PASS_GATEWAY;
	return SYS_PASS_ON_LINK;
}

size_t sys_route_messages(const struct ds_route *route)
{
	if (route->family == AF_INET6 && route->nexthops.count > 1)
		return route->nexthops.count;
	return 1;
}

/* The hex is the content of RTA_METRICS as it was read: attributes that need no translation. */
static int put_metrics(struct sys_message *message, const char *hex)
{
	uint8_t bytes[METRICS_BYTES];
	size_t count = 0;
	int code = hex ? sys_hex_read(hex, bytes, sizeof(bytes), &count) : 0;

	if (!hex || code < 0)
		return code;
	sys_put(message, RTA_METRICS | NLA_F_NESTED, bytes, count);
	return 0;
}

static int put_via(struct sys_message *message, const struct ds_nexthop *nexthop)
{
	struct {
		uint16_t family;
		uint8_t address[SYS_IP_BYTES];
	} via = {.family = (uint16_t)nexthop->gateway_family};
	int code = sys_ip_parse(nexthop->gateway_family, nexthop->gateway, via.address);

	if (code == 0)
		sys_put(message, RTA_VIA, &via,
			sizeof(via.family) + sys_ip_bytes(nexthop->gateway_family));
	return code;
}

static int put_gateway(
	struct sys_message *message, const struct ds_route *route, const struct ds_nexthop *nexthop)
{
	if (!nexthop->gateway)
		return 0;
	if (nexthop->gateway_family && nexthop->gateway_family != route->family)
		return put_via(message, nexthop);
	return sys_ip_put(message, RTA_GATEWAY, route->family, nexthop->gateway);
}

static int find_link(
	const struct sys_index_of *index_of, const struct ds_nexthop *nexthop, uint32_t *ret_index)
{
	*ret_index = nexthop->link ? index_of->find(index_of->context, nexthop->link) : 0;
	return *ret_index ? 0 : -ENODEV;
}

static int put_leg(struct sys_message *message, const struct ds_route *route,
	const struct ds_nexthop *nexthop, const struct sys_index_of *index_of)
{
	size_t start = message->header->nlmsg_len;
	struct rtnexthop *leg;
	uint32_t ifindex;
	int code = find_link(index_of, nexthop, &ifindex);

	if (code < 0)
		return code;
	leg = sys_put_bare(message, sizeof(*leg));
	if (!leg)
		return -EMSGSIZE;
	leg->rtnh_ifindex = (int)ifindex;
	leg->rtnh_hops = (uint8_t)(nexthop->weight > 0 ? nexthop->weight - 1 : 0);
	leg->rtnh_flags = (uint8_t)(nexthop->flags & RTNH_F_ONLINK);
	code = put_gateway(message, route, nexthop);
	if (nexthop->realms)
		sys_put_u32(message, RTA_FLOW, (uint32_t)nexthop->realms);
	leg->rtnh_len = (uint16_t)(message->header->nlmsg_len - start);
	return code;
}

/* All legs of an IPv4 route, the one leg that part means of an IPv6 route. */
static int put_multipath(struct sys_message *message, const struct ds_route *route, size_t part,
	const struct sys_index_of *index_of)
{
	bool is_split = sys_route_messages(route) > 1;
	size_t nest = sys_nest_begin(message, RTA_MULTIPATH);
	int code = nest ? 0 : -EMSGSIZE;

	for (size_t i = 0; i < route->nexthops.count && code == 0; i++) {
		if (!is_split || i == part)
			code = put_leg(message, route, &route->nexthops.items[i], index_of);
	}
	if (code == 0)
		sys_nest_end(message, nest);
	return code;
}

static int put_nexthops(struct sys_message *message, struct rtmsg *header,
	const struct ds_route *route, size_t part, const struct sys_index_of *index_of)
{
	const struct ds_nexthop *only = route->nexthops.items;
	uint32_t ifindex;
	int code;

	if (route->nexthops.count > 1)
		return put_multipath(message, route, part, index_of);
	if (route->nexthops.count == 0)
		return 0;
	code = find_link(index_of, only, &ifindex);
	if (code < 0)
		return code;
	header->rtm_flags = (uint32_t)only->flags & RTNH_F_ONLINK;
	sys_put_u32(message, RTA_OIF, ifindex);
	return put_gateway(message, route, only);
}

static void header_fill(struct rtmsg *header, const struct ds_route *route)
{
	header->rtm_family = (uint8_t)route->family;
	header->rtm_dst_len = (uint8_t)route->prefix;
	header->rtm_tos = (uint8_t)route->tos;
	header->rtm_table = (uint8_t)(route->table < 256 ? route->table : RT_TABLE_COMPAT);
	header->rtm_protocol = (uint8_t)route->protocol;
	header->rtm_scope = (uint8_t)route->scope;
	header->rtm_type = (uint8_t)route->type;
}

static int put_keys(struct sys_message *message, const struct ds_route *route, int64_t age_s)
{
	int code = sys_ip_put(message, RTA_DST, route->family, route->destination);

	if (code == 0)
		code = sys_ip_put(message, RTA_PREFSRC, route->family, route->preferred_source);
	if (code == 0)
		code = put_metrics(message, route->metrics);
	sys_put_u32(message, RTA_TABLE, (uint32_t)route->table);
	if (route->priority)
		sys_put_u32(message, RTA_PRIORITY, (uint32_t)route->priority);
	if (route->realms)
		sys_put_u32(message, RTA_FLOW, (uint32_t)route->realms);
	if (route->preference)
		sys_put_u8(message, RTA_PREF, (uint8_t)route->preference);
	if (route->expires_s > age_s)
		sys_put_u32(message, RTA_EXPIRES, (uint32_t)(route->expires_s - age_s));
	return code;
}

int sys_route_encode(struct sys_message *message, const struct ds_route *route, size_t part,
	bool with_nexthop_id, int64_t age_s, const struct sys_index_of *index_of)
{
	struct rtmsg *header = sys_message_extra(message, sizeof(*header));
	int code;

	if (!header)
		return -EMSGSIZE;
	if (route->expires_s > 0 && route->expires_s <= age_s)
		return -ETIME;
	header_fill(header, route);
	code = put_keys(message, route, age_s);
	if (code < 0)
		return code;
	if (with_nexthop_id && route->nexthop_id) {
		/* Exclusive with all that says the same in another way. */
		sys_put_u32(message, RTA_NH_ID, (uint32_t)route->nexthop_id);
		return 0;
	}
	return put_nexthops(message, header, route, part, index_of);
}
