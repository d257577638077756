/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_DEPMOD_H
#define SYS_DEPMOD_H

#include "drvswap/plan.h"

/*
 * Runs depmod for the kernel op->value, syncs what it wrote, and proves by a fresh look-up that
 * modprobe would now load op->path for op->module: depmod exits with 0 in cases where it did
 * nothing useful.
 */
int sys_depmod(const struct ds_op *op, int64_t deadline_ms, struct ds_error *error);

#endif
