/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of single VLANs of a bridge's port: their state, the tunnel that they are mapped to, who
 * is a router of multicast. One setting for each run of VLANs that are alike; what is as a new
 * VLAN has it is none.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "hex.h"
#include "net_losses.h"
#include "net_portable.h"
#include "net_settings.h"

#define OPTIONS "options "

/* Since 6.3 and 6.5, and not in the headers of Debian 12. */
#define ENTRY_MAX_GROUPS     8
#define ENTRY_NEIGH_SUPPRESS 9

#define BOOL_OPTIONS 46 /* IFLA_BR_MULTI_BOOLOPT */
#define BOOL_MST     2  /* BR_BOOLOPT_MST_ENABLE, since 5.18 */

struct dump {
	const struct sys_setting_look *look;
	struct sys_losses *losses; /* NULL: settings are wanted */
	const struct sys_link *port;
	bool has_states; /* they are the bridge's own, and ours to set */
	size_t start;    /* of what this dump added */
};

/*
 * With its own spanning tree, and with several (MST), the kernel lets nobody set the states of
 * VLANs (net/bridge/br_vlan_options.c, br_vlan_modify_state(), 6.12).
 */
static bool states_are_given(const struct sys_link *bridge)
{
	const struct nlattr *at[IFLA_LINKINFO + 1], *info[IFLA_INFO_DATA + 1];
	const struct nlattr *data[BOOL_OPTIONS + 1];

	if (!bridge || !bridge->message ||
		sys_net_sysfs_number(bridge->link.name, "bridge/stp_state", 0) == 1)
		return false;
	sys_attrs_of(bridge->message, sizeof(struct ifinfomsg), at, IFLA_LINKINFO);
	sys_attrs_nested(at[IFLA_LINKINFO], info, IFLA_INFO_DATA);
	sys_attrs_nested(info[IFLA_INFO_DATA], data, BOOL_OPTIONS);
	return !(sys_attr_u32(data[BOOL_OPTIONS], 0) & 1U << BOOL_MST);
}

static void put_tunnel(struct sys_message *message, const struct nlattr *tunnel)
{
	const struct nlattr *at[BRIDGE_VLANDB_TINFO_ID + 1];
	size_t nest;

	sys_attrs_nested(tunnel, at, BRIDGE_VLANDB_TINFO_ID);
	if (!at[BRIDGE_VLANDB_TINFO_ID])
		return;
	nest = sys_nest_begin(message, BRIDGE_VLANDB_ENTRY_TUNNEL_INFO);
	sys_put_u32(message, BRIDGE_VLANDB_TINFO_ID,
		(uint32_t)sys_attr_u32(at[BRIDGE_VLANDB_TINFO_ID], 0));
	sys_put_u32(message, BRIDGE_VLANDB_TINFO_CMD, RTM_SETLINK);
	if (nest)
		sys_nest_end(message, nest);
}

/* A router that was heard is heard again. */
static void put_options(struct sys_message *message, const struct nlattr *const *at, bool has_state)
{
	int64_t state = sys_attr_u8(at[BRIDGE_VLANDB_ENTRY_STATE], BR_STATE_FORWARDING);
	int64_t router = sys_attr_u8(at[BRIDGE_VLANDB_ENTRY_MCAST_ROUTER], MDB_RTR_TYPE_TEMP_QUERY);
	int64_t groups = sys_attr_u32(at[ENTRY_MAX_GROUPS], 0);
	int64_t suppress = sys_attr_u8(at[ENTRY_NEIGH_SUPPRESS], 0);

	if (has_state && state != BR_STATE_FORWARDING)
		sys_put_u8(message, BRIDGE_VLANDB_ENTRY_STATE, (uint8_t)state);
	put_tunnel(message, at[BRIDGE_VLANDB_ENTRY_TUNNEL_INFO]);
	if (router == MDB_RTR_TYPE_DISABLED || router == MDB_RTR_TYPE_PERM)
		sys_put_u8(message, BRIDGE_VLANDB_ENTRY_MCAST_ROUTER, (uint8_t)router);
	if (groups)
		sys_put_u32(message, ENTRY_MAX_GROUPS, (uint32_t)groups);
	if (suppress)
		sys_put_u8(message, ENTRY_NEIGH_SUPPRESS, (uint8_t)suppress);
}

static int options_add(const struct dump *dump, const struct nlattr *const *at, const char *run)
{
	/* Zeroes, for libmnl leaves the padding of attributes as it was, and texts compare it. */
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), 0, 0);
	cleanup_free char *value = NULL;
	char key[48];
	int code;

	put_options(&message, at, dump->has_states);
	if (mnl_nlmsg_get_payload_len(message.header) == 0)
		return 0;
	value = sys_hex_write(
		mnl_nlmsg_get_payload(message.header), mnl_nlmsg_get_payload_len(message.header));
	snprintf(key, sizeof(key), OPTIONS "%s", run);
	code = value ? sys_setting_add(
			       dump->look, DS_SETTING_VLANS, dump->port->link.name, key, value)
		     : -ENOMEM;
	if (code == 0)
		dump->look->settings->items.items[dump->look->settings->items.count - 1].is_early =
			true;
	return code;
}

