/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

/* What the logs of the host are told of a swap, see drvswap(8), LOGS. */

#include "drvswap/txn.h"

/* A watcher that writes into the logs what it hears, and passes it on. */
struct events {
	struct ds_watcher watcher; /* first: a watcher is the events behind it */
	struct ds_watcher *next;
	const struct ds_begin *begin;
	bool is_trial_told, is_verified_told;
};

/* Logs that a swap begins. begin must live as long. */
void events_begin(struct events *events, const struct ds_begin *begin, struct ds_watcher *next);

/* Logs how a swap, or the recovery of one, has ended; nothing to do is not worth a line. */
void events_end(const struct ds_outcome *outcome);

/*
 * Logs that a kernel that came was given its driver, or none; text says which, and why. That it was
 * given one takes back what was said before of the same module and kernel.
 */
void events_persist(bool is_done, const char *module, const char *kernel, const char *text);

#endif
