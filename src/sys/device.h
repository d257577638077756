/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_DEVICE_H
#define SYS_DEVICE_H

#include "drvswap/host.h"

/* The devices bound to the drivers of a live module. */
int sys_devices_look(struct ds_host *host, struct ds_error *error);

/*
 * Waits until every device of the snapshot is bound to a driver of its module again. The kernel
 * has probed them when finit_module(2) returns, unless a probe was deferred, which gets a moment,
 * or the parameters that were given ask for all probes to come later: those get all of the time.
 */
int sys_devices_wait(const struct ds_host *before, const char *given, int64_t deadline_ms,
	struct ds_error *error);

#endif
