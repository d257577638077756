/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_ETHTOOL_H
#define SYS_ETHTOOL_H

/*
 * What ethtool knows of a link: speed and duplex over the generic netlink family of that name,
 * driver and version over devlink or the ioctl (the family has no message for them).
 */

#include "drvswap/network.h"
#include "genetlink.h"

struct ethtool_drvinfo;

/* The families, found once for many links; an id of 0: this kernel lacks it. */
struct sys_ethtool {
	struct sys_netlink netlink;
	struct sys_family ethtool, devlink;
	int ioctl_fd;
};

int sys_ethtool_open(struct sys_ethtool *ret_ethtool, struct ds_error *error);
void sys_ethtool_close(struct sys_ethtool *ethtool);

/* A command of its ioctl, as struct ethtool_rxnfc; 0 or -errno. */
int sys_ethtool_ask(const struct sys_ethtool *ethtool, uint32_t ifindex, void *command);

/* Fills link->driver, speed_mbps and duplex. What cannot be read stays unknown; -ENOMEM alone. */
int sys_ethtool_read(struct sys_ethtool *ethtool, struct ds_link *link);

/*
 * The strings of ETHTOOL_GDRVINFO. The kernel fills in its own release where a driver gives no
 * version, and leaves rubbish behind the NUL where one gives a shorter one.
 */
int sys_drvinfo_decode(const struct ethtool_drvinfo *drvinfo, const char *kernel_release,
	struct ds_driver_info *info);

/* One answer to ETHTOOL_MSG_LINKMODES_GET; context is a struct ds_link. */
int sys_linkmodes_decode(const struct nlmsghdr *message, void *context);

#endif
