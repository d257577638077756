/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After the outage: until the kernel has acted on carrier and addresses. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net_announce.h"
#include "net_restore.h"
#include "network.h"

#define IPV6_CONF "net/ipv6/conf/"

/*
 * Addresses of IPv6 that had been in use come back with IFA_F_NODAD, or they would be deaf for two
 * seconds. The flag stays to be seen, and whoever had not set it gets the address back without;
 * but not before the kernel's worker has read it (net/ipv6/addrconf.c, addrconf_dad_begin(), 6.1),
 * which is done when the address is no longer tentative.
 */
struct ready {
	const struct ds_network *wanted;
	struct sys_netlink netlink;
	struct sys_links links;
	size_t tentative;
	struct {
		struct ds_address *items;
		size_t count;
	} marked;
};

static void forget_marked(struct ready *ready)
{
	for (size_t i = 0; i < ready->marked.count; i++)
		ds_record_done(&ds_address_record, &ready->marked.items[i]);
	ready->marked.count = 0;
	ready->tentative = 0;
}

static void ready_done(struct ready *ready)
{
	forget_marked(ready);
	free(ready->marked.items);
	sys_links_done(&ready->links);
	sys_netlink_close(&ready->netlink);
}

static bool was_unmarked(const struct ds_network *wanted, const struct ds_address *now)
{
	for (size_t i = 0; i < wanted->addresses.count; i++) {
		const struct ds_address *was = &wanted->addresses.items[i];

		if (ds_address_same(was, now))
			return !(was->flags & IFA_F_NODAD);
	}
	return false;
}

static int visit_address(const struct nlmsghdr *message, void *context)
{
	struct ready *ready = context;
	struct ds_address address = {0}, *place = NULL;
	int code = sys_address_decode(message, &ready->links, &address);

	if (code < 0)
		return code == -ENOMEM ? code : 0;
	if (address.flags & IFA_F_NODAD && was_unmarked(ready->wanted, &address)) {
		if (address.flags & IFA_F_TENTATIVE)
			ready->tentative++;
		else if (!(place = ds_list_add(&ready->marked)))
			code = -ENOMEM;
	}
	if (place)
		*place = address;
	else
		ds_record_done(&ds_address_record, &address);
	return code;
}

static void restart_addresses(void *context)
{
	forget_marked(context);
}

static int read_marked(struct ready *ready, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit_address, restart_addresses, ready};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETADDR, 0);
	struct ifaddrmsg *header = sys_message_extra(&request, sizeof(*header));

	forget_marked(ready);
	header->ifa_family = AF_INET6;
	return sys_netlink_dump(
		&ready->netlink, request.header, &visitor, "read the addresses", error);
}

/* A mark that stays is no harm: no failure of a swap. */
static void unmark(struct ready *ready, const struct ds_address *address)
{
	const struct sys_link *link = sys_links_by_name(&ready->links, address->link);
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), RTM_NEWADDR, NLM_F_REPLACE);
	struct ds_error ignored;

	if (link &&
		sys_address_encode(&request, address, (uint32_t)link->link.ifindex, 0, false) == 0)
		sys_netlink_ask(&ready->netlink, request.header, NULL, "", &ignored);
}

