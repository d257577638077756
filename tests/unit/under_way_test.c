/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the journal and the history tell of a swap that another process is, or was, at. */

#include <errno.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "../../src/cli/ending.h"
#include "../../src/cli/under_way.h"
#include "../../src/cli/verb.h"
#include "drvswap/sys.h"
#include "namespace.h"

/* A host of nothing but its two logs. */
struct logs {
	struct ds_door door; /* first: a door is the logs behind it */
	char *text[DS_LOG_COUNT];
	bool is_full; /* nothing can be written */
};

static int recall(struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error)
{
	const char *text = ((struct logs *)door)->text[log];

	(void)error;
	return ds_string_set(ret_text, text ? text : "");
}

static int record(struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error)
{
	struct logs *logs = (struct logs *)door;
	char *more = NULL;

	if (logs->is_full)
		return ds_error_set(error, -ENOSPC, "the disk is full");
	if (line)
		ds_string_format(&more, "%s%s\n", logs->text[log] ? logs->text[log] : "", line);
	free(logs->text[log]);
	logs->text[log] = more;
	return 0;
}

static int64_t now_ms(struct ds_door *door)
{
	(void)door;
	return 1000;
}

/* No module is loaded, neither before nor after. */
static int look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error)
{
	(void)door, (void)error;
	return ds_string_set(&ret_host->module.name, request->module);
}

static struct logs logs_open(void)
{
	return (struct logs){
		.door = {.recall = recall, .record = record, .look = look, .now_ms = now_ms}};
}

static void logs_close(struct logs *logs)
{
	for (int i = 0; i < DS_LOG_COUNT; i++)
		free(logs->text[i]);
}

static void add(struct logs *logs, enum ds_log log, char *line)
{
	struct ds_error error;

	assert_non_null(line);
	assert_int_equal(record(&logs->door, log, line, &error), 0);
	free(line);
}

/* A journal of a plan of two steps, the second one an operation of that kind, and on trial. */
static void add_begin_of(struct logs *logs, enum ds_verb verb, const char *id, const char *module,
	enum ds_op_kind kind)
{
	struct ds_begin begin = {.format = DS_JOURNAL_FORMAT, .request.verb = (int)verb};
	struct ds_step *step;

	ds_string_set(&begin.id, id);
	ds_string_set(&begin.boot_id, "boot");
	ds_string_set(&begin.request.module, module);
	ds_string_set(&begin.before.module.name, module);
	ds_string_set(&begin.plan.module, module);
	ds_list_add(&begin.plan.steps);
	step = ds_list_add(&begin.plan.steps);
	step->op.kind = (int)kind;
	step->phase = DS_PHASE_TRIAL;
	add(logs, DS_LOG_JOURNAL, ds_journal_begin_lines(&begin));
	ds_record_done(&ds_begin_record, &begin);
}

static void add_begin(struct logs *logs, const char *id, const char *module, enum ds_op_kind kind)
{
	add_begin_of(logs, DS_VERB_SWAP, id, module, kind);
}

static void add_entry(struct logs *logs, enum ds_entry_kind kind, int64_t step)
{
	const struct ds_entry entry = {.kind = (int)kind, .step = step};

	add(logs, DS_LOG_JOURNAL, ds_journal_entry_line(&entry));
}

static void add_past(
	struct logs *logs, const char *id, const char *module, enum ds_outcome_kind kind)
{
	const struct ds_outcome outcome = {
		.id = (char *)id, .module = (char *)module, .kind = (int)kind};
	struct json_object *json = ds_record_to_json(&ds_outcome_record, &outcome);

	add(logs, DS_LOG_HISTORY,
		strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN)));
	json_object_put(json);
}

/* How the swap 1-1 has ended. */
static void expect_end(struct logs *logs, enum ds_outcome_kind kind, const char *hint)
{
	struct ds_outcome outcome = {0};
	struct ds_error error = {0};

	assert_int_equal(ending_read(&logs->door, "1-1", "net", &outcome, &error), 0);
	assert_int_equal(outcome.kind, kind);
	assert_string_equal(outcome.module, "net");
	if (hint)
		assert_non_null(strstr(outcome.hint, hint));
	else
		assert_null(outcome.hint);
	ds_record_done(&ds_outcome_record, &outcome);
}

