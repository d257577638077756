/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "detached.h"
#include "drvswap/sys.h"
#include "drvswap/txn.h"
#include "ending.h"
#include "events.h"
#include "verb.h"

static char *read_boot_id(void)
{
	char *boot_id = NULL;
	size_t room = 0;
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (file && getline(&boot_id, &room, file) > 0)
		boot_id[strcspn(boot_id, "\n")] = '\0';
	if (file)
		fclose(file);
	return boot_id;
}

/* The caller's work rests on it being wholly done: what failed at its end is no success. */
static void spoil(
	struct ds_outcome *outcome, enum ds_outcome_kind kind, const struct ds_error *error)
{
	if (ds_outcome_exit_code((enum ds_outcome_kind)outcome->kind) == 0)
		outcome->kind = (int)kind;
	outcome->outage_ms = -1;
	/* Lack of memory costs the words alone. */
	if (!outcome->error)
		ds_string_set(&outcome->error, error->text);
	if (!outcome->hint && error->hint[0])
		ds_string_set(&outcome->hint, error->hint);
}

static int recover_because(struct ds_door *door, struct ds_recovery *recovery,
	struct ds_watcher *watcher, struct ds_outcome *ret_outcome, struct ds_error *error)
{
	char *boot_id = read_boot_id();
	int r;

	recovery->boot_id = boot_id;
	r = boot_id ? ds_txn_recover(door, recovery, watcher, ret_outcome, error)
		    : ds_error_set(error, -EIO, "the kernel does not tell its boot id");
	if (r < 0)
		spoil(ret_outcome, DS_OUTCOME_INCOMPLETE, error);
	events_end(ret_outcome);
	free(boot_id);
	return r;
}

int recover_unfinished(struct ds_door *door, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error)
{
	struct ds_recovery recovery = {0};

	return recover_because(door, &recovery, watcher, ret_outcome, error);
}

bool recovery_is_rollback(const struct ds_request *request, const struct ds_outcome *recovered)
{
	return request->verb == DS_VERB_ROLLBACK && !request->is_original &&
	       recovered->kind == DS_OUTCOME_ROLLED_BACK &&
	       ds_string_equal(recovered->verb, ds_verb_names[DS_VERB_SWAP]) &&
	       ds_string_equal(recovered->module, request->module);
}

bool recover_first(struct ds_door *door, const struct ds_request *request,
	struct ds_watcher *watcher, struct report *report)
{
	struct ds_error error = {0};
	int r = recover_unfinished(door, watcher, &report->outcome, &error);
	bool is_clean = r == 0 && report->outcome.kind != DS_OUTCOME_INCOMPLETE;

	if (!is_clean)
		return false;
	report->is_wanted = recovery_is_rollback(request, &report->outcome);
	if (!report->is_wanted)
		ds_record_done(&ds_outcome_record, &report->outcome);
	return !report->is_wanted;
}

/* "Nothing was changed" is no answer while a journal says that something is left to be done. */
static enum ds_outcome_kind not_begun(struct ds_door *door)
{
	struct ds_error ignored;
	char *journal = NULL;
	bool is_left =
		door && (door->recall(door, DS_LOG_JOURNAL, &journal, &ignored) < 0 || *journal);

	free(journal);
	return is_left ? DS_OUTCOME_INCOMPLETE : DS_OUTCOME_FAILED;
}

static void recover_with(const struct ds_request *request, const struct worker *worker,
	const char *why, struct report *report)
{
	struct ds_recovery recovery = {.is_files_only = request->is_files_only, .why = why};
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int r = door ? ds_sys_lock(worker->lock, &error)
		     : ds_error_set(&error, -ENOMEM, "out of memory");

	if (r == 0)
		recover_because(door, &recovery, worker->watcher, &report->outcome, &error);
	else
		report_fail(report, r == -EBUSY ? DS_OUTCOME_LOCKED : not_begun(door), &error);
	ds_sys_close(door);
}