static int ignore_message(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

/*
 * Each change of an address is announced: then, and not before, another look is worth it. An
 * address that its owner deletes between look and request would come back, for the kernel has no
 * request that only changes (inet6_rtm_newaddr(), 6.1); so the one follows the other at once.
 */
static void unmark_all(struct ready *ready, struct sys_netlink *monitor, int64_t deadline_ms)
{
	const struct sys_visitor visitor = {.visit = ignore_message};
	struct ds_error ignored;

	while (read_marked(ready, &ignored) == 0) {
		struct pollfd poll_fd = {.fd = sys_netlink_fd(monitor), .events = POLLIN};
		int64_t left_ms = deadline_ms - sys_net_now_ms();

		for (size_t i = 0; i < ready->marked.count; i++)
			unmark(ready, &ready->marked.items[i]);
		if (ready->tentative == 0 || left_ms <= 0)
			break;
		if (poll(&poll_fd, 1, (int)left_ms) < 0 && errno != EINTR)
			break;
		sys_netlink_news(monitor, &visitor);
	}
}

/* The kernel's worker needs the lock that our requests hold in turn, and little else. */
#define UNMARK_MS 1000

/* A bond looks at its ports ten times a second, and a bridge hears of them with the others. */
#define ABOVE_MS 2000

/* Whether what is above us comes back is not told here: its gateways will be asked. */
static void announce_above(struct ready *ready)
{
	ds_strings above = {0};
	struct sys_wait wait = {ready->wanted, SYS_AWAIT_PORT, sys_net_now_ms() + ABOVE_MS, &above};
	struct ds_error ignored;

	for (size_t i = 0; i < ready->wanted->gateways_above.count; i++) {
		const char *name = ready->wanted->gateways_above.items[i].link;

		if (!ds_strings_has(&above, name) && ds_strings_add(&above, name) < 0)
			break;
	}
	sys_net_wait(&ready->netlink, &ready->links, &wait, &ignored);
	ds_strings_done(&above);
	for (size_t i = 0; i < ready->wanted->links.count; i++) {
		struct sys_link *link =
			sys_links_match(&ready->links, &ready->wanted->links.items[i]);

		if (link)
			link->is_ours = true;
	}
	if (sys_links_mark_above(&ready->links))
		sys_announce_above(&ready->netlink, &ready->links, ready->wanted);
}

/* A port forwards again when its link is ready, and cannot be told not to before. */
static bool is_closed_port(const struct ds_setting *setting)
{
	return setting->kind == DS_SETTING_PORT && ds_string_equal(setting->key, "state") &&
	       strtol(setting->value, NULL, 10) != BR_STATE_FORWARDING;
}

/* The MTU of IPv6 is that of its link again (net/ipv6/addrconf.c, addrconf_notify(), 6.1). */
static bool is_own_mtu(const struct ds_network *wanted, const struct ds_setting *setting)
{
	const struct ds_setting_line like = {.name = "mtu", .name_bytes = strlen("mtu")};
	const struct ds_link *link = setting->link ? ds_link_find(wanted, setting->link) : NULL;
	struct ds_setting_line line;

	return link && setting->kind == DS_SETTING_SYSCTL &&
	       strncmp(setting->key, IPV6_CONF, strlen(IPV6_CONF)) == 0 &&
	       ds_setting_line_find(setting->value, &like, &line) &&
	       strtol(line.value, NULL, 10) != link->mtu;
}

/* Something that the kernel undoes when it acts on the carrier, which may be after it was set. */
static bool is_undone_by_carrier(const struct ds_network *wanted)
{
	for (size_t i = 0; i < wanted->settings.items.count; i++) {
		const struct ds_setting *setting = &wanted->settings.items.items[i];

		if (is_closed_port(setting) || is_own_mtu(wanted, setting))
			return true;
	}
	return false;
}

int sys_net_ready(const struct ds_network *wanted, int64_t deadline_ms, struct ds_error *error)
{
	const struct sys_wait wait = {wanted, SYS_AWAIT_READY, deadline_ms, NULL};
	struct ready ready __attribute__((cleanup(ready_done))) = {.wanted = wanted};
	struct sys_netlink monitor __attribute__((cleanup(sys_netlink_close))) = {0};
	int code;

	if (wanted->links.count == 0)
		return 0;
	code = sys_netlink_open(&ready.netlink, NETLINK_ROUTE, 0, error);
	if (code == 0)
		code = sys_netlink_open(&monitor, NETLINK_ROUTE, RTMGRP_IPV6_IFADDR, error);
	if (code == 0)
		code = sys_links_dump(&ready.netlink, &ready.links, error);
	if (code == 0)
		code = sys_net_wait(&ready.netlink, &ready.links, &wait, error);
	if (code == 0)
		announce_above(&ready);
	if (code == 0)
		unmark_all(&ready, &monitor, sys_net_now_ms() + UNMARK_MS);
	if (code == 0 && is_undone_by_carrier(wanted))
		code = sys_net_settings(wanted, NULL, error);
	return code;
}
