/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NETWORK_H
#define SYS_NETWORK_H

/*
 * The network of a module's devices, through libmnl (and ETHTOOL_GDRVINFO, which has no netlink
 * message). The network is that of the caller's namespace, and what the module has in others. Into
 * those goes the process itself, see netns.h: it must be a child that ends soon where there are
 * any.
 */

#include "drvswap/network.h"

/*
 * Takes the snapshot: links whose parent device is one of devices ("pci/0000:00:02.0"), their
 * addresses, and the routes that use them or one of their addresses. Needs no privilege. No
 * device is no error: the network is then empty. An interrupted dump is taken again. Links of one
 * of the kinds ("dummy", "bond"), which the module itself makes, count as dependents. caller is the
 * local address of the caller's SSH connection, or NULL.
 */
int sys_network_look(const ds_strings *devices, const ds_strings *kinds, const char *caller,
	struct ds_network *ret_network, struct ds_error *error);

/* What is waited for; all but the first only of links that are to be up and had carrier. */
enum sys_awaited {
	SYS_AWAIT_PORT,    /* a link on the port, in whatever state */
	SYS_AWAIT_CARRIER, /* IFF_LOWER_UP: with an address and a route, packets pass */
	SYS_AWAIT_READY,   /* ds_link.has_carrier: the whole kernel knows of it */
};

/*
 * Makes the host's links what they are in wanted: moves those to their namespace that came back in
 * ours; for each, waits until the port is back (links
 * are found by device, port and permanent MAC), gives it its name, MAC where it was set by hand,
 * MTU, txqlen, alias, group, altnames, addr_gen_mode, master; sets it up; waits for carrier where
 * there was carrier; then addresses and routes. What is there already is left alone; calling it
 * twice changes nothing. deadline_ms is CLOCK_BOOTTIME.
 *
 * Goes on after a failure and tries everything; the first failure is the error, with the kernel's
 * own words (extended ACK) in it, and the count of the others. Of the settings, only those are
 * written that decide whether packets pass, or that are cheaper while the link is down; they are no
 * such failures: what became of them is added to *ret_returned (NULL: nobody asks), and the verdict
 * says what of it matters.
 */
int sys_network_restore(const struct ds_network *wanted, int64_t deadline_ms,
	struct ds_returned *ret_returned, struct ds_error *error);

/*
 * Makes the settings of links that have come back what they are in wanted; writes what differs.
 * Packets pass without it, so it may take its time. It fails only where it cannot look.
 */
int sys_network_settings(
	const struct ds_network *wanted, struct ds_returned *ret_returned, struct ds_error *error);

/*
 * Waits until every port in wanted is what is awaited, on link messages, not by polling.
 * -ETIMEDOUT names what is missing.
 */
int sys_network_wait(const struct ds_network *wanted, enum sys_awaited awaited, int64_t deadline_ms,
	struct ds_error *error);

/*
 * After the restoring: waits as above for SYS_AWAIT_READY, then takes IFA_F_NODAD off the
 * addresses that had not had it.
 */
int sys_network_ready(const struct ds_network *wanted, int64_t deadline_ms, struct ds_error *error);

/*
 * Puts back what of links, addresses and routes is missing now in our own namespace, and complains
 * of nothing: whoever took it away may do so again. with_leases: also the addresses that an owner
 * who is at work will get by DHCP.
 */
int sys_network_fill(const struct ds_network *wanted, bool with_leases,
	struct ds_returned *ret_returned, struct ds_error *error);

/*
 * Waits until the owners of the links have come to an end with them, and fills what they took away
 * as soon as it goes. -ETIMEDOUT names the link that is not done.
 */
int sys_owners_settle(const struct ds_network *wanted, int64_t deadline_ms,
	struct ds_returned *ret_returned, struct ds_error *error);

#endif
