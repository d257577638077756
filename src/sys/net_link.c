/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One link: from RTM_NEWLINK to the record. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net.h"
#include "net_kind.h"

#define LAST_ATTR IFLA_PARENT_DEV_BUS_NAME
#define MAC_BYTES 32 /* MAX_ADDR_LEN of the kernel: InfiniBand has 20 */

static const struct {
	uint16_t type;
	size_t offset;
} numbers[] = {
	{IFLA_MTU, offsetof(struct ds_link, mtu)},
	{IFLA_TXQLEN, offsetof(struct ds_link, txqlen)},
	{IFLA_GROUP, offsetof(struct ds_link, group)},
	{IFLA_NUM_TX_QUEUES, offsetof(struct ds_link, tx_queues)},
	{IFLA_NUM_RX_QUEUES, offsetof(struct ds_link, rx_queues)},
};

void sys_link_done(struct sys_link *link)
{
	ds_record_done(&ds_link_record, &link->link);
	free(link->data);
	free(link->message);
	*link = (struct sys_link){0};
}

static int read_text(char **string, const struct nlattr *attr)
{
	return ds_string_set(string, sys_attr_text(attr));
}

static int read_mac(char **string, const struct nlattr *attr)
{
	const uint8_t *mac = mnl_attr_get_payload(attr);
	size_t count = sys_attr_bytes(attr);
	static const char digits[] = "0123456789abcdef";
	char text[MAC_BYTES * 3 + 1];

	if (count == 0 || count > MAC_BYTES)
		return 0;
	for (size_t i = 0; i < count; i++) {
		text[3 * i] = digits[mac[i] >> 4];
		text[3 * i + 1] = digits[mac[i] & 15];
		text[3 * i + 2] = ':';
	}
	text[3 * count - 1] = '\0';
	return ds_string_set(string, text);
}

static const struct {
	uint16_t type;
	size_t offset;
	int (*read)(char **string, const struct nlattr *attr);
} texts[] = {
	{IFLA_IFNAME, offsetof(struct ds_link, name), read_text},
	{IFLA_IFALIAS, offsetof(struct ds_link, alias), read_text},
	{IFLA_ADDRESS, offsetof(struct ds_link, mac), read_mac},
	{IFLA_PERM_ADDRESS, offsetof(struct ds_link, permanent_mac), read_mac},
};

bool sys_link_is_switch(const struct sys_link *link)
{
	return strcmp(link->kind, "openvswitch") == 0;
}

int sys_mac_parse(const char *text, uint8_t *ret_bytes, size_t size, size_t *ret_count)
{
	size_t count = 0;

	while (count < size) {
		char *end;
		unsigned long byte = strtoul(text, &end, 16);

		if (end == text || end - text > 2 || byte > UINT8_MAX)
			return -EINVAL;
		ret_bytes[count++] = (uint8_t)byte;
		if (*end == '\0') {
			*ret_count = count;
			return 0;
		}
		if (*end != ':')
			return -EINVAL;
		text = end + 1;
	}
	return -EINVAL;
}

static int read_device(struct ds_link *link, const struct nlattr *const *at)
{
	const char *bus = sys_attr_text(at[IFLA_PARENT_DEV_BUS_NAME]);
	const char *device = sys_attr_text(at[IFLA_PARENT_DEV_NAME]);

	return bus && device ? ds_string_format(&link->device, "%s/%s", bus, device) : 0;
}

static int visit_altname(const struct nlattr *attr, void *context)
{
	const char *name = sys_attr_text(attr);

	return mnl_attr_get_type(attr) == IFLA_ALT_IFNAME && name ? ds_strings_add(context, name)
								  : 0;
}

static int read_ipv6(
	struct ds_link *link, const struct nlmsghdr *message, const struct nlattr *families)
{
	const struct nlattr *family[AF_INET6 + 1], *at[IFLA_INET6_ADDR_GEN_MODE + 1];

	sys_attrs_nested(families, family, AF_INET6);
	sys_attrs_nested(family[AF_INET6], at, IFLA_INET6_ADDR_GEN_MODE);
	link->addr_gen_mode = sys_attr_u8(at[IFLA_INET6_ADDR_GEN_MODE], -1);
	return sys_token_read(link, message, at[IFLA_INET6_TOKEN]);
}

/*
 * A tunnel that was moved to another namespace names itself as what it lies on, where it lies on
 * nothing (rtnl_fill_link_netnsid(), nla_put_iflink(), 6.1).
 */
