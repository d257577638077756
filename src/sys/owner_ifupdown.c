/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ifupdown: no process of its own; what it started for a link is there to see. */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "owner.h"
#include "spawn.h"
#include "sys.h"

#define PID_FILE "/run/dhclient.%s.pid"

static const char *const ifup[] = {"/usr/sbin/ifup", "/sbin/ifup", NULL};
static const char *const udevadm[] = {"/usr/bin/udevadm", "/bin/udevadm", "/sbin/udevadm", NULL};

bool sys_ifupdown_has(const char *link)
{
	char key[IFNAMSIZ + 1], text[64];

	snprintf(key, sizeof(key), "%.15s=", link);
	return sys_owner_file_has(SYS_IFUPDOWN_STATE, key, text, sizeof(text));
}

/* The DHCP client that was started for the link, and no other program by its number; 0: none. */
static pid_t client_of(const char *link)
{
	char path[64], target[256], text[32];
	ssize_t got;
	long pid;

	snprintf(path, sizeof(path), PID_FILE, link);
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
	return client_of(link) != 0;
}

/* Somebody listens on the link as it is now: sockets of one that is gone have the index -1. */
static bool is_listened_to(unsigned int ifindex)
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

static bool has_live_client(const struct ds_owned *owned)
{
	return client_of(owned->link) && is_listened_to(if_nametoindex(owned->link));
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
	r = end_client(client_of(owned->link), deadline_ms, error);
	return r < 0 ? r : sys_spawn(ifup, again, deadline_ms, error);
}
