/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_RESTORE_H
#define SYS_NET_RESTORE_H

/*
 * What the two halves of the restoring share: the one while the network is away, and the one that
 * makes it complete afterwards.
 */

#include "net.h"
#include "net_far.h"
#include "net_names.h"
#include "net_returned.h"
#include "net_settings.h"
#include "queue.h"

struct sys_restore {
	const struct ds_network *wanted;
	struct sys_fars *fars;  /* NULL: all that is wanted lies in its own namespace */
	struct sys_names names; /* of wanted */
	ds_strings above;       /* links that stay, and that had nexthop objects */
	struct sys_netlink netlink;
	struct sys_links links;
	struct sys_queue queue;
	uint32_t *indexes;  /* of each wanted link; 0: it has not come back */
	bool *has_own;      /* each wanted link: an address made of its MAC */
	int64_t age_s;      /* of the snapshot */
	bool is_rehearsal;  /* failures are counted, and tried again later */
	bool leaves_leases; /* to the owner, who is about to get them himself */
	size_t rehearsal_failures;
	size_t failures;
	struct ds_error first;
	struct sys_ethtool ethtool;
	struct sys_vlans vlans;
	struct sys_returned returned;
	struct sys_index_of index_of;
	struct sys_setting_put put;
};

/* Opens all of it and dumps the links. To be closed also after a failure. */
int sys_restore_open(
	struct sys_restore *restore, const struct ds_network *wanted, struct ds_error *error);
void sys_restore_close(struct sys_restore *restore);

/* Which of the host's links are the wanted ones. */
void sys_restore_match(struct sys_restore *restore);

void sys_restore_note_error(struct sys_restore *restore, const struct ds_error *error);

/* The first failure, and how many others there were; 0: none. */
int sys_restore_result(const struct sys_restore *restore, struct ds_error *error);

/* net_restore_ip.c: addresses, what routes build on, routes. Sent when it returns. */
void sys_restore_ip(struct sys_restore *restore);

/* Queues it; one that the link has is fine. */
void sys_restore_put_address(struct sys_restore *restore, const struct ds_address *address,
	const struct sys_change *change);

/*
 * Queues those that the kernel would make of the MAC: in one batch with "up", or it may be faster,
 * and then looks for duplicates.
 */
void sys_restore_own_addresses(struct sys_restore *restore, bool is_upper);
bool sys_restore_has_own_address(const struct sys_restore *restore, const struct ds_link *link);

/*
 * net_advertised.c: the kernel's own of routers' advertisements, until it hears the next one.
 * Addresses: in one batch with "up", and before those made of the MAC, with which it asks for the
 * next one; routers answer faster than we send the next batch.
 */
void sys_restore_advertised_addresses(struct sys_restore *restore, bool is_upper);
void sys_restore_advertised_routes(struct sys_restore *restore);
void sys_advertised_describe(const struct sys_change *change, char *ret_text, size_t size);

/* "address 192.0.2.1/24 eth0" of a change that put one there, allocated; NULL: another change. */
char *sys_restore_ip_text(const struct sys_change *change);

/*
 * The halves of sys_network_restore() and its like for the namespace that we are in alone.
 *
 * Where there are several, a link may wait for one of another namespace, and no namespace is to
 * wait for the carrier of another one: only the last pass waits, and tries again what has failed.
 */
struct sys_pass {
	struct sys_fars *fars; /* that its links lie on; NULL: none */
	int64_t deadline_ms;
	bool is_last;
	bool *is_whole; /* an earlier pass has put all that there is, or this one has */
};
int sys_net_restore(const struct ds_network *wanted, const struct sys_pass *pass,
	struct ds_returned *ret_returned, struct ds_error *error);
int sys_net_settings(
	const struct ds_network *wanted, struct ds_returned *ret_returned, struct ds_error *error);
int sys_net_ready(const struct ds_network *wanted, int64_t deadline_ms, struct ds_error *error);

/* Adds to *ret_returned (NULL: nobody asks) what was restored and what was lost. */
int sys_restore_tell(struct sys_restore *restore, struct ds_returned *ret_returned);

#endif
