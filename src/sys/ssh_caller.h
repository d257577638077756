/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_SSH_CALLER_H
#define SYS_SSH_CALLER_H

/*
 * The SSH connection over which we were called.
 *
 * SSH_CONNECTION alone will not do: sudo drops it and tmux keeps an old one. So the sshd among
 * our ancestors is looked up, and its sockets among those of the kernel; the variable is the
 * fallback where /proc does not let us see (no root) or the kernel has no sock_diag.
 */

#include "drvswap/record.h"

/*
 * The local addresses of those connections, as text; none where nobody called over SSH, or where
 * it cannot be found out. Only lack of memory is an error.
 */
int sys_ssh_addresses(ds_strings *ret_addresses, struct ds_error *error);

#endif
