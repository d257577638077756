/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_KMSG_H
#define SYS_KMSG_H

/*
 * The kernel's own words: the only place that says why a module was refused. Open before the
 * call, take after it.
 */

#include <stddef.h>

/* A descriptor at the end of /dev/kmsg; -1 where we may not read it (dmesg_restrict, no /dev). */
int sys_kmsg_open(void);

/*
 * What was logged since, the last lines first cut where there is no room, joined by "; ". ""
 * where there is nothing. Closes fd. Control characters are replaced: drivers log what they like.
 */
void sys_kmsg_take(int fd, char *ret_text, size_t room);

/*
 * Of these the lines of the level "error" and above, so that an oops is not drowned in its own
 * registers. fd stays open.
 */
void sys_kmsg_take_errors(int fd, char *ret_text, size_t room);

#endif
