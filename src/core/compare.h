/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_COMPARE_H
#define CORE_COMPARE_H

#include "drvswap/host.h"

/*
 * Is the host still what the plan was made from? 0, -ESTALE with the first difference as the
 * error, or -ENOMEM.
 */
int ds_host_compare(
	const struct ds_host *before, const struct ds_host *now, struct ds_error *error);

#endif