static void recover(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	recover_with(request, worker, NULL, report);
}

/* --- after a worker that has died ------------------------------------------------------- */

static void describe_death(const struct worker_death *death, char *ret_text, size_t room)
{
	bool is_killed = WIFSIGNALED(death->status);

	snprintf(ret_text, room, "the process that did the work (%d) %s %d", (int)death->pid,
		is_killed ? "was ended by signal" : "ended with code",
		is_killed ? WTERMSIG(death->status) : WEXITSTATUS(death->status));
}

static void tell_death(const struct worker *worker, const char *death)
{
	struct ds_event event = {.kind = DS_EVENT_RECOVERING};

	ds_string_format(&event.text, "%s: what it had begun is finished or undone", death);
	worker->watcher->tell(worker->watcher, &event);
	ds_record_done(&ds_event_record, &event);
}

/* It left no journal: either all was done but the report, or nothing. */
static void find_end(
	struct ds_door *door, const struct worker *worker, const char *death, struct report *report)
{
	const char *id = worker->death->id;
	struct ds_error error = {0};
	int r = *id ? ending_in_history(door, id, &report->outcome, &error) : 0;

	if (r == 0) {
		ds_error_set(&error, -ECHILD, "%s before it had changed anything", death);
		report_fail(report, DS_OUTCOME_FAILED, &error);
	} else if (r < 0) {
		report_fail(report, DS_OUTCOME_INCOMPLETE, &error);
	}
}

/*
 * It died while it recovered what an earlier one had left: how that one ended is no answer to who
 * asked for another swap.
 */
static void answer_for_own(
	const struct ds_request *request, const char *death, struct report *report)
{
	struct ds_error error = {0};

	report->is_wanted = recovery_is_rollback(request, &report->outcome);
	if (report->is_wanted || report->outcome.kind == DS_OUTCOME_INCOMPLETE)
		return;
	ds_error_set(&error, -ECHILD, "%s while it recovered an earlier swap: that is %s now",
		death, report->outcome.kind == DS_OUTCOME_DONE ? "finished" : "undone");
	ds_error_hint(&error, "What was asked for was not begun: ask again.");
	ds_record_done(&ds_outcome_record, &report->outcome);
	report_fail(report, DS_OUTCOME_FAILED, &error);
}

void recover_after(
	const struct ds_request *request, const struct worker *worker, struct report *report)
{
	bool is_recovery = request->verb == DS_VERB_RECOVER;
	char death[96];

	describe_death(worker->death, death, sizeof(death));
	tell_death(worker, death);
	recover_with(request, worker, death, report);
	if (is_recovery)
		return;
	if (report->outcome.kind == DS_OUTCOME_NOTHING) {
		struct ds_door *door = ds_sys_open();

		ds_record_done(&ds_outcome_record, &report->outcome);
		if (door)
			find_end(door, worker, death, report);
		ds_sys_close(door);
	} else if (report->outcome.id && !ds_string_equal(report->outcome.id, worker->death->id)) {
		answer_for_own(request, death, report);
	}
}

/* Nor where there was no worker to find out. */
static enum ds_outcome_kind no_worker(int code)
{
	enum ds_outcome_kind kind = detached_failure(code);
	struct ds_door *door = ds_sys_open();

	if (kind == DS_OUTCOME_FAILED)
		kind = not_begun(door);
	ds_sys_close(door);
	return kind;
}

int verb_recover(struct ds_request *request)
{
	static const struct work work = {recover, recover_after};
	struct report report = {0};
	struct ds_error error = {0};
	int code = 0;

	if (verb_need_root(request, &error) < 0 || ds_sys_check_state(&error) < 0)
		report_fail(&report, DS_OUTCOME_REFUSED, &error);
	else if ((code = detached_run(request, &work, &report, &error)) < 0)
		report_fail(&report, no_worker(code), &error);
	report_print(request, &report);
	code = report_exit_code(&report);
	report_done(&report);
	return code;
}
