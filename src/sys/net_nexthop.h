/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_NEXTHOP_H
#define SYS_NET_NEXTHOP_H

/*
 * Which links a nexthop object leaves by. With net.ipv4.nexthop_compat_mode=0 a route over one
 * tells its number alone (net/ipv4/fib_semantics.c, fib_dump_info(), 6.1).
 */

#include <stddef.h>
#include <stdint.h>

#include "netlink.h"

struct sys_nexthops { /* sorted by id; a group has a row for each of its legs */
	struct sys_nexthop {
		uint32_t id, ifindex;
	} * items;
	size_t count;
};

/* Kernels without nexthop objects (before 5.3) have none: 0. */
int sys_nexthops_dump(
	struct sys_netlink *netlink, struct sys_nexthops *ret_nexthops, struct ds_error *error);
void sys_nexthops_done(struct sys_nexthops *nexthops);

/* The rows of an id, *ret_count of them; NULL: none. */
const struct sys_nexthop *sys_nexthops_find(
	const struct sys_nexthops *nexthops, uint32_t id, size_t *ret_count);

#endif
