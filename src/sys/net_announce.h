/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_ANNOUNCE_H
#define SYS_NET_ANNOUNCE_H

#include "net_restore.h"

/*
 * Tells the neighbours, and the switches on the way to them, that the addresses are here: a
 * gratuitous ARP request for each of IPv4, an unsolicited neighbour advertisement for each of IPv6.
 * Nothing rests on it, and nothing that fails is told.
 */
void sys_restore_announce(const struct sys_restore *restore);

/*
 * The same for what stays above ours, once it has its carrier back: addresses of a bond, a bridge,
 * and of what lies on them. Of bonds, the kernel does it in one mode (active-backup) alone. Their
 * gateways are asked for as well. links are marked.
 */
void sys_announce_above(struct sys_netlink *netlink, const struct sys_links *links,
	const struct ds_network *wanted);

#endif
