/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_WORLD_H
#define SYS_NET_WORLD_H

/* Our network namespace and those others that a module's links may concern, side by side. */

#include "net.h"

struct sys_place {
	char *name, *path; /* as in struct ds_namespace; NULL: ours */
	ino_t inode;
	int fd;
	struct sys_netlink netlink; /* of that namespace */
	struct sys_links links;
	struct ds_network network; /* of it, as far as it is known yet */
	int32_t *ids;              /* its numbers for the other places; see net_world.c */
};

struct sys_world {
	struct sys_place *items; /* ours is the first */
	size_t count;
};

/*
 * Ours, and every other that we may enter and that has a link of the filter, or one that lies on a
 * link of another namespace. Their links are read.
 */
int sys_world_open(
	struct sys_world *world, const struct sys_link_filter *filter, struct ds_error *error);
void sys_world_close(struct sys_world *world);

/* What the link lies on, and where; NULL: nothing, or we cannot see it. */
struct sys_link *sys_world_lower(struct sys_world *world, struct sys_place *place,
	const struct sys_link *link, struct sys_place **ret_place);

/*
 * net_pick.c: fills the links and the dependents of each place's network: the links of the filter,
 * then what lies on them, lower ones first.
 */
int sys_world_pick(
	struct sys_world *world, const struct sys_link_filter *filter, struct ds_error *error);

/* A link that the module itself makes is not ours to make. */
bool sys_link_is_of_module(const struct sys_link *link, const struct sys_link_filter *filter);

#endif
