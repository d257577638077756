/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that their owner holds on the link, or that the device runs. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "holder.h"
#include "net_losses.h"

static int visit_bpf_link(const struct sys_bpf_link *held, void *context)
{
	struct sys_losses *losses = context;
	const struct sys_link *link = sys_losses_link(losses, held->ifindex);
	char holder[128];

	if (!link)
		return 0;
	if (!sys_bpf_link_holder(held->id, holder, sizeof(holder)))
		return sys_lose(losses, "the %s of %s that the bpf_link %u holds", held->what,
			link->link.name, held->id);
	return sys_lose(losses, "the %s of %s that %s holds", held->what, link->link.name, holder);
}

/* A program of the device's own is bound to it: no other one takes it. */
static int visit_link(const struct nlmsghdr *message, void *context)
{
	struct sys_losses *losses = context;
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFLA_XDP + 1], *xdp[IFLA_XDP_HW_PROG_ID + 1];
	const struct sys_link *link =
		header ? sys_losses_link(losses, (uint32_t)header->ifi_index) : NULL;

	if (!link)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, IFLA_XDP);
	sys_attrs_nested(at[IFLA_XDP], xdp, IFLA_XDP_HW_PROG_ID);
	return sys_attr_u32(xdp[IFLA_XDP_HW_PROG_ID], 0)
		       ? sys_lose(losses, "the XDP program that the device of %s runs itself",
				 link->link.name)
		       : 0;
}

static int offloaded(struct sys_losses *losses)
{
	const struct sys_visitor visitor = {.visit = visit_link, .context = losses};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	struct ds_error ignored;

	sys_message_extra(&request, sizeof(struct ifinfomsg));
	return sys_netlink_dump(losses->look->netlink, request.header, &visitor, "", &ignored) ==
			       -ENOMEM
		       ? -ENOMEM
		       : 0;
}

/* A program that is to be attached again must be held by us in between. */
static int unkept(struct sys_losses *losses)
{
	const struct ds_settings *settings = losses->look->settings;
	int code = 0;

	for (size_t i = 0; code == 0 && i < settings->items.count; i++) {
		const struct ds_setting *setting = &settings->items.items[i];
		int fd;

		if (setting->kind != DS_SETTING_XDP)
			continue;
		fd = sys_bpf_program_open((uint32_t)strtoul(setting->value, NULL, 10));
		if (fd >= 0)
			close(fd);
		else if (fd == -EPERM) /* not ours to ask, so not ours to swap */
			code = sys_unsee(
				losses, "the XDP program of %s (%s)", setting->link, strerror(-fd));
		else
			code = sys_lose(
				losses, "the XDP program %s of %s", setting->value, setting->link);
	}
	return code;
}

int sys_losses_bpf(struct sys_losses *losses)
{
	int code = sys_bpf_links_each(visit_bpf_link, losses);

	if (code == -EPERM)
		code = sys_unsee(losses, "programs that a bpf_link holds (%s)", strerror(EPERM));
	if (code == 0)
		code = offloaded(losses);
	return code ? code : unkept(losses);
}
