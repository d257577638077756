/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_WATCH_H
#define SYS_WATCH_H

#include "sys.h"

/*
 * A call into the kernel that may never come back: an init that sleeps, an exit that waits for a
 * reference, a lock that a driver keeps. It is made by a child, for no signal ends it.
 */
struct sys_call {
	/* In the child. Where it succeeds, *ret_object, empty before, reaches the caller. */
	int (*make)(const void *subject, void *ret_object, struct ds_error *error);
	const void *subject;
	const struct ds_record *record; /* of *ret_object; NULL: it tells nothing */
	const char *what;               /* "unload vmxnet3" */
	const char *module; /* whose state tells what became of a child that died; NULL: none */
	bool begins_log;    /* sys->kmsg is to begin with it */
	bool may_break;     /* what can be broken off is, by SIGKILL, at the deadline */
};

/*
 * Makes the call and waits for it until the deadline and a little more. -EINPROGRESS: it has not
 * come back; sys->stuck is then set, and the error has the kernel's own words and what the call
 * waits in. -ENOTRECOVERABLE: the child died in the kernel and the module is neither in nor out.
 * -ETIME: it was broken off at the deadline; what it had done stays done.
 * Else what make() returned. *ret_object is call->record's, must be empty, and stays so after an
 * error.
 */
int sys_watch(struct sys *sys, const struct sys_call *call, int64_t deadline_ms, void *ret_object,
	struct ds_error *error);

/* The door's settle(). */
int sys_settle(struct ds_door *door, struct ds_error *error);

#endif
