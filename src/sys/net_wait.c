/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for links and carrier, on the kernel's messages. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "net.h"
#include "network.h"

int64_t sys_net_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What a port lacks; NULL: nothing. */
static const char *port_lacks(
	const struct sys_links *links, const struct ds_link *wanted, enum sys_awaited awaited)
{
	const struct sys_link *link = sys_links_match(links, wanted);

	if (!link) /* what lies on a port is made when the ports are there */
		return wanted->is_upper ? NULL : "has not come back";
	if (!wanted->is_up || !wanted->has_carrier)
		return NULL;
	if (awaited >= SYS_AWAIT_CARRIER && !link->is_lower_up)
		return "has no carrier";
	if (awaited >= SYS_AWAIT_READY && !link->link.has_carrier)
		return "has carrier, but is not ready";
	return NULL;
}

/* Of a link that stays, by its name; what it lies on loses the carrier first, and gets it first. */
static bool is_above_ready(const struct sys_links *links, const char *name)
{
	const struct sys_link *link = sys_links_by_name(links, name);

	/* The ends of a pair of veth lie on each other. */
	for (size_t i = 0; link && link->is_lower_up && i < links->count; i++)
		link = sys_links_by_index(links, link->lower_index);
	return !link || link->is_lower_up;
}

static size_t count_above(const struct sys_wait *wait)
{
	return wait->above ? wait->above->count : 0;
}

static bool is_ready(const struct sys_links *links, const struct sys_wait *wait)
{
	for (size_t i = 0; i < wait->wanted->links.count; i++) {
		if (port_lacks(links, &wait->wanted->links.items[i], wait->awaited))
			return false;
	}
	for (size_t i = 0; i < count_above(wait); i++) {
		if (!is_above_ready(links, wait->above->items[i]))
			return false;
	}
	return true;
}

struct missing {
	char text[1024];
	size_t used;
};

static void add_missing(
	struct missing *missing, const char *name, const char *where, const char *lack)
{
	size_t left = sizeof(missing->text) - missing->used;
	int more = snprintf(missing->text + missing->used, left, "%s%s (%s) %s",
		missing->used ? ", " : "", name, where, lack);

	missing->used += more > 0 && (size_t)more < left ? (size_t)more : left - 1;
}

/* "wait for the network: eth0 (pci/0000:00:02.0) has no carrier, eth1 ..." */
static int tell_missing(
	const struct sys_links *links, const struct sys_wait *wait, struct ds_error *error)
{
	struct missing missing = {.used = 0};

	for (size_t i = 0; i < wait->wanted->links.count; i++) {
		const struct ds_link *link = &wait->wanted->links.items[i];
		const char *lack = port_lacks(links, link, wait->awaited);

		if (lack)
			add_missing(&missing, link->name, link->device ? link->device : "virtual",
				lack);
	}
	for (size_t i = 0; i < count_above(wait); i++) {
		const char *name = wait->above->items[i];

		if (!is_above_ready(links, name))
			add_missing(&missing, name, "above them", "has no carrier");
	}
	return ds_error_set(error, -ETIMEDOUT, "wait for the network: %s in time", missing.text);
}

static int visit_update(const struct nlmsghdr *message, void *context)
{
	return sys_links_update(context, message);
}

/* One round: sleep until a message comes, and take it in. */
static int wait_round(struct sys_netlink *netlink, struct sys_netlink *monitor,
	struct sys_links *links, int64_t left_ms, struct ds_error *error)
{
	const struct sys_visitor visitor = {.visit = visit_update, .context = links};
	struct pollfd poll_fd = {.fd = sys_netlink_fd(monitor), .events = POLLIN};
	int code = poll(&poll_fd, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);

	if (code < 0)
		return errno == EINTR ? 0 : sys_netlink_error(error, -errno, "poll", NULL);
	code = sys_netlink_news(monitor, &visitor);
	if (code == -ENOBUFS) /* messages were lost */
		return sys_links_dump(netlink, links, error);
	return code < 0 ? sys_netlink_error(error, code, "read link messages", NULL) : 0;
}

/*
 * Asked for one link, the kernel acts on its carrier at once, where it would else have a second's
 * time (net/core/rtnetlink.c, rtnl_getlink(), 6.8; before it, asking changes nothing). The answer
 * itself is not needed: a change is announced. A link that is gone by now is no error either.
 */
static void hasten(struct sys_netlink *netlink, uint32_t ifindex)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	struct ifinfomsg *header = sys_message_extra(&request, sizeof(*header));
	struct ds_error ignored;

	header->ifi_index = (int)ifindex;
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	sys_netlink_ask(netlink, request.header, NULL, "", &ignored);
}

static void hasten_all(
	struct sys_netlink *netlink, const struct sys_links *links, const struct sys_wait *wait)
{
	for (size_t i = 0; i < wait->wanted->links.count; i++) {
		const struct ds_link *wanted = &wait->wanted->links.items[i];
		const struct sys_link *link = sys_links_match(links, wanted);

		if (link && link->is_lower_up && port_lacks(links, wanted, wait->awaited))
			hasten(netlink, (uint32_t)link->link.ifindex);
	}
}

/* The dump comes after the subscription, so that nothing falls in between. */
static int wait_slowly(struct sys_netlink *netlink, struct sys_netlink *monitor,
	struct sys_links *links, const struct sys_wait *wait, struct ds_error *error)
{
	int code = sys_links_dump(netlink, links, error);

	while (code == 0 && !is_ready(links, wait)) {
		int64_t left_ms = wait->deadline_ms - sys_net_now_ms();

		if (left_ms <= 0) {
			code = sys_links_dump(netlink, links, error);
			return code || is_ready(links, wait) ? code
							     : tell_missing(links, wait, error);
		}
		hasten_all(netlink, links, wait);
		code = wait_round(netlink, monitor, links, left_ms, error);
	}
	return code;
}

int sys_net_wait(struct sys_netlink *netlink, struct sys_links *links, const struct sys_wait *wait,
	struct ds_error *error)
{
	struct sys_netlink monitor;
	int code;

	/* What stays may have been read while it had not lost its carrier yet. */
	if (count_above(wait) == 0 && is_ready(links, wait))
		return 0;
	code = sys_netlink_open(&monitor, NETLINK_ROUTE, RTMGRP_LINK, error);
	if (code < 0)
		return code;
	code = wait_slowly(netlink, &monitor, links, wait, error);
	sys_netlink_close(&monitor);
	return code;
}

int sys_network_wait(const struct ds_network *wanted, enum sys_awaited awaited, int64_t deadline_ms,
	struct ds_error *error)
{
	const struct sys_wait wait = {wanted, awaited, deadline_ms, NULL};
	struct sys_netlink netlink __attribute__((cleanup(sys_netlink_close))) = {0};
	struct sys_links links __attribute__((cleanup(sys_links_done))) = {0};
	int code;

	if (wanted->links.count == 0)
		return 0;
	code = sys_netlink_open(&netlink, NETLINK_ROUTE, 0, error);
	if (code == 0)
		code = sys_links_dump(&netlink, &links, error);
	return code ? code : sys_net_wait(&netlink, &links, &wait, error);
}
