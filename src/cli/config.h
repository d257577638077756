/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

/* What holds where the command line says nothing: drvswap.conf(5), and the table's own defaults. */

#include "drvswap/error.h"
#include "drvswap/request.h"

/* used has the bit of each row of option_rows that was given: those are left as they are. */
int config_fallback(struct ds_request *request, unsigned int used, struct ds_error *error);

/*
 * A drop-in beats the file and the drop-ins before it. -EINVAL, with file and line, where a key or
 * a value is wrong, even of one that is beaten; -EPERM where others could have written a file.
 */
int config_apply(struct ds_request *request, unsigned int used, struct ds_error *error);

#endif
