/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "under_way.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/sys.h"
#include "ending.h"
#include "progress.h"
#include "report.h"

/* Where nothing tells of a change, it is looked for as often as this. */
#define LOOK_MS 1000

static const struct ds_field under_way_fields[] = {
	DS_STRING(struct under_way, id),
	DS_STRING(struct under_way, module),
	DS_INT(struct under_way, step),
	DS_INT(struct under_way, steps),
	DS_STRING(struct under_way, text),
	DS_BOOL(struct under_way, is_undo),
	DS_BOOL(struct under_way, is_waiting),
	DS_BOOL(struct under_way, is_stuck),
	DS_INT(struct under_way, since_ms),
	DS_STRING(struct under_way, owner),
	DS_FIELDS_END,
};
const struct ds_record under_way_record = {"under-way", sizeof(struct under_way), under_way_fields};

static int read_journal(
	struct ds_door *door, struct ds_journal *ret_journal, struct ds_error *error)
{
	char *text = NULL;
	int r = door->recall(door, DS_LOG_JOURNAL, &text, error);

	if (r == 0)
		r = ds_journal_parse(text, ret_journal, error);
	free(text);
	return r;
}

static const struct ds_op *op_of(const struct ds_journal *journal, const struct ds_entry *entry)
{
	const struct ds_step *step = &journal->begin.plan.steps.items[entry->step];
	bool is_undo = entry->kind == DS_ENTRY_UNDO || entry->kind == DS_ENTRY_UNDONE;

	return is_undo ? &step->undo : &step->op;
}

/* --- where it is ------------------------------------------------------------------------ */

static void take_entry(struct under_way *under_way, const struct ds_journal *journal,
	const struct ds_entry *entry, int64_t now_ms)
{
	if (entry->kind == DS_ENTRY_STUCK)
		under_way->is_stuck = true;
	else if (entry->kind == DS_ENTRY_DONE)
		under_way->is_waiting = false;
	if (entry->kind != DS_ENTRY_DO && entry->kind != DS_ENTRY_UNDO &&
		entry->kind != DS_ENTRY_STUCK)
		return;
	/* Which of the steps that were announced together it is, or the undo that was begun last.
	 */
	if (entry->kind == DS_ENTRY_STUCK && under_way->is_undo)
		return;
	/* While the kernel is stuck only files are put back: what it is stuck in is the news. */
	if (under_way->is_stuck && entry->kind == DS_ENTRY_UNDO && under_way->text)
		return;
	free(under_way->text);
	under_way->text = ds_op_text(op_of(journal, entry), journal->begin.plan.installed_path);
	under_way->step = entry->step + 1;
	under_way->is_undo = entry->kind == DS_ENTRY_UNDO;
	under_way->is_waiting = ds_op_is_proof(op_of(journal, entry));
	under_way->since_ms = now_ms - entry->at_ms;
}

static int take_journal(
	struct under_way *under_way, const struct ds_journal *journal, int64_t now_ms)
{
	under_way->steps = (int64_t)journal->begin.plan.steps.count;
	for (size_t i = 0; i < journal->entries.count; i++)
		take_entry(under_way, journal, &journal->entries.items[i], now_ms);
	/* Nobody hears a confirmation any more. */
	under_way->is_waiting &= under_way->owner != NULL;
	return ds_string_set(&under_way->id, journal->begin.id) < 0 ||
			       ds_string_set(&under_way->module, journal->begin.plan.module) < 0
		       ? -ENOMEM
		       : 0;
}

