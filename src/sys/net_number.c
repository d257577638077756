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
#include <sys/socket.h>

#include "net_settings.h"

/* Newer than the headers that some build with. */
#define GSO_IPV4_MAX_SIZE 63
#define GRO_IPV4_MAX_SIZE 64
#define BRPORT_MAB        40
#define BRPORT_MAX_GROUPS 42
#define BRPORT_VLAN_SUPPR 43
#define BRPORT_BACKUP_NH  44

#define STATE       "state"
#define BACKUP_PORT "backup_port"

#define NOT_EARLY (-1)

static const struct number {
	int kind;          /* enum ds_setting_kind */
	const char *ports; /* of which master's kind; NULL: of the link itself */
	uint16_t type;
	uint8_t bytes;
	const char *key;
	int64_t fresh; /* what a new one has: others stand before "up", or more passes than did */
} numbers[] = {
	{DS_SETTING_LINK, NULL, IFLA_GSO_MAX_SIZE, 4, "gso_max_size", NOT_EARLY},
	{DS_SETTING_LINK, NULL, IFLA_GSO_MAX_SEGS, 4, "gso_max_segs", NOT_EARLY},
	{DS_SETTING_LINK, NULL, IFLA_GRO_MAX_SIZE, 4, "gro_max_size", NOT_EARLY},
	{DS_SETTING_LINK, NULL, GSO_IPV4_MAX_SIZE, 4, "gso_ipv4_max_size", NOT_EARLY},
	{DS_SETTING_LINK, NULL, GRO_IPV4_MAX_SIZE, 4, "gro_ipv4_max_size", NOT_EARLY},
	{DS_SETTING_LINK, NULL, IFLA_PROTO_DOWN, 1, "proto_down", 0},
	{DS_SETTING_LINK, NULL, IFLA_LINKMODE, 1, "linkmode", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PRIORITY, 2, "priority", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_COST, 4, "cost", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MODE, 1, "hairpin", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_GUARD, 1, "guard", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PROTECT, 1, "root_block", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_FAST_LEAVE, 1, "fastleave", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_LEARNING, 1, "learning", 1},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_UNICAST_FLOOD, 1, "flood", 1},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PROXYARP, 1, "proxy_arp", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_PROXYARP_WIFI, 1, "proxy_arp_wifi", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MULTICAST_ROUTER, 1, "mcast_router", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MCAST_FLOOD, 1, "mcast_flood", 1},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_MCAST_TO_UCAST, 1, "mcast_to_unicast", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_VLAN_TUNNEL, 1, "vlan_tunnel", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_BCAST_FLOOD, 1, "bcast_flood", 1},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_GROUP_FWD_MASK, 2, "group_fwd_mask", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_NEIGH_SUPPRESS, 1, "neigh_suppress", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_ISOLATED, 1, "isolated", 0},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_LOCKED, 1, "locked", 0},
	{DS_SETTING_PORT, "bridge", BRPORT_MAB, 1, "mab", 0},
	{DS_SETTING_PORT, "bridge", BRPORT_MAX_GROUPS, 4, "mcast_max_groups", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", BRPORT_VLAN_SUPPR, 1, "neigh_vlan_suppress", 0},
	{DS_SETTING_PORT, "bridge", BRPORT_BACKUP_NH, 4, "backup_nhid", NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_BACKUP_PORT, 4, BACKUP_PORT, NOT_EARLY},
	{DS_SETTING_PORT, "bridge", IFLA_BRPORT_STATE, 1, STATE, NOT_EARLY},
	{DS_SETTING_PORT, "bond", IFLA_BOND_SLAVE_QUEUE_ID, 2, "queue_id", NOT_EARLY},
	{DS_SETTING_PORT, "bond", IFLA_BOND_SLAVE_PRIO, 4, "prio", NOT_EARLY},
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

/* Another link is named: it may have another number afterwards. */
static int backup_add(const struct sys_setting_look *look, const char *name, int64_t value)
{
	const struct sys_link *backup =
		value > 0 ? sys_links_by_index(look->links, (uint32_t)value) : NULL;

	return backup ? sys_setting_add(look, DS_SETTING_PORT, name, BACKUP_PORT, backup->link.name)
		      : 0;
}

static int number_add(const struct sys_setting_look *look, const char *name,
	const struct number *number, int64_t value)
{
	int code;

	if (strcmp(number->key, BACKUP_PORT) == 0)
		return backup_add(look, name, value);
	code = add(look, number->kind, name, number->key, value);
	if (code == 0 && value >= 0)
		look->settings->items.items[look->settings->items.count - 1].is_early =
			number->fresh != NOT_EARLY && value != number->fresh;
	return code;
}

static int numbers_add(const struct sys_setting_look *look, const char *name,
	const struct nlattr *const *at, const char *ports)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < COUNT; i++) {
		if (ds_string_equal(numbers[i].ports, ports))
			code = number_add(look, name, &numbers[i],
				number_read(at[numbers[i].type], numbers[i].bytes));
	}
	return code;
}

