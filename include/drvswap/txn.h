/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_TXN_H
#define DRVSWAP_TXN_H

/*
 * The transaction: runs a plan through the door, a journal entry before and after each step,
 * and undoes it newest first when a step fails.
 */

#include "drvswap/door.h"
#include "drvswap/finding.h"
#include "drvswap/journal.h"
#include "drvswap/outcome.h"

enum ds_event_kind {
	DS_EVENT_STEP_BEGUN,
	DS_EVENT_STEP_DONE,
	DS_EVENT_STEP_FAILED,
	DS_EVENT_UNDO_BEGUN,
	DS_EVENT_UNDO_DONE,
	DS_EVENT_UNDO_FAILED,
	DS_EVENT_COMMITTED,
	DS_EVENT_WAITING, /* verified; a confirmation is awaited */
	DS_EVENT_KEY,     /* verified; a key at the terminal is awaited */
	DS_EVENT_ASKING,  /* what is shown of it travels over the connection that is to prove */
	DS_EVENT_FINDING, /* of the checks, before the first step */
	DS_EVENT_STUCK,   /* the kernel is; the outcome as it is now */
	DS_EVENT_NOTE,    /* something worth knowing, in text */
	/* The worker has died, in text how; what it had begun is finished or undone to the end. */
	DS_EVENT_RECOVERING,
	DS_EVENT_KIND_COUNT
};
extern const char *const ds_event_kind_names[];

/* Told to whoever watches; lives only during the call. */
struct ds_event {
	int kind;            /* enum ds_event_kind */
	int64_t step, steps; /* index from 0, and how many there are */
	int phase;           /* enum ds_phase */
	char *text;          /* the operation in words */
	bool is_slow;        /* takes minutes: people want to know that it has begun */
	int64_t took_ms;
	char *error; /* of the FAILED kinds */
	struct ds_finding finding;
	struct ds_outcome outcome; /* STUCK only */
};
extern const struct ds_record ds_event_record;

struct ds_watcher {
	void (*tell)(struct ds_watcher *watcher, const struct ds_event *event);
};

/*
 * Runs the plan to a commit or back. begin is what the journal starts with; watcher may be NULL.
 * The outcome is always filled in; the return value is 0 or the code of the error that is told in
 * ret_outcome->error. Appends the outcome to the history, and empties the journal unless the
 * outcome is DS_OUTCOME_INCOMPLETE.
 */
int ds_txn_run(struct ds_door *door, const struct ds_begin *begin, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error);

/* Who recovers, and how much of it. */
struct ds_recovery {
	const char *boot_id; /* of now; other than the journal's: what ran then is gone */
	/*
	 * Only files and indexes, which a boot needs early; what takes minutes or needs a network,
	 * the judgement and the history are left to another recovery. Nothing on the boot of the
	 * journal itself.
	 */
	bool is_files_only;
	const char *why; /* NULL, or how the process that began it came to its end */
};

/*
 * Finishes a commit that a crash interrupted, undoes everything else. An empty journal gives
 * DS_OUTCOME_NOTHING. A journal of another format is left alone: -EPROTO.
 */
int ds_txn_recover(struct ds_door *door, const struct ds_recovery *recovery,
	struct ds_watcher *watcher, struct ds_outcome *ret_outcome, struct ds_error *error);

#endif
