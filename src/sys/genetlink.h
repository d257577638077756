/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_GENETLINK_H
#define SYS_GENETLINK_H

/* Generic netlink: families have names, and numbers that are asked of the kernel. */

#include "message.h"
#include "netlink.h"

struct sys_family {
	uint16_t id;
	uint8_t version;
};

/* -ENOENT: this kernel has no such family (a module may bring it). */
int sys_family_find(struct sys_netlink *netlink, const char *name, struct sys_family *ret_family,
	struct ds_error *error);

struct sys_message sys_family_request(
	const struct sys_family *family, void *buffer, size_t size, uint8_t command);

/* The attributes of an answer. */
void sys_family_attrs(const struct nlmsghdr *message, const struct nlattr **at, uint16_t max);

#endif
