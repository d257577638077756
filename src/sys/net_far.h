/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_FAR_H
#define SYS_NET_FAR_H

/*
 * Links that lie on one of another network namespace. They are made from there: the kernel is asked
 * over a socket of the lower link's namespace, and told in which one the new link is to be.
 */

#include "net.h"
#include "queue.h"

/* One namespace in which some of the lower links are. */
struct sys_far {
	int64_t inode;
	struct sys_netlink netlink;
	struct sys_links links;
	struct sys_queue queue;
};

struct sys_fars {
	int fd; /* of the namespace of the upper links */
	DS_LIST(struct sys_far) items;
	uint32_t *lowers; /* of each link that is wanted there, the index of what it lies on */
};

/*
 * Goes into the namespaces that the links of wanted lie on, one after the other; wanted is of the
 * one that fd is of, and all is the snapshot that both are in. What is not there is left out.
 */
int sys_fars_open(struct sys_fars *fars, const struct ds_network *all,
	const struct ds_network *wanted, int fd, struct ds_error *error);
void sys_fars_close(struct sys_fars *fars);

/*
 * Makes the wanted link with that number, and puts it into links. The queue tells its own whether
 * that has failed. Returns the index; 0: what it lies on is not there, or failed() was told.
 */
uint32_t sys_fars_put(struct sys_fars *fars, const struct sys_queue *queue, struct sys_links *links,
	const struct ds_link *want, size_t number);

#endif