static void test_end(void **state)
{
	struct logs logs = logs_open();

	(void)state;
	/* Another one's success is not its own. */
	add_past(&logs, "0-1", "net", DS_OUTCOME_DONE);
	expect_end(&logs, DS_OUTCOME_FAILED, NULL);
	add_begin(&logs, "1-1", "net", DS_OP_NONE);
	expect_end(&logs, DS_OUTCOME_INCOMPLETE, "drvswap recover");
	add_past(&logs, "1-1", "net", DS_OUTCOME_ROLLED_BACK);
	expect_end(&logs, DS_OUTCOME_ROLLED_BACK, NULL);
	add_past(&logs, "2-1", "net", DS_OUTCOME_DONE);
	expect_end(&logs, DS_OUTCOME_ROLLED_BACK, NULL);
	logs_close(&logs);

	/* The journal is already that of the next one. */
	logs = logs_open();
	add_begin(&logs, "2-1", "net", DS_OP_NONE);
	expect_end(&logs, DS_OUTCOME_FAILED, NULL);
	logs_close(&logs);
}

static void test_end_of_nothing(void **state)
{
	struct logs logs = logs_open();
	struct ds_outcome outcome = {0};
	struct ds_error error = {0};

	(void)state;
	add_past(&logs, "0-1", "net", DS_OUTCOME_DONE);
	assert_int_equal(ending_read(&logs.door, NULL, NULL, &outcome, &error), 0);
	assert_int_equal(outcome.kind, DS_OUTCOME_FAILED);
	ds_record_done(&ds_outcome_record, &outcome);

	/* Nobody can tell, and nothing is made up. */
	record(&logs.door, DS_LOG_JOURNAL, "damage", &error);
	record(&logs.door, DS_LOG_JOURNAL, "damage", &error);
	assert_int_equal(ending_read(&logs.door, "1-1", "net", &outcome, &error), -EBADMSG);
	ds_record_done(&ds_outcome_record, &outcome);
	logs_close(&logs);
}

static bool is_waiting(struct logs *logs)
{
	struct under_way under_way = {0};
	struct ds_error error;
	bool is_waiting;

	assert_int_equal(under_way_read(&logs->door, &under_way, &error), 0);
	is_waiting = under_way.is_waiting;
	ds_record_done(&under_way_record, &under_way);
	return is_waiting;
}

static int take_lock(void)
{
	struct ds_error error;
	int lock = ds_sys_open_lock(&error);

	assert_true(lock >= 0);
	assert_int_equal(ds_sys_lock(lock, &error), 0);
	return lock;
}

/* It waits where `confirm` would be taken, and only while somebody is there to take it. */
static void test_waiting(void **state)
{
	static const enum ds_op_kind proofs[] = {DS_OP_CONFIRM, DS_OP_PROOF_KEY, DS_OP_PROOF_ACK};
	int lock = take_lock();

	(void)state;
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
		struct logs logs = logs_open();

		add_begin(&logs, "1-1", "net", proofs[i]);
		add_entry(&logs, DS_ENTRY_DO, 0);
		assert_false(is_waiting(&logs));
		add_entry(&logs, DS_ENTRY_DONE, 0);
		add_entry(&logs, DS_ENTRY_DO, 1);
		assert_true(is_waiting(&logs));
		close(lock);
		assert_false(is_waiting(&logs));
		lock = take_lock();
		add_entry(&logs, DS_ENTRY_DONE, 1);
		assert_false(is_waiting(&logs));
		logs_close(&logs);
	}
	close(lock);
}

/* A plan of a file that is written, and a module that is inserted; both undone by the removal. */
static void add_undoable(struct logs *logs)
{
	struct ds_begin begin = {.format = DS_JOURNAL_FORMAT};
	struct ds_step *step;

	ds_string_set(&begin.id, "1-1");
	ds_string_set(&begin.boot_id, "boot");
	ds_string_set(&begin.request.module, "net");
	ds_string_set(&begin.before.module.name, "net");
	ds_string_set(&begin.plan.module, "net");
	step = ds_list_add(&begin.plan.steps);
	step->undo.kind = DS_OP_FILE_REMOVE;
	ds_string_set(&step->undo.path, "/file");
	ds_string_set(&step->undo.digest, "digest");
	step = ds_list_add(&begin.plan.steps);
	step->phase = DS_PHASE_TRIAL;
	step->undo.kind = DS_OP_MODULE_UNLOAD;
	ds_string_set(&step->undo.module, "net");
	add(logs, DS_LOG_JOURNAL, ds_journal_begin_lines(&begin));
	ds_record_done(&ds_begin_record, &begin);
}

