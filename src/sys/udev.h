/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_UDEV_H
#define SYS_UDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "drvswap/error.h"
#include "drvswap/record.h"

/* Has udevd read its configuration, and modprobe's, where it sees a change. 0: or there is none. */
int sys_udev_reload(struct ds_error *error);

/*
 * The same after a change that udevd does not see by itself, and waits until none of its workers is
 * there that read the former configuration.
 */
int sys_udev_reload_wholly(struct ds_error *error);

/* Descriptors of the processes that handle events for a udevd of root's; for the tests, too. */
struct sys_udev_workers {
	DS_LIST(int) fds;
};
int sys_udev_workers_find(struct sys_udev_workers *ret_workers);
/* Until all have ended; false: the deadline (CLOCK_BOOTTIME) came first. */
bool sys_udev_workers_wait(const struct sys_udev_workers *workers, int64_t deadline_ms);
void sys_udev_workers_close(struct sys_udev_workers *workers);

#endif
