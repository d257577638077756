/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NETNS_H
#define SYS_NETNS_H

/* Network namespaces: found, entered, left again, held. */

#include <sys/types.h>

#include "drvswap/network.h"

struct sys;

/* One that was found. name and path belong to the visit. */
struct sys_netns {
	const char *name, *path;
	ino_t inode;
	int fd;
};

/*
 * Visits every other namespace that can be opened, once each: the named ones, those of processes,
 * and those that we hold. Ends at the first visit that is not 0, and returns that.
 */
int sys_netns_each(int (*visit)(void *context, const struct sys_netns *netns), void *context);

/* The one of a record, by path or wherever its inode is found now; -ESRCH: it is gone. */
int sys_netns_open(const struct ds_namespace *namespace);

/* The one that we are in. */
int sys_netns_open_own(void);
ino_t sys_netns_inode(int fd); /* 0: cannot be told */

/* A device's link comes back in the first one. false: that is another than ours. */
bool sys_netns_is_first(void);

/* The way back of who went into a namespace. */
struct sys_stay {
	int own; /* -1: nowhere */
	bool has_sysfs;
};

/*
 * From here on sockets, /proc and /sys are of that namespace. /sys shows the namespace in which it
 * was mounted: we get mounts of our own, for good, so this is for children that end soon.
 */
int sys_netns_enter(int fd, struct sys_stay *ret_stay, struct ds_error *error);
int sys_netns_leave(struct sys_stay *stay, struct ds_error *error);

/* A socket of rtnetlink that stays there. */
struct sys_netlink;
int sys_netns_netlink(int fd, struct sys_netlink *ret_netlink, struct ds_error *error);

/*
 * Holds the namespaces of a snapshot open until the door is closed: one whose last process ends
 * while its link is away would be gone before the link is back.
 */
void sys_netns_hold(struct sys *sys, const struct ds_network *network);

#endif
