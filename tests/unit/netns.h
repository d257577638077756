/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_NETNS_H
#define TESTS_NETNS_H

/*
 * A network namespace of the test's own with two links, p0 and p1, and the round of every test in
 * it: look, break things, restore, look again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <net/if.h>

#include "../../src/sys/net.h"
#include "../../src/sys/network.h"
#include "drvswap/network.h"
#include "namespace.h"

#pragma GCC diagnostic ignored "-Wunused-function" /* not every test uses all */

static int make_links(void **state)
{
	(void)state;
	ip("link add p0 type veth peer name p0x");
	ip("link add p1 type veth peer name p1x");
	ip("link set p0x up");
	ip("link set p1x up");
	ip("link set p0 up");
	return 0;
}

static int delete_links(void **state)
{
	(void)state;
	ip("link del p0");
	ip("link del p1");
	return 0;
}

static bool is_named(const struct sys_link *link, const void *names)
{
	return ds_strings_has(names, link->link.name);
}

/* Until linkwatch has acted on a carrier, which takes it up to a second, or a busy machine longer.
 */
static void settle(const char *name)
{
	for (int i = 0; i < 3000; i++) {
		bool is_up = sys_net_sysfs_number(name, "flags", 0) & IFF_UP;
		bool has_carrier = is_up && sys_net_sysfs_number(name, "carrier", 0) == 1;
		char state[16] = "";

		sys_net_sysfs_text(name, "operstate", state, sizeof(state));
		/* "unknown": nobody tells, as of lo. */
		if (!has_carrier || strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0)
			return;
		usleep(10 * 1000);
	}
}

/*
 * The kernel's own addresses come in their own time: what show() says when it has stayed the same,
 * or when it is what is wanted. After half a minute it is what it is.
 */
static char *shown(char *(*show)(const void *), const void *subject, const char *wanted)
{
	char *text = show(subject), *earlier = NULL;

	for (int i = 0; i < 100; i++) {
		const char *like = wanted ? wanted : earlier;

		if (like && strcmp(text, like) == 0)
			break;
		usleep(300 * 1000);
		free(earlier);
		earlier = text;
		text = show(subject);
	}
	free(earlier);
	return text;
}

static struct ds_network look_at(const char *first, const char *second)
{
	ds_strings names = {0};
	const struct sys_link_filter filter = {is_named, NULL, &names, NULL};
	struct ds_network network = {0};
	struct ds_error error = {0};

	assert_int_equal(ds_strings_add(&names, first), 0);
	if (second)
		assert_int_equal(ds_strings_add(&names, second), 0);
	settle(first);
	if (second)
		settle(second);
	if (sys_net_look(&filter, &network, &error) != 0)
		fail_msg("%s", error.text);
	ds_strings_done(&names);
	return network;
}

static void restore(const struct ds_network *network)
{
	struct ds_error error = {0};

	if (sys_network_restore(network, sys_net_now_ms() + 5000, NULL, &error) != 0 ||
		sys_network_settings(network, NULL, &error) != 0)
		fail_msg("%s", error.text);
}

static void print_route(const char *what, const struct ds_route *route)
{
	char *text = ds_route_text(route);

	print_error("%s: %s\n", what, text);
	free(text);
}

static void print_address(const char *what, const struct ds_address *address)
{
	char *text = ds_address_text(address);

	print_error("%s: %s\n", what, text);
	free(text);
}

static size_t routes_missing(const struct ds_network *in, const struct ds_network *of)
{
	size_t missing = 0;

	for (size_t i = 0; i < of->routes.count; i++) {
		/* What the kernel makes by itself comes in its own time. */
		bool is_there = !ds_route_is_ours(&of->routes.items[i]);

		for (size_t j = 0; j < in->routes.count; j++)
			is_there |= ds_route_same(&of->routes.items[i], &in->routes.items[j]);
		if (!is_there)
			print_route("missing", &of->routes.items[i]);
		missing += !is_there;
	}
	return missing;
}

static size_t addresses_missing(const struct ds_network *in, const struct ds_network *of)
{
	size_t missing = 0;

	for (size_t i = 0; i < of->addresses.count; i++) {
		bool is_there = !ds_address_is_ours(&of->addresses.items[i]);

		for (size_t j = 0; j < in->addresses.count; j++)
			is_there |=
				ds_address_same(&of->addresses.items[i], &in->addresses.items[j]);
		if (!is_there)
			print_address("missing", &of->addresses.items[i]);
		missing += !is_there;
	}
	return missing;
}

static const char *link_text(const struct ds_link *link)
{
	return json_object_to_json_string(ds_record_to_json(&ds_link_record, link));
}

static void assert_same(const struct ds_network *a, const struct ds_network *b)
{
	assert_int_equal(addresses_missing(b, a), 0);
	assert_int_equal(addresses_missing(a, b), 0);
	assert_int_equal(routes_missing(b, a), 0);
	assert_int_equal(routes_missing(a, b), 0);
	assert_int_equal(a->links.count, b->links.count);
	for (size_t i = 0; i < a->links.count; i++) {
		struct ds_link *left = &a->links.items[i];
		struct ds_link *right = (void *)(uintptr_t)ds_link_find(b, left->name);

		assert_non_null(right);

		left->ifindex = right->ifindex = 0;
		left->is_mac_set = right->is_mac_set = false; /* a veth's own is random */
		if (!ds_record_equal(&ds_link_record, left, right))
			fail_msg("%s\n%s", link_text(left), link_text(right));
	}
}

/* The round of every test: what stands now comes back after breaking, and once more changes
 * nothing. */
static void assert_comes_back(void (*destroy)(void))
{
	struct ds_network before = look_at("p0", "p1"), after, again;

	destroy();
	restore(&before);
	after = look_at("p0", "p1");
	assert_same(&before, &after);
	restore(&before);
	again = look_at("p0", "p1");
	assert_same(&before, &again);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
	ds_record_done(&ds_network_record, &again);
}

/* The kernel takes addresses, routes and all with it: the nearest to an unloaded driver. */
static void recreate(void)
{
	ip("link del p0");
	ip("link del p1");
	ip("link add p1 type veth peer name p1x");
	ip("link add p0 type veth peer name p0x");
	ip("link set p0x up");
	ip("link set p1x up");
}

static void lose_one(void)
{
	ip("link del p0");
	ip("link add p0 type veth peer name p0x");
	ip("link set p0x up");
}

#define ROUND(test) cmocka_unit_test_setup_teardown(test, make_links, delete_links)

#endif
