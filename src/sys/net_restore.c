/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing the network back. The host is cut off while this runs: few system calls, no waiting
 * that is not needed, and one failure stops nothing. */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net.h"
#include "net_link_put.h"
#include "network.h"
#include "queue.h"

struct restore {
	const struct ds_network *wanted;
	struct sys_netlink netlink;
	struct sys_links links;
	struct sys_queue queue;
	uint32_t *indexes; /* of each wanted link; 0: it has not come back */
	int64_t age_s;     /* of the snapshot */
	bool is_rehearsal; /* failures are counted, and tried again later */
	size_t rehearsal_failures;
	size_t failures;
	struct ds_error first;
};

static void restore_done(struct restore *restore)
{
	sys_queue_close(&restore->queue);
	sys_netlink_close(&restore->netlink);
	sys_links_done(&restore->links);
	free(restore->indexes);
}

static void note_error(struct restore *restore, const struct ds_error *error)
{
	if (restore->failures++ == 0)
		restore->first = *error;
}

static void note_failure(
	void *context, const struct sys_change *change, int code, const char *words)
{
	struct restore *restore = context;
	struct ds_error error;
	char what[512];

	if (restore->is_rehearsal) {
		restore->rehearsal_failures++;
		return;
	}
	change->describe(change, what, sizeof(what));
	sys_netlink_error(&error, code, what, words);
	note_error(restore, &error);
}

static int result(const struct restore *restore, struct ds_error *error)
{
	if (restore->failures == 0)
		return 0;
	*error = restore->first;
	if (restore->failures == 1)
		return error->code;
	return ds_error_set(error, restore->first.code, "%s; %zu more changes failed",
		restore->first.text, restore->failures - 1);
}

static void match_links(struct restore *restore)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		struct sys_link *link =
			sys_links_match(&restore->links, &restore->wanted->links.items[i]);

		if (link)
			link->is_ours = true;
		restore->indexes[i] = link ? (uint32_t)link->link.ifindex : 0;
	}
}

static void put_links(struct restore *restore, bool is_first_port)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *want = &restore->wanted->links.items[i];
		struct sys_link *have = sys_links_by_index(&restore->links, restore->indexes[i]);

		if (have && sys_link_is_first_port(want) == is_first_port)
			sys_link_put(&restore->queue, &restore->links, have, want);
	}
}

/* Ours by the name in the snapshot, whatever they are called now; others by the name they have. */
static uint32_t find_index(void *context, const char *name)
{
	const struct restore *restore = context;
	const struct sys_link *link;

	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		if (ds_string_equal(restore->wanted->links.items[i].name, name))
			return restore->indexes[i];
	}
	link = sys_links_by_name(&restore->links, name);
	return link ? (uint32_t)link->link.ifindex : 0;
}

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
static bool is_missing(const struct restore *restore, const char *name)
{
	const struct ds_link *link = name ? ds_link_find(restore->wanted, name) : NULL;

	return link && restore->indexes[link - restore->wanted->links.items] == 0;
}

static void put_address(struct restore *restore, const struct ds_address *address)
{
	const struct sys_change change = {
		.describe = describe_address, .subject = address, .harmless = EEXIST};
	struct sys_message *message;
	int code;

	if (is_missing(restore, address->link))
		return;
	message = sys_queue_begin(&restore->queue, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	code = sys_address_encode(
		message, address, find_index(restore, address->link), restore->age_s, true);
	add_or_note(&restore->queue, &change, code);
}

static void put_addresses(
	struct restore *restore, bool (*is_meant)(const struct ds_address *address))
{
	const struct ds_network *wanted = restore->wanted;

	for (size_t i = 0; i < wanted->addresses.count; i++)
		if (is_meant(&wanted->addresses.items[i]))
			put_address(restore, &wanted->addresses.items[i]);
}

static void put_route(struct restore *restore, const struct ds_route *route, bool has_nexthop)
{
	/*
	 * IPv4: APPEND keeps the order of routes that differ in their legs alone, and still says
	 * EEXIST to an equal one. IPv6: EXCL would refuse the same prefix over a second link.
	 */
	uint16_t flags = NLM_F_CREATE | (route->family == AF_INET ? NLM_F_APPEND : 0);
	const struct sys_index_of index_of = {find_index, restore};
	const struct sys_change change = {
		.describe = describe_route, .subject = route, .harmless = EEXIST};
	size_t messages = has_nexthop ? 1 : sys_route_messages(route);

	for (size_t part = 0; part < messages; part++) {
		struct sys_message *message = sys_queue_begin(&restore->queue, RTM_NEWROUTE, flags);
		int code = sys_route_encode(
			message, route, part, has_nexthop, restore->age_s, &index_of);

		add_or_note(&restore->queue, &change, code);
	}
}

/* Nexthop objects die with their link. Where nobody made it anew, the route names its legs. */
static bool nexthop_exists(struct restore *restore, int64_t id)
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

static bool route_is_missing(const struct restore *restore, const struct ds_route *route)
{
	for (size_t i = 0; i < route->nexthops.count; i++) {
		if (is_missing(restore, route->nexthops.items[i].link))
			return true;
	}
	return false;
}

static void put_routes(struct restore *restore, enum sys_route_pass pass)
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
		put_route(restore, route, has_nexthop);
	}
}

