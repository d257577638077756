/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_ELSEWHERE_H
#define SYS_NET_ELSEWHERE_H

#include "net_world.h"

/*
 * The look into another namespace, from within it; what was picked there and looked at is added to
 * the namespaces of the first place. Links of one that we cannot look into as we must are added to
 * the first one's dependents, in words. -ENOMEM, or that the way back was barred.
 */
int sys_elsewhere_look(struct sys_world *world, struct sys_place *place,
	const struct sys_link_filter *filter,
	int (*look)(struct sys_place *place, const struct sys_link_filter *filter, bool is_own,
		struct ds_error *error),
	struct ds_error *error);

/*
 * Devices whose link is in a namespace where we cannot look, so that none of the links is theirs;
 * all of them where we are in another namespace than the one that they come back in.
 */
int sys_elsewhere_devices(
	const ds_strings *devices, const struct ds_network *network, ds_strings *ret_devices);

#endif
