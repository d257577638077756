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

#endif