int under_way_read(struct ds_door *door, struct under_way *ret_under_way, struct ds_error *error)
{
	struct ds_journal journal = {0};
	struct ds_error owner = {0};
	/* Asked before the journal is read: one that ends in between leaves no journal behind. */
	bool is_locked = ds_sys_is_locked(&owner);
	int r = read_journal(door, &journal, error);

	if (is_locked && ds_string_set(&ret_under_way->owner, owner.text) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	if (r == 0 && journal.is_begun &&
		take_journal(ret_under_way, &journal, door->now_ms(door)) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	ds_record_done(&ds_journal_record, &journal);
	return r;
}

/* --- to its end ------------------------------------------------------------------------- */

static const enum ds_event_kind events[DS_ENTRY_KIND_COUNT] = {
	[DS_ENTRY_DO] = DS_EVENT_STEP_BEGUN,
	[DS_ENTRY_DONE] = DS_EVENT_STEP_DONE,
	[DS_ENTRY_UNDO] = DS_EVENT_UNDO_BEGUN,
	[DS_ENTRY_UNDONE] = DS_EVENT_UNDO_DONE,
	[DS_ENTRY_COMMITTED] = DS_EVENT_COMMITTED,
	[DS_ENTRY_STUCK] = DS_EVENT_NOTE,
	[DS_ENTRY_SHUTDOWN] = DS_EVENT_NOTE,
};

static void show(const struct ds_request *request, const struct ds_journal *journal,
	const struct ds_entry *entry, int64_t begun_ms)
{
	const struct ds_plan *plan = &journal->begin.plan;
	const struct ds_op *op = op_of(journal, entry);
	struct ds_event event = {
		.kind = (int)events[entry->kind],
		.step = entry->step,
		.steps = (int64_t)plan->steps.count,
		.phase = plan->steps.items[entry->step].phase,
		.took_ms = entry->at_ms - begun_ms,
	};

	if (entry->kind == DS_ENTRY_DO && ds_op_is_proof(op))
		event.kind = DS_EVENT_WAITING;
	event.text = entry->kind == DS_ENTRY_STUCK ? strdup("the kernel does not come back from it")
		     : entry->kind == DS_ENTRY_SHUTDOWN ? strdup("the host goes down")
							: ds_op_text(op, plan->installed_path);
	progress_show(request, &event);
	ds_record_done(&ds_event_record, &event);
}

struct follower {
	struct ds_door *door;
	const struct ds_request *request;
	char *id;        /* of the swap that is followed */
	char *module;    /* of the same */
	size_t shown;    /* entries of its journal */
	int64_t last_ms; /* of the newest one */
};

static int take_id(
	struct follower *follower, const struct ds_journal *journal, struct ds_error *error)
{
	return ds_string_set(&follower->id, journal->begin.id) < 0 ||
			       ds_string_set(&follower->module, journal->begin.plan.module) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

/* A journal that is empty, or another's, is the end of the one that was followed. */
static int show_news(struct follower *follower, struct ds_error *error)
{
	struct ds_journal journal = {0};
	int r = read_journal(follower->door, &journal, error);

	if (r == 0 && journal.is_begun && !follower->id)
		r = take_id(follower, &journal, error);
	if (r == 0 && journal.is_begun && ds_string_equal(follower->id, journal.begin.id))
		for (; follower->shown < journal.entries.count; follower->shown++) {
			const struct ds_entry *entry = &journal.entries.items[follower->shown];

			show(follower->request, &journal, entry, follower->last_ms);
			follower->last_ms = entry->at_ms;
		}
	ds_record_done(&ds_journal_record, &journal);
	return r;
}

static int report_end(const struct follower *follower, int *ret_code, struct ds_error *error)
{
	struct report report = {0};
	int r = ending_read(follower->door, follower->id, follower->module, &report.outcome, error);

	if (r == 0) {
		report_print(follower->request, &report);
		*ret_code = report_exit_code(&report);
	}
	report_done(&report);
	return r;
}

int under_way_follow(struct ds_door *door, const struct ds_request *request, int *ret_code,
	struct ds_error *error)
{
	struct follower follower = {.door = door, .request = request};
	struct ds_error owner;
	bool is_locked = true;
	int r = ds_sys_is_locked(&owner) ? 0 : -ENOENT;

	/* Asked before the journal is read, so that its last lines are not missed. */
	while (r == 0 && is_locked) {
		is_locked = ds_sys_is_locked(&owner);
		r = show_news(&follower, error);
		if (r == 0 && is_locked)
			ds_sys_wait_change(LOOK_MS);
	}
	if (r == 0)
		r = report_end(&follower, ret_code, error);
	free(follower.id);
	free(follower.module);
	return r;
}
