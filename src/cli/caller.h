/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CALLER_H
#define CLI_CALLER_H

/* What a program inherits from whoever starts it, and must not depend on. */

#include "drvswap/error.h"

/*
 * Sets environment, descriptors 0 to 2, file mode mask and signals to what the rest of this
 * program expects. -EPERM: started with more rights than the caller has, which is for no one.
 */
int caller_leave_behind(struct ds_error *error);

#endif
