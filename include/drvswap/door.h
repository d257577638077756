/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_DOOR_H
#define DRVSWAP_DOOR_H

/*
 * The only door between the pure core and a host. src/sys opens it on the real one, tests/fake on
 * one in memory.
 */

#include "drvswap/host.h"
#include "drvswap/plan.h"
#include "drvswap/request.h"

/* The two texts that outlive a process: lines are added, synced, and read back whole. */
enum ds_log {
	DS_LOG_JOURNAL, /* the swap under way; empty when there is none */
	DS_LOG_HISTORY, /* what became of past ones */
	DS_LOG_COUNT
};

struct ds_door {
	/*
	 * Takes a snapshot for the request. Reads only; what cannot be read is named in
	 * ret_host->unseen, so this fails on lack of memory and little else. The candidate and
	 * the rollback file stay in memory afterwards: what was checked is what is inserted.
	 */
	int (*look)(struct ds_door *door, const struct ds_request *request,
		struct ds_host *ret_host, struct ds_error *error);

	/*
	 * Makes one operation true. before is the snapshot that the plan was made from, deadline_ms
	 * is on the clock of now_ms. On failure the host is as before or partly changed: the undo
	 * must cope with both.
	 */
	int (*apply)(struct ds_door *door, const struct ds_op *op, const struct ds_host *before,
		int64_t deadline_ms, struct ds_error *error);

	/* Adds a line (no newline in it) and syncs it; a NULL line empties the log. */
	int (*record)(
		struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error);

	/* The whole log, allocated, "" where there is none. */
	int (*recall)(
		struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error);

	int64_t (*now_ms)(struct ds_door *door);      /* CLOCK_BOOTTIME */
	int64_t (*wall_time_s)(struct ds_door *door); /* since 1970, for the history */
};

#endif
