/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The way back, and what is left of it when the kernel is stuck: an init that does not return, an
 * exit that waits for a reference that nobody puts, an oops in either. Nothing can be removed or
 * inserted then, and what asks about links may block as well. The disk still can be made right.
 */

#include <errno.h>
#include <stdlib.h>

#include "transaction.h"

/* Instead of the promise that the disk boots the old driver. */
#define FILES_LEFT                                                                                 \
	"the files could not all be put back (%s), and the disk may boot the new driver until "    \
	"`drvswap recover`, which is run at boot, has done the rest."

bool ds_is_stuck(int code)
{
	return code == -EINPROGRESS || code == -ENOTRECOVERABLE;
}

static bool is_reboot_due(const struct transaction *txn, size_t from)
{
	const struct ds_plan *plan = &txn->begin->plan;

	/* Before the trial the old driver runs, whatever else is stuck. */
	return plan->reboots_if_stuck && plan->steps.items[from].phase != DS_PHASE_PREPARE;
}

/* What helps, and what the disk boots then: that hangs on whether the files could be put back. */
static void set_hint(
	struct transaction *txn, bool reboots, int code, const struct ds_error *files_error)
{
	char **hint = &txn->outcome->hint;
	const char *head = "It is waited for: where the kernel comes back after all, the rest is "
			   "undone. Else only a reboot heals that; ";
	const char *tail = "";

	if (reboots) {
		head = "The host reboots now; ";
		tail = " `drvswap history` says what became of it.";
	} else if (code == -ENOTRECOVERABLE) {
		head = "Only a reboot heals that; ";
		tail = " An orderly one may hang: `echo b >/proc/sysrq-trigger` does not.";
	}
	if (files_error->code == 0)
		ds_string_format(hint, "%sthe disk boots the old driver.%s", head, tail);
	else
		ds_string_format(hint, "%s" FILES_LEFT "%s", head, files_error->text, tail);
}

/* A failing disk keeps nobody from being told, nor the host from being rebooted. */
static void tell_stuck(struct transaction *txn, size_t from, bool reboots, int code,
	const struct ds_error *files_error)
{
	struct ds_event event = {.kind = DS_EVENT_STUCK};
	struct ds_error ignored;

	transaction_describe(txn, DS_OUTCOME_INCOMPLETE);
	set_hint(txn, reboots, code, files_error);
	if (reboots || code == -EINPROGRESS)
		transaction_end(txn, DS_OUTCOME_INCOMPLETE, &ignored);
	event.step = (int64_t)from;
	event.steps = (int64_t)txn->begin->plan.steps.count;
	event.phase = txn->begin->plan.steps.items[from].phase;
	if (txn->watcher && ds_record_copy(&ds_outcome_record, txn->outcome, &event.outcome) == 0)
		txn->watcher->tell(txn->watcher, &event);
	ds_record_done(&ds_event_record, &event);
}

/* What can be undone without the kernel: the files, and the indexes over them. *ret_error: or not.
 */
static void put_files_back(struct transaction *txn, size_t from, struct ds_error *ret_error)
{
	txn->is_disk_only = true;
	*ret_error = (struct ds_error){0};
	ret_error->code = transaction_undo(txn, from, NULL, ret_error);
}

/* What made the rollback necessary stays in the report when the rollback gets stuck. */
static void keep_cause(struct transaction *txn, const struct ds_error *error)
{
	char **told = &txn->outcome->error;
	char *cause = *told;

	if (!cause) {
		ds_string_set(told, error->text);
	} else if (!ds_string_equal(cause, error->text)) {
		*told = NULL;
		ds_string_format(told, "%s; the rollback began because: %s", error->text, cause);
		free(cause);
	}
}

/* 0: the kernel came back, and the rest can be undone; else all that could be done was done. */
static int wait_stuck(struct transaction *txn, size_t from, int code, struct ds_error *error)
{
	struct ds_error words, files_error;
	bool reboots = is_reboot_due(txn, from);

	txn->was_stuck = true;
	keep_cause(txn, error);
	/* An undo that got stuck is in the journal. */
	if (!txn->is_disk_only)
		transaction_note(txn, DS_ENTRY_STUCK, from, &words);
	put_files_back(txn, from, &files_error);
	tell_stuck(txn, from, reboots, code, &files_error);
	if (reboots && txn->door->reboot(txn->door, txn->outcome->error, &words) < 0)
		ds_string_set(&txn->outcome->hint, words.text);
	if (code == -EINPROGRESS)
		code = txn->door->settle(txn->door, &words);
	if (code == 0)
		ds_string_set(&txn->outcome->hint, NULL);
	txn->is_disk_only = code < 0;
	return code;
}

/* No outage is made worth its while by a shutdown: what runs is gone in a moment. */
static int leave(struct transaction *txn, size_t from, struct ds_error *error)
{
	struct ds_error ignored, files_error;

	transaction_note(txn, DS_ENTRY_SHUTDOWN, from, &ignored);
	put_files_back(txn, from, &files_error);
	if (files_error.code < 0)
		ds_string_format(&txn->outcome->hint, "Before the host went down, " FILES_LEFT,
			files_error.text);
	return error->code;
}

static bool is_leaving(const struct transaction *txn, size_t from, int code)
{
	return code == -ESHUTDOWN && txn->begin->plan.steps.items[from].phase == DS_PHASE_TRIAL;
}

int transaction_back(struct transaction *txn, size_t from, const bool *is_undone, int code,
	struct ds_error *error)
{
	if (is_leaving(txn, from, code))
		return leave(txn, from, error);
	for (;;) {
		if (ds_is_stuck(code) && wait_stuck(txn, from, code, error) < 0)
			return code;
		code = transaction_undo(txn, from, is_undone, error);
		if (!ds_is_stuck(code))
			return code;
		/* All that was undone before is made true once more: that costs nothing. */
		is_undone = NULL;
	}
}
