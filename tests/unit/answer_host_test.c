/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the process that comes after a dead worker tells that one's caller. */

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "../../src/cli/verb.h"
#include "../../src/cli/worker.h"
#include "drvswap/journal.h"
#include "drvswap/sys.h"
#include "namespace.h"

#define MODULE "ds_no_such_module"
#define OWN    "1700000000-4711" /* what the worker began, which was process 4711 */
#define SAME   "1600000000-4711" /* and another one of that number, before the last boot perhaps */
#define LATER  "1800000000-4711" /* or of a clock that went wrong */

/* In the journal, or nothing where there is no id. */
struct left {
	const char *id;
	enum ds_verb verb;
	bool is_begun;    /* and with it the trial */
	const char *past; /* what the history tells to be done; NULL: nothing */
};

static void record(enum ds_log log, char *line)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};

	if (door->record(door, log, line, &error) < 0)
		fail_msg("%s", error.text);
	ds_sys_close(door);
	free(line);
}

static char *read_boot_id(void)
{
	char text[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return strdup(text);
}

/* One step, which changes nothing of the host that the tests run on. */
static void leave(const struct left *left)
{
	struct ds_begin begin = {.format = DS_JOURNAL_FORMAT, .request.verb = (int)left->verb};
	const struct ds_entry entry = {.kind = DS_ENTRY_DO};
	const struct ds_outcome past = {.id = (char *)left->past,
		.module = (char *)"net",
		.error = (char *)"in the history"};
	struct ds_step *step;

	record(DS_LOG_JOURNAL, NULL);
	record(DS_LOG_HISTORY, NULL);
	if (left->past)
		record(DS_LOG_HISTORY, ds_record_to_text(&ds_outcome_record, &past));
	if (!left->id)
		return;
	ds_string_set(&begin.id, left->id);
	begin.boot_id = read_boot_id();
	begin.request.timeout_s = 10;
	ds_string_set(&begin.request.module, MODULE);
	ds_string_set(&begin.before.module.name, MODULE);
	ds_string_set(&begin.plan.module, MODULE);
	step = ds_list_add(&begin.plan.steps);
	step->phase = DS_PHASE_TRIAL;
	record(DS_LOG_JOURNAL, ds_journal_begin_lines(&begin));
	if (left->is_begun)
		record(DS_LOG_JOURNAL, ds_journal_entry_line(&entry));
	ds_record_done(&ds_begin_record, &begin);
}

static bool is_journal_empty(void)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	char *text = NULL;
	bool is_empty;

	assert_int_equal(door->recall(door, DS_LOG_JOURNAL, &text, &error), 0);
	is_empty = !*text;
	free(text);
	ds_sys_close(door);
	return is_empty;
}

static void tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	(void)watcher, (void)event;
}

/* The worker, which had begun that ("": nothing), was killed; what its caller hears. */
static void answer(enum ds_verb verb, const char *begun, struct report *ret_report)
{
	const struct worker_death death = {.pid = 4711, .status = SIGKILL, .id = begun};
	const struct ds_request request = {
		.verb = (int)verb, .module = (char *)MODULE, .timeout_s = 10};
	struct ds_watcher watcher = {.tell = tell};
	struct ds_error error = {0};
	struct worker worker = {
		.watcher = &watcher, .lock = ds_sys_open_lock(&error), .death = &death};

	assert_true(worker.lock >= 0);
	recover_after(&request, &worker, ret_report);
	close(worker.lock);
}

