/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DETACHED_H
#define CLI_DETACHED_H

/*
 * The work of a swap is done by a process in a session of its own: neither a lost terminal nor the
 * death of its caller reaches it. It tells what happens over a pipe, one JSON object a line; who
 * no longer listens misses the news and nothing else.
 *
 * caller (detached.c) -> guard (guard.c) -> worker (worker.c)
 */

#include "worker.h"

/* The state of the host after detached_run() failed with code. */
enum ds_outcome_kind detached_failure(int code);

/*
 * Has the work done, shows its events as they come, and fills in its report. -ECHILD: nothing was
 * begun; -EINTR: it goes on without us; all else: nobody knows how far it came.
 */
int detached_run(const struct ds_request *request, const struct work *work,
	struct report *ret_report, struct ds_error *error);

#endif
