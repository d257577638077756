/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_PROGRAMS_H
#define SYS_PROGRAMS_H

#include "drvswap/network.h"
#include "sys.h"

/*
 * Holds the programs that the links run until the door is closed: they go with the links, and
 * those who restore them are children of ours. A program that is gone is found missing there.
 * Where a bpf file system is mounted at its place they are pinned there as well, for a recovery
 * after the death of this process.
 */
void sys_programs_hold(struct sys *sys, const struct ds_network *network);

/* Takes the pins away, also those of a process that has died. */
void sys_programs_unpin(void);

#endif
