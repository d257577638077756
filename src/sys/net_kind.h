/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_KIND_H
#define SYS_NET_KIND_H

/* Kinds of links that are deleted with the link below them, and that we can make again. */

#include "net.h"

/* Is it one of them? */
bool sys_kind_is_known(const char *kind);

/* The link below as the kind's own data tell it, where IFLA_LINK does not; 0: they do not. */
uint32_t sys_kind_lower(const char *kind, const struct nlattr *data);

/* IFLA_INFO_DATA between the kernel's bytes and ds_link.data. */
int sys_kind_read(const char *kind, const struct sys_links *links, const void *data, size_t bytes,
	char **ret_hex);
int sys_kind_put(struct sys_message *message, const struct ds_link *want,
	const struct sys_index_of *index_of);

#endif
