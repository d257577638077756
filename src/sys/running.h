/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_RUNNING_H
#define SYS_RUNNING_H

/* What /sys/module says of a module that runs. No libkmod, no context: usable at any moment. */

#include "drvswap/module.h"

/* ABSENT, COMING, LIVE or GOING; built-in ones, which have no initstate, count as absent. */
enum ds_module_state sys_running_state(const char *module);

/*
 * Does the kernel never unload it? text is that of /proc/modules: "name size refcnt users state
 * address", where a module with an init but no exit function has "[permanent]" among the users.
 */
bool sys_running_is_permanent(const char *text, const char *module);

/* Empty members where the kernel does not tell. 0 or -ENOMEM. */
int sys_running_identity(
	const char *module, struct ds_identity *ret_identity, struct ds_error *error);

#endif
