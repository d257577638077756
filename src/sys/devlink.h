/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_DEVLINK_H
#define SYS_DEVLINK_H

/* The devlink family: a driver's own word on its name and version, where it gives one. */

#include "drvswap/network.h"
#include "genetlink.h"

/*
 * Fills driver and version (with their source) as far as the driver of device
 * ("pci/0000:00:02.0") publishes them, and leaves the rest as it is. -EOPNOTSUPP, -ENODEV: the
 * driver has no devlink.
 */
int sys_devlink_info(struct sys_netlink *netlink, const struct sys_family *family,
	const char *device, struct ds_driver_info *info, struct ds_error *error);

/* One answer to DEVLINK_CMD_INFO_GET; context is a struct ds_driver_info. */
int sys_devlink_info_decode(const struct nlmsghdr *message, void *context);

#endif
