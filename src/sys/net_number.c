/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that are single numbers of RTM_NEWLINK: of the link itself, or of it as a port. */
#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_settings.h"

/* Newer than the headers that some build with. */
#define GSO_IPV4_MAX_SIZE 63
#define GRO_IPV4_MAX_SIZE 64
#define BRPORT_MAB        40

static const struct number {
	int kind;          /* enum ds_setting_kind */
	const char *ports; /* of which master's kind; NULL: of the link itself */
	uint16_t type;
	uint8_t bytes;
	const char *key;
} numbers[] = {
	{DS_SETTING_LINK, NULL, IFLA_GSO_MAX_SIZE, 4, "gso_max_size"},
	{DS_SETTING_LINK, NULL, IFLA_GSO_MAX_SEGS, 4, "gso_max_segs"},
	{DS_SETTING_LINK, NULL, IFLA_GRO_MAX_SIZE, 4, "gro_max_size"},
	{DS_SETTING_LINK, NULL, GSO_IPV4_MAX_SIZE, 4, "gso_ipv4_max_size"},
	{DS_SETTING_LINK, NULL, GRO_IPV4_MAX_SIZE, 4, "gro_ipv4_max_size"},
	{DS_SETTING_LINK, NULL, IFLA_PROTO_DOWN, 1, "proto_down"},
	{DS_SETTING_LINK, NULL, IFLA_LINKMODE, 1, "linkmode"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PRIORITY, 2, "priority"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_COST, 4, "cost"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MODE, 1, "hairpin"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_GUARD, 1, "guard"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PROTECT, 1, "root_block"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_FAST_LEAVE, 1, "fastleave"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_LEARNING, 1, "learning"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_UNICAST_FLOOD, 1, "flood"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PROXYARP, 1, "proxy_arp"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PROXYARP_WIFI, 1, "proxy_arp_wifi"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MULTICAST_ROUTER, 1, "mcast_router"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MCAST_FLOOD, 1, "mcast_flood"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MCAST_TO_UCAST, 1, "mcast_to_unicast"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_VLAN_TUNNEL, 1, "vlan_tunnel"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_BCAST_FLOOD, 1, "bcast_flood"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_GROUP_FWD_MASK, 2, "group_fwd_mask"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_NEIGH_SUPPRESS, 1, "neigh_suppress"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_ISOLATED, 1, "isolated"},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_LOCKED, 1, "locked"},
	{DS_SETTING_PORT, "bridge", BRPORT_MAB, 1, "mab"},
	{DS_SETTING_PORT, "bond", IFLA_BOND_SLAVE_QUEUE_ID, 2, "queue_id"},
	{DS_SETTING_PORT, "bond", IFLA_BOND_SLAVE_PRIO, 4, "prio"},
};
#define COUNT (sizeof(numbers) / sizeof(numbers[0]))
#define LAST  GRO_IPV4_MAX_SIZE

/* Flags of ifi_flags that are not settings of the verdict on the link itself. */
static const struct flag {
	unsigned int bit;
	const char *key;
} flags[] = {
	{IFF_NOARP, "noarp"},
	{IFF_MULTICAST, "multicast"},
	{IFF_DYNAMIC, "dynamic"},
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static int64_t number_read(const struct nlattr *attr, uint8_t bytes)
{
	uint32_t value = 0;

	if (sys_attr_bytes(attr) < bytes)
		return -1;
	memcpy(&value, mnl_attr_get_payload(attr), bytes); /* little endian, as all of ours */
	return value;
}

static bool flag_read(const struct ifinfomsg *header, const struct flag *flag)
{
	return header->ifi_flags & flag->bit;
}

static int add(const struct sys_setting_look *look, int kind, const char *link, const char *key,
	int64_t value)
{
	char text[24];

	if (value < 0)
		return 0;
	snprintf(text, sizeof(text), "%" PRId64, value);
	return sys_setting_add(look, kind, link, key, text);
}

static int numbers_add(const struct sys_setting_look *look, const char *name,
	const struct nlattr *const *at, const char *ports)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < COUNT; i++) {
		if (ds_string_equal(numbers[i].ports, ports))
			code = add(look, numbers[i].kind, name, numbers[i].key,
				number_read(at[numbers[i].type], numbers[i].bytes));
	}
	return code;
}

static int port_add(
	const struct sys_setting_look *look, const char *name, const struct nlattr *info)
{
	const struct nlattr *at[IFLA_INFO_SLAVE_DATA + 1], *port[LAST + 1];
	const char *kind;

	sys_attrs_nested(info, at, IFLA_INFO_SLAVE_DATA);
	kind = sys_attr_text(at[IFLA_INFO_SLAVE_KIND]);
	if (!kind)
		return 0;
	sys_attrs_nested(at[IFLA_INFO_SLAVE_DATA], port, LAST);
	return numbers_add(look, name, port, kind);
}

