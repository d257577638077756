/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_UPPER_H
#define SYS_NET_UPPER_H

#include "net.h"
#include "queue.h"

/* What the link lies on, and from where it is made. */
struct sys_upper_base {
	struct sys_queue *queue;       /* of the lower link's network namespace */
	const struct sys_links *links; /* of that, too */
	uint32_t lower;                /* index there */
	const struct sys_index_of *index_of;
	int netns_fd; /* the upper link's own namespace; -1: the same */
};

/*
 * Queues what makes the link again, under its former index where that is free, and puts it into
 * links, which are those of its own namespace, as it will be. Returns the index; 0: it could not
 * be queued, and failed() was told. change->subject of that message is want.
 */
uint32_t sys_upper_put(
	const struct sys_upper_base *base, struct sys_links *links, const struct ds_link *want);

/*
 * Notes what new links begin with: each kind is looked at once, for the kernel makes them alike.
 * To be called when they are made.
 */
void sys_uppers_see(struct sys_netlink *netlink, struct sys_links *links);

/* Is this the change that makes the link want? */
bool sys_upper_is_change(const struct sys_change *change, const struct ds_link *want);

/* "link eth0.5" of a change that made it, allocated; NULL: it is another change. */
char *sys_upper_text(const struct sys_change *change);

#endif
