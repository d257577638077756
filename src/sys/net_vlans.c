/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VLANs of a bridge's port, as one setting: a new port begins with a VLAN of the bridge's own
 * choice, so that what was not there must go as well. They are read and written as runs, for a
 * trunk has all 4094, which one by one fit no message. Nothing is written that stands already: the
 * kernel tells everybody of each change, be it none.
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
#define IS_THERE  (1U << 15) /* beside the flags of a VLAN, which are none that the kernel has */
#define RUNS_MAX  1024       /* in one message */

static const struct flag {
	uint16_t bit;
	const char *text;
} flags[] = {
	{BRIDGE_VLAN_INFO_PVID, " pvid"},
	{BRIDGE_VLAN_INFO_UNTAGGED, " untagged"},
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

/* "1 pvid untagged, 5-7" */
static void run_write(FILE *stream, unsigned int first, const struct bridge_vlan_info *last)
{
	fprintf(stream, "%s%u", ftell(stream) > 0 ? ", " : "", first);
	if (last->vid != first)
		fprintf(stream, "-%u", last->vid);
	for (size_t i = 0; i < FLAGS; i++) {
		if (last->flags & flags[i].bit)
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
	unsigned int first = 0;

	if (!stream)
		return NULL;
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
		const struct bridge_vlan_info *info = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) != IFLA_BRIDGE_VLAN_INFO ||
			sys_attr_bytes(attr) < sizeof(*info))
			continue;
		if (info->flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
			first = info->vid;
			continue;
		}
		run_write(stream, first ? first : info->vid, info);
		first = 0;
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

/* --- what the ports have ---------------------------------------------------------------- */

static void vlans_restart(void *context)
{
	struct sys_vlans *vlans = context;

	while (vlans->ports.count)
		free(vlans->ports.items[--vlans->ports.count].text);
}

/* The bridge itself is told of as well, as its own master. */
static int vlans_visit(const struct nlmsghdr *message, void *context)
{
	struct sys_vlans *vlans = context;
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFLA_AF_SPEC + 1];
	struct sys_vlans_port *port;

	if (!header)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, IFLA_AF_SPEC);
	if (!at[IFLA_AF_SPEC] || sys_attr_u32(at[IFLA_MASTER], 0) == 0 ||
		sys_attr_u32(at[IFLA_MASTER], 0) == header->ifi_index)
		return 0;
	port = ds_list_add(&vlans->ports);
	if (!port)
		return -ENOMEM;
	port->ifindex = (uint32_t)header->ifi_index;
	port->text = vlans_text(at[IFLA_AF_SPEC]);
	return port->text ? 0 : -ENOMEM;
}

static int vlans_read(struct sys_netlink *netlink, struct sys_vlans *vlans, struct ds_error *error)
{
	const struct sys_visitor visitor = {vlans_visit, vlans_restart, vlans};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	struct ifinfomsg *header = sys_message_extra(&request, sizeof(*header));
	int code;

	header->ifi_family = AF_BRIDGE; /* an empty message has room for it */
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
	code = sys_netlink_dump(
		netlink, request.header, &visitor, "read the VLANs of bridge ports", error);
	vlans->is_read = code == 0;
	return code == -EOPNOTSUPP ? 0 : code;
}

void sys_vlans_forget(struct sys_vlans *vlans)
{
	vlans_restart(vlans);
	free(vlans->ports.items);
	*vlans = (struct sys_vlans){0};
}

int sys_vlans_look(const struct sys_setting_look *look, struct ds_error *error)
{
	struct sys_vlans vlans __attribute__((cleanup(sys_vlans_forget))) = {0};
	int code = vlans_read(look->netlink, &vlans, error);

	for (size_t i = 0; code == 0 && i < vlans.ports.count; i++) {
		const struct sys_vlans_port *port = &vlans.ports.items[i];
		const struct sys_link *link = sys_links_by_index(look->links, port->ifindex);

		if (!link || !link->is_ours)
			continue;
		code = sys_setting_add(look, DS_SETTING_VLANS, link->link.name, "all", port->text);
		if (code == 0)
			look->settings->items.items[look->settings->items.count - 1].is_early =
				true;
		if (code == 0)
			code = sys_vlan_options_look(look, link);
	}
	return code;
}

/* --- writing ---------------------------------------------------------------------------- */

/* Of each VLAN its flags, and IS_THERE. */
struct map {
	uint16_t flags[VLAN_LAST + 1];
};

