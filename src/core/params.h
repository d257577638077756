/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_PARAMS_H
#define CORE_PARAMS_H

/* Parameter lines, read as the kernel reads them (lib/cmdline.c and kernel/params.c, 6.1). */

#include "drvswap/module.h"

struct ds_params {
	DS_LIST(struct ds_param) items;
};

/* Takes "a=1 b=\"two words\" flag" apart; NULL is an empty line. 0 or -ENOMEM. */
int ds_params_parse(const char *line, struct ds_params *ret_params);
void ds_params_done(struct ds_params *params);

/* '-' and '_' are one letter to the kernel (parameq()). */
bool ds_param_name_equal(const char *a, const char *b);

/* The same setting in two spellings: 1, y, Y and nothing are one flag; 0x10 and 16 one number. */
bool ds_param_value_equal(const char *a, const char *b);

#endif
