/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names under which drivers list their own version among those of their firmware. */
static const char *const version_names[] = {"driver", "driver.version", "drv"};

static bool is_driver_version(const char *name)
{
	for (size_t i = 0; i < sizeof(version_names) / sizeof(version_names[0]); i++) {
		if (strcmp(name, version_names[i]) == 0)
			return true;
	}
	return false;
}

static int version_decode(const struct nlattr *nest, struct ds_driver_info *info)
{
	const struct nlattr *at[DEVLINK_ATTR_INFO_VERSION_VALUE + 1];
	const char *name, *value;

	sys_attrs_nested(nest, at, DEVLINK_ATTR_INFO_VERSION_VALUE);
	name = sys_attr_text(at[DEVLINK_ATTR_INFO_VERSION_NAME]);
	value = sys_attr_text(at[DEVLINK_ATTR_INFO_VERSION_VALUE]);
	if (!name || !value || !is_driver_version(name))
		return 0;
	info->version_source = DS_SOURCE_DEVLINK;
	return ds_string_set(&info->version, value);
}

/* There is one nest for each version, so a table of attributes would keep the last alone. */
static int versions_decode(const struct nlmsghdr *message, struct ds_driver_info *info)
{
	const char *end = mnl_nlmsg_get_payload_tail(message);
	const struct nlattr *attr =
		mnl_nlmsg_get_payload_offset(message, sizeof(struct genlmsghdr));
	int code = 0;

	for (; code == 0 && mnl_attr_ok(attr, (int)(end - (const char *)attr));
		attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type == DEVLINK_ATTR_INFO_VERSION_RUNNING ||
			type == DEVLINK_ATTR_INFO_VERSION_FIXED)
			code = version_decode(attr, info);
	}
	return code;
}

int sys_devlink_info_decode(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *at[DEVLINK_ATTR_INFO_DRIVER_NAME + 1];
	struct ds_driver_info *info = context;
	const char *driver;
	int code = 0;

	if (!sys_message_header(message, sizeof(struct genlmsghdr)))
		return 0;
	sys_family_attrs(message, at, DEVLINK_ATTR_INFO_DRIVER_NAME);
	driver = sys_attr_text(at[DEVLINK_ATTR_INFO_DRIVER_NAME]);
	if (driver) {
		info->driver_source = DS_SOURCE_DEVLINK;
		code = ds_string_set(&info->driver, driver);
	}
	return code ? code : versions_decode(message, info);
}

int sys_devlink_info(struct sys_netlink *netlink, const struct sys_family *family,
	const char *device, struct ds_driver_info *info, struct ds_error *error)
{
	const struct sys_visitor visitor = {.visit = sys_devlink_info_decode, .context = info};
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO))), bus[64], what[128];
	const char *slash = strchr(device, '/');
	struct sys_message request;

	snprintf(what, sizeof(what), "ask devlink about %s", device);
	if (!slash || (size_t)(slash - device) >= sizeof(bus))
		return sys_netlink_error(error, -EINVAL, what, NULL);
	memcpy(bus, device, (size_t)(slash - device));
	bus[slash - device] = '\0';
	request = sys_family_request(family, buffer, sizeof(buffer), DEVLINK_CMD_INFO_GET);
	sys_put_text(&request, DEVLINK_ATTR_BUS_NAME, bus);
	sys_put_text(&request, DEVLINK_ATTR_DEV_NAME, slash + 1);
	if (request.is_cut)
		return sys_netlink_error(error, -EMSGSIZE, what, NULL);
	return sys_netlink_ask(netlink, request.header, &visitor, what, error);
}
