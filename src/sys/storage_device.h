/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_STORAGE_DEVICE_H
#define SYS_STORAGE_DEVICE_H

#include <stdbool.h>

/* A block device whose bytes come over a network. */
struct sys_remote_device {
	char *kind;    /* "iscsi (sda)"; allocated */
	char *address; /* of the other end; NULL: sysfs does not tell */
};

/* Is the device, or one that it is made of, such a one? */
bool sys_storage_device(
	unsigned int major, unsigned int minor, struct sys_remote_device *ret_device);

#endif
