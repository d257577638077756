/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose is an address or a route, and when are two of them the same? */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/network.h"

/* What an administrator gives an address; all other flags are the kernel's bookkeeping. */
#define IPV4_FLAGS (IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)
#define IPV6_FLAGS                                                                                 \
	(IFA_F_TEMPORARY | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |        \
		IFA_F_MCAUTOJOIN)

/* The interface part that the kernel makes of a MAC, with ff:fe in its middle. */
static bool is_eui64(const struct ds_address *address)
{
	struct in6_addr bytes;

	return inet_pton(AF_INET6, address->local, &bytes) == 1 && bytes.s6_addr[11] == 0xff &&
	       bytes.s6_addr[12] == 0xfe;
}

/*
 * Kernels before 5.18 do not tell who made an address. What they make by themselves is link-local,
 * or comes from a router and then has a lifetime, and in both cases its last half is the kernel's
 * choice. A program that makes such addresses (networkd, NetworkManager) adds their prefix route
 * by itself.
 */
static bool looks_automatic(const struct ds_address *address)
{
	bool is_chosen = address->flags & IFA_F_STABLE_PRIVACY || is_eui64(address);

	if (address->flags & IFA_F_NOPREFIXROUTE || address->prefix != 64)
		return false;
	return is_chosen && (address->scope == RT_SCOPE_LINK || address->valid_s >= 0);
}

bool ds_address_is_ours(const struct ds_address *address)
{
	if (address->protocol >= IFAPROT_KERNEL_LO && address->protocol <= IFAPROT_KERNEL_LL)
		return false;
	if (address->family != AF_INET6)
		return true;
	if (address->flags & IFA_F_TEMPORARY)
		return false;
	return address->protocol || !looks_automatic(address);
}

/* The kernel's own, and no other host has it. */
static bool is_proven(const struct ds_address *address)
{
	const uint32_t unproven = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_OPTIMISTIC;

	return !ds_address_is_ours(address) && address->family == AF_INET6 &&
	       !(address->flags & unproven);
}

bool ds_address_is_from_mac(const struct ds_address *address)
{
	return is_proven(address) && address->scope == RT_SCOPE_LINK && address->valid_s < 0 &&
	       is_eui64(address);
}

/* The kernel made the local table, and in older kernels did not sign the multicast route in it. */
static bool is_local_bookkeeping(const struct ds_route *route)
{
	return route->table == RT_TABLE_LOCAL &&
	       (route->type == RTN_MULTICAST || route->type == RTN_BROADCAST ||
		       route->type == RTN_ANYCAST || ds_string_equal(route->destination, "ff00::"));
}

static bool is_member(const struct ds_route *route, const char *member, int64_t prefix)
{
	unsigned char of_route[sizeof(struct in6_addr)], of_member[sizeof(struct in6_addr)];
	size_t bytes = (size_t)prefix / 8;
	int bits = (int)prefix % 8;

	if (route->prefix != prefix || !route->destination ||
		inet_pton((int)route->family, route->destination, of_route) != 1 ||
		inet_pton((int)route->family, member, of_member) != 1)
		return false;
	return memcmp(of_route, of_member, bytes) == 0 &&
	       (bits == 0 || (of_route[bytes] ^ of_member[bytes]) >> (8 - bits) == 0);
}

/* Is it the route that the kernel would make of the address, were it allowed to? */
static bool is_prefix_route(const struct ds_route *route, const struct ds_address *address)
{
	bool has_other_end = address->family == AF_INET && address->peer;

	return route->family == address->family &&
	       is_member(route, has_other_end ? address->peer : address->local, address->prefix);
}

/* Which it makes whatever it is told (net/ipv6/addrconf.c, __ipv6_ifa_notify(), 6.1). */
static bool is_peer_route(const struct ds_route *route, const struct ds_address *address)
{
	return address->family == AF_INET6 && address->peer && route->family == AF_INET6 &&
	       (is_member(route, address->peer, 128) ||
		       is_member(route, address->peer, address->prefix));
}

/* A router may give addresses of a network and keep the way to it to itself. */
static bool is_on_link(const struct ds_network *network, const struct ds_address *address)
{
	for (size_t i = 0; i < network->routes.count; i++) {
		const struct ds_route *route = &network->routes.items[i];

		if (route->protocol == RTPROT_KERNEL && route->type == RTN_UNICAST &&
			route->nexthops.count == 1 &&
			ds_string_equal(route->nexthops.items[0].link, address->link) &&
			is_prefix_route(route, address))
			return true;
	}
	return false;
}

bool ds_address_is_advertised(const struct ds_network *network, const struct ds_address *address)
{
	return is_proven(address) && address->scope != RT_SCOPE_LINK &&
	       address->scope != RT_SCOPE_HOST &&
	       (address->flags & IFA_F_TEMPORARY || is_on_link(network, address));
}

bool ds_route_is_advertised(const struct ds_route *route)
{
	return route->family == AF_INET6 && route->protocol == RTPROT_RA &&
	       route->type == RTN_UNICAST && !route->destination && route->expires_s > 0 &&
	       route->nexthops.count == 1 && route->nexthops.items[0].gateway;
}

/* IP6_RT_PRIO_ADDRCONF of the kernel, where the address tells no metric. */
#define IPV6_METRIC 256

static int64_t metric_of(const struct ds_address *address)
{
	if (address->metric)
		return address->metric;
	return address->family == AF_INET6 ? IPV6_METRIC : 0;
}

/*
 * What the kernel makes of no address that we could see: the local part of a VRF's table, the way
 * to all link-local hosts, the network that a router advertised without giving addresses of it.
 */
