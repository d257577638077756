/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic control that we cannot make again, and options of ports. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Where filters can hang inside of a tree. */
struct place {
	const struct sys_link *link;
	uint32_t handle;
};

struct filters {
	struct sys_losses *losses;
	DS_LIST(struct place) places;
	DS_LIST(uint32_t) blocks; /* shared ones that others have, too, and so stay */
	bool has_any;             /* in the place that is being read */
};

static int place_add(struct filters *filters, const struct sys_link *link, uint32_t handle)
{
	struct place *place = ds_list_add(&filters->places);

	if (!place)
		return -ENOMEM;
	*place = (struct place){link, handle};
	return 0;
}

static int qdisc_lose(struct sys_losses *losses, const struct sys_link *link,
	const struct tcmsg *header, const struct nlattr *const *at)
{
	const char *kind = sys_attr_text(at[TCA_KIND]);

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

/* With the places at both ends of the link it shares the filters of another one. */
static int blocks_note(struct filters *filters, const struct nlattr *const *at)
{
	for (size_t type = TCA_INGRESS_BLOCK; type <= TCA_EGRESS_BLOCK; type++) {
		uint32_t *block = at[type] ? ds_list_add(&filters->blocks) : NULL;

		if (at[type] && !block)
			return -ENOMEM;
		if (block)
			*block = (uint32_t)sys_attr_u32(at[type], 0);
	}
	return 0;
}

static int visit_qdisc(const struct nlmsghdr *message, void *context)
{
	struct filters *filters = context;
	const struct tcmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[TCA_EGRESS_BLOCK + 1];
	const struct sys_link *link;
	int code;

	if (!header)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, TCA_EGRESS_BLOCK);
	link = sys_losses_link(filters->losses, (uint32_t)header->tcm_ifindex);
	if (!link)
		return blocks_note(filters, at);
	if (header->tcm_handle == 0)
		return 0;
	code = qdisc_lose(filters->losses, link, header, at);
	if (code == 0 && header->tcm_parent != TC_H_ROOT && header->tcm_parent != TC_H_CLSACT)
		code = place_add(filters, link, header->tcm_handle);
	return code;
}

/* Those of the other kinds have the filters of their discipline. */
static int visit_class(const struct nlmsghdr *message, void *context)
{
	static const char *const kinds[] = {"htb", "hfsc", "cbq"};
	struct filters *filters = context;
	const struct tcmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[TCA_KIND + 1];
	const struct sys_link *link;

	link = header ? sys_losses_link(filters->losses, (uint32_t)header->tcm_ifindex) : NULL;
	if (!link)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, TCA_KIND);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (ds_string_equal(sys_attr_text(at[TCA_KIND]), kinds[i]))
			return place_add(filters, link, header->tcm_handle);
	return 0;
}

static int visit_filter(const struct nlmsghdr *message, void *context)
{
	struct filters *filters = context;
	const struct tcmsg *header = sys_message_header(message, sizeof(*header));
	bool is_shared;

	if (!header || message->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	is_shared = (uint32_t)header->tcm_ifindex == TCM_IFINDEX_MAGIC_BLOCK;
	for (size_t i = 0; is_shared && i < filters->blocks.count; i++)
		if (filters->blocks.items[i] == header->tcm_block_index)
			return 0;
	filters->has_any = true;
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

static int place_read(struct filters *filters, int64_t ifindex, uint32_t parent)
{
	const struct sys_visitor visitor = {.visit = visit_filter, .context = filters};
	const struct tcmsg filter = {.tcm_ifindex = (int)ifindex, .tcm_parent = parent};

	return dump(filters->losses, RTM_GETTFILTER, filter, sizeof(filter), &visitor);
}

/* At the root, and at both ends of the link, there are fixed places. */
static int link_read(struct filters *filters, const struct ds_link *link)
{
	static const uint32_t parents[] = {0, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
	const struct sys_visitor classes = {.visit = visit_class, .context = filters};
	int code = 0;

	if (!sys_filters_are_possible(filters->losses->look, link))
		return 0;
	filters->has_any = false;
	for (size_t i = 0; code == 0 && i < sizeof(parents) / sizeof(parents[0]); i++)
		code = place_read(filters, link->ifindex, parents[i]);
	if (code == 0 && filters->has_any)
		code = sys_lose(filters->losses, "the tc filters of %s", link->name);
	return code ? code
		    : dump(filters->losses, RTM_GETTCLASS,
			      (struct tcmsg){.tcm_ifindex = (int)link->ifindex},
			      sizeof(struct tcmsg), &classes);
}

/* Discipline "9:", class "1:20", as tc(8) has them. */
static int inner_read(struct filters *filters, const struct place *place)
{
	char minor[16] = "";
	int code;

	filters->has_any = false;
	code = place_read(filters, place->link->link.ifindex, place->handle);
	if (code < 0 || !filters->has_any)
		return code;
	if (TC_H_MIN(place->handle))
		snprintf(minor, sizeof(minor), "%x", TC_H_MIN(place->handle));
	return sys_lose(filters->losses, "the tc filters of %s at %x:%s", place->link->link.name,
		TC_H_MAJ(place->handle) >> 16, minor);
}

static int filters_lose(struct filters *filters)
{
	const struct ds_network *network = filters->losses->look->network;
	const struct sys_visitor qdiscs = {.visit = visit_qdisc, .context = filters};
	int code = dump(
		filters->losses, RTM_GETQDISC, (struct tcmsg){0}, sizeof(struct tcmsg), &qdiscs);

	for (size_t i = 0; code == 0 && i < network->links.count; i++)
		code = link_read(filters, &network->links.items[i]);
	for (size_t i = 0; code == 0 && i < filters->places.count; i++)
		code = inner_read(filters, &filters->places.items[i]);
	return code;
}

int sys_losses_tc(struct sys_losses *losses)
{
	const struct sys_visitor links = {.visit = visit_link, .context = losses};
	struct filters filters = {.losses = losses};
	int code = dump(losses, RTM_GETLINK, (struct tcmsg){0}, sizeof(struct ifinfomsg), &links);

	if (code == 0)
		code = filters_lose(&filters);
	free(filters.places.items);
	free(filters.blocks.items);
	return code;
}
