/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "drvswap/door.h"
#include "drvswap/outcome.h"

struct history {
	DS_LIST(struct ds_outcome) outcomes; /* oldest first */
	int64_t unread;                      /* lines that nobody can read; not in the data */
};
extern const struct ds_record history_record;

/* Reads the history; of one module, or of all where it is NULL. Lines that cannot be read are
 * counted: they do not keep the others from being shown. */
int history_read(struct ds_door *door, const char *module, struct history *ret_history,
	struct ds_error *error);

#endif
