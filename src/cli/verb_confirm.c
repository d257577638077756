/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "drvswap/sys.h"
#include "history.h"
#include "terminal.h"
#include "under_way.h"
#include "verb.h"

/* The newest entry of the history is that of the swap that has just ended. */
static int report_last(const struct ds_request *request, int *ret_code, struct ds_error *error)
{
	struct ds_door *door = ds_sys_open();
	struct history history = {0};
	struct report report = {0};
	int r = door ? history_read(door, request->module, &history, error)
		     : ds_error_set(error, -ENOMEM, "out of memory");

	if (r == 0 && history.outcomes.count > 0)
		r = ds_record_copy(&ds_outcome_record,
			&history.outcomes.items[history.outcomes.count - 1], &report.outcome);
	if (r == 0) {
		report_print(request, &report);
		*ret_code = ds_outcome_exit_code((enum ds_outcome_kind)report.outcome.kind);
	}
	report_done(&report);
	ds_record_done(&history_record, &history);
	ds_sys_close(door);
	return r;
}

/* Where nothing tells of a change, it is looked for as often as this. */
#define LOOK_MS 1000

/* The swap is stuck in the kernel, and its report so far is written: the end may never come. */
static bool is_left_stuck(struct ds_door *door)
{
	struct under_way under_way = {0};
	struct history history = {0};
	struct ds_error ignored;
	bool is_stuck = under_way_read(door, &under_way, &ignored) == 0 && under_way.is_stuck &&
			history_read(door, NULL, &history, &ignored) == 0 &&
			history.outcomes.count > 0 &&
			ds_string_equal(history.outcomes.items[history.outcomes.count - 1].id,
				under_way.id);

	ds_record_done(&under_way_record, &under_way);
	ds_record_done(&history_record, &history);
	return is_stuck;
}

static int wait_for_end(struct ds_error *error)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error owner;

	if (!door)
		return ds_error_set(error, -ENOMEM, "out of memory");
	while (ds_sys_is_locked(&owner) && !is_left_stuck(door))
		ds_sys_wait_change(LOOK_MS);
	ds_sys_close(door);
	return 0;
}

int verb_say(const struct ds_request *request, const struct ds_word *word, int *ret_code,
	struct ds_error *error)
{
	int r = ds_sys_say(word, error);

	if (r == 0)
		r = wait_for_end(error);
	return r == 0 ? report_last(request, ret_code, error) : r;
}

static int extend(int64_t seconds, struct ds_error *error)
{
	const struct ds_word word = {.kind = DS_WORD_EXTEND, .seconds = seconds};
	int r = ds_sys_say(&word, error);

	if (r == 0)
		printf("%lld seconds more\n", (long long)seconds);
	return r;
}

int verb_confirm(struct ds_request *request)
{
	const struct ds_word word = {.kind = DS_WORD_CONFIRM};
	struct ds_error error = {0};
	int code = 0;
	int r = request->extend_s > 0 ? extend(request->extend_s, &error)
				      : verb_say(request, &word, &code, &error);

	return r < 0 ? fail(DS_OUTCOME_FAILED, &error) : code;
}
