/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The login that we are in. */
#include "session.h"

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

/* Process 1 sends its signals and notes the state before it answers anybody. */
bool ds_sys_is_session_ending(void)
{
	static const char *const paths[] = {"/usr/bin/systemctl", "/bin/systemctl", NULL};
	cleanup_free char *groups = sys_text_read("/proc/self/cgroup");
	char scope[64], state[32] = "";
	char *const argv[] = {"systemctl", "show", "--property=ActiveState", scope, NULL};
	struct ds_error ignored;

	if (access("/run/systemd/system", F_OK) < 0 ||
		!sys_session_scope(groups, scope, sizeof(scope)))
		return false;
	return sys_spawn_reading(
		       paths, argv, sys_now_ms() + ASK_MS, state, sizeof(state), &ignored) == 0 &&
	       strcmp(state, "ActiveState=active") != 0 &&
	       strcmp(state, "ActiveState=activating") != 0;
}
