/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the process that comes after a dead worker tells that one's caller. */

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "../../src/cli/verb.h"
#include "../../src/cli/worker.h"
#include "drvswap/journal.h"
#include "drvswap/sys.h"
#include "namespace.h"

#define MODULE "ds_no_such_module"
#define DEAD   4711 /* the worker */

/* In the journal, or nothing where there is no id. */
struct left {
	const char *id;
	enum ds_verb verb;
	bool is_begun; /* and with it the trial */
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
	struct ds_step *step;

	record(DS_LOG_JOURNAL, NULL);
	record(DS_LOG_HISTORY, NULL);
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
	record(DS_LOG_JOURNAL, ds_journal_begin_line(&begin));
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

/* The worker was killed; what its caller, who wanted that, hears. */
static void answer(enum ds_verb verb, struct report *ret_report)
{
	const struct worker_death death = {.pid = DEAD, .status = SIGKILL};
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
	int kind;
	const char *id, *error; /* of the answer; a part of the error */
	bool is_wanted;
} rows[] = {
	{"its own, without a trace", {"1-4711", DS_VERB_SWAP, false}, DS_VERB_SWAP,
		DS_OUTCOME_FAILED, "1-4711", "was ended by signal 9", false},
	{"its own, undone", {"1-4711", DS_VERB_SWAP, true}, DS_VERB_SWAP, DS_OUTCOME_ROLLED_BACK,
		"1-4711", "was ended by signal 9", false},
	{"an earlier one, without a trace", {"1-47", DS_VERB_SWAP, false}, DS_VERB_SWAP,
		DS_OUTCOME_FAILED, NULL, "while it recovered an earlier swap: that is undone now",
		false},
	{"an earlier one, undone", {"1-47", DS_VERB_SWAP, true}, DS_VERB_SWAP, DS_OUTCOME_FAILED,
		NULL, "while it recovered an earlier swap: that is undone now", false},
	/* That is what was asked for. */
	{"an earlier one, and a rollback", {"1-47", DS_VERB_SWAP, true}, DS_VERB_ROLLBACK,
		DS_OUTCOME_ROLLED_BACK, "1-47", "was ended by signal 9", true},
	/* To undo a rollback is none. */
	{"an earlier rollback, and another", {"1-47", DS_VERB_ROLLBACK, true}, DS_VERB_ROLLBACK,
		DS_OUTCOME_FAILED, NULL, "that is undone now", false},
	/* Who recovers asked for no more than that. */
	{"an earlier one, and a recovery", {"1-47", DS_VERB_SWAP, true}, DS_VERB_RECOVER,
		DS_OUTCOME_ROLLED_BACK, "1-47", "was ended by signal 9", false},
	{"nothing", {NULL, DS_VERB_SWAP, false}, DS_VERB_SWAP, DS_OUTCOME_FAILED, NULL,
		"before it had changed anything", false},
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report report = {0};
		const struct ds_outcome *outcome = &report.outcome;

		leave(&rows[i].left);
		answer(rows[i].verb, &report);
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
	const struct left left = {"1-47", DS_VERB_SWAP, true};
	struct report report = {0};

	(void)state;
	leave(&left);
	record(DS_LOG_JOURNAL, strdup("damage"));
	record(DS_LOG_JOURNAL, strdup("damage"));
	answer(DS_VERB_SWAP, &report);
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
