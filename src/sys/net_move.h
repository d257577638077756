/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_MOVE_H
#define SYS_NET_MOVE_H

#include "net.h"

/*
 * The links of devices come back in our namespace: waits for those that are wanted in the one that
 * fd is of, and moves them there. What is there already is left alone. The first failure is the
 * error, all are tried.
 */
int sys_ports_move(
	const struct ds_network *wanted, int fd, int64_t deadline_ms, struct ds_error *error);

#endif