/*
 * The state of a port is somebody's wish only where no spanning tree sees to it and packets could
 * pass.
 */
static bool is_state_set(const struct sys_setting_look *look, const struct sys_link *link)
{
	const struct sys_link *bridge = sys_links_by_index(look->links, link->master_index);
	const struct nlattr *at[IFLA_LINKINFO + 1], *info[IFLA_INFO_DATA + 1],
		*data[IFLA_BR_STP_STATE + 1];

	if (!bridge || !bridge->message || !bridge->link.is_up || !link->link.is_up ||
		!link->link.has_carrier)
		return false;
	sys_attrs_of(bridge->message, sizeof(struct ifinfomsg), at, IFLA_LINKINFO);
	sys_attrs_nested(at[IFLA_LINKINFO], info, IFLA_INFO_DATA);
	sys_attrs_nested(info[IFLA_INFO_DATA], data, IFLA_BR_STP_STATE);
	return sys_attr_u32(data[IFLA_BR_STP_STATE], 1) == 0;
}

/* The kind of its master; NULL: it is no port. */
static const char *port_read(const struct nlattr *info, const struct nlattr *port[LAST + 1])
{
	const struct nlattr *at[IFLA_INFO_SLAVE_DATA + 1];

	sys_attrs_nested(info, at, IFLA_INFO_SLAVE_DATA);
	sys_attrs_nested(at[IFLA_INFO_SLAVE_DATA], port, LAST);
	return sys_attr_text(at[IFLA_INFO_SLAVE_KIND]);
}

static int port_add(
	const struct sys_setting_look *look, const struct sys_link *link, const struct nlattr *info)
{
	const struct nlattr *port[LAST + 1];
	const char *kind = port_read(info, port);

	if (!kind)
		return 0;
	if (!is_state_set(look, link))
		port[IFLA_BRPORT_STATE] = NULL;
	return numbers_add(look, link->link.name, port, kind);
}

/* What lies on a port has its numbers in one setting: there may be thousands of such links. */
static int upper_add(const struct sys_setting_look *look, const struct sys_link *link,
	const struct ifinfomsg *header, const struct nlattr *const *at)
{
	char lines[1024], *end = lines;
	bool is_early = false;
	int code;

	for (size_t i = 0; i < COUNT; i++) {
		int64_t value = -1;

		if (numbers[i].kind == DS_SETTING_LINK)
			value = number_read(at[numbers[i].type], numbers[i].bytes);
		if (value >= 0)
			end += snprintf(end, sizeof(lines) - (size_t)(end - lines),
				"%s=%" PRId64 "\n", numbers[i].key, value);
		is_early |=
			value >= 0 && numbers[i].fresh != NOT_EARLY && value != numbers[i].fresh;
	}
	for (size_t i = 0; i < FLAGS; i++)
		end += snprintf(end, sizeof(lines) - (size_t)(end - lines), "%s=%d\n", flags[i].key,
			flag_read(header, &flags[i]));
	code = sys_setting_add(look, DS_SETTING_LINK, link->link.name, "numbers", lines);
	if (code == 0)
		look->settings->items.items[look->settings->items.count - 1].is_early = is_early;
	return code;
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
	return code ? code : port_add(look, link, at[IFLA_LINKINFO]);
}

/* A port that stays, but that is to use one of ours when it has no carrier: that goes with ours. */
static int backup_of_other(const struct sys_setting_look *look, const struct sys_link *link)
{
	const struct nlattr *at[IFLA_LINKINFO + 1], *port[LAST + 1];
	const struct sys_link *backup;

	if (link->is_ours || !link->message || link->master_index == 0)
		return 0;
	sys_attrs_of(link->message, sizeof(struct ifinfomsg), at, IFLA_LINKINFO);
	if (!ds_string_equal(port_read(at[IFLA_LINKINFO], port), "bridge"))
		return 0;
	backup = sys_links_by_index(
		look->links, (uint32_t)sys_attr_u32(port[IFLA_BRPORT_BACKUP_PORT], 0));
	return backup && backup->is_ours ? sys_setting_add(look, DS_SETTING_PORT, link->link.name,
						   BACKUP_PORT, backup->link.name)
					 : 0;
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
	for (size_t i = 0; code == 0 && i < look->links->count; i++)
		code = backup_of_other(look, &look->links->items[i]);
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
	if (strcmp(number->key, STATE) == 0) {
		data = sys_nest_begin(message, IFLA_PROTINFO);
		sys_put(message, number->type, &value, number->bytes);
		sys_nest_end(message, data);
		return;
	}
	info = sys_nest_begin(message, IFLA_LINKINFO);
	sys_put_text(message, IFLA_INFO_SLAVE_KIND, number->ports);
	data = sys_nest_begin(message, IFLA_INFO_SLAVE_DATA);
	sys_put(message, number->type, &value, number->bytes);
	sys_nest_end(message, data);
	sys_nest_end(message, info);
}

