/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_nexthop.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/record.h"
#include "message.h"

struct dump {
	struct sys_nexthops single; /* objects that name a link */
	struct sys_nexthops legs; /* of groups: their id, and that of the leg in place of a link */
};

static int row_add(struct sys_nexthops *nexthops, uint32_t id, uint32_t second)
{
	struct sys_nexthop *row = ds_list_add(nexthops);

	if (!row)
		return -ENOMEM;
	*row = (struct sys_nexthop){id, second};
	return 0;
}

static int visit_nexthop(const struct nlmsghdr *message, void *context)
{
	struct dump *dump = context;
	const struct nlattr *at[NHA_MAX + 1];
	uint32_t id, ifindex;
	int code = 0;

	if (message->nlmsg_type != RTM_NEWNEXTHOP)
		return 0;
	sys_attrs_of(message, sizeof(struct nhmsg), at, NHA_MAX);
	id = (uint32_t)sys_attr_u32(at[NHA_ID], 0);
	ifindex = (uint32_t)sys_attr_u32(at[NHA_OIF], 0);
	if (ifindex)
		code = row_add(&dump->single, id, ifindex);
	for (size_t i = 0;
		code == 0 && i < sys_attr_bytes(at[NHA_GROUP]) / sizeof(struct nexthop_grp); i++) {
		struct nexthop_grp leg;

		memcpy(&leg, (const char *)mnl_attr_get_payload(at[NHA_GROUP]) + i * sizeof(leg),
			sizeof(leg));
		code = row_add(&dump->legs, id, leg.id);
	}
	return code;
}

static void restart(void *context)
{
	struct dump *dump = context;

	dump->single.count = dump->legs.count = 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct sys_nexthop *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static void sort(struct sys_nexthops *nexthops)
{
	if (nexthops->count)
		qsort(nexthops->items, nexthops->count, sizeof(*nexthops->items), compare_rows);
}

/* The kernel allows no groups of groups. */
static int resolve_legs(struct dump *dump)
{
	size_t singles = dump->single.count;

	for (size_t i = 0; i < dump->legs.count; i++) {
		const struct sys_nexthops known = {dump->single.items, singles};
		const struct sys_nexthop *leg = &dump->legs.items[i];
		size_t count;
		const struct sys_nexthop *row = sys_nexthops_find(&known, leg->ifindex, &count);

		if (row && row_add(&dump->single, leg->id, row->ifindex) < 0)
			return -ENOMEM;
	}
	sort(&dump->single);
	return 0;
}

int sys_nexthops_dump(
	struct sys_netlink *netlink, struct sys_nexthops *ret_nexthops, struct ds_error *error)
{
	struct dump dump = {0};
	const struct sys_visitor visitor = {visit_nexthop, restart, &dump};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETNEXTHOP, 0);
	int code;

	sys_message_extra(&request, sizeof(struct nhmsg));
	code = sys_netlink_dump(netlink, request.header, &visitor, "read the nexthops", error);
	if (code == -EOPNOTSUPP)
		code = 0;
	sort(&dump.single);
	if (code == 0 && resolve_legs(&dump) < 0)
		code = ds_error_set(error, -ENOMEM, "read the nexthops: out of memory");
	sys_nexthops_done(&dump.legs);
	if (code < 0)
		sys_nexthops_done(&dump.single);
	else
		*ret_nexthops = dump.single;
	return code;
}

void sys_nexthops_done(struct sys_nexthops *nexthops)
{
	free(nexthops->items);
	*nexthops = (struct sys_nexthops){0};
}

const struct sys_nexthop *sys_nexthops_find(
	const struct sys_nexthops *nexthops, uint32_t id, size_t *ret_count)
{
	const struct sys_nexthop key = {.id = id};
	const struct sys_nexthop *first, *end;

	*ret_count = 0;
	if (id == 0 || nexthops->count == 0)
		return NULL;
	end = nexthops->items + nexthops->count;
	first = bsearch(&key, nexthops->items, nexthops->count, sizeof(key), compare_rows);
	while (first && first > nexthops->items && first[-1].id == id)
		first--;
	for (const struct sys_nexthop *row = first; row && row < end && row->id == id; row++)
		(*ret_count)++;
	return first;
}
