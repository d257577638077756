/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_RETURNED_H
#define SYS_NET_RETURNED_H

#include "net.h"
#include "queue.h"

/* What the restoring did, noted cheaply while the network is away and put in words afterwards. */
struct sys_returned {
	DS_LIST(struct sys_change) done;
	struct ds_returned told;
	bool is_out_of_memory;
};

void sys_returned_done(struct sys_returned *returned);
void sys_returned_note(struct sys_returned *returned, const struct sys_change *change);
/* Takes over what, which is NULL where memory ran out. */
void sys_returned_lose(struct sys_returned *returned, char *what, int code, const char *words);

/*
 * Adds all to *ret_told, in the order of strcmp(); what is the word for what a change made (the
 * name of its fact, and its subject), allocated, or NULL: not worth a word.
 */
int sys_returned_tell(struct sys_returned *returned, char *(*what)(const struct sys_change *change),
	struct ds_returned *ret_told);

#endif
