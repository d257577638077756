/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_PORTABLE_H
#define SYS_NET_PORTABLE_H

/*
 * Attributes kept as the kernel gave them, in a form that outlives the swap: hex of netlink
 * attributes, in which a link is named where the kernel has its index. So two of them compare as
 * texts, and what the kernel says of itself goes back without a record for each kind of object.
 * A table tells the few attributes that do not go back as they came.
 */

#include "net.h"

enum sys_attr_rule {
	SYS_ATTR_KEEP, /* goes back as it came */
	SYS_ATTR_DROP, /* the kernel's own bookkeeping, or refused */
	SYS_ATTR_LINK, /* the index of a link */
	SYS_ATTR_FLAG, /* told as a byte, but taken as a flag */
	SYS_ATTR_BITS, /* flags with a mask: told with all bits in it, taken with known ones alone
			*/
	SYS_ATTR_SET,  /* a byte of 0 is left out: the kernel acts on its mere presence */
	SYS_ATTR_NEST, /* those that it has inside go by rules of their own, the inner ones */
};

struct sys_attr_rules {
	enum sys_attr_rule otherwise; /* for attributes that are not in the list */
	const struct sys_attr_row {
		uint16_t type;
		enum sys_attr_rule rule;
	} * rows;
	size_t count;
	const struct sys_attr_rules *inner; /* of SYS_ATTR_NEST; name no links */
};

/* *ret_hex is allocated, "" for no attributes. -ENODEV: a link that is not in the table. */
int sys_portable_read(const struct sys_attr_rules *rules, const struct sys_links *links,
	const void *attrs, size_t bytes, char **ret_hex);

/* Appends the attributes. -ENODEV: a link that is not there; -EINVAL: no such text. */
int sys_portable_put(struct sys_message *message, const struct sys_attr_rules *rules,
	const char *hex, const struct sys_index_of *index_of);

#endif