/*
 * The limits of IPv4 are set along with these, where they are small (netif_set_gso_max_size(),
 * 6.12): what they are to be is put in the same message, where the kernel takes it after them.
 */
static const struct follower {
	const char *key, *of_ipv4;
} followers[] = {
	{"gso_max_size", "gso_ipv4_max_size"},
	{"gro_max_size", "gro_ipv4_max_size"},
	{NULL, NULL},
};

static void follower_write(const struct sys_setting_put *put, const struct ds_setting *want,
	const char *key, struct sys_message *message)
{
	const struct follower *follower = followers;
	struct ds_setting_line line = {0}, like = {0};
	struct ds_setting other = *want;
	const struct ds_setting *found = NULL;

	while (follower->key && strcmp(follower->key, key) != 0)
		follower++;
	if (!follower->key)
		return;
	like.name = follower->of_ipv4;
	like.name_bytes = strlen(like.name);
	if (ds_setting_has_lines(want)) {
		if (!ds_setting_line_find(want->value, &like, &line))
			return;
	} else {
		other.key = (char *)(uintptr_t)follower->of_ipv4;
		found = ds_setting_find(put->wanted, &other);
		if (!found)
			return;
		line.value = found->value;
	}
	number_write(message, number_of(DS_SETTING_LINK, follower->of_ipv4),
		(uint32_t)strtoul(line.value, NULL, 10));
}

static void value_put(const struct sys_setting_put *put, const struct ds_setting *want,
	const struct sys_change *change, const char *key, uint32_t value)
{
	const struct number *number = number_of(want->kind, key);
	const struct flag *flag = number ? NULL : flag_of(key);
	/*
	 * The data of a port are taken by RTM_NEWLINK alone (rtnl_setlink(), 6.1). But each of
	 * these also enables the port, and so its state is the business of the bridge.
	 */
	bool is_state = strcmp(key, STATE) == 0;
	struct sys_message *message =
		sys_queue_begin(put->queue, is_state ? RTM_SETLINK : RTM_NEWLINK, 0);
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));

	header->ifi_family = is_state ? AF_BRIDGE : AF_UNSPEC;
	header->ifi_index = (int)put->index_of->find(put->index_of->context, want->link);
	if (number) {
		number_write(message, number, value);
		follower_write(put, want, key, message);
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

/* By what was read last: a link that has become a port since tells nothing of it. */
static bool is_so(const struct sys_setting_put *put, const struct ds_setting *want, uint32_t value)
{
	const struct number *number = number_of(want->kind, want->key);
	const struct sys_link *link = sys_links_by_index(
		put->links, put->index_of->find(put->index_of->context, want->link));
	const struct nlattr *at[LAST + 1], *port[LAST + 1];
	const char *kind;

	if (!number || !link || !link->message)
		return false;
	sys_attrs_of(link->message, sizeof(struct ifinfomsg), at, LAST);
	kind = port_read(at[IFLA_LINKINFO], port);
	if (!number->ports)
		return number_read(at[number->type], number->bytes) == value;
	return ds_string_equal(kind, number->ports) &&
	       number_read(port[number->type], number->bytes) == value;
}

static void one_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_change change = sys_setting_change(want);
	uint32_t value = (uint32_t)strtoul(want->value, NULL, 10);

	if (strcmp(want->key, BACKUP_PORT) == 0) {
		value = put->index_of->find(put->index_of->context, want->value);
		if (value == 0) {
			sys_setting_ended(put, want, -ENODEV);
			return;
		}
	}
	if (!put->is_early || !is_so(put, want, value))
		value_put(put, want, &change, want->key, value);
}

void sys_number_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const char *next = want->value;
	struct ds_setting_line line;

	if (!ds_setting_has_lines(want)) {
		one_put(put, want);
		return;
	}
	while (ds_setting_line_next(&next, &line))
		line_put(put, want, &line);
}
