/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec that a device does itself, and that goes with it; and what is for packets of one link
 * alone, which matches none once that link has another index.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <string.h>

#include "net_losses.h"

static int offload_lose(
	struct sys_losses *losses, const struct nlattr *attr, const char *what, uint32_t number)
{
	struct xfrm_user_offload offload;
	const struct sys_link *link;

	if (sys_attr_bytes(attr) < sizeof(offload))
		return 0;
	memcpy(&offload, (const char *)attr + NLA_HDRLEN, sizeof(offload));
	link = sys_losses_link(losses, (uint32_t)offload.ifindex);
	return link ? sys_lose(losses, "the IPsec %s 0x%08x that %s does itself", what, number,
			      link->link.name)
		    : 0;
}

static int selector_lose(struct sys_losses *losses, const struct xfrm_selector *selector,
	const char *what, uint32_t number)
{
	const struct sys_link *link = sys_losses_link(losses, (uint32_t)selector->ifindex);

	return link ? sys_lose(losses, "the IPsec %s 0x%08x for %s alone", what, number,
			      link->link.name)
		    : 0;
}

/* Messages lie on multiples of four, and these have numbers of eight bytes. */
static bool header_read(const struct nlmsghdr *message, void *ret_header, size_t bytes)
{
	const void *header = sys_message_header(message, bytes);

	if (header)
		memcpy(ret_header, header, bytes);
	return header;
}

static int take_state(const struct nlmsghdr *message, struct sys_losses *losses)
{
	struct xfrm_usersa_info state;
	const struct nlattr *at[XFRMA_OFFLOAD_DEV + 1];
	int code;

	if (!header_read(message, &state, sizeof(state)))
		return 0;
	sys_attrs_of(message, sizeof(state), at, XFRMA_OFFLOAD_DEV);
	code = offload_lose(losses, at[XFRMA_OFFLOAD_DEV], "state", ntohl(state.id.spi));
	return code ? code : selector_lose(losses, &state.sel, "state", ntohl(state.id.spi));
}

/* Its index is what `ip -s xfrm policy` tells of it. */
static int take_policy(const struct nlmsghdr *message, struct sys_losses *losses)
{
	struct xfrm_userpolicy_info policy;
	const struct nlattr *at[XFRMA_OFFLOAD_DEV + 1];
	int code;

	if (!header_read(message, &policy, sizeof(policy)))
		return 0;
	sys_attrs_of(message, sizeof(policy), at, XFRMA_OFFLOAD_DEV);
	code = offload_lose(losses, at[XFRMA_OFFLOAD_DEV], "policy", policy.index);
	return code ? code : selector_lose(losses, &policy.sel, "policy", policy.index);
}

int sys_xfrm_decode(const struct nlmsghdr *message, struct sys_losses *losses)
{
	switch (message->nlmsg_type) {
	case XFRM_MSG_NEWSA:
		return take_state(message, losses);
	case XFRM_MSG_NEWPOLICY:
		return take_policy(message, losses);
	default:
		return 0;
	}
}

static int visit(const struct nlmsghdr *message, void *context)
{
	return sys_xfrm_decode(message, context);
}

static int dump(struct sys_netlink *netlink, struct sys_losses *losses, uint16_t type)
{
	const struct sys_visitor visitor = {.visit = visit, .context = losses};
	char buffer[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), type, 0);
	struct ds_error ignored;

	return sys_netlink_dump(netlink, request.header, &visitor, "", &ignored);
}

/* Asked of a kernel that does no IPsec it would load the module. */
int sys_losses_xfrm(struct sys_losses *losses)
{
	struct sys_netlink netlink = {0};
	struct ds_error ignored;
	int code;

	if (!sys_losses_has_module("xfrm_user"))
		return 0;
	code = sys_netlink_open(&netlink, NETLINK_XFRM, 0, &ignored);
	if (code == 0)
		code = dump(&netlink, losses, XFRM_MSG_GETSA);
	if (code == 0)
		code = dump(&netlink, losses, XFRM_MSG_GETPOLICY);
	sys_netlink_close(&netlink);
	if (code == -EPROTONOSUPPORT)
		return 0;
	return code < 0 && code != -ENOMEM
		       ? sys_unsee(losses, "the states and policies of IPsec (%s)", strerror(-code))
		       : code;
}
