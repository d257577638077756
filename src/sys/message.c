/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <libmnl/libmnl.h>
#include <string.h>

void sys_attrs_range(const void *payload, size_t bytes, const struct nlattr **at, uint16_t max)
{
	const char *end = (const char *)payload + bytes;
	const struct nlattr *attr = payload;

	memset(at, 0, sizeof(struct nlattr *) * ((size_t)max + 1));
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type <= max)
			at[type] = attr;
	}
}

void sys_attrs_of(
	const struct nlmsghdr *message, size_t header_bytes, const struct nlattr **at, uint16_t max)
{
	size_t bytes = mnl_nlmsg_get_payload_len(message);
	size_t offset = sys_align(header_bytes);

	if (offset > bytes)
		offset = bytes;
	sys_attrs_range(
		(const char *)mnl_nlmsg_get_payload(message) + offset, bytes - offset, at, max);
}

void sys_attrs_nested(const struct nlattr *nest, const struct nlattr **at, uint16_t max)
{
	sys_attrs_range(nest ? mnl_attr_get_payload(nest) : "", sys_attr_bytes(nest), at, max);
}

int sys_attrs_each(const struct nlattr *nest,
	int (*visit)(const struct nlattr *attr, void *context), void *context)
{
	const struct nlattr *attr;
	const char *end;
	int code = 0;

	if (!nest)
		return 0;
	attr = mnl_attr_get_payload(nest);
	end = (const char *)attr + sys_attr_bytes(nest);
	for (; code == 0 && mnl_attr_ok(attr, (int)(end - (const char *)attr));
		attr = mnl_attr_next(attr))
		code = visit(attr, context);
	return code;
}

size_t sys_attr_bytes(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_payload_len(attr) : 0;
}

int64_t sys_attr_u32(const struct nlattr *attr, int64_t absent)
{
	return sys_attr_bytes(attr) >= sizeof(uint32_t) ? (int64_t)mnl_attr_get_u32(attr) : absent;
}

int64_t sys_attr_u8(const struct nlattr *attr, int64_t absent)
{
	return sys_attr_bytes(attr) >= sizeof(uint8_t) ? (int64_t)mnl_attr_get_u8(attr) : absent;
}

uint16_t sys_attr_u16(const struct nlattr *attr)
{
	return sys_attr_bytes(attr) >= sizeof(uint16_t) ? mnl_attr_get_u16(attr) : 0;
}

const char *sys_attr_text(const struct nlattr *attr)
{
	size_t bytes = sys_attr_bytes(attr);

	if (bytes == 0 || !memchr(mnl_attr_get_payload(attr), '\0', bytes))
		return NULL;
	return mnl_attr_get_str(attr);
}

const void *sys_message_header(const struct nlmsghdr *message, size_t header_bytes)
{
	if (mnl_nlmsg_get_payload_len(message) < header_bytes)
		return NULL;
	return mnl_nlmsg_get_payload(message);
}

struct sys_message sys_message_begin(void *buffer, size_t size, uint16_t type, uint16_t flags)
{
	struct sys_message message = {.header = mnl_nlmsg_put_header(buffer), .size = size};

	message.header->nlmsg_type = type;
	message.header->nlmsg_flags = flags;
	return message;
}

/* The end of the message is where the next attribute goes; libmnl keeps it aligned. */
void *sys_put_bare(struct sys_message *message, size_t bytes)
{
	struct nlmsghdr *header = message->header;
	void *tail = mnl_nlmsg_get_payload_tail(header);

	if (header->nlmsg_len + sys_align(bytes) > message->size) {
		message->is_cut = true;
		return NULL;
	}
	memset(tail, 0, sys_align(bytes));
	header->nlmsg_len += (uint32_t)sys_align(bytes);
	return tail;
}

void *sys_message_extra(struct sys_message *message, size_t header_bytes)
{
	return sys_put_bare(message, header_bytes);
}

void sys_put(struct sys_message *message, uint16_t type, const void *value, size_t bytes)
{
	if (bytes > UINT16_MAX - sizeof(struct nlattr) ||
		!mnl_attr_put_check(message->header, message->size, type, bytes, value))
		message->is_cut = true;
}

void sys_put_u8(struct sys_message *message, uint16_t type, uint8_t value)
{
	sys_put(message, type, &value, sizeof(value));
}

void sys_put_u32(struct sys_message *message, uint16_t type, uint32_t value)
{
	sys_put(message, type, &value, sizeof(value));
}

void sys_put_text(struct sys_message *message, uint16_t type, const char *text)
{
	sys_put(message, type, text, strlen(text) + 1);
}

size_t sys_nest_begin(struct sys_message *message, uint16_t type)
{
	struct nlattr *nest = sys_put_bare(message, sizeof(*nest));

	if (!nest)
		return 0;
	nest->nla_type = type | NLA_F_NESTED;
	return (size_t)((char *)nest - (char *)message->header);
}

void sys_nest_end(struct sys_message *message, size_t nest)
{
	struct nlattr *attr = (void *)((char *)message->header + nest);
	size_t bytes = message->header->nlmsg_len - nest;

	if (nest == 0 || bytes > UINT16_MAX)
		message->is_cut = true;
	else
		attr->nla_len = (uint16_t)bytes;
}
