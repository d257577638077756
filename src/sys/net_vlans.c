/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VLANs of a bridge's port, as one setting: a new port begins with a VLAN of the bridge's own
 * choice, so that what was not there must go as well.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net_settings.h"

#define VLAN_LAST 4094

static const struct flag {
	uint16_t bit;
	const char *text;
} flags[] = {
	{BRIDGE_VLAN_INFO_PVID, " pvid"},
	{BRIDGE_VLAN_INFO_UNTAGGED, " untagged"},
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

/* "1 pvid untagged, 5" */
static void vlan_write(FILE *stream, const struct bridge_vlan_info *info, bool is_first)
{
	fprintf(stream, "%s%u", is_first ? "" : ", ", info->vid);
	for (size_t i = 0; i < FLAGS; i++) {
		if (info->flags & flags[i].bit)
			fputs(flags[i].text, stream);
	}
}

static char *vlans_text(const struct nlattr *spec)
{
	const struct nlattr *attr = mnl_attr_get_payload(spec);
	const char *end = (const char *)attr + sys_attr_bytes(spec);
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	bool is_first = true;

	if (!stream)
		return NULL;
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) != IFLA_BRIDGE_VLAN_INFO ||
			sys_attr_bytes(attr) < sizeof(struct bridge_vlan_info))
			continue;
		vlan_write(stream, mnl_attr_get_payload(attr), is_first);
		is_first = false;
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int visit(const struct nlmsghdr *message, void *context)
{
	const struct sys_setting_look *look = context;
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFLA_AF_SPEC + 1];
	const struct sys_link *link;
	char *text;
	int code;

	link = header ? sys_links_by_index(look->links, (uint32_t)header->ifi_index) : NULL;
	if (!link || !link->is_ours)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, IFLA_AF_SPEC);
	if (!at[IFLA_AF_SPEC] || !link->master_index)
		return 0;
	text = vlans_text(at[IFLA_AF_SPEC]);
	code = text ? sys_setting_add(look, DS_SETTING_VLANS, link->link.name, "all", text)
		    : -ENOMEM;
	free(text);
	return code;
}

static void restart(void *context)
{
	struct ds_settings *settings = ((const struct sys_setting_look *)context)->settings;

	while (settings->items.count &&
		settings->items.items[settings->items.count - 1].kind == DS_SETTING_VLANS)
		ds_record_done(&ds_setting_record, &settings->items.items[--settings->items.count]);
}

int sys_vlans_look(const struct sys_setting_look *look, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit, restart, (void *)(uintptr_t)look};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	struct ifinfomsg *header = sys_message_extra(&request, sizeof(*header));
	int code;

	header->ifi_family = AF_BRIDGE; /* an empty message has room for it */
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
	code = sys_netlink_dump(
		look->netlink, request.header, &visitor, "read the VLANs of bridge ports", error);
	return code == -EOPNOTSUPP ? 0 : code;
}

static struct sys_message *message_for(
	const struct sys_setting_put *put, const struct ds_setting *want, uint16_t type)
{
	struct sys_message *message = sys_queue_begin(put->queue, type, 0);
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));

	header->ifi_family = AF_BRIDGE;
	header->ifi_index = (int)put->index_of->find(put->index_of->context, want->link);
	return message;
}

static void put_vlan(struct sys_message *message, unsigned long vid, uint16_t bits)
{
	const struct bridge_vlan_info info = {.flags = bits, .vid = (uint16_t)vid};

	sys_put(message, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
}

/* The reverse of vlans_text(); what is not understood ends it. */
static void put_vlans(struct sys_message *message, const char *text)
{
	while (*text) {
		char *end;
		unsigned long vid = strtoul(text, &end, 10);
		uint16_t bits = 0;

		if (end == text || vid == 0 || vid > VLAN_LAST)
			return;
		for (size_t i = 0; i < FLAGS; i++) {
			size_t length = strlen(flags[i].text);

			if (strncmp(end, flags[i].text, length) == 0) {
				bits |= flags[i].bit;
				end += length;
			}
		}
		put_vlan(message, vid, bits);
		text = end + strspn(end, ", ");
	}
}

void sys_vlans_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_change change = sys_setting_change(want);
	struct sys_message *message = message_for(put, want, RTM_DELLINK);
	size_t nest = sys_nest_begin(message, IFLA_AF_SPEC);

	put_vlan(message, 1, BRIDGE_VLAN_INFO_RANGE_BEGIN);
	put_vlan(message, VLAN_LAST, BRIDGE_VLAN_INFO_RANGE_END);
	sys_nest_end(message, nest);
	sys_queue_add(put->queue, &change);
	if (!*want->value)
		return;
	message = message_for(put, want, RTM_SETLINK);
	nest = sys_nest_begin(message, IFLA_AF_SPEC);
	put_vlans(message, want->value);
	sys_nest_end(message, nest);
	sys_queue_add(put->queue, &change);
}
