/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_REBOOT_H
#define SYS_REBOOT_H

#include "drvswap/door.h"

/* The door's reboot(). */
int sys_reboot(struct ds_door *door, const char *why, struct ds_error *error);

#endif
