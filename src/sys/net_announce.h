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

#endif
