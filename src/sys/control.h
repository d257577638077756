/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_CONTROL_H
#define SYS_CONTROL_H

#include "sys.h"

/* The worker's INT and TERM, which it has blocked, as a descriptor to poll; -1: none. */
int sys_signals_fd(struct sys *sys);

/*
 * What a signal that has come means: DS_WORD_SHUTDOWN where the host is going down, else
 * DS_WORD_ROLLBACK; DS_WORD_NONE where there is none.
 */
enum ds_word_kind sys_signals_take(struct sys *sys);

/* Somebody speaks at a time when no word is taken: says so, that nobody waits for an answer. */
void sys_control_turn_down(struct sys *sys);

#endif
