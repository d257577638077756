/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_BUILDER_H
#define SYS_BUILDER_H

/*
 * A program that makes an image outlives a drvswap that is killed, and goes on writing under a name
 * that another drvswap uses by then. So it holds one end of a pipe that has a name: the next one
 * finds out whether somebody still does, ends it, and is told by the kernel when it is gone.
 */

#include "drvswap/error.h"

struct sys_builder {
	int watched_fd, held_fd;
};

/* held_fd is for the program to hold; end closes both. */
int sys_builder_begin(struct sys_builder *ret_builder, struct ds_error *error);
void sys_builder_end(struct sys_builder *builder);

/* Ends what a dead drvswap has left running, and waits until it is gone. */
int sys_builder_stop_others(struct ds_error *error);

#endif
