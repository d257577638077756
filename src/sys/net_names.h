/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_NAMES_H
#define SYS_NET_NAMES_H

/* The links of a snapshot by name: with a thousand VLANs, each is asked for a hundred times. */

#include "drvswap/network.h"

struct sys_names {
	struct sys_name {
		const struct ds_link *link;
	} * items; /* sorted */
	size_t count;
};

/* network must outlive it; 0 or -ENOMEM. */
int sys_names_open(struct sys_names *ret_names, const struct ds_network *network);
void sys_names_close(struct sys_names *names);

/* NULL: no such link, or no name. */
const struct ds_link *sys_names_find(const struct sys_names *names, const char *name);

#endif