/* What lies on a port has its numbers in one setting: there may be thousands of such links. */
static int upper_add(const struct sys_setting_look *look, const struct sys_link *link,
	const struct ifinfomsg *header, const struct nlattr *const *at)
{
	char lines[1024], *end = lines;

	for (size_t i = 0; i < COUNT; i++) {
		int64_t value = -1;

		if (numbers[i].kind == DS_SETTING_LINK)
			value = number_read(at[numbers[i].type], numbers[i].bytes);
		if (value >= 0)
			end += snprintf(end, sizeof(lines) - (size_t)(end - lines),
				"%s=%" PRId64 "\n", numbers[i].key, value);
	}
	for (size_t i = 0; i < FLAGS; i++)
		end += snprintf(end, sizeof(lines) - (size_t)(end - lines), "%s=%d\n", flags[i].key,
			flag_read(header, &flags[i]));
	return sys_setting_add(look, DS_SETTING_LINK, link->link.name, "numbers", lines);
}

static int link_add(const struct sys_setting_look *look, const struct sys_link *link, bool is_upper)
{
	const struct ifinfomsg *header = sys_message_header(link->message, sizeof(*header));
	const struct nlattr *at[LAST + 1];
	int code;

	sys_attrs_of(link->message, sizeof(*header), at, LAST);
	code = is_upper ? upper_add(look, link, header, at)
			: numbers_add(look, link->link.name, at, NULL);
	for (size_t i = 0; code == 0 && !is_upper && i < FLAGS; i++)
		code = add(look, DS_SETTING_LINK, link->link.name, flags[i].key,
			flag_read(header, &flags[i]));
	return code ? code : port_add(look, link->link.name, at[IFLA_LINKINFO]);
}

/* As the links were read a moment ago: to ask for each again takes as long as all the rest. */
int sys_numbers_look(const struct sys_setting_look *look, struct ds_error *error)
{
	int code = 0;

	(void)error;
	for (size_t i = 0; code == 0 && i < look->network->links.count; i++) {
		const struct sys_link *link = sys_links_by_index(
			look->links, (uint32_t)look->network->links.items[i].ifindex);

		if (link && link->message)
			code = link_add(look, link, look->network->links.items[i].is_upper);
	}
	return code;
}

static const struct number *number_of(int kind, const char *key)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (numbers[i].kind == kind && strcmp(numbers[i].key, key) == 0)
			return &numbers[i];
	}
	return NULL;
}

static const struct flag *flag_of(const char *key)
{
	for (size_t i = 0; i < FLAGS; i++) {
		if (strcmp(flags[i].key, key) == 0)
			return &flags[i];
	}
	return NULL;
}

static void number_write(struct sys_message *message, const struct number *number, uint32_t value)
{
	size_t info, data;

	if (!number->ports) {
		sys_put(message, number->type, &value, number->bytes);
		return;
	}
	info = sys_nest_begin(message, IFLA_LINKINFO);
	sys_put_text(message, IFLA_INFO_SLAVE_KIND, number->ports);
	data = sys_nest_begin(message, IFLA_INFO_SLAVE_DATA);
	sys_put(message, number->type, &value, number->bytes);
	sys_nest_end(message, data);
	sys_nest_end(message, info);
}

static void value_put(const struct sys_setting_put *put, const struct ds_setting *want,
	const struct sys_change *change, const char *key, uint32_t value)
{
	const struct number *number = number_of(want->kind, key);
	const struct flag *flag = number ? NULL : flag_of(key);
	/* The data of a port are taken by RTM_NEWLINK alone (rtnl_setlink(), 6.1). */
	struct sys_message *message = sys_queue_begin(put->queue, RTM_NEWLINK, 0);
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));

	header->ifi_index = (int)put->index_of->find(put->index_of->context, want->link);
	if (number) {
		number_write(message, number, value);
	} else if (flag) {
		header->ifi_change = flag->bit;
		header->ifi_flags = value ? flag->bit : 0;
	}
	sys_queue_add(put->queue, change);
}

/* Of a line is written what is not so. */
static void line_put(const struct sys_setting_put *put, const struct ds_setting *want,
	const struct ds_setting_line *line)
{
	uint32_t ifindex = put->index_of->find(put->index_of->context, want->link);
	const struct sys_link *link = sys_links_by_index(put->links, ifindex);
	const struct nlmsghdr *message = link ? link->message : NULL;
	uint32_t value = (uint32_t)strtoul(line->value, NULL, 10);
	const struct ifinfomsg *header;
	const struct nlattr *at[LAST + 1];
	struct sys_change change = sys_setting_change(want);
	const struct number *number;
	const struct flag *flag;
	char key[32];

	snprintf(key, sizeof(key), "%.*s", (int)line->name_bytes, line->name);
	number = number_of(want->kind, key);
	flag = number ? NULL : flag_of(key);
	if (!number && !flag)
		return;
	header = message ? sys_message_header(message, sizeof(*header)) : NULL;
	if (header) {
		sys_attrs_of(message, sizeof(*header), at, LAST);
		if (flag ? flag_read(header, flag) == !!value
			 : number_read(at[number->type], number->bytes) == value)
			return;
	}
	change.detail = line->name;
	value_put(put, want, &change, key, value);
}

void sys_number_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_change change = sys_setting_change(want);
	const char *next = want->value;
	struct ds_setting_line line;

	if (!ds_setting_has_lines(want)) {
		value_put(put, want, &change, want->key, (uint32_t)strtoul(want->value, NULL, 10));
		return;
	}
	while (ds_setting_line_next(&next, &line))
		line_put(put, want, &line);
}
