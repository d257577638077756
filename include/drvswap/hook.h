/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_HOOK_H
#define DRVSWAP_HOOK_H

/*
 * Programs of the administrator that a swap runs around its outage: drain a load balancer before,
 * let the traffic come back after. They are steps of the plan like all others.
 */

#include "drvswap/record.h"

enum ds_hook_when {
	DS_HOOK_PRE,      /* before the outage; one that fails stops the swap, nothing changed */
	DS_HOOK_POST,     /* when all the rest is done; one that fails undoes the swap */
	DS_HOOK_ROLLBACK, /* last, when a swap was undone whose hooks had begun */
	DS_HOOK_WHEN_COUNT
};
extern const char *const ds_hook_when_names[];

struct ds_hook {
	int when;      /* enum ds_hook_when */
	char *path;    /* absolute */
	bool is_off;   /* not executable: the administrator switched it off */
	char *trouble; /* why it is not run: others could have made it what it is; NULL: none */
};
extern const struct ds_record ds_hook_record;

/* Neither off nor in trouble. */
bool ds_hook_is_run(const struct ds_hook *hook);

#endif
