/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_WATCH_RECORD_H
#define SYS_WATCH_RECORD_H

#include "drvswap/record.h"

/*
 * A record from one process to another, through a pipe, line by line: neither has its text as a
 * whole, which is long where there are many routes.
 */

/* 0, or -1 where not all could be written. */
int sys_record_tell(const struct ds_record *record, const void *object, int fd);

/*
 * Into *ret_object, which must be empty, and is so again after an error. -ENODATA: the other side
 * ended before its end; no words. Reads to the end, does not close fd.
 */
int sys_record_hear(
	const struct ds_record *record, int fd, void *ret_object, struct ds_error *error);

#endif
