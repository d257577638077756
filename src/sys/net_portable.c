/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_portable.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "queue.h"

/* Hands each attribute to the rule's code; what stands behind a damaged one is not read. */
#define EACH_ATTR(attr, attrs, bytes)                                                              \
	for ((attr) = (const struct nlattr *)(attrs); mnl_attr_ok(                                 \
		     (attr), (int)((const char *)(attrs) + (bytes) - (const char *)(attr)));       \
		(attr) = mnl_attr_next(attr))

static enum sys_attr_rule rule_of(const struct sys_attr_rules *rules, uint16_t type)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->rows[i].type == type)
			return rules->rows[i].rule;
	}
	return rules->otherwise;
}

static void put_copy(struct sys_message *message, const struct nlattr *attr)
{
	sys_put(message, attr->nla_type, mnl_attr_get_payload(attr), sys_attr_bytes(attr));
}

/* An index of 0 says "none", as no attribute does. */
static int put_name(
	struct sys_message *message, const struct sys_links *links, const struct nlattr *attr)
{
	uint32_t ifindex = (uint32_t)sys_attr_u32(attr, 0);
	const struct sys_link *link = sys_links_by_index(links, ifindex);

	if (ifindex && !link)
		return -ENODEV;
	if (link)
		sys_put_text(message, attr->nla_type, link->link.name);
	return 0;
}

/* The lowest bit is the one that a new link begins with, and that may be off. */
static void put_bits(struct sys_message *message, const struct nlattr *attr)
{
	uint32_t bits[2]; /* flags, mask: struct ifla_vlan_flags */

	if (sys_attr_bytes(attr) < sizeof(bits))
		return;
	memcpy(bits, mnl_attr_get_payload(attr), sizeof(bits));
	bits[1] = bits[0] | 1;
	sys_put(message, attr->nla_type, bits, sizeof(bits));
}

static int read_all(struct sys_message *message, const struct sys_attr_rules *rules,
	const struct sys_links *links, const void *attrs, size_t bytes);

static int put_nest(struct sys_message *message, const struct sys_attr_rules *rules,
	const struct sys_links *links, const struct nlattr *attr)
{
	size_t nest = sys_nest_begin(message, mnl_attr_get_type(attr));
	int code = read_all(
		message, rules->inner, links, mnl_attr_get_payload(attr), sys_attr_bytes(attr));

	if (nest)
		sys_nest_end(message, nest);
	return code;
}

static int read_one(struct sys_message *message, const struct sys_attr_rules *rules,
	const struct sys_links *links, const struct nlattr *attr)
{
	switch (rule_of(rules, mnl_attr_get_type(attr))) {
	case SYS_ATTR_DROP:
		return 0;
	case SYS_ATTR_LINK:
		return put_name(message, links, attr);
	case SYS_ATTR_FLAG:
		if (sys_attr_bytes(attr) == 0 || sys_attr_u8(attr, 0))
			sys_put(message, attr->nla_type, NULL, 0);
		return 0;
	case SYS_ATTR_BITS:
		put_bits(message, attr);
		return 0;
	case SYS_ATTR_SET:
		if (sys_attr_u8(attr, 0))
			put_copy(message, attr);
		return 0;
	case SYS_ATTR_NEST:
		return put_nest(message, rules, links, attr);
	case SYS_ATTR_KEEP:
	default:
		put_copy(message, attr);
		return 0;
	}
}

static int read_all(struct sys_message *message, const struct sys_attr_rules *rules,
	const struct sys_links *links, const void *attrs, size_t bytes)
{
	const struct nlattr *attr;
	int code = 0;

	EACH_ATTR(attr, attrs, bytes)
	{
		code = read_one(message, rules, links, attr);
		if (code < 0)
			break;
	}
	return code;
}

/* A name takes the place of an index: no attribute grows more than fivefold. */
static size_t portable_bytes(size_t bytes)
{
	return NLMSG_HDRLEN + 5 * sys_align(bytes);
}

int sys_portable_read(const struct sys_attr_rules *rules, const struct sys_links *links,
	const void *attrs, size_t bytes, char **ret_hex)
{
	/* Zeroes, for libmnl leaves the padding of attributes as it was, and texts compare it. */
	size_t most = portable_bytes(bytes);
	cleanup_free char *buffer = calloc(1, most);
	struct sys_message message;
	int code;

	if (!buffer)
		return -ENOMEM;
	message = sys_message_begin(buffer, most, 0, 0);
	code = read_all(&message, rules, links, attrs, bytes);
	if (code < 0)
		return code;
	if (message.is_cut)
		return -EMSGSIZE;
	*ret_hex = sys_hex_write(
		mnl_nlmsg_get_payload(message.header), mnl_nlmsg_get_payload_len(message.header));
	return *ret_hex ? 0 : -ENOMEM;
}

static int put_index(
	struct sys_message *message, const struct nlattr *attr, const struct sys_index_of *index_of)
{
	const char *name = sys_attr_text(attr);
	uint32_t ifindex = name ? index_of->find(index_of->context, name) : 0;

	if (ifindex == 0)
		return name ? -ENODEV : -EINVAL;
	sys_put_u32(message, attr->nla_type, ifindex);
	return 0;
}

int sys_portable_put(struct sys_message *message, const struct sys_attr_rules *rules,
	const char *hex, const struct sys_index_of *index_of)
{
	cleanup_free uint8_t *bytes = malloc(SYS_MESSAGE_BYTES);
	const struct nlattr *attr;
	size_t count;
	int code;

	if (!bytes)
		return -ENOMEM;
	code = sys_hex_read(hex ? hex : "", bytes, SYS_MESSAGE_BYTES, &count);
	if (code < 0)
		return code;
	EACH_ATTR(attr, bytes, count)
	{
		if (rule_of(rules, mnl_attr_get_type(attr)) != SYS_ATTR_LINK)
			put_copy(message, attr);
		else if ((code = put_index(message, attr, index_of)) < 0)
			return code;
	}
	return 0;
}
