/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NETWORK_H
#define SYS_NETWORK_H

/*
 * The network of a module's devices, through libmnl (and ETHTOOL_GDRVINFO, which has no netlink
 * message). Everything concerns the network namespace of the caller.
 */

#include "drvswap/network.h"

/*
 * Takes the snapshot: links whose parent device is one of devices ("pci/0000:00:02.0"), their
 * addresses, and the routes that use them or one of their addresses. Needs no privilege. No
 * device is no error: the network is then empty. An interrupted dump is taken again. Links of one
 * of the kinds ("dummy", "bond"), which the module itself makes, count as dependents.
 */
int sys_network_look(const ds_strings *devices, const ds_strings *kinds,
	struct ds_network *ret_network, struct ds_error *error);

/*
 * Makes the host's links what they are in wanted: for each, waits until the port is back (links
 * are found by device, port and permanent MAC), gives it its name, MAC where it was set by hand,
 * MTU, txqlen, alias, group, altnames, addr_gen_mode, master; sets it up; waits for carrier where
 * there was carrier; then addresses and routes. What is there already is left alone; calling it
 * twice changes nothing. deadline_ms is CLOCK_BOOTTIME.
 *
 * Goes on after a failure and tries everything; the first failure is the error, with the kernel's
 * own words (extended ACK) in it, and the count of the others. Settings are no such failures:
 * what became of them is added to *ret_returned (NULL: nobody asks), and the verdict says what of
 * it matters.
 */
int sys_network_restore(const struct ds_network *wanted, int64_t deadline_ms,
	struct ds_returned *ret_returned, struct ds_error *error);

/*
 * Waits until every port in wanted has a link again, and with need_carrier until those that are
 * up and had carrier have it, on link messages, not by polling. -ETIMEDOUT names what is missing.
 */
int sys_network_wait(const struct ds_network *wanted, bool need_carrier, int64_t deadline_ms,
	struct ds_error *error);

#endif
