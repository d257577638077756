/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-networkd: its files say how far it is with a link. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "owner.h"
#include "spawn.h"

#define LINK_FILE  SYS_NETWORKD_LINKS "/%u"
#define LEASE_FILE "/run/systemd/netif/leases/%u"

static const char *const networkctl[] = {"/usr/bin/networkctl", "/bin/networkctl", NULL};

static bool is_in_state(unsigned int ifindex, const char *wanted)
{
	char path[64], state[32];

	snprintf(path, sizeof(path), LINK_FILE, ifindex);
	return sys_owner_file_has(path, "ADMIN_STATE=", state, sizeof(state)) &&
	       strcmp(state, wanted) == 0;
}

bool sys_networkd_is_done(unsigned int ifindex)
{
	return is_in_state(ifindex, "configured");
}

static bool is_on_link(struct in_addr address, const char *link)
{
	struct ifaddrs *all;
	bool is_found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *one = all; one && !is_found; one = one->ifa_next)
		is_found = one->ifa_addr && one->ifa_addr->sa_family == AF_INET &&
			   strcmp(one->ifa_name, link) == 0 &&
			   ((const struct sockaddr_in *)(const void *)one->ifa_addr)
					   ->sin_addr.s_addr == address.s_addr;
	freeifaddrs(all);
	return is_found;
}

/*
 * The file is of the client that runs on this very index: it has bound there. It is written before
 * the address is given, and where a router advertises, too, "configured" may have been said long
 * before either: one source of addresses is enough for that.
 */
bool sys_networkd_has_lease(const char *link)
{
	char path[64], text[INET_ADDRSTRLEN];
	struct in_addr address;

	snprintf(path, sizeof(path), LEASE_FILE, if_nametoindex(link));
	return sys_owner_file_has(path, "ADDRESS=", text, sizeof(text)) &&
	       inet_pton(AF_INET, text, &address) == 1 && is_on_link(address, link);
}

/*
 * It takes a port of a bond down to give it its master again, though it has it, and what lies on
 * the bond loses its carrier a second time. Where that comes back at once, 252 asks for a route
 * before the address that it needs, is refused, and leaves the link in the state "failed".
 */
int sys_networkd_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error)
{
	char *argv[] = {(char *)"networkctl", (char *)"reconfigure", owned->link, NULL};

	if (!is_in_state(if_nametoindex(owned->link), "failed"))
		return 0;
	return sys_spawn(networkctl, argv, deadline_ms, error);
}
