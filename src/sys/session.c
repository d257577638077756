/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The login that we are in. */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"
#include "file.h"
#include "spawn.h"
#include "sys.h"

#define ASK_MS 10000 /* process 1 answers when it has sent its signals */

bool sys_session_scope(const char *groups, char *ret_scope, size_t room)
{
	const char *name = groups ? strstr(groups, "/session-") : NULL;
	size_t length = name ? strcspn(++name, "/\n") : 0;

	if (length <= strlen(".scope") || strncmp(name + length - 6, ".scope", 6) != 0)
		return false;
	return snprintf(ret_scope, room, "%.*s", (int)length, name) < (int)room;
}

/* What it asks by may be hit by the very signals that it asks about: then once more. */
static int ask_state(const char *scope, char *ret_state, size_t room)
{
	static const char *const paths[] = {"/usr/bin/systemctl", "/bin/systemctl", NULL};
	char *const argv[] = {"systemctl", "show", "--property=ActiveState", (char *)scope, NULL};
	int64_t deadline_ms = sys_now_ms() + ASK_MS;
	struct ds_error ignored;
	int r = sys_spawn_reading(paths, argv, deadline_ms, ret_state, room, &ignored);

	return r == -EIO ? sys_spawn_reading(paths, argv, deadline_ms, ret_state, room, &ignored)
			 : r;
}

/* Process 1 sends its signals and notes the state before it answers anybody. */
bool ds_sys_is_session_ending(void)
{
	cleanup_free char *groups = sys_text_read("/proc/self/cgroup");
	char scope[64], state[32] = "";

	if (access("/run/systemd/system", F_OK) < 0 ||
		!sys_session_scope(groups, scope, sizeof(scope)))
		return false;
	return ask_state(scope, state, sizeof(state)) == 0 &&
	       strcmp(state, "ActiveState=active") != 0 &&
	       strcmp(state, "ActiveState=activating") != 0;
}
