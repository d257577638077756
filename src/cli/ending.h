/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_ENDING_H
#define CLI_ENDING_H

/* How a swap has ended that another process was at: by its id, never by what came last. */

#include "drvswap/door.h"
#include "drvswap/outcome.h"

/*
 * To be asked when that process is no longer at it. What the history tells; else, where the
 * journal still holds it, that it was interrupted; else it has failed before it had changed
 * anything, for that leaves no trace. id may be NULL: it had not even begun.
 */
int ending_read(struct ds_door *door, const char *id, const char *module,
	struct ds_outcome *ret_outcome, struct ds_error *error);

/* Where no journal is left. 1: the history tells; 0: it does not, so nothing was changed. */
int ending_in_history(struct ds_door *door, const char *id, struct ds_outcome *ret_outcome,
	struct ds_error *error);

#endif
