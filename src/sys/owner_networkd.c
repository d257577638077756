/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-networkd: its files say how far it is with a link. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* The file is of the client that runs on this very index: it has bound there. */
bool sys_networkd_has_lease(unsigned int ifindex)
{
	char path[64];

	snprintf(path, sizeof(path), LEASE_FILE, ifindex);
	return access(path, F_OK) == 0;
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