static const struct {
	const char *what;
	struct left left;
	enum ds_verb verb; /* that the dead worker was at */
	const char *begun;
	int kind;
	const char *id, *error; /* of the answer; a part of the error */
	bool is_wanted;
} rows[] = {
	{"its own, without a trace", {OWN, DS_VERB_SWAP, false, NULL}, DS_VERB_SWAP, OWN,
		DS_OUTCOME_FAILED, OWN, "was ended by signal 9", false},
	{"its own, undone", {OWN, DS_VERB_SWAP, true, NULL}, DS_VERB_SWAP, OWN,
		DS_OUTCOME_ROLLED_BACK, OWN, "was ended by signal 9", false},
	{"its own, ended", {NULL, DS_VERB_SWAP, false, OWN}, DS_VERB_SWAP, OWN, DS_OUTCOME_DONE,
		OWN, "in the history", false},
	{"an earlier one, without a trace", {SAME, DS_VERB_SWAP, false, NULL}, DS_VERB_SWAP, "",
		DS_OUTCOME_FAILED, NULL, "while it recovered an earlier swap: that is undone now",
		false},
	{"an earlier one, undone", {SAME, DS_VERB_SWAP, true, NULL}, DS_VERB_SWAP, "",
		DS_OUTCOME_FAILED, NULL, "while it recovered an earlier swap: that is undone now",
		false},
	/* That is what was asked for. */
	{"an earlier one, and a rollback", {SAME, DS_VERB_SWAP, true, NULL}, DS_VERB_ROLLBACK, "",
		DS_OUTCOME_ROLLED_BACK, SAME, "was ended by signal 9", true},
	/* To undo a rollback is none. */
	{"an earlier rollback, and another", {SAME, DS_VERB_ROLLBACK, true, NULL}, DS_VERB_ROLLBACK,
		"", DS_OUTCOME_FAILED, NULL, "that is undone now", false},
	/* Who recovers asked for no more than that. */
	{"an earlier one, and a recovery", {SAME, DS_VERB_SWAP, true, NULL}, DS_VERB_RECOVER, "",
		DS_OUTCOME_ROLLED_BACK, SAME, "was ended by signal 9", false},
	{"nothing", {NULL, DS_VERB_SWAP, false, NULL}, DS_VERB_SWAP, "", DS_OUTCOME_FAILED, NULL,
		"before it had changed anything", false},
	{"nothing, after another of that number", {NULL, DS_VERB_SWAP, false, LATER}, DS_VERB_SWAP,
		"", DS_OUTCOME_FAILED, NULL, "before it had changed anything", false},
	{"not even its journal", {NULL, DS_VERB_SWAP, false, LATER}, DS_VERB_SWAP, OWN,
		DS_OUTCOME_FAILED, NULL, "before it had changed anything", false},
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report report = {0};
		const struct ds_outcome *outcome = &report.outcome;

		leave(&rows[i].left);
		answer(rows[i].verb, rows[i].begun, &report);
		if (outcome->kind != rows[i].kind || report.is_wanted != rows[i].is_wanted ||
			!ds_string_equal(outcome->id, rows[i].id) || !outcome->error ||
			!strstr(outcome->error, rows[i].error))
			fail_msg("%s: %s, %s, %s", rows[i].what,
				ds_outcome_kind_names[outcome->kind], outcome->id, outcome->error);
		assert_true(is_journal_empty());
		report_done(&report);
	}
}

/* What is left of an earlier one concerns everybody, whatever was asked for. */
static void test_not_recovered(void **state)
{
	const struct left left = {SAME, DS_VERB_SWAP, true, NULL};
	struct report report = {0};

	(void)state;
	leave(&left);
	record(DS_LOG_JOURNAL, strdup("damage"));
	record(DS_LOG_JOURNAL, strdup("damage"));
	answer(DS_VERB_SWAP, "", &report);
	assert_int_equal(report.outcome.kind, DS_OUTCOME_INCOMPLETE);
	assert_false(is_journal_empty());
	report_done(&report);
}

/* The logs are ours, and the host's do not hear of it. */
static int enter(void **state)
{
	int r = enter_network_namespace(state);

	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/drvswap", 0700), 0);
	assert_int_equal(mount("none", "/var/lib", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("none", "/dev", "tmpfs", 0, NULL), 0);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_not_recovered),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
