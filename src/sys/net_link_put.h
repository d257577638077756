/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_LINK_PUT_H
#define SYS_NET_LINK_PUT_H

#include "net.h"
#include "queue.h"

/*
 * Queues what makes have into want, but for up or down, in the order the kernel needs. *have and
 * its neighbours in links are changed to what they will be. Nothing is queued for what is so
 * already.
 */
void sys_link_put(struct sys_queue *queue, struct sys_links *links, struct sys_link *have,
	const struct ds_link *want);

/* The mode in which the kernel makes addresses of IPv6: as it is wanted, or else none at all. */
void sys_link_put_gen_mode(struct sys_queue *queue, const struct sys_link *have,
	const struct ds_link *want, bool is_wanted);

bool sys_link_differs_in_gen_mode(const struct sys_link *have, const struct ds_link *want);

/* Up or down; before it, what only a link takes that has its sysctls already. */
void sys_link_put_up(struct sys_queue *queue, const struct sys_links *links, struct sys_link *have,
	const struct ds_link *want);

/* "mtu eth0" of a change to a link, allocated; NULL: another change, or one not worth a word. */
char *sys_link_change_text(const struct sys_change *change);

/*
 * A bond that loses its last port makes up a MAC, and takes that of its next port
 * (drivers/net/bonding/bond_main.c, __bond_release_one() and bond_enslave(), 6.1). One that had a
 * MAC of its own, and gave it to its ports, gets that again before a port comes. Nothing is queued
 * where the master has it, or is no aggregate.
 */
void sys_link_put_master_mac(
	struct sys_queue *queue, struct sys_links *links, const struct ds_link *want);

/*
 * Bonds and teams take the MAC of their first port: a port that has its own MAC is to come
 * before one that was given another's.
 */
bool sys_link_is_first_port(const struct ds_link *link);

#endif
