/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_WORKER_H
#define CLI_WORKER_H

/*
 * The process that does the work lives in a session of its own: neither a lost terminal nor the
 * death of its caller reaches it. It tells what happens over a pipe, one JSON object a line; who
 * no longer listens misses the news and nothing else.
 */

#include "drvswap/txn.h"
#include "report.h"

/* The state of the host after worker_run() failed with code. */
enum ds_outcome_kind worker_failure(int code);

/*
 * Runs work in the worker, shows its events as they come, and fills in its report. -ECHILD: there
 * was no worker; -EINTR: it goes on without us; all else: nobody knows how far it came.
 */
int worker_run(const struct ds_request *request,
	void (*work)(const struct ds_request *, struct ds_watcher *, struct report *),
	struct report *ret_report, struct ds_error *error);

#endif
