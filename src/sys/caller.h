/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_CALLER_H
#define SYS_CALLER_H

/*
 * Who called us, looked up in the process that was called: its ancestors, terminals and
 * descriptors tell.
 *
 * SSH_CONNECTION alone will not do: sudo drops it and tmux keeps an old one. So the sshd among
 * our ancestors is looked up, and its sockets among those of the kernel. The variable tells which
 * of several is meant, and is the fallback where /proc does not let us see (no root); it counts
 * only where the kernel knows that very connection.
 */

#include <sys/types.h>

#include "drvswap/caller.h"

#define SYS_COMMAND_BYTES 32

/* A process, as /proc/PID/stat tells it. */
struct sys_process {
	char command[SYS_COMMAND_BYTES];
	pid_t parent;
	unsigned int terminal; /* device number of the controlling terminal; 0: none */
};
int sys_process_read(pid_t pid, struct sys_process *ret_process);

/* Fills kind, the socket and can_travel where an SSH connection is found. 0 or -ENOMEM. */
int sys_caller_find_ssh(struct ds_caller *caller, struct ds_error *error);

/* The local address as it stands on a link, NULL where the caller came by no connection. */
const char *sys_caller_address(const struct ds_caller *caller);

/* The other end's, in the same way. */
const char *sys_caller_peer(const struct ds_caller *caller);

#endif
