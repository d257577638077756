/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the owners of the network, and filling what they take away, on events alone. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "message.h"
#include "net_restore.h"
#include "netlink.h"
#include "network.h"
#include "owner.h"
#include "sys.h"

#define QUIET_MS  400  /* nothing happens for so long: it is over */
#define STABLE_MS 5000 /* others may never be quiet: so long after the owners are done */

#define GROUPS                                                                                     \
	(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |               \
		RTMGRP_IPV6_ROUTE)

enum { FROM_KERNEL, FROM_FILES, FROM_NM, FROM_COUNT };

struct settling {
	const struct ds_network *wanted;
	struct ds_returned *returned;
	struct sys_netlink kernel;
	struct pollfd sources[FROM_COUNT];
	pid_t monitor;
	bool has_lost; /* something went since it was filled */
	int64_t deadline_ms;
};

/* networkd keeps its states here; ifupdown its own; files are replaced whole. */
static int watch_files(void)
{
	static const char *const directories[] = {"/run/systemd/netif/links",
		"/run/systemd/netif/leases", "/run/NetworkManager/devices", "/run/network"};
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	for (size_t i = 0; fd >= 0 && i < sizeof(directories) / sizeof(directories[0]); i++)
		inotify_add_watch(fd, directories[i], IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE);
	return fd;
}

static bool has_owner(const struct ds_network *network, enum ds_owner owner)
{
	for (size_t i = 0; i < network->owned.count; i++)
		if (network->owned.items[i].owner == (int)owner)
			return true;
	return false;
}

static int settling_open(struct settling *settling, struct ds_error *error)
{
	struct ds_error ignored;
	int r = sys_netlink_open(&settling->kernel, NETLINK_ROUTE, GROUPS, error);

	for (int i = 0; i < FROM_COUNT; i++)
		settling->sources[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	if (r < 0)
		return r;
	settling->sources[FROM_KERNEL].fd = sys_netlink_fd(&settling->kernel);
	settling->sources[FROM_FILES].fd = watch_files();
	/* Without it the others still tell of most. */
	if (has_owner(settling->wanted, DS_OWNER_NETWORKMANAGER))
		settling->sources[FROM_NM].fd = sys_nm_monitor(&settling->monitor, &ignored);
	return 0;
}

static void settling_close(struct settling *settling)
{
	sys_netlink_close(&settling->kernel);
	for (int i = FROM_FILES; i < FROM_COUNT; i++)
		if (settling->sources[i].fd >= 0)
			close(settling->sources[i].fd);
	if (settling->monitor > 0) {
		kill(settling->monitor, SIGKILL);
		while (waitpid(settling->monitor, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

/* A bridge tells of its ports on its own, also of what we have just made of them. */
static bool is_of_port(const struct nlmsghdr *message)
{
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));

	return header && header->ifi_family == AF_BRIDGE;
}

static int visit_message(const struct nlmsghdr *message, void *context)
{
	struct settling *settling = context;

	switch (message->nlmsg_type) {
	case RTM_DELADDR:
	case RTM_DELROUTE:
		settling->has_lost = true;
		break;
	case RTM_NEWLINK: /* it may be down */
		settling->has_lost |= !is_of_port(message);
		break;
	default:
		break;
	}
	return 0;
}

/* Which of them is not done; NULL: all are. */
static const struct ds_owned *not_done(const struct settling *settling)
{
	for (size_t i = 0; i < settling->wanted->owned.count; i++)
		if (!sys_owner_is_done(&settling->wanted->owned.items[i], settling->deadline_ms))
			return &settling->wanted->owned.items[i];
	return NULL;
}

/* false: nothing happened. */
static bool wait_event(struct settling *settling, int64_t wait_ms)
{
	const struct sys_visitor visitor = {.visit = visit_message, .context = settling};
	char buffer[4096];

	if (poll(settling->sources, FROM_COUNT, (int)wait_ms) <= 0)
		return false;
	if (settling->sources[FROM_KERNEL].revents &&
		sys_netlink_news(&settling->kernel, &visitor) < 0)
		settling->has_lost = true;
	for (int i = FROM_FILES; i < FROM_COUNT; i++)
		if (settling->sources[i].revents &&
			read(settling->sources[i].fd, buffer, sizeof(buffer)) == 0)
			settling->sources[i].fd = -1; /* its program has ended */
	return true;
}

static int fill(struct settling *settling, bool is_done, struct ds_error *error)
{
	settling->has_lost = false;
	return sys_network_fill(settling->wanted, is_done, settling->returned, error);
}

static int nudge_all(const struct settling *settling, struct ds_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < settling->wanted->owned.count; i++) {
		const struct ds_owned *owned = &settling->wanted->owned.items[i];

		if (!sys_owner_is_done(owned, settling->deadline_ms))
			r = sys_owner_nudge(owned, settling->deadline_ms, error);
	}
	return r;
}

static int tell_late(const struct ds_owned *owned, struct ds_error *error)
{
	return ds_error_set(error, -ETIMEDOUT, "%s has not configured %s%s in time",
		ds_owner_names[owned->owner], owned->link,
		owned->has_lease ? ", by DHCP as before," : "");
}

static int settle(struct settling *settling, struct ds_error *error)
{
	int64_t since_ms = 0;
	int r = 0;

	for (;;) {
		const struct ds_owned *late;
		int64_t now_ms, wait_ms;

		if (settling->has_lost)
			r = fill(settling, !not_done(settling), error);
		if (r == 0)
			r = nudge_all(settling, error);
		if (r < 0)
			return r;
		late = not_done(settling);
		now_ms = sys_now_ms();
		wait_ms = settling->deadline_ms - now_ms;
		if (!late && since_ms == 0)
			since_ms = now_ms;
		if (late)
			since_ms = 0;
		if (late && wait_ms <= 0)
			return tell_late(late, error);
		if (!wait_event(settling, late ? wait_ms : QUIET_MS) && !late)
			break;
		if (since_ms && sys_now_ms() - since_ms > STABLE_MS)
			break;
	}
	return fill(settling, true, error);
}

int sys_owners_settle(const struct ds_network *wanted, int64_t deadline_ms,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	struct settling settling = {.wanted = wanted,
		.returned = ret_returned,
		.deadline_ms = deadline_ms,
		.has_lost = true};
	int r;

	if (wanted->owned.count == 0)
		return 0;
	r = settling_open(&settling, error);
	if (r == 0)
		r = settle(&settling, error);
	settling_close(&settling);
	return r < 0 ? r : sys_net_settings(wanted, ret_returned, error);
}
