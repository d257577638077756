/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "drvswap/sys.h"
#include "history.h"
#include "terminal.h"
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

int verb_say(const struct ds_request *request, const struct ds_word *word, int *ret_code,
	struct ds_error *error)
{
	int r = ds_sys_say(word, error);

	if (r == 0)
		r = ds_sys_wait_unlocked(error);
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
