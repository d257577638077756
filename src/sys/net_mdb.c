/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Static entries of a bridge's multicast database, which go with the port that they name. What the
 * bridge has learned it learns again. The value of each is its message in hex: the entry without
 * the index of the port, and the attributes that set it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "net_ip.h"
#include "net_losses.h"
#include "net_portable.h"
#include "net_settings.h"

/* Since 6.3, and not in the headers of Debian 12. */
#define ATTR_SRC_LIST   2
#define ATTR_GROUP_MODE 3
#define ATTR_RTPROT     4
#define MODE_INCLUDE    1

#define KEY_SIZE    128
#define ATTRS_SIZE  8192
#define SOURCES_MAX 128 /* the kernel takes 32, PG_SRC_ENT_LIMIT of net/bridge/br_private.h */

struct entry {
	struct br_mdb_entry fixed;
	const struct nlattr *at[MDBA_MDB_EATTR_RTPROT + 1];
	const struct sys_link *bridge, *port;
};

struct dump {
	const struct sys_setting_look *look;
	struct sys_losses *losses; /* NULL: settings are wanted */
	size_t start;              /* of what this dump added */
	const struct sys_link *bridge;
};

/* --- reading ---------------------------------------------------------------------------- */

static int ip_family(const struct br_mdb_entry *fixed)
{
	return fixed->addr.proto == htons(ETH_P_IP)     ? AF_INET
	       : fixed->addr.proto == htons(ETH_P_IPV6) ? AF_INET6
							: AF_UNSPEC;
}

