/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_HOOKS_H
#define SYS_HOOKS_H

#include "drvswap/host.h"
#include "drvswap/plan.h"

#define SYS_HOOKS_DIR "/etc/drvswap/hooks.d"

/* The hooks that lie there, in the order of their names, and whether each can be trusted. */
int sys_hooks_look(struct ds_host *host);

/*
 * Runs the hook of the operation, if it is still there and root's alone; its output is in the error
 * where it fails. One that is gone by now is no failure unless it was to be run before the outage.
 */
int sys_hook_run(const struct ds_op *op, const struct ds_host *before, int64_t deadline_ms,
	struct ds_error *error);

#endif