static int entry_take(const struct dump *dump, const struct nlattr *entry)
{
	const struct nlattr *at[ENTRY_NEIGH_SUPPRESS + 1];
	const struct bridge_vlan_info *info;
	char run[32];
	unsigned int last;

	sys_attrs_nested(entry, at, ENTRY_NEIGH_SUPPRESS);
	if (sys_attr_bytes(at[BRIDGE_VLANDB_ENTRY_INFO]) < sizeof(*info))
		return 0;
	info = mnl_attr_get_payload(at[BRIDGE_VLANDB_ENTRY_INFO]);
	last = sys_attr_u16(at[BRIDGE_VLANDB_ENTRY_RANGE]);
	snprintf(run, sizeof(run), last > info->vid ? "%u-%u" : "%u", info->vid, last);
	if (!dump->losses)
		return options_add(dump, at, run);
	if (dump->has_states || sys_attr_u8(at[BRIDGE_VLANDB_ENTRY_STATE], BR_STATE_FORWARDING) ==
					BR_STATE_FORWARDING)
		return 0;
	return sys_lose(dump->losses, "the state of VLAN %s of %s (its spanning tree sets it)", run,
		dump->port->link.name);
}

static int visit(const struct nlmsghdr *message, void *context)
{
	const struct dump *dump = context;
	const struct br_vlan_msg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *attr;
	const char *end = (const char *)message + message->nlmsg_len;
	int code = 0;

	if (!header || header->ifindex != (uint32_t)dump->port->link.ifindex)
		return 0;
	attr = (const void *)((const char *)header + sys_align(sizeof(*header)));
	for (; code == 0 && mnl_attr_ok(attr, (int)(end - (const char *)attr));
		attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == BRIDGE_VLANDB_ENTRY)
			code = entry_take(dump, attr);
	return code;
}

static void restart(void *context)
{
	const struct dump *dump = context;
	struct ds_settings *settings = dump->look->settings;

	while (settings->items.count > dump->start)
		ds_record_done(&ds_setting_record, &settings->items.items[--settings->items.count]);
}

/* Of a kernel that does not tell them (before 5.6) there are none. */
static int port_read(struct dump *dump)
{
	const struct sys_visitor visitor = {visit, restart, dump};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETVLAN, 0);
	struct br_vlan_msg *header = sys_message_extra(&request, sizeof(*header));
	struct ds_error ignored;

	header->family = AF_BRIDGE; /* an empty message has room for it */
	header->ifindex = (uint32_t)dump->port->link.ifindex;
	dump->start = dump->look->settings->items.count;
	dump->has_states =
		states_are_given(sys_links_by_index(dump->look->links, dump->port->master_index));
	return sys_netlink_dump(dump->look->netlink, request.header, &visitor, "", &ignored) ==
			       -ENOMEM
		       ? -ENOMEM
		       : 0;
}

int sys_vlan_options_look(const struct sys_setting_look *look, const struct sys_link *port)
{
	struct dump dump = {.look = look, .port = port};

	return port_read(&dump);
}

/* Only ports that have VLANs. */
int sys_losses_vlans(struct sys_losses *losses)
{
	const struct ds_settings *settings = losses->look->settings;
	int code = 0;

	for (size_t i = 0; code == 0 && i < settings->items.count; i++) {
		const struct ds_setting *setting = &settings->items.items[i];
		struct dump dump = {.look = losses->look, .losses = losses};

		if (setting->kind != DS_SETTING_VLANS || strcmp(setting->key, "all") != 0)
			continue;
		dump.port = sys_losses_link_named(losses, setting->link);
		if (dump.port)
			code = port_read(&dump);
	}
	return code;
}

/* --- writing ---------------------------------------------------------------------------- */

bool sys_vlan_options_is_part(const struct ds_setting *setting)
{
	return strncmp(setting->key, OPTIONS, strlen(OPTIONS)) == 0;
}

static int entry_write(const struct sys_setting_put *put, struct sys_message *message,
	const struct ds_setting *want)
{
	static const struct sys_attr_rules all = {SYS_ATTR_KEEP, NULL, 0, NULL};
	struct br_vlan_msg *header = sys_message_extra(message, sizeof(*header));
	char *end;
	unsigned long first = strtoul(want->key + strlen(OPTIONS), &end, 10);
	const struct bridge_vlan_info info = {
		.vid = (uint16_t)first, .flags = BRIDGE_VLAN_INFO_ONLY_OPTS};
	uint16_t last = *end == '-' ? (uint16_t)strtoul(end + 1, NULL, 10) : 0;
	size_t nest;
	int code;

	header->family = AF_BRIDGE;
	header->ifindex = put->index_of->find(put->index_of->context, want->link);
	nest = sys_nest_begin(message, BRIDGE_VLANDB_ENTRY);
	sys_put(message, BRIDGE_VLANDB_ENTRY_INFO, &info, sizeof(info));
	if (last)
		sys_put(message, BRIDGE_VLANDB_ENTRY_RANGE, &last, sizeof(last));
	code = sys_portable_put(message, &all, want->value, put->index_of);
	if (nest)
		sys_nest_end(message, nest);
	return code;
}

/* Behind the VLANs themselves, and the flags of the port. A tunnel that is there is as it was. */
void sys_vlan_options_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	struct sys_change change = sys_setting_change(want);
	struct sys_message *message = sys_queue_begin(put->queue, RTM_NEWVLAN, 0);
	int code = entry_write(put, message, want);

	change.harmless = EEXIST;
	if (code < 0)
		sys_setting_ended(put, want, code);
	else
		sys_queue_add(put->queue, &change);
}
