/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and routes as the `ip` command would write them. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "drvswap/network.h"
#include "text.h"

struct name {
	int64_t number;
	const char *text;
};

static const struct name scopes[] = {
	{RT_SCOPE_SITE, "site"}, {RT_SCOPE_LINK, "link"}, {RT_SCOPE_HOST, "host"}, {0, NULL}};
static const struct name types[] = {{RTN_LOCAL, "local"}, {RTN_BROADCAST, "broadcast"},
	{RTN_ANYCAST, "anycast"}, {RTN_MULTICAST, "multicast"}, {RTN_BLACKHOLE, "blackhole"},
	{RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"}, {RTN_THROW, "throw"},
	{RTN_NAT, "nat"}, {0, NULL}};
static const struct name protocols[] = {{RTPROT_REDIRECT, "redirect"}, {RTPROT_KERNEL, "kernel"},
	{RTPROT_STATIC, "static"}, {RTPROT_RA, "ra"}, {RTPROT_BIRD, "bird"}, {RTPROT_DHCP, "dhcp"},
	{RTPROT_BGP, "bgp"}, {RTPROT_ISIS, "isis"}, {RTPROT_OSPF, "ospf"}, {RTPROT_RIP, "rip"},
	{0, NULL}};
static const struct name preferences[] = {{1, "high"}, {3, "low"}, {0, NULL}};
static const struct name address_flags[] = {{IFA_F_HOMEADDRESS, "home"},
	{IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, {IFA_F_NOPREFIXROUTE, "noprefixroute"},
	{IFA_F_MCAUTOJOIN, "autojoin"}, {0, NULL}};

static void put_number(struct text *text, const char *before, int64_t number)
{
	text_put(text, before);
	text_put_number(text, number);
}

/* " word name", or the number where it has no name; nothing for what goes without saying. */
static void write_name(struct text *text, const char *word, const struct name *names,
	int64_t number, int64_t unsaid)
{
	if (number == unsaid)
		return;
	text_put(text, " ", word, " ");
	while (names->text && names->number != number)
		names++;
	if (names->text)
		text_put(text, names->text);
	else
		text_put_number(text, number);
}

static void write_text(struct text *text, const char *word, const char *what)
{
	if (what)
		text_put(text, " ", word, " ", what);
}

static void write_number(struct text *text, const char *word, int64_t number, int64_t unsaid)
{
	if (number == unsaid)
		return;
	text_put(text, " ", word);
	put_number(text, " ", number);
}

static void write_address(struct text *text, const struct ds_address *address)
{
	bool is_ipv4 = address->family == AF_INET;

	text_put(text, address->local ? address->local : "?");
	write_text(text, "peer", address->peer);
	put_number(text, "/", address->prefix);
	write_text(text, "brd", address->broadcast);
	write_text(text, "dev", address->link);
	write_name(text, "scope", scopes, address->scope, RT_SCOPE_UNIVERSE);
	if (!ds_string_equal(address->label, address->link))
		write_text(text, "label", address->label);
	write_number(text, "metric", address->metric, 0);
	for (const struct name *flag = address_flags; flag->text; flag++) {
		if (address->flags & flag->number && (!is_ipv4 || flag->number >= 0x100))
			text_put(text, " ", flag->text);
	}
	write_number(text, "valid_lft", address->valid_s, -1);
	write_number(text, "preferred_lft", address->preferred_s, -1);
}

char *ds_address_text(const struct ds_address *address)
{
	struct text text = {0};

	write_address(&text, address);
	return text_finish(&text);
}

static void write_nexthop(
	struct text *text, const struct ds_nexthop *nexthop, int64_t family, bool is_leg)
{
	if (is_leg)
		text_put(text, " nexthop");
	if (nexthop->gateway)
		text_put(text, " via ",
			nexthop->gateway_family == family || !nexthop->gateway_family ? ""
										      : "inet6 ",
			nexthop->gateway);
	write_text(text, "dev", nexthop->link);
	if (is_leg)
		put_number(text, " weight ", nexthop->weight);
	if (nexthop->flags & RTNH_F_ONLINK)
		text_put(text, " onlink");
}

static void write_destination(struct text *text, const struct ds_route *route)
{
	for (const struct name *type = types; type->text; type++) {
		if (type->number == route->type)
			text_put(text, type->text, " ");
	}
	text_put(text, route->destination ? route->destination : "default");
	if (route->destination)
		put_number(text, "/", route->prefix);
}

static void write_route(struct text *text, const struct ds_route *route)
{
	bool has_legs = route->nexthops.count > 1;

	write_destination(text, route);
	write_number(text, "tos", route->tos, 0);
	write_number(text, "nhid", route->nexthop_id, 0);
	if (route->nexthops.count == 1)
		write_nexthop(text, route->nexthops.items, route->family, false);
	write_number(text, "table", route->table, RT_TABLE_MAIN);
	write_name(text, "proto", protocols, route->protocol, RTPROT_BOOT);
	if (route->family == AF_INET)
		write_name(text, "scope", scopes, route->scope, RT_SCOPE_UNIVERSE);
	write_text(text, "src", route->preferred_source);
	write_number(text, "metric", route->priority, 0);
	write_name(text, "pref", preferences, route->preference, 0);
	write_number(text, "expires", route->expires_s, 0);
	for (size_t i = 0; has_legs && i < route->nexthops.count; i++)
		write_nexthop(text, &route->nexthops.items[i], route->family, true);
}

char *ds_route_text(const struct ds_route *route)
{
	struct text text = {0};

	write_route(&text, route);
	return text_finish(&text);
}
