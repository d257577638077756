/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions of tc that send packets to a link, whichever link's filters they are of: they stay, and
 * drop what they get once that link is gone (net/sched/act_mirred.c, mirred_device_event(), 6.1).
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#include "net_losses.h"

#define MIRRED "mirred"

static int action_lose(struct sys_losses *losses, const struct nlattr *action)
{
	const struct nlattr *at[TCA_ACT_OPTIONS + 1], *options[TCA_MIRRED_PARMS + 1];
	const struct tc_mirred *mirred;
	const struct sys_link *link;

	sys_attrs_nested(action, at, TCA_ACT_OPTIONS);
	if (!ds_string_equal(sys_attr_text(at[TCA_ACT_KIND]), MIRRED))
		return 0;
	sys_attrs_nested(at[TCA_ACT_OPTIONS], options, TCA_MIRRED_PARMS);
	if (sys_attr_bytes(options[TCA_MIRRED_PARMS]) < sizeof(*mirred))
		return 0;
	mirred = mnl_attr_get_payload(options[TCA_MIRRED_PARMS]);
	link = sys_losses_link(losses, mirred->ifindex);
	return link ? sys_lose(losses, "the target %s of the tc action " MIRRED " with index %u",
			      link->link.name, mirred->index)
		    : 0;
}

static int visit(const struct nlmsghdr *message, void *context)
{
	struct sys_losses *losses = context;
	const struct nlattr *at[TCA_ROOT_TAB + 1], *action;
	const char *end;
	int code = 0;

	sys_attrs_of(message, sizeof(struct tcamsg), at, TCA_ROOT_TAB);
	if (!at[TCA_ROOT_TAB])
		return 0;
	action = mnl_attr_get_payload(at[TCA_ROOT_TAB]);
	end = (const char *)action + sys_attr_bytes(at[TCA_ROOT_TAB]);
	for (; code == 0 && mnl_attr_ok(action, (int)(end - (const char *)action));
		action = mnl_attr_next(action))
		code = action_lose(losses, action);
	return code;
}

/* A kernel that has none does not load the module for the question. */
int sys_losses_actions(struct sys_losses *losses)
{
	const struct sys_visitor visitor = {.visit = visit, .context = losses};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETACTION, 0);
	struct ds_error ignored;
	size_t tab, action;

	sys_message_extra(&request, sizeof(struct tcamsg));
	tab = sys_nest_begin(&request, TCA_ROOT_TAB);
	action = sys_nest_begin(&request, 1);
	sys_put_text(&request, TCA_ACT_KIND, MIRRED);
	sys_nest_end(&request, action);
	sys_nest_end(&request, tab);
	return sys_netlink_dump(losses->look->netlink, request.header, &visitor, "", &ignored) ==
			       -ENOMEM
		       ? -ENOMEM
		       : 0;
}

int sys_action_decode(const struct nlmsghdr *message, struct sys_losses *losses)
{
	return visit(message, losses);
}
