/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_PRIME_H
#define SYS_NET_PRIME_H

#include "net_restore.h"

/*
 * Lets the kernel ask for the MAC of each gateway now, so that the first packet need not wait for
 * it. What the gateway's MAC was is not told to the kernel: it answers in the time of one way there
 * and back, and believed to be at a place that it has left it would be asked for elsewhere only
 * after eight seconds (delay_first_probe_time and three probes). Nothing rests on it, and nothing
 * that fails is told.
 */
void sys_restore_prime(struct sys_restore *restore);

/* The same for one gateway; link is that of now. */
void sys_prime(struct sys_netlink *netlink, uint32_t ifindex, const struct ds_nexthop *hop);

#endif
