/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "drvswap/txn.h"

/* Shows one event of the worker on stderr. */
void progress_show(const struct ds_request *request, const struct ds_event *event);

#endif
