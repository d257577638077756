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

/* What somebody may say to a swap that is under way, from another process. */
enum ds_word_kind {
	DS_WORD_NONE, /* the time is over */
	DS_WORD_CONFIRM,
	DS_WORD_EXTEND, /* so many seconds from now */
	DS_WORD_ROLLBACK,
	DS_WORD_SHUTDOWN, /* the host itself is going down; no other process can say this */
	DS_WORD_KIND_COUNT
};
extern const char *const ds_word_kind_names[];

struct ds_word {
	int kind; /* enum ds_word_kind */
	int64_t seconds;
};
extern const struct ds_record ds_word_record;

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
	 * must cope with both. -EINPROGRESS: the kernel has not come back from a call that cannot
	 * be broken off, and settle() waits for it. -ENOTRECOVERABLE: it never will. -ETIME: it was
	 * too slow and was broken off; done again, it goes on from there.
	 */
	int (*apply)(struct ds_door *door, const struct ds_op *op, const struct ds_host *before,
		int64_t deadline_ms, struct ds_error *error);

	/*
	 * Waits, however long, for the call that the kernel had not come back from. 0: it has
	 * ended, nobody knows how. -ENOTRECOVERABLE: it never will. -ECANCELED: the host goes down.
	 */
	int (*settle)(struct ds_door *door, struct ds_error *error);

	/* Resets the machine without asking a driver. Returns only where that could not be done. */
	int (*reboot)(struct ds_door *door, const char *why, struct ds_error *error);

	/*
	 * Answers the questions in host->health: asks the gateways until they answer or the
	 * deadline has come, runs the commands, each for no longer than command_ms, and adds what
	 * the kernel complained of since the last insertion. The deadline ends the asking of
	 * gateways alone. Fails on lack of memory and little else: bad news is an answer.
	 */
	int (*probe)(struct ds_door *door, struct ds_host *host, int64_t deadline_ms,
		int64_t command_ms, struct ds_error *error);

	/* How far the caller's connection has come. -ENOENT: it has ended. */
	int (*traffic)(struct ds_door *door, const struct ds_caller *caller,
		struct ds_traffic *ret_traffic, struct ds_error *error);

	/* Adds a line, or more, and their last newline, and syncs them; NULL empties the log. */
	int (*record)(
		struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error);

	/* The whole log, allocated, "" where there is none. */
	int (*recall)(
		struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error);

	/*
	 * Waits for a word until the deadline. Words whose bit (1 << kind) is not in wanted are
	 * turned down while they are heard; a deadline in the past only looks. Fails where no other
	 * process can be heard; what this one is told as a signal is heard in any case.
	 */
	int (*listen)(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
		struct ds_word *ret_word, struct ds_error *error);

	int64_t (*now_ms)(struct ds_door *door);      /* CLOCK_BOOTTIME */
	int64_t (*wall_time_s)(struct ds_door *door); /* since 1970, for the history */
};

/* A code of apply() or settle() that says: the kernel is stuck. */
bool ds_is_stuck(int code);

#endif
