/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ifupdown: no process of its own; what it started for a link is there to see. */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "owner.h"
#include "sockets.h"
#include "spawn.h"
#include "sys.h"

#define CLIENT_PORT_IPV6 546

enum { IPV4, IPV6, CLIENTS };
static const char *const pid_files[CLIENTS] = {"/run/dhclient", "/run/dhclient6"};

static const char *const ifup[] = {"/usr/sbin/ifup", "/sbin/ifup", NULL};
static const char *const udevadm[] = {"/usr/bin/udevadm", "/bin/udevadm", "/sbin/udevadm", NULL};

bool sys_ifupdown_has(const char *link)
{
	char key[IFNAMSIZ + 1], text[64];

	snprintf(key, sizeof(key), "%.15s=", link);
	return sys_owner_file_has(SYS_IFUPDOWN_STATE, key, text, sizeof(text));
}

/* The DHCP client that was started for the link, and no other program by its number; 0: none. */
static pid_t client_of(const char *link, int which)
{
	char path[64], target[256], text[32];
	ssize_t got;
	long pid;

	snprintf(path, sizeof(path), "%s.%s.pid", pid_files[which], link);
	if (!sys_owner_file_has(path, "", text, sizeof(text)))
		return 0;
	pid = strtol(text, NULL, 10);
	if (pid <= 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
	got = readlink(path, target, sizeof(target) - 1);
	if (got <= 0)
		return 0;
	target[got] = '\0';
	return strstr(target, "/dhclient") ? (pid_t)pid : 0;
}

bool sys_ifupdown_has_lease(const char *link)
{
	return client_of(link, IPV4) || client_of(link, IPV6);
}

/* Somebody listens on the link as it is now: sockets of one that is gone have the index -1. */
static bool has_packet_socket(unsigned int ifindex)
{
	FILE *file = fopen("/proc/net/packet", "re");
	char line[256];
	bool is_found = false;
	unsigned int at;

	while (file && !is_found && fgets(line, sizeof(line), file))
		is_found = sscanf(line, "%*s %*s %*s %*s %u", &at) == 1 && at == ifindex;
	if (file)
		fclose(file);
	return is_found;
}

/* Of DHCPv6 it is one of UDP, bound to the link's own address, and with that to its index. */
struct listener {
	unsigned int ifindex;
	bool is_found;
};

static int visit_socket(const struct sys_socket *socket, void *context)
{
	struct listener *listener = context;

	listener->is_found |= socket->family == AF_INET6 && socket->protocol == IPPROTO_UDP &&
			      socket->port == CLIENT_PORT_IPV6 && socket->inode &&
			      socket->ifindex == listener->ifindex;
	return 0;
}

/* A kernel that does not tell of them leaves us to believe it. */
static int untold_sockets(const char *protocol, unsigned int count, void *context)
{
	struct listener *listener = context;

	(void)count;
	listener->is_found |= strcmp(protocol, "UDP") == 0;
	return 0;
}

static bool is_listening(unsigned int ifindex, int which)
{
	struct listener listener = {.ifindex = ifindex};
	const struct sys_socket_visitor visitor = {visit_socket, untold_sockets, &listener};

	if (which == IPV4)
		return has_packet_socket(ifindex);
	sys_sockets_each(&visitor);
	return listener.is_found;
}

/* Each that runs, and one does. */
static bool has_live_client(const struct ds_owned *owned)
{
	unsigned int ifindex = if_nametoindex(owned->link);
	bool is_one = false;

	for (int which = 0; which < CLIENTS; which++) {
		if (!client_of(owned->link, which))
			continue;
		if (!is_listening(ifindex, which))
			return false;
		is_one = true;
	}
	return is_one;
}

bool sys_ifupdown_is_done(const struct ds_owned *owned)
{
	return sys_ifupdown_has(owned->link) && (!owned->has_lease || has_live_client(owned));
}

/* It would neither answer nor let another one begin. It gives nothing back to the server. */
static int end_client(pid_t pid, int64_t deadline_ms, struct ds_error *error)
{
	cleanup_close int fd = pid > 0 ? pidfd_open(pid, 0) : -1;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int64_t left_ms = deadline_ms - sys_now_ms();

	if (fd < 0 || pidfd_send_signal(fd, SIGTERM, NULL, 0) < 0)
		return 0;
	if (poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0) == 1)
		return 0;
	return ds_error_set(error, -ETIMEDOUT, "dhclient, process %d, does not end", (int)pid);
}

/*
 * udev has its say first (allow-hotplug: it takes the link down, and up again in a service). ifup
 * does nothing where the link is up by its books, and waits for another one that is at work on it.
 * It comes back when dhclient has a lease.
 */
int sys_ifupdown_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error)
{
	char *settle[] = {(char *)"udevadm", (char *)"settle", NULL};
	char *up[] = {(char *)"ifup", owned->link, NULL};
	char *again[] = {(char *)"ifup", (char *)"--force", owned->link, NULL};
	struct ds_error ignored;
	int r;

	sys_spawn(udevadm, settle, deadline_ms, &ignored);
	if (!owned->has_lease && sys_ifupdown_has(owned->link))
		return 0;
	r = sys_spawn(ifup, up, deadline_ms, error);
	if (r < 0 || !owned->has_lease || has_live_client(owned))
		return r;
	for (int which = 0; r == 0 && which < CLIENTS; which++)
		r = end_client(client_of(owned->link, which), deadline_ms, error);
	return r < 0 ? r : sys_spawn(ifup, again, deadline_ms, error);
}
