/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbour entries of gateways. */
#include "net_prime.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "net_ip.h"

/* More ways out are those of a router, which learns of its neighbours in its own way. */
#define GATEWAYS_MOST 32

struct gateways {
	const struct ds_nexthop *items[GATEWAYS_MOST];
	size_t count;
};

static bool is_listed(const struct gateways *gateways, const struct ds_nexthop *hop)
{
	for (size_t i = gateways->count; i > 0; i--) {
		const struct ds_nexthop *known = gateways->items[i - 1];

		if (ds_string_equal(known->gateway, hop->gateway) &&
			ds_string_equal(known->link, hop->link))
			return true;
	}
	return false;
}

void sys_prime(struct sys_netlink *netlink, uint32_t ifindex, const struct ds_nexthop *hop)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), RTM_NEWNEIGH, NLM_F_CREATE);
	struct ndmsg *header = sys_message_extra(&request, sizeof(*header));
	struct ds_error ignored;

	header->ndm_family = (uint8_t)hop->gateway_family; /* an empty message has room for it */
	header->ndm_ifindex = (int)ifindex;
	header->ndm_flags = NTF_USE;
	if (sys_ip_put(&request, NDA_DST, hop->gateway_family, hop->gateway) == 0)
		sys_netlink_ask(netlink, request.header, NULL, "", &ignored);
}

static void prime_route(
	struct sys_restore *restore, const struct ds_route *route, struct gateways *gateways)
{
	for (size_t i = 0; i < route->nexthops.count && gateways->count < GATEWAYS_MOST; i++) {
		const struct ds_nexthop *hop = &route->nexthops.items[i];
		const struct ds_link *link =
			hop->link ? sys_names_find(&restore->names, hop->link) : NULL;
		uint32_t ifindex = link ? restore->index_of.find(restore, hop->link) : 0;

		if (!hop->gateway || !ifindex || !link->is_up || !link->has_carrier ||
			is_listed(gateways, hop))
			continue;
		gateways->items[gateways->count++] = hop;
		sys_prime(&restore->netlink, ifindex, hop);
	}
}

/* The default ones first, for most packets go there. */
void sys_restore_prime(struct sys_restore *restore)
{
	struct gateways gateways = {.count = 0};

	for (int is_default = 1; is_default >= 0; is_default--) {
		for (size_t i = 0; i < restore->wanted->routes.count; i++) {
			const struct ds_route *route = &restore->wanted->routes.items[i];

			if ((route->destination == NULL) == is_default)
				prime_route(restore, route, &gateways);
		}
	}
}
