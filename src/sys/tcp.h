/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_TCP_H
#define SYS_TCP_H

/* TCP sockets of this network namespace, over sock_diag. */

#include "drvswap/caller.h"

/*
 * Hands every established connection to visit, as the caller that came over it (kind
 * DS_CALLER_SSH), with the inode of its socket. A kernel without sock_diag has none. -ENOMEM alone
 * is an error, or what visit returns.
 */
int sys_tcp_visit(int (*visit)(const struct ds_caller *caller, uint64_t inode, void *context),
	void *context, struct ds_error *error);

/* The counters of that very socket; -ENOENT: it is gone. */
int sys_tcp_traffic(
	const struct ds_caller *caller, struct ds_traffic *ret_traffic, struct ds_error *error);

#endif
