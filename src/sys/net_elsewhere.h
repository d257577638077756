/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_ELSEWHERE_H
#define SYS_NET_ELSEWHERE_H

#include "net.h"

/*
 * Links of other network namespaces that lie on ours and are deleted with them, as a container's
 * macvlan is: each is added to *dependents, in words. A namespace that we may not enter is left
 * out. -ENOMEM, or that the way back was barred.
 */
int sys_elsewhere_look(
	const struct sys_links *links, ds_strings *dependents, struct ds_error *error);

/* Devices whose link is in another namespace: none of links is theirs. */
int sys_elsewhere_devices(
	const ds_strings *devices, const struct ds_network *network, ds_strings *ret_devices);

#endif
