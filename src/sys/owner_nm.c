/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NetworkManager: its files say which profile a device has, nmcli(1) how far it is with it. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "owner.h"
#include "spawn.h"
#include "sys.h"

#define DEVICE_FILE SYS_NM_DEVICES "/%u"
#define DONE        "100 "
#define LOOK_MS     10000

static const char *const nmcli[] = {"/usr/bin/nmcli", "/bin/nmcli", NULL};

static bool read_profile(unsigned int ifindex, char *ret_uuid, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), DEVICE_FILE, ifindex);
	return sys_owner_file_has(path, "connection-uuid=", ret_uuid, size);
}

/*
 * "100 (connected)", "70 (connecting (getting IP configuration))", "100 (connected (externally))".
 * Behind it, on a line of its own, stands what a DHCP server has said.
 */
static bool read_state(char *link, int64_t deadline_ms, char *ret_state, size_t size)
{
	char *argv[] = {(char *)"nmcli", (char *)"-g", (char *)"GENERAL.STATE,DHCP4.OPTION",
		(char *)"device", (char *)"show", link, NULL};
	struct ds_error ignored;

	return sys_spawn_reading(nmcli, argv, deadline_ms, ret_state, size, &ignored) == 0;
}

static bool is_connected(const char *state)
{
	return strncmp(state, DONE, strlen(DONE)) == 0;
}

static bool is_external(const char *state)
{
	const char *word = strstr(state, "externally");

	return word && word < state + strcspn(state, "\n");
}

static bool has_lease(const char *state)
{
	const char *rest = state + strcspn(state, "\n");

	return rest[strspn(rest, "\n")] != '\0';
}

/*
 * What somebody else has configured gets a profile as well, made up for as long as the device is
 * there ("externally"): it is nobody's to wait for. Files stay where the program has ended.
 */
bool sys_nm_owns(char *link, unsigned int ifindex, char *ret_profile, size_t size)
{
	char state[128];

	return read_profile(ifindex, ret_profile, size) &&
	       read_state(link, sys_now_ms() + LOOK_MS, state, sizeof(state)) &&
	       is_connected(state) && !is_external(state);
}

bool sys_nm_has_lease(char *link)
{
	char state[128];

	return read_state(link, sys_now_ms() + LOOK_MS, state, sizeof(state)) && has_lease(state);
}

/* Where a router advertises, too, it is "connected" before a DHCP server has answered. */
bool sys_nm_is_done(const struct ds_owned *owned, int64_t deadline_ms)
{
	char state[128], profile[64];

	return read_state(owned->link, deadline_ms, state, sizeof(state)) && is_connected(state) &&
	       (!owned->has_lease || has_lease(state)) &&
	       read_profile(if_nametoindex(owned->link), profile, sizeof(profile)) &&
	       (!owned->profile || strcmp(profile, owned->profile) == 0);
}

/*
 * A device that it finds configured already it takes for somebody else's, and leaves alone: no
 * lease would be renewed. It is asked for the profile that the link had; what that takes away for
 * a moment is filled in meanwhile.
 */
int sys_nm_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error)
{
	char *argv[] = {(char *)"nmcli", (char *)"--wait", (char *)"0", (char *)"connection",
		(char *)"up", (char *)"uuid", owned->profile, (char *)"ifname", owned->link, NULL};
	char state[128];

	if (!owned->profile || !read_state(owned->link, deadline_ms, state, sizeof(state)) ||
		!is_external(state))
		return 0;
	return sys_spawn(nmcli, argv, deadline_ms, error);
}

int sys_nm_monitor(pid_t *ret_pid, struct ds_error *error)
{
	char *argv[] = {(char *)"nmcli", (char *)"monitor", NULL};

	return sys_spawn_following(nmcli, argv, ret_pid, error);
}
