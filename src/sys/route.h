/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_ROUTE_H
#define SYS_ROUTE_H

#include "drvswap/network.h"

/*
 * The link by which the kernel would reach the address: one of network where traffic passes
 * through it, be it as the port of a bond or bridge or below a VLAN. NULL: nobody can tell.
 */
int sys_route_link(const struct ds_network *network, const char *address, char **ret_link,
	struct ds_error *error);

/*
 * Marks those of network over which the kernel answers the peer of the caller's connection, be its
 * local address where it may: on "lo", as on hosts that announce it by a routing protocol, or on
 * another port. What leaves by a tunnel leaves by the default route in the end, as far as anybody
 * can tell.
 */
int sys_route_mark_caller(struct ds_network *network, const char *peer, struct ds_error *error);

#endif