/* What it is stuck in is the news, not the files that are put back meanwhile. */
static void test_stuck_in_the_rollback(void **state)
{
	struct under_way under_way = {0};
	struct logs logs = logs_open();
	struct ds_error error;

	(void)state;
	add_undoable(&logs);
	add_entry(&logs, DS_ENTRY_DO, 0);
	add_entry(&logs, DS_ENTRY_DONE, 0);
	add_entry(&logs, DS_ENTRY_DO, 1);
	add_entry(&logs, DS_ENTRY_UNDO, 1);
	add_entry(&logs, DS_ENTRY_STUCK, 1);
	add_entry(&logs, DS_ENTRY_UNDO, 0);
	add_entry(&logs, DS_ENTRY_UNDONE, 0);
	assert_int_equal(under_way_read(&logs.door, &under_way, &error), 0);
	assert_true(under_way.is_stuck && under_way.is_undo);
	assert_int_equal(under_way.step, 2);
	assert_string_equal(under_way.text, "unload net");
	ds_record_done(&under_way_record, &under_way);
	logs_close(&logs);
}

static void expect_module(struct logs *logs, const char *module)
{
	struct ds_request request = {0};
	struct ds_error error;
	int r = verb_choose_module(&logs->door, &request, &error);

	assert_int_equal(r, module ? 0 : -EINVAL);
	if (module)
		assert_string_equal(request.module, module);
	ds_record_done(&ds_request_record, &request);
}

static void test_module(void **state)
{
	struct logs logs = logs_open();

	(void)state;
	expect_module(&logs, NULL);
	add_past(&logs, "0-1", "old", DS_OUTCOME_DONE);
	expect_module(&logs, "old");
	add_begin(&logs, "1-1", "net", DS_OP_NONE);
	expect_module(&logs, "net");
	logs_close(&logs);
}

/* false: another swap must not begin. */
static bool recovers(struct logs *logs, enum ds_outcome_kind kind)
{
	const struct ds_request request = {.module = (char *)"net"};
	struct report report = {0};
	bool is_clean = recover_first(&logs->door, &request, NULL, &report);

	assert_int_equal(report.outcome.kind, kind);
	if (!is_clean)
		assert_non_null(report.outcome.error);
	report_done(&report);
	return is_clean;
}

static void test_recover_first(void **state)
{
	struct logs logs = logs_open();

	(void)state;
	assert_true(recovers(&logs, DS_OUTCOME_DONE));
	/* All is done but the emptying of the journal, to which another swap would then add. */
	add_begin(&logs, "1-1", "net", DS_OP_NONE);
	add_past(&logs, "1-1", "net", DS_OUTCOME_DONE);
	logs.is_full = true;
	assert_false(recovers(&logs, DS_OUTCOME_INCOMPLETE));
	logs.is_full = false;
	assert_true(recovers(&logs, DS_OUTCOME_DONE));
	assert_null(logs.text[DS_LOG_JOURNAL]);
	/* Undone, for nothing had begun; but that could not be noted. */
	add_begin(&logs, "2-1", "net", DS_OP_NONE);
	logs.is_full = true;
	assert_false(recovers(&logs, DS_OUTCOME_FAILED));
	logs_close(&logs);
}

/* false: it ended a swap that was interrupted, and is done with that. */
static bool rolls_back_more(enum ds_verb interrupted, const struct ds_request *request)
{
	struct logs logs = logs_open();
	struct report report = {0};
	bool is_more;

	add_begin_of(&logs, interrupted, "3-1", "net", DS_OP_NONE);
	add_entry(&logs, DS_ENTRY_DO, 0);
	add_entry(&logs, DS_ENTRY_DO, 1);
	is_more = recover_first(&logs.door, request, NULL, &report);
	assert_null(logs.text[DS_LOG_JOURNAL]);
	assert_non_null(strstr(logs.text[DS_LOG_HISTORY], "rolled-back"));
	assert_int_equal(report.is_wanted, !is_more);
	assert_int_equal(report_exit_code(&report), 0);
	assert_int_equal(report.outcome.kind, is_more ? DS_OUTCOME_DONE : DS_OUTCOME_ROLLED_BACK);
	report_done(&report);
	logs_close(&logs);
	return is_more;
}

static void test_rollback_of_interrupted(void **state)
{
	struct ds_request request = {.verb = DS_VERB_ROLLBACK, .module = (char *)"net"};

	(void)state;
	assert_false(rolls_back_more(DS_VERB_SWAP, &request));
	/* A rollback that was undone is still to be made. */
	assert_true(rolls_back_more(DS_VERB_ROLLBACK, &request));
	request.is_original = true;
	assert_true(rolls_back_more(DS_VERB_SWAP, &request));
	request.is_original = false;
	request.module = (char *)"other";
	assert_true(rolls_back_more(DS_VERB_SWAP, &request));
	request = (struct ds_request){.verb = DS_VERB_SWAP, .module = (char *)"net"};
	assert_true(rolls_back_more(DS_VERB_SWAP, &request));
}

static int enter(void **state)
{
	int r = enter_network_namespace(state);

	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_end_of_nothing),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_stuck_in_the_rollback),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_recover_first),
		cmocka_unit_test(test_rollback_of_interrupted),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
