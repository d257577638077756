/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_ENDING_H
#define CLI_ENDING_H

/* How a swap has ended that another process was at: by its id, never by what came last. */

#include <sys/types.h>

#include "drvswap/door.h"
#include "drvswap/outcome.h"

/*
 * To be asked when that process is no longer at it. What the history tells; else, where the
 * journal still holds it, that it was interrupted; else it has failed before it had changed
 * anything, for that leaves no trace. id may be NULL: it had not even begun.
 */
int ending_read(struct ds_door *door, const char *id, const char *module,
	struct ds_outcome *ret_outcome, struct ds_error *error);

/*
 * The same where nobody has heard its id: of the swap that this process began, at from_s by the
 * clock or later, where no journal is left. 1: the history tells; 0: it does not, so nothing was
 * changed.
 */
int ending_of_process(struct ds_door *door, pid_t pid, int64_t from_s,
	struct ds_outcome *ret_outcome, struct ds_error *error);

/* Did this process begin it? */
bool ending_is_of(const struct ds_outcome *outcome, pid_t pid);

#endif