/* The reverse of vlans_text(); what is not understood ends it. */
static void map_read(struct map *map, const char *text)
{
	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;
		uint16_t bits = IS_THERE;

		if (end != text && *end == '-')
			last = strtoul(end + 1, &end, 10);
		if (end == text || first == 0 || last < first || last > VLAN_LAST)
			return;
		for (size_t i = 0; i < FLAGS; i++) {
			size_t length = strlen(flags[i].text);

			if (strncmp(end, flags[i].text, length) == 0) {
				bits |= flags[i].bit;
				end += length;
			}
		}
		while (first <= last)
			map->flags[first++] = bits;
		text = end + strspn(end, ", ");
	}
}

/* Those of a port as they are now. false: not known, and so all that is not wanted may be there. */
static bool map_now(const struct sys_setting_put *put, uint32_t ifindex, struct map *map)
{
	struct ds_error ignored;

	if (!put->vlans->is_read) {
		sys_queue_flush(put->queue); /* its answers must not mix with these */
		vlans_read(put->queue->netlink, put->vlans, &ignored);
	}
	for (size_t i = 0; i < put->vlans->ports.count; i++) {
		if (put->vlans->ports.items[i].ifindex != ifindex)
			continue;
		map_read(map, put->vlans->ports.items[i].text);
		return true;
	}
	return false;
}

/* Runs of VLANs, in as many messages as they need. */
struct writer {
	const struct sys_setting_put *put;
	struct sys_change change;
	uint32_t ifindex;
	uint16_t type;
	struct sys_message *message; /* NULL: none is begun */
	size_t nest;
	unsigned int runs;
};

static void writer_begin(struct writer *writer)
{
	struct ifinfomsg *header;

	writer->message = sys_queue_begin(writer->put->queue, writer->type, 0);
	header = sys_message_extra(writer->message, sizeof(*header));
	header->ifi_family = AF_BRIDGE;
	header->ifi_index = (int)writer->ifindex;
	writer->nest = sys_nest_begin(writer->message, IFLA_AF_SPEC);
	writer->runs = 0;
}

static void writer_end(struct writer *writer)
{
	if (!writer->message)
		return;
	sys_nest_end(writer->message, writer->nest);
	sys_queue_add(writer->put->queue, &writer->change);
	writer->message = NULL;
}

static void put_vlan(struct sys_message *message, unsigned int vid, unsigned int bits)
{
	const struct bridge_vlan_info info = {.flags = (uint16_t)bits, .vid = (uint16_t)vid};

	sys_put(message, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
}

static void writer_run(
	struct writer *writer, unsigned int first, unsigned int last, unsigned int bits)
{
	if (writer->message && writer->runs == RUNS_MAX)
		writer_end(writer);
	if (!writer->message)
		writer_begin(writer);
	writer->runs++;
	if (first == last) {
		put_vlan(writer->message, first, bits);
		return;
	}
	put_vlan(writer->message, first, bits | BRIDGE_VLAN_INFO_RANGE_BEGIN);
	put_vlan(writer->message, last, bits | BRIDGE_VLAN_INFO_RANGE_END);
}

/* The one that untagged packets get is a run of its own: the kernel has it so. */
static void map_write(struct writer *writer, const struct map *map)
{
	for (unsigned int vid = 1, last; vid <= VLAN_LAST; vid = last + 1) {
		unsigned int bits = map->flags[vid];

		last = vid;
		if (!bits)
			continue;
		while (last < VLAN_LAST && map->flags[last + 1] == bits &&
			!(bits & BRIDGE_VLAN_INFO_PVID))
			last++;
		writer_run(writer, vid, last, bits & ~IS_THERE);
	}
	writer_end(writer);
}

static void map_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	struct writer writer = {.put = put,
		.change = sys_setting_change(want),
		.ifindex = put->index_of->find(put->index_of->context, want->link)};
	struct map wanted = {0}, now = {0}, gone = {0};
	bool is_known = map_now(put, writer.ifindex, &now);

	map_read(&wanted, want->value);
	for (unsigned int vid = 1; vid <= VLAN_LAST; vid++) {
		if ((!is_known || now.flags[vid]) && !wanted.flags[vid])
			gone.flags[vid] = IS_THERE;
		if (wanted.flags[vid] == now.flags[vid])
			wanted.flags[vid] = 0;
	}
	writer.type = RTM_DELLINK;
	map_write(&writer, &gone);
	writer.type = RTM_SETLINK;
	map_write(&writer, &wanted);
}

void sys_vlans_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	if (sys_vlan_options_is_part(want))
		sys_vlan_options_put(put, want);
	else
		map_put(put, want);
}