/* An entry sorts before those of the same group that have a source: they may build on it. */
static void key_write(const struct entry *entry, char ret_key[KEY_SIZE])
{
	const uint8_t *mac = entry->fixed.addr.u.mac_addr;
	char group[INET6_ADDRSTRLEN] = "?";
	cleanup_free char *source = NULL;
	int family = ip_family(&entry->fixed);

	if (family != AF_UNSPEC)
		inet_ntop(family, &entry->fixed.addr.u, group, sizeof(group));
	else
		snprintf(group, sizeof(group), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
	sys_ip_read(family, entry->at[MDBA_MDB_EATTR_SOURCE], &source);
	snprintf(ret_key, KEY_SIZE, "%s vlan %u%s%s", group, entry->fixed.vid,
		source ? " source " : "", source ? source : "");
}

/* What was learned has the time that it is to live. */
static bool sources_are_given(const struct nlattr *list)
{
	const struct nlattr *source = mnl_attr_get_payload(list);
	const char *end = (const char *)source + sys_attr_bytes(list);

	for (; mnl_attr_ok(source, (int)(end - (const char *)source));
		source = mnl_attr_next(source)) {
		const struct nlattr *at[MDBA_MDB_SRCATTR_TIMER + 1];

		sys_attrs_nested(source, at, MDBA_MDB_SRCATTR_TIMER);
		if (sys_attr_u32(at[MDBA_MDB_SRCATTR_TIMER], 0) != 0)
			return false;
	}
	return true;
}

static void put_source(struct sys_message *message, const struct nlattr *source)
{
	const struct nlattr *at[MDBA_MDB_SRCATTR_ADDRESS + 1];
	size_t nest;

	sys_attrs_nested(source, at, MDBA_MDB_SRCATTR_ADDRESS);
	if (!at[MDBA_MDB_SRCATTR_ADDRESS])
		return;
	nest = sys_nest_begin(message, MDBA_MDB_SRCLIST_ENTRY);
	sys_put(message, MDBA_MDB_SRCATTR_ADDRESS,
		mnl_attr_get_payload(at[MDBA_MDB_SRCATTR_ADDRESS]),
		sys_attr_bytes(at[MDBA_MDB_SRCATTR_ADDRESS]));
	if (nest)
		sys_nest_end(message, nest);
}

/* The kernel tells the newest first: in their reverse order they end up as they were. */
static void put_sources(struct sys_message *message, const struct nlattr *list)
{
	const struct nlattr *sources[SOURCES_MAX];
	const struct nlattr *source = mnl_attr_get_payload(list);
	const char *end = (const char *)source + sys_attr_bytes(list);
	size_t count = 0, nest = sys_nest_begin(message, ATTR_SRC_LIST);

	for (; count < SOURCES_MAX && mnl_attr_ok(source, (int)(end - (const char *)source));
		source = mnl_attr_next(source))
		sources[count++] = source;
	while (count)
		put_source(message, sources[--count]);
	if (nest)
		sys_nest_end(message, nest);
}

/* Only what is not as it goes without saying: 6.1 knows no more than the source of an entry. */
static void put_attrs(struct sys_message *message, const struct entry *entry)
{
	const struct nlattr *source = entry->at[MDBA_MDB_EATTR_SOURCE];
	const struct nlattr *list = entry->at[MDBA_MDB_EATTR_SRC_LIST];
	int64_t protocol = sys_attr_u8(entry->at[MDBA_MDB_EATTR_RTPROT], RTPROT_STATIC);

	if (source)
		sys_put(message, MDBE_ATTR_SOURCE, mnl_attr_get_payload(source),
			sys_attr_bytes(source));
	if (protocol != RTPROT_STATIC)
		sys_put_u8(message, ATTR_RTPROT, (uint8_t)protocol);
	if (source || !list || !sources_are_given(list))
		return;
	put_sources(message, list);
	if (sys_attr_u8(entry->at[MDBA_MDB_EATTR_GROUP_MODE], 0) == MODE_INCLUDE)
		sys_put_u8(message, ATTR_GROUP_MODE, MODE_INCLUDE);
}

static int setting_add(const struct dump *dump, const struct entry *entry, const char *key)
{
	/* Zeroes, for libmnl leaves the padding of attributes as it was, and texts compare it. */
	cleanup_free char *buffer = calloc(1, ATTRS_SIZE);
	cleanup_free char *head = NULL, *attrs = NULL, *value = NULL;
	struct br_mdb_entry fixed = entry->fixed;
	struct sys_message message;

	if (!buffer)
		return -ENOMEM;
	fixed.ifindex = 0;
	fixed.flags = 0;
	message = sys_message_begin(buffer, ATTRS_SIZE, 0, 0);
	put_attrs(&message, entry);
	head = sys_hex_write(&fixed, sizeof(fixed));
	attrs = sys_hex_write(
		mnl_nlmsg_get_payload(message.header), mnl_nlmsg_get_payload_len(message.header));
	if (!head || !attrs || ds_string_format(&value, "%s%s", head, attrs) < 0)
		return -ENOMEM;
	return sys_setting_add(dump->look, DS_SETTING_MDB, entry->port->link.name, key, value);
}

/*
 * Why it cannot be given back; NULL: it can. A bridge takes none while it is down, and what is of
 * no VLAN it would make one of each that the port has; of vxlan's own nobody has asked yet.
 */
static const char *obstacle(const struct entry *entry)
{
	const char *bridge = entry->bridge->link.name;

	if (entry->bridge == entry->port)
		return "an entry of its own";
	if (!entry->bridge->link.is_up)
		return "the bridge is down";
	if (entry->fixed.vid == 0 && sys_net_sysfs_number(bridge, "bridge/vlan_filtering", 0))
		return "it is of no VLAN";
	return NULL;
}

static int entry_take(const struct dump *dump, const struct entry *entry)
{
	const char *why = obstacle(entry);
	char key[KEY_SIZE];

	key_write(entry, key);
	if (!dump->losses)
		return why ? 0 : setting_add(dump, entry, key);
	return why ? sys_lose(dump->losses, "the multicast entry %s of %s in %s (%s)", key,
			     entry->port->link.name, entry->bridge->link.name, why)
		   : 0;
}

/* The bridge's own memberships stay with it; what it made of others it makes again. */
static int visit_info(const struct nlattr *info, void *context)
{
	const struct dump *dump = context;
	struct entry entry = {.bridge = dump->bridge};
	size_t head = sys_align(sizeof(entry.fixed));

	if (mnl_attr_get_type(info) != MDBA_MDB_ENTRY_INFO || sys_attr_bytes(info) < head)
		return 0;
	memcpy(&entry.fixed, mnl_attr_get_payload(info), sizeof(entry.fixed));
	entry.port = sys_links_by_index(dump->look->links, entry.fixed.ifindex);
	if (!entry.port || !entry.port->is_ours || entry.fixed.state != MDB_PERMANENT ||
		entry.fixed.flags & MDB_FLAGS_STAR_EXCL)
		return 0;
	sys_attrs_range((const char *)mnl_attr_get_payload(info) + head,
		sys_attr_bytes(info) - head, entry.at, MDBA_MDB_EATTR_RTPROT);
	return entry_take(dump, &entry);
}

static int visit_entry(const struct nlattr *nest, void *context)
{
	return mnl_attr_get_type(nest) == MDBA_MDB_ENTRY ? sys_attrs_each(nest, visit_info, context)
							 : 0;
}

static int visit(const struct nlmsghdr *message, void *context)
{
	struct dump *dump = context;
	const struct br_port_msg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[MDBA_MDB + 1];

	dump->bridge = header ? sys_links_by_index(dump->look->links, header->ifindex) : NULL;
	if (!dump->bridge)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, MDBA_MDB);
	return sys_attrs_each(at[MDBA_MDB], visit_entry, dump);
}

