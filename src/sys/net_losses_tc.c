/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic control that we cannot make again, and options of ports. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "net_losses.h"

static int visit_link(const struct nlmsghdr *message, void *context)
{
	struct sys_losses *losses = context;
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFLA_LINKINFO + 1], *info[IFLA_INFO_SLAVE_KIND + 1];
	const struct sys_link *link =
		header ? sys_losses_link(losses, (uint32_t)header->ifi_index) : NULL;

	if (!link)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, IFLA_LINKINFO);
	sys_attrs_nested(at[IFLA_LINKINFO], info, IFLA_INFO_SLAVE_KIND);
	if (ds_string_equal(sys_attr_text(info[IFLA_INFO_SLAVE_KIND]), "team"))
		return sys_lose(losses, "the team port options of %s", link->link.name);
	return 0;
}

static int visit_qdisc(const struct nlmsghdr *message, void *context)
{
	struct sys_losses *losses = context;
	const struct tcmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[TCA_STAB + 1];
	const struct sys_link *link =
		header ? sys_losses_link(losses, (uint32_t)header->tcm_ifindex) : NULL;
	const char *kind;

	if (!link || header->tcm_handle == 0)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, TCA_STAB);
	kind = sys_attr_text(at[TCA_KIND]);
	if (!kind)
		return 0;
	if (!sys_qdisc_is_known(kind))
		return sys_lose(losses, "the queueing discipline %s of %s", kind, link->link.name);
	if (!sys_qdisc_is_kept(losses->look, link->link.name, header->tcm_handle))
		return sys_lose(losses, "the queueing discipline %s %x: of %s", kind,
			TC_H_MAJ(header->tcm_handle) >> 16, link->link.name);
	if (sys_qdisc_has_table(at[TCA_STAB]))
		return sys_lose(losses, "the size table of the queueing discipline %s %x: of %s",
			kind, TC_H_MAJ(header->tcm_handle) >> 16, link->link.name);
	return 0;
}

static int visit_filter(const struct nlmsghdr *message, void *context)
{
	bool *has_filters = context;

	if (message->nlmsg_type == RTM_NEWTFILTER)
		*has_filters = true;
	return 0;
}

/* A kernel without tc has nothing of it. */
static int dump(const struct sys_losses *losses, uint16_t type, struct tcmsg filter,
	size_t header_bytes, const struct sys_visitor *visitor)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), type, 0);
	void *header = sys_message_extra(&request, header_bytes);
	struct ds_error ignored;

	memcpy(header, &filter, header_bytes); /* an empty message has room for it */
	return sys_netlink_dump(losses->look->netlink, request.header, visitor, "", &ignored) ==
			       -ENOMEM
		       ? -ENOMEM
		       : 0;
}

/* Those of the disciplines in the tree hang on them; at both ends of the link there are fixed
 * places. */
static int filters(struct sys_losses *losses)
{
	static const uint32_t parents[] = {0, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
	const struct ds_network *network = losses->look->network;
	int code = 0;

	for (size_t i = 0; code == 0 && i < network->links.count; i++) {
		bool has_filters = false;
		const struct sys_visitor visitor = {.visit = visit_filter, .context = &has_filters};

		if (!sys_filters_are_possible(losses->look, &network->links.items[i]))
			continue;
		for (size_t j = 0; code == 0 && j < sizeof(parents) / sizeof(parents[0]); j++)
			code = dump(losses, RTM_GETTFILTER,
				(struct tcmsg){.tcm_ifindex = (int)network->links.items[i].ifindex,
					.tcm_parent = parents[j]},
				sizeof(struct tcmsg), &visitor);
		if (code == 0 && has_filters)
			code = sys_lose(
				losses, "the tc filters of %s", network->links.items[i].name);
	}
	return code;
}

int sys_losses_tc(struct sys_losses *losses)
{
	const struct sys_visitor links = {.visit = visit_link, .context = losses};
	const struct sys_visitor qdiscs = {.visit = visit_qdisc, .context = losses};
	int code = dump(losses, RTM_GETLINK, (struct tcmsg){0}, sizeof(struct ifinfomsg), &links);

	if (code == 0)
		code = dump(losses, RTM_GETQDISC, (struct tcmsg){0}, sizeof(struct tcmsg), &qdiscs);
	return code ? code : filters(losses);
}