static bool is_without_address(const struct ds_route *route)
{
	return route->table == RT_TABLE_LOCAL ||
	       (route->type != RTN_UNICAST && route->nexthops.count == 1) ||
	       (route->family == AF_INET6 &&
		       (route->expires_s > 0 || ds_string_equal(route->destination, "ff00::") ||
			       ds_string_equal(route->destination, "fe80::")));
}

/* The addresses in the order of their links' names. */
struct by_link {
	const struct ds_address **items;
	size_t count;
};

static int compare_links(const void *left, const void *right)
{
	return strcmp((*(const struct ds_address *const *)left)->link,
		(*(const struct ds_address *const *)right)->link);
}

static int addresses_sort(const struct ds_network *network, struct by_link *ret_sorted)
{
	ret_sorted->count = network->addresses.count;
	ret_sorted->items = calloc(ret_sorted->count + 1, sizeof(const struct ds_address *));
	if (!ret_sorted->items)
		return -ENOMEM;
	for (size_t i = 0; i < ret_sorted->count; i++)
		ret_sorted->items[i] = &network->addresses.items[i];
	qsort(ret_sorted->items, ret_sorted->count, sizeof(const struct ds_address *),
		compare_links);
	return 0;
}

static size_t first_of_link(const struct by_link *sorted, const char *link)
{
	size_t first = 0, behind = sorted->count;

	while (first < behind) {
		size_t middle = first + (behind - first) / 2;

		if (strcmp(sorted->items[middle]->link, link) < 0)
			first = middle + 1;
		else
			behind = middle;
	}
	return first;
}

/* Is there an address of which the kernel made that route? */
static bool is_explained(const struct by_link *sorted, const struct ds_route *route)
{
	const char *link = route->nexthops.items[0].link;

	for (size_t i = first_of_link(sorted, link);
		i < sorted->count && strcmp(sorted->items[i]->link, link) == 0; i++) {
		const struct ds_address *address = sorted->items[i];

		if (route->priority != metric_of(address))
			continue;
		if (is_peer_route(route, address) || (!(address->flags & IFA_F_NOPREFIXROUTE) &&
							     is_prefix_route(route, address)))
			return true;
	}
	return false;
}

static bool is_given(const struct by_link *sorted, const struct ds_route *route)
{
	if (route->protocol != RTPROT_KERNEL)
		return false;
	if (route->nexthops.count != 1 || route->nexthops.items[0].gateway)
		return route->table != RT_TABLE_LOCAL;
	return !is_without_address(route) && route->nexthops.items[0].link &&
	       !is_explained(sorted, route);
}

int ds_network_find_given(struct ds_network *network)
{
	struct by_link sorted;
	int code = addresses_sort(network, &sorted);

	for (size_t i = 0; code == 0 && i < network->routes.count; i++)
		network->routes.items[i].is_given = is_given(&sorted, &network->routes.items[i]);
	free(sorted.items);
	return code;
}

bool ds_route_is_ours(const struct ds_route *route)
{
	switch (route->protocol) {
	case RTPROT_KERNEL:
		return route->is_given;
	case RTPROT_REDIRECT:
	case RTPROT_RA:
		return false;
	default:
		return !is_local_bookkeeping(route);
	}
}

bool ds_address_same(const struct ds_address *a, const struct ds_address *b)
{
	int64_t flags = a->family == AF_INET ? IPV4_FLAGS : IPV6_FLAGS;

	return a->family == b->family && a->prefix == b->prefix && a->scope == b->scope &&
	       a->metric == b->metric && (a->flags & flags) == (b->flags & flags) &&
	       ds_string_equal(a->link, b->link) && ds_string_equal(a->local, b->local) &&
	       ds_string_equal(a->peer, b->peer) && ds_string_equal(a->broadcast, b->broadcast) &&
	       ds_string_equal(a->label, b->label);
}

static bool nexthop_same(const struct ds_nexthop *a, const struct ds_nexthop *b)
{
	return a->weight == b->weight && a->realms == b->realms &&
	       (a->flags & RTNH_F_ONLINK) == (b->flags & RTNH_F_ONLINK) &&
	       ds_string_equal(a->link, b->link) && ds_string_equal(a->gateway, b->gateway);
}

static bool has_nexthop(const struct ds_route *route, const struct ds_nexthop *nexthop)
{
	for (size_t i = 0; i < route->nexthops.count; i++) {
		if (nexthop_same(&route->nexthops.items[i], nexthop))
			return true;
	}
	return false;
}

/* The order of legs means nothing: IPv6 lists them as they were added. */
static bool nexthops_same(const struct ds_route *a, const struct ds_route *b)
{
	if (a->nexthops.count != b->nexthops.count ||
		(a->nexthops.count == 0 && a->nexthop_id != b->nexthop_id))
		return false;
	for (size_t i = 0; i < a->nexthops.count; i++) {
		if (!has_nexthop(b, &a->nexthops.items[i]) ||
			!has_nexthop(a, &b->nexthops.items[i]))
			return false;
	}
	return true;
}

/*
 * The nexthop object's number is left out where the legs are told: a route over the same legs is
 * the same way.
 */
bool ds_route_same(const struct ds_route *a, const struct ds_route *b)
{
	return a->family == b->family && a->table == b->table && a->type == b->type &&
	       a->scope == b->scope && a->protocol == b->protocol && a->tos == b->tos &&
	       a->prefix == b->prefix && a->priority == b->priority &&
	       a->preference == b->preference && a->realms == b->realms &&
	       ds_string_equal(a->destination, b->destination) &&
	       ds_string_equal(a->preferred_source, b->preferred_source) &&
	       ds_string_equal(a->metrics, b->metrics) && nexthops_same(a, b);
}