/* Losses are told once each, however often they are read. */
static void restart(void *context)
{
	const struct dump *dump = context;
	struct ds_settings *settings = dump->look->settings;

	while (settings->items.count > dump->start)
		ds_record_done(&ds_setting_record, &settings->items.items[--settings->items.count]);
}

static int read_all(struct dump *dump, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit, restart, dump};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETMDB, 0);
	struct br_port_msg *header = sys_message_extra(&request, sizeof(*header));
	int code;

	header->family = AF_BRIDGE; /* an empty message has room for it */
	dump->start = dump->look->settings->items.count;
	code = sys_netlink_dump(dump->look->netlink, request.header, &visitor,
		"read the multicast databases of bridges", error);
	return code == -EOPNOTSUPP ? 0 : code; /* a kernel without bridges */
}

int sys_mdb_look(const struct sys_setting_look *look, struct ds_error *error)
{
	struct dump dump = {.look = look};

	return read_all(&dump, error);
}

int sys_losses_mdb(struct sys_losses *losses)
{
	struct dump dump = {.look = losses->look, .losses = losses};
	struct ds_error ignored;

	return read_all(&dump, &ignored) == -ENOMEM ? -ENOMEM : 0;
}

int sys_mdb_decode(const struct nlmsghdr *message, const struct sys_setting_look *look)
{
	struct dump dump = {.look = look};

	return visit(message, &dump);
}

/* --- writing ---------------------------------------------------------------------------- */

static int entry_write(const struct sys_setting_put *put, struct sys_message *message,
	const struct ds_setting *want)
{
	static const struct sys_attr_rules all = {SYS_ATTR_KEEP, NULL, 0, NULL};
	const struct ds_link *link = sys_names_find(put->names, want->link);
	struct br_port_msg *header = sys_message_extra(message, sizeof(*header));
	char text[2 * sizeof(struct br_mdb_entry) + 1];
	struct br_mdb_entry fixed;
	size_t count, nest;
	int code;

	snprintf(text, sizeof(text), "%s", want->value);
	code = sys_hex_read(text, (uint8_t *)&fixed, sizeof(fixed), &count);
	if (code < 0 || count != sizeof(fixed) || !link || !link->master)
		return -EINVAL;
	header->family = AF_BRIDGE;
	header->ifindex = put->index_of->find(put->index_of->context, link->master);
	fixed.ifindex = put->index_of->find(put->index_of->context, want->link);
	sys_put(message, MDBA_SET_ENTRY, &fixed, sizeof(fixed));
	nest = sys_nest_begin(message, MDBA_SET_ENTRY_ATTRS);
	code = sys_portable_put(message, &all, want->value + 2 * count, put->index_of);
	if (nest)
		sys_nest_end(message, nest);
	return code;
}

/* Kernels before 6.3 do not replace what is there, be it that the bridge has just learned it. */
void sys_mdb_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	struct sys_change change = sys_setting_change(want);
	struct sys_message *message =
		sys_queue_begin(put->queue, RTM_NEWMDB, NLM_F_CREATE | NLM_F_REPLACE);
	int code = entry_write(put, message, want);

	change.harmless = EEXIST;
	if (code < 0)
		sys_setting_ended(put, want, code);
	else
		sys_queue_add(put->queue, &change);
}