static void put_addresses_and_routes(struct restore *restore)
{
	put_addresses(restore, ds_address_is_ours);
	for (int pass = 0; pass < SYS_PASS_COUNT; pass++)
		put_routes(restore, (enum sys_route_pass)pass);
	sys_queue_flush(&restore->queue);
}

static void wait_or_note(struct restore *restore, enum sys_awaited awaited, int64_t deadline_ms)
{
	const struct sys_wait wait = {restore->wanted, awaited, deadline_ms};
	struct ds_error error;

	if (sys_net_wait(&restore->netlink, &restore->links, &wait, &error) < 0)
		note_error(restore, &error);
}

/* Ports that are not there were complained of, and would be waited for in vain again. */
static bool needs_carrier(const struct restore *restore)
{
	bool needs = false;

	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *link = &restore->wanted->links.items[i];

		if (restore->indexes[i] == 0)
			return false;
		needs |= link->is_up && link->has_carrier;
	}
	return needs;
}

/*
 * Addresses and routes go in at once with the links: they need the link up, not its carrier. Only
 * what fails then (a gateway behind a link without carrier can be "unreachable") is worth another
 * try when the carrier is there.
 */
static void restore_all(struct restore *restore, int64_t deadline_ms)
{
	wait_or_note(restore, SYS_AWAIT_PORT, deadline_ms);
	match_links(restore);
	put_links(restore, true);
	put_links(restore, false);
	put_addresses(restore, ds_address_is_from_mac);
	sys_queue_flush(&restore->queue);
	restore->is_rehearsal = true;
	put_addresses_and_routes(restore);
	restore->is_rehearsal = false;
	if (needs_carrier(restore))
		wait_or_note(restore, SYS_AWAIT_CARRIER, deadline_ms);
	if (restore->rehearsal_failures)
		put_addresses_and_routes(restore);
}

static int restore_open(
	struct restore *restore, const struct ds_network *wanted, struct ds_error *error)
{
	int64_t age_ms = sys_net_now_ms() - wanted->taken_ms;
	int code = sys_netlink_open(&restore->netlink, NETLINK_ROUTE, 0, error);

	restore->wanted = wanted;
	restore->age_s = age_ms > 0 ? age_ms / 1000 : 0;
	if (code == 0)
		code = sys_queue_open(&restore->queue, &restore->netlink, error);
	restore->queue.failed = note_failure;
	restore->queue.context = restore;
	restore->indexes = calloc(wanted->links.count + 1, sizeof(*restore->indexes));
	if (code == 0 && !restore->indexes)
		code = ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	return code ? code : sys_links_dump(&restore->netlink, &restore->links, error);
}

int sys_network_restore(
	const struct ds_network *wanted, int64_t deadline_ms, struct ds_error *error)
{
	struct restore restore __attribute__((cleanup(restore_done))) = {0};
	int code;

	if (wanted->links.count == 0)
		return 0;
	code = restore_open(&restore, wanted, error);
	if (code < 0)
		return code;
	restore_all(&restore, deadline_ms);
	return result(&restore, error);
}
