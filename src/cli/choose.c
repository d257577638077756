/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which module is meant where none was named. */

#include <errno.h>

#include "history.h"
#include "under_way.h"
#include "verb.h"

/* 1: the one that the journal is about. What cannot be read tells nothing. */
static int choose_under_way(struct ds_door *door, struct ds_request *request)
{
	struct under_way under_way = {0};
	struct ds_error ignored;
	int r = under_way_read(door, &under_way, &ignored);

	r = r == 0 && under_way.module ? ds_string_set(&request->module, under_way.module)
				       : -ENOENT;
	ds_record_done(&under_way_record, &under_way);
	return r == 0;
}

static int choose_newest(
	struct ds_request *request, const struct history *history, struct ds_error *error)
{
	const struct ds_outcome *newest =
		history->outcomes.count > 0 ? &history->outcomes.items[history->outcomes.count - 1]
					    : NULL;

	if (!newest) {
		ds_error_set(error, -EINVAL, "no module was named, and no swap was made yet");
		return ds_error_hint(
			error, "Name one: drvswap %s MODULE.", ds_verb_names[request->verb]);
	}
	return ds_string_set(&request->module, newest->module) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

int verb_choose_module(struct ds_door *door, struct ds_request *request, struct ds_error *error)
{
	struct history history = {0};
	int r = choose_under_way(door, request) ? 0 : history_read(door, NULL, &history, error);

	if (r == -EACCES)
		r = ds_error_set(error, -EINVAL,
			"no module was named, and only root can read which one was swapped last");
	else if (r == 0 && !request->module)
		r = choose_newest(request, &history, error);
	ds_record_done(&history_record, &history);
	return r;
}
