/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_SESSION_H
#define SYS_SESSION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The scope of the login in what /proc/PID/cgroup says ("0::/user.slice/.../session-3.scope", or
 * the line of systemd's own hierarchy); false: it is none of a login.
 */
bool sys_session_scope(const char *groups, char *ret_scope, size_t room);

#endif
