/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_AUTOLOAD_H
#define SYS_AUTOLOAD_H

#include "drvswap/error.h"

/*
 * An entry at path, below /run/modprobe.d, keeps udev, the kernel's own requests and modprobe from
 * loading the module; udevd is told where there is one.
 */
int sys_autoload_stop(const char *path, const char *module, struct ds_error *error);
int sys_autoload_allow(const char *path, struct ds_error *error);

#endif
