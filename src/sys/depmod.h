/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_DEPMOD_H
#define SYS_DEPMOD_H

#include "drvswap/host.h"
#include "drvswap/plan.h"

/*
 * Runs depmod for the kernel op->value, syncs what it wrote, and proves by a fresh look-up that
 * modprobe would now load op->path for op->module: depmod exits with 0 in cases where it did
 * nothing useful. Where it fails, but has written nothing since the snapshot, and the file is the
 * one of the snapshot again, there was nothing to be done.
 */
int sys_depmod(const struct ds_op *op, const struct ds_host *before, int64_t deadline_ms,
	struct ds_error *error);

/* What ds_place.indexes is; allocated. 0 or -ENOMEM. */
int sys_indexes_mark(const char *release, char **ret_mark);

#endif
