/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, routes, and the objects that carry them. */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net_restore.h"

static void describe_text(const char *verb, char *text, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "%s %s", verb, text ? text : "(out of memory)");
	free(text);
}

static void describe_address(const struct sys_change *change, char *ret_text, size_t size)
{
	describe_text("add the address", ds_address_text(change->subject), ret_text, size);
}

static void describe_route(const struct sys_change *change, char *ret_text, size_t size)
{
	describe_text("add the route", ds_route_text(change->subject), ret_text, size);
}

/* Queues the message unless it could not be made; what has run out is not missed. */
static void add_or_note(struct sys_queue *queue, const struct sys_change *change, int code)
{
	if (code == 0)
		sys_queue_add(queue, change);
	else if (code != -ETIME)
		queue->failed(queue->context, change, code, NULL);
}

/* A link that has not come back is one failure already: not another for each of its addresses. */
static bool is_missing(const struct sys_restore *restore, const char *name)
{
	const struct ds_link *link = sys_names_find(&restore->names, name);

	return link && restore->indexes[link - restore->wanted->links.items] == 0;
}

/*
 * networkd takes the address that we bridged with away when it begins. Were it there again when the
 * lease comes, networkd would take it for its own as it stands and forget the metric, now and at
 * each renewal (link_request_address(), systemd 252). So from then on it is left to networkd.
 */
static bool is_left_to_owner(const struct sys_restore *restore, const struct ds_address *address)
{
	if (!restore->leaves_leases || address->family != AF_INET || address->valid_s < 0)
		return false;
	for (size_t i = 0; i < restore->wanted->owned.count; i++) {
		const struct ds_owned *owned = &restore->wanted->owned.items[i];

		if (owned->has_lease && owned->owner == DS_OWNER_NETWORKD &&
			ds_string_equal(owned->link, address->link))
			return true;
	}
	return false;
}

void sys_restore_put_address(struct sys_restore *restore, const struct ds_address *address,
	const struct sys_change *change)
{
	struct sys_message *message =
		sys_queue_begin(&restore->queue, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	uint32_t ifindex = restore->index_of.find(restore, address->link);

	add_or_note(&restore->queue, change,
		sys_address_encode(message, address, ifindex, restore->age_s, true));
}

static void put_address(struct sys_restore *restore, const struct ds_address *address)
{
	const struct sys_change change = {
		.describe = describe_address, .subject = address, .harmless = EEXIST};

	if (!is_missing(restore, address->link) && !is_left_to_owner(restore, address))
		sys_restore_put_address(restore, address, &change);
}

bool sys_restore_has_own_address(const struct sys_restore *restore, const struct ds_link *link)
{
	return link->is_up && restore->has_own[link - restore->wanted->links.items];
}

/* The last first, as all of IPv6: see put_addresses(). */
void sys_restore_own_addresses(struct sys_restore *restore, bool is_upper)
{
	for (size_t i = restore->wanted->addresses.count; i > 0; i--) {
		const struct ds_address *address = &restore->wanted->addresses.items[i - 1];
		const struct ds_link *link = sys_names_find(&restore->names, address->link);

		if (link && link->is_upper == is_upper && ds_address_is_from_mac(address))
			put_address(restore, address);
	}
}

static void put_route(struct sys_restore *restore, const struct ds_route *route, bool has_nexthop)
{
	/*
	 * IPv4: APPEND keeps the order of routes that differ in their legs alone, and still says
	 * EEXIST to an equal one. IPv6: EXCL would refuse the same prefix over a second link.
	 */
	uint16_t flags = NLM_F_CREATE | (route->family == AF_INET ? NLM_F_APPEND : 0);
	const struct sys_change change = {
		.describe = describe_route, .subject = route, .harmless = EEXIST};
	size_t messages = has_nexthop ? 1 : sys_route_messages(route);

	for (size_t part = 0; part < messages; part++) {
		struct sys_message *message = sys_queue_begin(&restore->queue, RTM_NEWROUTE, flags);
		int code = sys_route_encode(
			message, route, part, has_nexthop, restore->age_s, &restore->index_of);

		add_or_note(&restore->queue, &change, code);
	}
}

/* Nexthop objects die with their link. Where nobody made it anew, the route names its legs. */
static bool nexthop_exists(struct sys_restore *restore, int64_t id)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETNEXTHOP, 0);
	struct ds_error ignored;

	if (id == 0)
		return false;
	sys_queue_flush(&restore->queue); /* its answers must not mix with this one */
	sys_message_extra(&request, sizeof(struct nhmsg));
	sys_put_u32(&request, NHA_ID, (uint32_t)id);
	return sys_netlink_ask(&restore->netlink, request.header, NULL, "", &ignored) == 0;
}

static bool route_is_missing(const struct sys_restore *restore, const struct ds_route *route)
{
	for (size_t i = 0; i < route->nexthops.count; i++) {
		if (is_missing(restore, route->nexthops.items[i].link))
			return true;
	}
	return false;
}

static void put_routes(struct sys_restore *restore, enum sys_route_pass pass)
{
	int64_t known_id = 0;
	bool has_nexthop = false;

	for (size_t i = 0; i < restore->wanted->routes.count; i++) {
		const struct ds_route *route = &restore->wanted->routes.items[i];

		if (sys_route_pass(route) != pass || !ds_route_is_ours(route) ||
			route_is_missing(restore, route))
			continue;
		if (route->nexthop_id != known_id) {
			known_id = route->nexthop_id;
			has_nexthop = nexthop_exists(restore, known_id);
		}
		if (known_id && !has_nexthop && restore->is_rehearsal) {
			restore->rehearsal_failures++; /* it takes a carrier to come */
			continue;
		}
		put_route(restore, route, has_nexthop);
	}
}

/*
 * The kernel adds those of IPv4 behind the others, those of IPv6 before them (net/ipv6/addrconf.c,
 * ipv6_link_dev_addr(), 6.1), and shows them so. The order counts: of addresses that are as good
 * the first one is what packets leave from.
 */
static void put_addresses(struct sys_restore *restore)
{
	size_t count = restore->wanted->addresses.count;

	for (size_t i = 0; i < 2 * count; i++) {
		bool is_ipv6 = i >= count;
		const struct ds_address *address =
			&restore->wanted->addresses.items[is_ipv6 ? 2 * count - 1 - i : i];

		if ((address->family == AF_INET6) == is_ipv6 && ds_address_is_ours(address))
			put_address(restore, address);
	}
}

void sys_restore_ip(struct sys_restore *restore)
{
	put_addresses(restore);
	sys_settings_put_linked(&restore->put, restore->wanted);
	for (int pass = 0; pass < SYS_PASS_COUNT; pass++)
		put_routes(restore, (enum sys_route_pass)pass);
	sys_queue_flush(&restore->queue);
}

char *sys_restore_ip_text(const struct sys_change *change)
{
	bool is_address = change->describe == describe_address;
	char *subject, *text = NULL;

	if (!is_address && change->describe != describe_route)
		return NULL;
	subject = is_address ? ds_address_text(change->subject) : ds_route_text(change->subject);
	if (subject &&
		ds_string_format(&text, "%s %s", is_address ? "address" : "route", subject) < 0)
		text = NULL;
	free(subject);
	return text;
}
