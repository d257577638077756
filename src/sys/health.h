/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_HEALTH_H
#define SYS_HEALTH_H

#include "sys.h"

/* Forgets what the kernel complained of, and listens from here: code is about to be inserted. */
void sys_health_begin(struct sys *sys);

/* See ds_door.probe. */
int sys_probe(struct ds_door *door, struct ds_host *host, int64_t deadline_ms, int64_t command_ms,
	struct ds_error *error);

#endif
