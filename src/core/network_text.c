/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and routes as the `ip` command would write them. */
#include <inttypes.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
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

/* " word name", or the number where it has no name; nothing for what goes without saying. */
static void write_name(
	FILE *stream, const char *word, const struct name *names, int64_t number, int64_t unsaid)
{
	if (number == unsaid)
		return;
	for (; names->text; names++) {
		if (names->number == number) {
			fprintf(stream, " %s %s", word, names->text);
			return;
		}
	}
	fprintf(stream, " %s %" PRId64, word, number);
}

static void write_text(FILE *stream, const char *word, const char *text)
{
	if (text)
		fprintf(stream, " %s %s", word, text);
}

static void write_number(FILE *stream, const char *word, int64_t number, int64_t unsaid)
{
	if (number != unsaid)
		fprintf(stream, " %s %" PRId64, word, number);
}

static char *finish(FILE *stream, char **text)
{
	bool is_bad = ferror(stream);

	if (fclose(stream) != 0 || is_bad) {
		free(*text);
		return NULL;
	}
	return *text;
}

static void write_address(FILE *stream, const struct ds_address *address)
{
	bool is_ipv4 = address->family == AF_INET;

	fprintf(stream, "%s", address->local ? address->local : "?");
	write_text(stream, "peer", address->peer);
	fprintf(stream, "/%" PRId64, address->prefix);
	write_text(stream, "brd", address->broadcast);
	write_text(stream, "dev", address->link);
	write_name(stream, "scope", scopes, address->scope, RT_SCOPE_UNIVERSE);
	if (!ds_string_equal(address->label, address->link))
		write_text(stream, "label", address->label);
	write_number(stream, "metric", address->metric, 0);
	for (const struct name *flag = address_flags; flag->text; flag++) {
		if (address->flags & flag->number && (!is_ipv4 || flag->number >= 0x100))
			fprintf(stream, " %s", flag->text);
	}
	write_number(stream, "valid_lft", address->valid_s, -1);
	write_number(stream, "preferred_lft", address->preferred_s, -1);
}

char *ds_address_text(const struct ds_address *address)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	write_address(stream, address);
	return finish(stream, &text);
}

static void write_nexthop(
	FILE *stream, const struct ds_nexthop *nexthop, int64_t family, bool is_leg)
{
	if (is_leg)
		fprintf(stream, " nexthop");
	if (nexthop->gateway)
		fprintf(stream, " via %s%s",
			nexthop->gateway_family == family || !nexthop->gateway_family ? ""
										      : "inet6 ",
			nexthop->gateway);
	write_text(stream, "dev", nexthop->link);
	if (is_leg)
		fprintf(stream, " weight %" PRId64, nexthop->weight);
	if (nexthop->flags & RTNH_F_ONLINK)
		fprintf(stream, " onlink");
}

static void write_destination(FILE *stream, const struct ds_route *route)
{
	for (const struct name *type = types; type->text; type++) {
		if (type->number == route->type)
			fprintf(stream, "%s ", type->text);
	}
	if (route->destination)
		fprintf(stream, "%s/%" PRId64, route->destination, route->prefix);
	else
		fprintf(stream, "default");
}

static void write_route(FILE *stream, const struct ds_route *route)
{
	bool has_legs = route->nexthops.count > 1;

	write_destination(stream, route);
	write_number(stream, "tos", route->tos, 0);
	write_number(stream, "nhid", route->nexthop_id, 0);
	if (route->nexthops.count == 1)
		write_nexthop(stream, route->nexthops.items, route->family, false);
	write_number(stream, "table", route->table, RT_TABLE_MAIN);
	write_name(stream, "proto", protocols, route->protocol, RTPROT_BOOT);
	if (route->family == AF_INET)
		write_name(stream, "scope", scopes, route->scope, RT_SCOPE_UNIVERSE);
	write_text(stream, "src", route->preferred_source);
	write_number(stream, "metric", route->priority, 0);
	write_name(stream, "pref", preferences, route->preference, 0);
	write_number(stream, "expires", route->expires_s, 0);
	for (size_t i = 0; has_legs && i < route->nexthops.count; i++)
		write_nexthop(stream, &route->nexthops.items[i], route->family, true);
}

char *ds_route_text(const struct ds_route *route)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	write_route(stream, route);
	return finish(stream, &text);
}
