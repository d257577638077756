/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_MESSAGE_H
#define SYS_MESSAGE_H

/*
 * Netlink attributes, read and written with bounds.
 *
 * Reading: what is missing, too short or unknown reads as absent, since a newer kernel must not
 * break us and a damaged message must not either. Writing: what does not fit marks the message,
 * and whoever sends it looks once.
 */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sys_message {
	struct nlmsghdr *header;
	size_t size; /* of the buffer */
	bool is_cut; /* something did not fit */
};

/* All of netlink lies on multiples of four; libmnl's own macro counts in int. */
static inline size_t sys_align(size_t bytes)
{
	return (bytes + NLMSG_ALIGNTO - 1) & ~((size_t)NLMSG_ALIGNTO - 1);
}

/* Puts the attributes behind header_bytes into at[0..max], NULL where there is none. */
void sys_attrs_of(const struct nlmsghdr *message, size_t header_bytes, const struct nlattr **at,
	uint16_t max);
void sys_attrs_range(const void *payload, size_t bytes, const struct nlattr **at, uint16_t max);
void sys_attrs_nested(const struct nlattr *nest, const struct nlattr **at, uint16_t max);

/* Each attribute in it, until visit() returns anything but 0, which is returned. NULL has none. */
int sys_attrs_each(const struct nlattr *nest,
	int (*visit)(const struct nlattr *attr, void *context), void *context);

/* Each takes NULL. Numbers read as `absent` where they are not there. */
int64_t sys_attr_u32(const struct nlattr *attr, int64_t absent);
int64_t sys_attr_u8(const struct nlattr *attr, int64_t absent);
uint16_t sys_attr_u16(const struct nlattr *attr);     /* 0: not there */
const char *sys_attr_text(const struct nlattr *attr); /* NULL unless NUL-terminated */
size_t sys_attr_bytes(const struct nlattr *attr);

/* The family header of a message, NULL where the message is too short for it. */
const void *sys_message_header(const struct nlmsghdr *message, size_t header_bytes);

struct sys_message sys_message_begin(void *buffer, size_t size, uint16_t type, uint16_t flags);
void *sys_message_extra(struct sys_message *message, size_t header_bytes);
void sys_put(struct sys_message *message, uint16_t type, const void *value, size_t bytes);
void sys_put_u8(struct sys_message *message, uint16_t type, uint8_t value);
void sys_put_u32(struct sys_message *message, uint16_t type, uint32_t value);
void sys_put_text(struct sys_message *message, uint16_t type, const char *text);

/* Returns the offset that sys_nest_end() takes; 0 marks a cut message. */
size_t sys_nest_begin(struct sys_message *message, uint16_t type);
void sys_nest_end(struct sys_message *message, size_t nest);

/* Bare bytes inside a nest (a struct rtnexthop is no attribute); NULL where they do not fit. */
void *sys_put_bare(struct sys_message *message, size_t bytes);

#endif
