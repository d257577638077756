/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_UNDER_WAY_H
#define CLI_UNDER_WAY_H

/* A swap that another process is at, as its journal tells it. */

#include "drvswap/door.h"
#include "drvswap/journal.h"

struct under_way {
	char *id, *module;
	int64_t step, steps; /* counted from 1; 0: the first has not begun */
	char *text;          /* the step in words, or its undo */
	bool is_undo, is_waiting, is_stuck;
	int64_t since_ms; /* since it began */
	char *owner;      /* who is at work; NULL: nobody, what stands here was interrupted */
};
extern const struct ds_record under_way_record;

/* 0 with no id: no journal. -EBADMSG, -EPROTO: as ds_journal_parse(). Names the owner in any case.
 */
int under_way_read(struct ds_door *door, struct under_way *ret_under_way, struct ds_error *error);

/*
 * Shows the steps of the swap that is under way as they come, until it has ended, and reports its
 * end; *ret_code is its exit code. -ENOENT: there is none.
 */
int under_way_follow(struct ds_door *door, const struct ds_request *request, int *ret_code,
	struct ds_error *error);

#endif
