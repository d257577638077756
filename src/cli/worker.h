/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_WORKER_H
#define CLI_WORKER_H

/* The process that does the work, and tells of it. */

#include <sys/types.h>

#include "drvswap/txn.h"
#include "report.h"

/* How the worker before this one came to its end. */
struct worker_death {
	pid_t pid;
	int status;     /* as waitpid() tells it */
	const char *id; /* of the transaction that it began; "": of none */
};

#define WORKER_ID_BYTES 64

/* What the work has of the process that it is done in. */
struct worker {
	struct ds_watcher *watcher;
	int lock; /* opened, for ds_sys_lock(); the guard's, who keeps it */
	/*
	 * WORKER_ID_BYTES, which whoever comes after it reads: the transaction that it begins. It
	 * is written before the journal is. Neither a number nor the clock would tell one that was
	 * begun before the last boot from its own.
	 */
	char *id;
	const struct worker_death *death; /* NULL: this is the first */
};

/* What is to be done: at first, and where the first did not come to its end. */
struct work {
	void (*run)(const struct ds_request *, const struct worker *, struct report *);
	void (*recover)(const struct ds_request *, const struct worker *, struct report *);
};

/* Where it is done. */
struct place {
	const struct ds_request *request;
	const struct work *work;
	int news;                       /* the pipe to the caller */
	int lock;                       /* as in struct worker */
	char *id;                       /* the same, and shared by all these processes */
	bool is_attached;               /* stays in the caller's session and service */
	struct ds_finding not_detached; /* no name: it is */
};

/* In a process of its own, to the end; death: of the one that this one comes after. Its exit code,
 * 0 whatever the report tells. */
int worker_be(const struct place *place, const struct worker_death *death);

#endif
