/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "devlink.h"
#include "net.h"

/* A fixed array that may or may not end with a NUL; an empty one is no string. */
static int array_read(char **string, const char *array, size_t size)
{
	size_t length = strnlen(array, size);

	if (length == 0)
		return ds_string_set(string, NULL);
	return ds_string_format(string, "%.*s", (int)length, array);
}

int sys_drvinfo_decode(const struct ethtool_drvinfo *drvinfo, const char *kernel_release,
	struct ds_driver_info *info)
{
	bool has_version = strncmp(drvinfo->version, kernel_release, sizeof(drvinfo->version) - 1);
	int code = array_read(&info->firmware, drvinfo->fw_version, sizeof(drvinfo->fw_version));

	if (code == 0)
		code = array_read(&info->bus_info, drvinfo->bus_info, sizeof(drvinfo->bus_info));
	if (code == 0 && !info->driver && drvinfo->driver[0]) {
		info->driver_source = DS_SOURCE_DRVINFO;
		code = array_read(&info->driver, drvinfo->driver, sizeof(drvinfo->driver));
	}
	if (code == 0 && !info->version && has_version && drvinfo->version[0]) {
		info->version_source = DS_SOURCE_DRVINFO;
		code = array_read(&info->version, drvinfo->version, sizeof(drvinfo->version));
	}
	return code;
}

static int drvinfo_read(int fd, const char *link, struct ds_driver_info *info)
{
	struct ethtool_drvinfo drvinfo = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (char *)&drvinfo};
	struct utsname kernel;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", link);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) < 0 || uname(&kernel) < 0)
		return 0;
	return sys_drvinfo_decode(&drvinfo, kernel.release, info);
}

static int driver_from_sysfs(const char *link, struct ds_driver_info *info)
{
	char driver[128];

	if (info->driver || sys_net_sysfs_target(link, "device/driver", driver, sizeof(driver)) < 0)
		return 0;
	info->driver_source = DS_SOURCE_SYSFS;
	return ds_string_set(&info->driver, driver);
}

static int driver_read(struct sys_ethtool *ethtool, struct ds_link *link)
{
	struct ds_error ignored; /* most drivers have no devlink, and that is no fault */
	int code = 0;

	if (ethtool->devlink.id && link->device)
		code = sys_devlink_info(&ethtool->netlink, &ethtool->devlink, link->device,
			&link->driver, &ignored);
	if (code == -ENOMEM)
		return code;
	code = drvinfo_read(ethtool->ioctl_fd, link->name, &link->driver);
	return code ? code : driver_from_sysfs(link->name, &link->driver);
}

int sys_linkmodes_decode(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *at[ETHTOOL_A_LINKMODES_DUPLEX + 1];
	struct ds_link *link = context;
	int64_t speed, duplex;

	sys_family_attrs(message, at, ETHTOOL_A_LINKMODES_DUPLEX);
	speed = sys_attr_u32(at[ETHTOOL_A_LINKMODES_SPEED], (uint32_t)SPEED_UNKNOWN);
	duplex = sys_attr_u8(at[ETHTOOL_A_LINKMODES_DUPLEX], DUPLEX_UNKNOWN);
	link->speed_mbps = speed == (uint32_t)SPEED_UNKNOWN ? -1 : speed;
	link->duplex = duplex == DUPLEX_UNKNOWN ? -1 : duplex;
	return 0;
}

static int linkmodes_ask(struct sys_ethtool *ethtool, struct ds_link *link)
{
	const struct sys_visitor visitor = {.visit = sys_linkmodes_decode, .context = link};
	char buffer[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_family_request(
		&ethtool->ethtool, buffer, sizeof(buffer), ETHTOOL_MSG_LINKMODES_GET);
	size_t nest = sys_nest_begin(&request, ETHTOOL_A_LINKMODES_HEADER);
	struct ds_error ignored; /* a link that has no modes says EOPNOTSUPP */

	sys_put_u32(&request, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)link->ifindex);
	sys_nest_end(&request, nest);
	return sys_netlink_ask(&ethtool->netlink, request.header, &visitor, "", &ignored);
}

static void speed_from_sysfs(struct ds_link *link)
{
	char duplex[16];

	link->speed_mbps = sys_net_sysfs_number(link->name, "speed", -1);
	if (sys_net_sysfs_text(link->name, "duplex", duplex, sizeof(duplex)) < 0)
		return;
	if (strcmp(duplex, "full") == 0)
		link->duplex = DUPLEX_FULL;
	else if (strcmp(duplex, "half") == 0)
		link->duplex = DUPLEX_HALF;
}

int sys_ethtool_ask(const struct sys_ethtool *ethtool, uint32_t ifindex, void *command)
{
	struct ifreq request = {.ifr_ifindex = (int)ifindex};

	/* if_indextoname() would make a socket each time. */
	if (ethtool->ioctl_fd < 0 || ioctl(ethtool->ioctl_fd, SIOCGIFNAME, &request) < 0)
		return -ENODEV;
	request.ifr_data = command;
	return ioctl(ethtool->ioctl_fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

int sys_ethtool_read(struct sys_ethtool *ethtool, struct ds_link *link)
{
	link->speed_mbps = link->duplex = -1;
	if (!ethtool->ethtool.id || linkmodes_ask(ethtool, link) < 0)
		speed_from_sysfs(link);
	return driver_read(ethtool, link);
}

int sys_ethtool_open(struct sys_ethtool *ret_ethtool, struct ds_error *error)
{
	struct sys_ethtool ethtool = {0};
	struct ds_error ignored; /* a kernel without the family is answered by ioctl and sysfs */
	int code = sys_netlink_open(&ethtool.netlink, NETLINK_GENERIC, 0, error);

	if (code < 0)
		return code;
	sys_family_find(&ethtool.netlink, ETHTOOL_GENL_NAME, &ethtool.ethtool, &ignored);
	sys_family_find(&ethtool.netlink, "devlink", &ethtool.devlink, &ignored);
	ethtool.ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ethtool.ioctl_fd < 0) /* no IPv4 in this kernel */
		ethtool.ioctl_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*ret_ethtool = ethtool;
	return 0;
}

void sys_ethtool_close(struct sys_ethtool *ethtool)
{
	sys_netlink_close(&ethtool->netlink);
	if (ethtool->ioctl_fd >= 0)
		close(ethtool->ioctl_fd);
	ethtool->ioctl_fd = -1;
}