static void forget_itself(struct sys_link *link)
{
	static const char *const others[] = {
		"vlan", "macvlan", "macvtap", "macsec", "ipvlan", "ipvtap", "veth"};

	if (link->far_index != (uint32_t)link->link.ifindex)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(link->kind, others[i]) == 0)
			return;
	}
	link->far_index = 0;
}

/* What a link was made from is kept as it came: its links have no names before all are read. */
static int read_kind(struct sys_link *link, const struct nlattr *info)
{
	const struct nlattr *at[IFLA_INFO_DATA + 1];
	const char *kind;
	uint32_t lower;

	sys_attrs_nested(info, at, IFLA_INFO_DATA);
	kind = sys_attr_text(at[IFLA_INFO_KIND]);
	if (kind)
		snprintf(link->kind, sizeof(link->kind), "%s", kind);
	forget_itself(link);
	if (!sys_kind_is_known(kind) || !at[IFLA_INFO_DATA])
		return 0;
	lower = sys_kind_lower(kind, at[IFLA_INFO_DATA]);
	if (lower)
		*(link->far_nsid >= 0 ? &link->far_index : &link->lower_index) = lower;
	link->data_bytes = sys_attr_bytes(at[IFLA_INFO_DATA]);
	link->data = malloc(link->data_bytes + 1);
	if (!link->data)
		return -ENOMEM;
	memcpy(link->data, mnl_attr_get_payload(at[IFLA_INFO_DATA]), link->data_bytes);
	return 0;
}

/* The reported flags are the administrator's: the kernel counts its own promiscuity apart. */
static void read_header(struct ds_link *link, const struct ifinfomsg *header)
{
	link->ifindex = header->ifi_index;
	link->is_up = header->ifi_flags & IFF_UP;
	link->has_carrier = (header->ifi_flags & IFF_RUNNING) && (header->ifi_flags & IFF_LOWER_UP);
	link->is_promisc = header->ifi_flags & IFF_PROMISC;
	link->is_allmulti = header->ifi_flags & IFF_ALLMULTI;
}

static int read_texts(struct ds_link *link, const struct nlattr *const *at)
{
	int code = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && code == 0; i++) {
		if (at[texts[i].type])
			code = texts[i].read(
				(char **)((char *)link + texts[i].offset), at[texts[i].type]);
	}
	return code;
}

static int link_fill(struct sys_link *link, const struct nlattr *const *at)
{
	int code = read_texts(&link->link, at);

	if (code == 0)
		code = read_device(&link->link, at);
	if (code == 0)
		code = sys_attrs_each(at[IFLA_PROP_LIST], visit_altname, &link->link.altnames);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*(int64_t *)((char *)&link->link + numbers[i].offset) =
			sys_attr_u32(at[numbers[i].type], 0);
	if (code == 0)
		code = read_ipv6(&link->link, link->message, at[IFLA_AF_SPEC]);
	link->link.speed_mbps = link->link.duplex = -1;
	link->link.dev_port = -1; /* unread: it costs a file, and few links need it */
	link->master_index = (uint32_t)sys_attr_u32(at[IFLA_MASTER], 0);
	link->far_nsid = (int32_t)sys_attr_u32(at[IFLA_LINK_NETNSID], -1);
	*(link->far_nsid >= 0 ? &link->far_index : &link->lower_index) =
		(uint32_t)sys_attr_u32(at[IFLA_LINK], 0);
	return code ? code : read_kind(link, at[IFLA_LINKINFO]);
}

int sys_link_decode(const struct nlmsghdr *message, struct sys_link *ret_link)
{
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[LAST_ATTR + 1];
	struct sys_link link = {0};
	int code;

	if (!header || header->ifi_index <= 0)
		return -EBADMSG;
	sys_attrs_of(message, sizeof(*header), at, LAST_ATTR);
	if (!sys_attr_text(at[IFLA_IFNAME]))
		return -EBADMSG;
	read_header(&link.link, header);
	link.is_lower_up = header->ifi_flags & IFF_LOWER_UP;
	link.message = malloc(message->nlmsg_len);
	if (link.message)
		memcpy(link.message, message, message->nlmsg_len);
	code = link.message ? link_fill(&link, at) : -ENOMEM;
	if (code < 0)
		sys_link_done(&link);
	else
		*ret_link = link;
	return code;
}
