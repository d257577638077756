/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_FREEZE_H
#define SYS_FREEZE_H

/*
 * Freezes the file system of an open directory and thaws it at once, so that all it has in its log
 * is at its place. It is thawed also where the caller is killed in between. Does nothing where
 * that cannot be promised, or where somebody else has frozen it.
 */
void sys_freeze_for_a_moment(int dirfd);

#endif
