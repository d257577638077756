/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genetlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>

struct sys_message sys_family_request(
	const struct sys_family *family, void *buffer, size_t size, uint8_t command)
{
	struct sys_message request = sys_message_begin(buffer, size, family->id, 0);
	struct genlmsghdr *header = sys_message_extra(&request, sizeof(*header));

	if (header) {
		header->cmd = command;
		header->version = family->version;
	}
	return request;
}

void sys_family_attrs(const struct nlmsghdr *message, const struct nlattr **at, uint16_t max)
{
	sys_attrs_of(message, sizeof(struct genlmsghdr), at, max);
}

static int visit_family(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *at[CTRL_ATTR_FAMILY_ID + 1];
	struct sys_family *family = context;

	sys_family_attrs(message, at, CTRL_ATTR_FAMILY_ID);
	if (sys_attr_bytes(at[CTRL_ATTR_FAMILY_ID]) >= sizeof(family->id))
		family->id = sys_attr_u16(at[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

int sys_family_find(struct sys_netlink *netlink, const char *name, struct sys_family *ret_family,
	struct ds_error *error)
{
	static const struct sys_family control = {.id = GENL_ID_CTRL, .version = 1};
	struct sys_family family = {.version = 1};
	const struct sys_visitor visitor = {.visit = visit_family, .context = &family};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO))), what[64];
	struct sys_message request =
		sys_family_request(&control, buffer, sizeof(buffer), CTRL_CMD_GETFAMILY);
	int code;

	sys_put_text(&request, CTRL_ATTR_FAMILY_NAME, name);
	snprintf(what, sizeof(what), "find the netlink family %s", name);
	code = sys_netlink_ask(netlink, request.header, &visitor, what, error);
	if (code == 0 && family.id == 0)
		code = sys_netlink_error(error, -ENOENT, what, NULL);
	if (code == 0)
		*ret_family = family;
	return code;
}
