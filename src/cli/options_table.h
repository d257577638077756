/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OPTIONS_TABLE_H
#define CLI_OPTIONS_TABLE_H

#include <stddef.h>

#include "drvswap/error.h"
#include "drvswap/request.h"

#define OPTION_ROWS_MAX 32 /* a bit each in a mask of those that were given */

struct option_row {
	const char *name;  /* NULL: it is only in the configuration */
	char letter;       /* 0: none */
	const char *value; /* what --help calls the argument; NULL: takes none */
	unsigned int verbs;
	/* NULL: sets the bool at the offset flag, or is no part of the request where that is 0. */
	int (*take)(struct ds_request *, const char *, struct ds_error *);
	size_t flag;
	const char *help;
	const char *key; /* in drvswap.conf; NULL: it cannot be configured */
	const char
		*fallback; /* what holds where nobody says anything, as the key has it; or NULL */
	/* Takes the value of the key; NULL: take does. */
	int (*configure)(struct ds_request *, const char *, struct ds_error *);
};
extern const struct option_row option_rows[];
extern const size_t option_rows_count;

/* The release of a kernel, as --kernel and the word after `persist` have it. */
int options_take_kernel(struct ds_request *request, const char *value, struct ds_error *error);

#endif
