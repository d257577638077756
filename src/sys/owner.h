/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_OWNER_H
#define SYS_OWNER_H

/*
 * Who owns a link (systemd-networkd, NetworkManager, ifupdown), as the files of each tell, and
 * whether it has come to an end with it.
 */

#include <sys/types.h>

#include "net.h"

#define SYS_NETWORKD_LINKS "/run/systemd/netif/links"
#define SYS_NM_DEVICES     "/run/NetworkManager/devices"
#define SYS_IFUPDOWN_STATE "/run/network/ifstate"

/* Adds to network->owned those of its links, and of what lies above them, that have an owner. */
int sys_owners_look(
	const struct sys_links *links, struct ds_network *network, struct ds_error *error);

/* The owner has configured the link as it is now, under the index that it has now. */
bool sys_owner_is_done(const struct ds_owned *owned, int64_t deadline_ms);

/*
 * Owners that do not see that a link went and came, or that gave up over it, are told by their own
 * tools: ifupdown has no process that would see it, and its DHCP client sits on a socket of the
 * link that is gone.
 */
int sys_owner_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error);

/* owner_networkd.c */
bool sys_networkd_is_done(unsigned int ifindex);
bool sys_networkd_has_lease(const char *link);
int sys_networkd_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error);

/* owner_ifupdown.c */
bool sys_ifupdown_has(const char *link);
bool sys_ifupdown_has_lease(const char *link);
bool sys_ifupdown_is_done(const struct ds_owned *owned);
int sys_ifupdown_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error);

/* owner_nm.c */
/* By a profile that somebody has made, whose number is put into *ret_profile. */
bool sys_nm_owns(char *link, unsigned int ifindex, char *ret_profile, size_t size);
bool sys_nm_has_lease(char *link);
bool sys_nm_is_done(const struct ds_owned *owned, int64_t deadline_ms);
int sys_nm_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error);
/* A program that says something whenever a device changes; its output, or -errno. */
int sys_nm_monitor(pid_t *ret_pid, struct ds_error *error);

/* The text behind "key" at the begin of a line of the file; false: there is none. */
bool sys_owner_file_has(const char *path, const char *key, char *ret_text, size_t size);

#endif
