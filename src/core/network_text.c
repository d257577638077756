/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and routes as the `ip` command would write them. */
#include <inttypes.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "drvswap/network.h"

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

/* What is being written: a router has a hundred thousand routes, and stdio takes its time. */
struct text {
	char *bytes;
	size_t used, size;
	bool is_out_of_memory;
};

static void put_one(struct text *text, const char *part)
{
	size_t bytes = strlen(part), size = text->size ? text->size : 64;
	char *grown = text->bytes;

	while (size - text->used <= bytes)
		size *= 2;
	if (size != text->size)
		grown = realloc(text->bytes, size);
	if (!grown) {
		text->is_out_of_memory = true;
		return;
	}
	text->bytes = grown;
	text->size = size;
	memcpy(text->bytes + text->used, part, bytes + 1);
	text->used += bytes;
}

/* Up to a NULL. */
static void put_parts(struct text *text, const char *const *parts)
{
	for (; *parts; parts++)
		put_one(text, *parts);
}
#define put(text, ...) put_parts(text, (const char *const[]){__VA_ARGS__, NULL})

static void put_number(struct text *text, const char *before, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, number);
	put(text, before, digits);
}

/* " word name", or the number where it has no name; nothing for what goes without saying. */
static void write_name(struct text *text, const char *word, const struct name *names,
	int64_t number, int64_t unsaid)
{
	if (number == unsaid)
		return;
	put(text, " ", word, " ");
	while (names->text && names->number != number)
		names++;
	if (names->text)
		put(text, names->text);
	else
		put_number(text, "", number);
}

static void write_text(struct text *text, const char *word, const char *what)
{
	if (what)
		put(text, " ", word, " ", what);
}

static void write_number(struct text *text, const char *word, int64_t number, int64_t unsaid)
{
	if (number == unsaid)
		return;
	put(text, " ", word);
	put_number(text, " ", number);
}

static char *finish(struct text *text)
{
	if (!text->is_out_of_memory)
		return text->bytes;
	free(text->bytes);
	return NULL;
}

static void write_address(struct text *text, const struct ds_address *address)
{
	bool is_ipv4 = address->family == AF_INET;

	put(text, address->local ? address->local : "?");
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
			put(text, " ", flag->text);
	}
	write_number(text, "valid_lft", address->valid_s, -1);
	write_number(text, "preferred_lft", address->preferred_s, -1);
}

char *ds_address_text(const struct ds_address *address)
{
	struct text text = {0};

	write_address(&text, address);
	return finish(&text);
}

static void write_nexthop(
	struct text *text, const struct ds_nexthop *nexthop, int64_t family, bool is_leg)
{
	if (is_leg)
		put(text, " nexthop");
	if (nexthop->gateway)
		put(text, " via ",
			nexthop->gateway_family == family || !nexthop->gateway_family ? ""
										      : "inet6 ",
			nexthop->gateway);
	write_text(text, "dev", nexthop->link);
	if (is_leg)
		put_number(text, " weight ", nexthop->weight);
	if (nexthop->flags & RTNH_F_ONLINK)
		put(text, " onlink");
}

static void write_destination(struct text *text, const struct ds_route *route)
{
	for (const struct name *type = types; type->text; type++) {
		if (type->number == route->type)
			put(text, type->text, " ");
	}
	put(text, route->destination ? route->destination : "default");
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
	return finish(&text);
}
