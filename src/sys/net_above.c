/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands above our links and stays when they go: a bond, a bridge, a team, and what lies on
 * these. Its addresses and routes stay as well; but whether the gateways behind it answer hangs on
 * us.
 */
#include <errno.h>

#include "net.h"

static bool mark(struct sys_link *link)
{
	if (!link || link->is_ours || link->is_above)
		return false;
	link->is_above = true;
	return true;
}

static bool mark_around(struct sys_links *links, struct sys_link *link)
{
	const struct sys_link *lower = sys_links_by_index(links, link->lower_index);
	bool is_more = false;

	if (link->is_ours || link->is_above)
		is_more = mark(sys_links_by_index(links, link->master_index));
	if (lower && lower->is_above)
		is_more |= mark(link);
	return is_more;
}

bool sys_links_mark_above(struct sys_links *links)
{
	bool is_more, has_any = false;

	do {
		is_more = false;
		for (size_t i = 0; i < links->count; i++)
			is_more |= mark_around(links, &links->items[i]);
		has_any |= is_more;
	} while (is_more);
	return has_any;
}

static bool is_known(const struct ds_network *network, const struct ds_nexthop *hop)
{
	for (size_t i = 0; i < network->gateways_above.count; i++) {
		const struct ds_nexthop *known = &network->gateways_above.items[i];

		if (ds_string_equal(known->link, hop->link) &&
			ds_string_equal(known->gateway, hop->gateway))
			return true;
	}
	return false;
}

static int gateway_add(struct ds_network *network, const struct ds_nexthop *hop)
{
	struct ds_nexthop *copy;

	if (is_known(network, hop))
		return 0;
	copy = ds_list_add(&network->gateways_above);
	return copy && ds_record_copy(&ds_nexthop_record, hop, copy) == 0 ? 0 : -ENOMEM;
}

/* Behind a link that is down or has no carrier nobody answers, and need not after. */
static bool is_asked(const struct sys_links *links, const struct ds_nexthop *hop)
{
	const struct sys_link *link = hop->gateway ? sys_links_by_name(links, hop->link) : NULL;

	return link && link->is_above && link->link.is_up && link->link.has_carrier;
}

int sys_gateways_above_add(
	const struct nlmsghdr *message, const struct sys_links *links, struct ds_network *network)
{
	struct ds_route route = {0};
	int code = sys_route_decode(message, links, &route);

	for (size_t i = 0; code == 0 && i < route.nexthops.count; i++)
		if (is_asked(links, &route.nexthops.items[i]))
			code = gateway_add(network, &route.nexthops.items[i]);
	ds_record_done(&ds_route_record, &route);
	return code == -ENOMEM ? code : 0;
}
