/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A word to the swap that another process is at, and how that swap then ended. */

#include <errno.h>

#include "drvswap/sys.h"
#include "ending.h"
#include "history.h"
#include "verb.h"

/* Where nothing tells of a change, it is looked for as often as this. */
#define LOOK_MS 1000

static int nobody(const struct under_way *under_way, struct report *report)
{
	struct ds_error error = {0};

	if (!under_way->id) {
		ds_error_set(&error, -ENOENT, "no swap is under way here");
		report_fail(report, DS_OUTCOME_FAILED, &error);
	} else {
		ds_error_set(&error, -ENOENT, "the swap of %s is not under way: it was interrupted",
			under_way->module);
		ds_error_hint(&error, "`drvswap recover` finishes or undoes it.");
		report_fail(report, DS_OUTCOME_INCOMPLETE, &error);
	}
	return -ENOENT;
}

/* Whom the word would reach is whom the user means. */
static int check_addressee(
	const struct ds_request *request, const struct under_way *under_way, struct report *report)
{
	struct ds_error error = {0};

	if (!under_way->owner)
		return nobody(under_way, report);
	if (!under_way->id) {
		ds_error_set(&error, -EBUSY, "%s, and has not begun a swap yet", under_way->owner);
		report_fail(report, DS_OUTCOME_LOCKED, &error);
	} else if (request->module && !ds_string_equal(request->module, under_way->module)) {
		ds_error_set(&error, -EBUSY,
			"the swap that is under way is one of %s, not of %s: %s", under_way->module,
			request->module, under_way->owner);
		ds_error_hint(&error, "`drvswap status %s` shows it.", under_way->module);
		report_fail(report, DS_OUTCOME_LOCKED, &error);
	}
	return error.code;
}

/* The swap is stuck in the kernel, and its report so far is written: the end may never come. */
static bool is_left_stuck(struct ds_door *door, const struct under_way *under_way)
{
	struct history history = {0};
	struct ds_error ignored;
	bool is_stuck = under_way->is_stuck && history_read(door, NULL, &history, &ignored) == 0 &&
			history.outcomes.count > 0 &&
			ds_string_equal(history.outcomes.items[history.outcomes.count - 1].id,
				under_way->id);

	ds_record_done(&history_record, &history);
	return is_stuck;
}

/* Somebody is at it, and will come to an end with it. */
static bool is_going_on(struct ds_door *door, const char *id)
{
	struct under_way now = {0};
	struct ds_error ignored;
	int r = under_way_read(door, &now, &ignored);
	bool is_another = r == 0 && now.id && !ds_string_equal(now.id, id);
	bool is_going_on = now.owner && !is_another && !is_left_stuck(door, &now);

	ds_record_done(&under_way_record, &now);
	return is_going_on;
}

static int say(const struct ds_word *word, struct report *report)
{
	struct ds_error error = {0};
	int r = ds_sys_say(word, DS_SAY_MS, &error);

	/* What rollback would do then must wait for the other's end, as any change must. */
	if (r < 0)
		report_fail(report,
			r == -EBUSY && word->kind == DS_WORD_ROLLBACK ? DS_OUTCOME_LOCKED
								      : DS_OUTCOME_FAILED,
			&error);
	return r;
}

static int take_end(struct ds_door *door, const struct under_way *under_way, struct report *report)
{
	struct ds_error error = {0};
	int r;

	while (is_going_on(door, under_way->id))
		ds_sys_wait_change(LOOK_MS);
	r = ending_read(door, under_way->id, under_way->module, &report->outcome, &error);
	/* It was said, and nobody knows what came of it. */
	if (r < 0)
		report_fail(report, DS_OUTCOME_INCOMPLETE, &error);
	return r;
}

static int say_to(struct ds_door *door, const struct ds_request *request,
	const struct ds_word *word, struct report *report)
{
	struct under_way under_way = {0};
	struct ds_error error = {0};
	int r = under_way_read(door, &under_way, &error);

	if (r < 0)
		report_fail(report, DS_OUTCOME_FAILED, &error);
	else
		r = check_addressee(request, &under_way, report);
	if (r == 0)
		r = say(word, report);
	/* Lack of memory costs the name alone. */
	if (r == 0 && word->kind == DS_WORD_EXTEND)
		ds_string_set(&report->outcome.module, under_way.module);
	else if (r == 0)
		r = take_end(door, &under_way, report);
	ds_record_done(&under_way_record, &under_way);
	return r;
}

int verb_say(
	const struct ds_request *request, const struct ds_word *word, struct report *ret_report)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int r;

	if (door) {
		r = say_to(door, request, word, ret_report);
	} else {
		r = ds_error_set(&error, -ENOMEM, "out of memory");
		report_fail(ret_report, DS_OUTCOME_FAILED, &error);
	}
	ds_sys_close(door);
	return r;
}
