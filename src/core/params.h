/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_PARAMS_H
#define CORE_PARAMS_H

/* Parameter lines, read as the kernel reads them (lib/cmdline.c and kernel/params.c, 6.1). */

#include "drvswap/module.h"

struct ds_params {
	DS_LIST(struct ds_param) items;
};

/* What isspace() of the kernel takes for blanks: also the no-break space of Latin 1. */
#define DS_PARAM_BLANKS " \t\n\v\f\r\xa0"

/* Takes "a=1 b=\"two words\" flag" apart; NULL is an empty line. 0 or -ENOMEM. */
int ds_params_parse(const char *line, struct ds_params *ret_params);
void ds_params_done(struct ds_params *params);

/* '-' and '_' are one letter to the kernel (parameq()). */
bool ds_param_name_equal(const char *a, const char *b);

/* The same setting: a flag is Y or N in /sys however it was spelled; 0x10 and 16 are one number. */
bool ds_param_value_equal(const char *in_force, const char *configured);

const struct ds_param *ds_params_find(const struct ds_param *items, size_t count, const char *name);

/*
 * The parameters to insert the code again with that runs now: the configured ones, with the values
 * in force where those are known to be others. Allocated; NULL: out of memory.
 */
char *ds_params_back(const struct ds_module *module);

#endif
