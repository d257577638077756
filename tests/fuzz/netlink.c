/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Netlink answers: the bytes come over a scripted wire in place of the kernel's socket, datagram
 * by datagram (two bytes of length, then so many of content), into every reader there is.
 */

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "../../src/sys/devlink.h"
#include "../../src/sys/ethtool.h"
#include "../../src/sys/genetlink.h"
#include "../../src/sys/net.h"
#include "../../src/sys/net_losses.h"
#include "fuzz.h"

struct script {
	const uint8_t *bytes;
	size_t left;
};

static int wire_send(struct sys_netlink *netlink, const void *bytes, size_t size)
{
	(void)netlink, (void)bytes, (void)size;
	return 0;
}

/* Answers carry the number of their request and the port of who asked, or nobody would look at
 * them. */
static void number(struct sys_netlink *netlink, char *buffer, size_t size)
{
	struct nlmsghdr header;

	for (size_t at = 0; size - at >= sizeof(header);) {
		memcpy(&header, buffer + at, sizeof(header));
		header.nlmsg_seq = netlink->sequence;
		header.nlmsg_pid = netlink->port;
		memcpy(buffer + at, &header, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || sys_align(header.nlmsg_len) > size - at)
			return;
		at += sys_align(header.nlmsg_len);
	}
}

static ssize_t wire_receive(struct sys_netlink *netlink, void *buffer, size_t size)
{
	struct script *script = netlink->wire_context;
	size_t length;

	if (script->left < 2)
		return -EAGAIN;
	length = (size_t)script->bytes[0] | (size_t)script->bytes[1] << 8;
	script->bytes += 2;
	script->left -= 2;
	if (length > script->left)
		length = script->left;
	if (length > size)
		length = size;
	memcpy(buffer, script->bytes, length);
	script->bytes += length;
	script->left -= length;
	if (length == 0)
		return -ENOBUFS;
	number(netlink, buffer, length);
	return (ssize_t)length;
}

static const struct sys_netlink_wire wire = {wire_send, wire_receive};

/* --- readers ---------------------------------------------------------------------------- */

struct readers {
	struct sys_links links;
	struct ds_network network;
};

static void put_address(const struct ds_address *address)
{
	char buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), RTM_NEWADDR, 0);
	char *text = ds_address_text(address);

	ensure(text);
	free(text);
	sys_address_encode(&message, address, 1, 1, true);
}

static uint32_t find_index(void *context, const char *name)
{
	(void)context;
	return name ? 1 : 0;
}

static void put_route(const struct ds_route *route)
{
	const struct sys_index_of index_of = {find_index, NULL};
	char *text = ds_route_text(route);

	ensure(text);
	free(text);
	for (size_t part = 0; part < sys_route_messages(route); part++) {
		char buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
		struct sys_message message =
			sys_message_begin(buffer, sizeof(buffer), RTM_NEWROUTE, 0);

		sys_route_encode(&message, route, part, part & 1, 1, &index_of);
	}
}

/* On links that are all ours, so that what is found is also written down. */
static void decode_rules(const struct nlmsghdr *message, struct sys_links *links)
{
	const struct sys_setting_look look = {.links = links};
	ds_strings texts = {0};
	struct sys_losses losses = {.look = &look, .texts = &texts};

	for (size_t i = 0; i < links->count; i++)
		links->items[i].is_ours = true;
	ensure(sys_rules_decode(message, &losses) == 0);
	ensure(sys_action_decode(message, &losses) == 0);
	ensure(sys_xfrm_decode(message, &losses) == 0);
	for (size_t i = 0; i < texts.count; i++)
		ensure(strncmp(texts.items[i], "the ", 4) == 0);
	ds_strings_done(&texts);
}

static void decode_multicast(const struct nlmsghdr *message, const struct sys_links *links)
{
	struct ds_settings settings = {0};
	const struct sys_setting_look look = {.links = links, .settings = &settings};

	ensure(sys_mdb_decode(message, &look) == 0);
	ds_record_done(&ds_settings_record, &settings);
}

static int visit(const struct nlmsghdr *message, void *context)
{
	struct readers *readers = context;
	struct ds_link link = {0};
	struct ds_address address = {0};
	struct ds_route route = {0};

	sys_links_update(&readers->links, message);
	if (sys_address_decode(message, &readers->links, &address) == 0) {
		ensure(address.link && address.local);
		ensure(ds_address_same(&address, &address));
		put_address(&address);
	}
	sys_route_mark_default(message, &readers->links);
	sys_route_uses_ours(message, &readers->links, &readers->network);
	if (sys_route_decode(message, &readers->links, &route) == 0)
		put_route(&route);
	decode_rules(message, &readers->links);
	decode_multicast(message, &readers->links);
	sys_linkmodes_decode(message, &link);
	sys_devlink_info_decode(message, &link.driver);
	ds_record_done(&ds_address_record, &address);
	ds_record_done(&ds_route_record, &route);
	ds_record_done(&ds_link_record, &link);
	return 0;
}

static void search(const struct sys_links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		ensure(sys_links_by_index(links, (uint32_t)links->items[i].link.ifindex));
		ensure(sys_links_by_name(links, links->items[i].link.name));
		if (i < 4)
			sys_links_is_below(links, &links->items[0], &links->items[i]);
	}
}

static void read_drvinfo(const uint8_t *bytes, size_t size)
{
	struct ethtool_drvinfo drvinfo = {0};
	struct ds_driver_info info = {0};

	memcpy(&drvinfo, bytes, size < sizeof(drvinfo) ? size : sizeof(drvinfo));
	ensure(sys_drvinfo_decode(&drvinfo, "6.1.0-56-amd64", &info) == 0);
	ds_record_done(&ds_driver_info_record, &info);
}

/* Each kind of conversation with the same bytes. */
static void converse(struct sys_netlink *netlink, unsigned int kind, struct readers *readers)
{
	static const struct sys_family family = {.id = 20, .version = 1};
	const struct sys_visitor visitor = {.visit = visit, .context = readers};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETADDR, 0);
	struct ds_driver_info info = {0};
	struct sys_family found;
	struct ds_error error = {0};

	switch (kind % 5) {
	case 0:
		sys_links_dump(netlink, &readers->links, &error);
		sys_netlink_drain(netlink, &visitor);
		break;
	case 1:
		sys_netlink_dump(netlink, request.header, &visitor, "read", &error);
		break;
	case 2:
		sys_netlink_ask(netlink, request.header, &visitor, "ask", &error);
		break;
	case 3:
		sys_family_find(netlink, "ethtool", &found, &error);
		break;
	default:
		sys_devlink_info(netlink, &family, "pci/0000:00:02.0", &info, &error);
		ds_record_done(&ds_driver_info_record, &info);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct readers readers = {0};
	struct script script;
	struct sys_netlink netlink;
	struct ds_error error = {0};

	if (size < 1)
		return 0;
	script = (struct script){bytes + 1, size - 1};
	ensure(sys_netlink_open_wire(&netlink, &wire, &script, &error) == 0);
	converse(&netlink, bytes[0], &readers);
	search(&readers.links);
	read_drvinfo(bytes + 1, size - 1);
	sys_links_done(&readers.links);
	sys_netlink_close(&netlink);
	return 0;
}
