/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a recovery writes into the history, where its caller is often nobody. */

#include "scene.h"

#include <errno.h>
#include <json-c/json.h>

#define WHY "the process that did the work (7) was ended by signal 9"

/* The scene after a death in this operation, or in a record where it is none. */
static void open_dead(struct scene *scene, const struct fake_setup *setup, enum ds_op_kind op)
{
	scene_open(scene, setup);
	scene->host.faults[0] = (struct fake_fault){
		.call = op ? FAKE_CALL_APPLY : FAKE_CALL_RECORD,
		.op = op,
		.at = 1,
		.when = FAKE_AFTER,
		.is_death = true,
	};
	scene_run(scene);
	assert_true(scene->host.is_dead);
	assert_string_equal(scene->host.logs[DS_LOG_HISTORY], "");
	fake_revive(&scene->host);
}

static void recover(struct scene *scene)
{
	const struct ds_recovery recovery = {.boot_id = fake_boot_id(&scene->host), .why = WHY};

	ds_record_done(&ds_outcome_record, &scene->outcome);
	scene->error = (struct ds_error){0};
	scene->result =
		ds_txn_recover(&scene->host.door, &recovery, NULL, &scene->outcome, &scene->error);
}

/* The line of that number, from 0. */
static void read_past(const struct scene *scene, int number, struct ds_outcome *ret_outcome)
{
	const char *line = scene->host.logs[DS_LOG_HISTORY];
	struct json_object *json;
	struct ds_error error = {0};

	for (int i = 0; i < number; i++) {
		line = strchr(line, '\n');
		assert_non_null(line++);
	}
	json = json_tokener_parse(line);
	assert_int_equal(ds_record_from_json(&ds_outcome_record, json, ret_outcome, &error), 0);
	json_object_put(json);
	assert_string_equal(ret_outcome->id, "1700000000-1");
	assert_string_equal(ret_outcome->verb, "swap");
	assert_string_equal(ret_outcome->module, "net");
	assert_string_equal(ret_outcome->to_digest, "new");
}

static int lines(const struct scene *scene)
{
	int count = 0;

	for (const char *c = scene->host.logs[DS_LOG_HISTORY]; *c; c++)
		count += *c == '\n';
	return count;
}

/* Nothing was changed, or nothing that is left: who looks finds that it has failed, and why. */
static void test_failed(void **state)
{
	static const struct fake_setup setup = {.name = "failed"};
	static const enum ds_op_kind ops[] = {DS_OP_NONE, DS_OP_FILE_STAGE, DS_OP_MODULE_PROVE};

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct ds_outcome past = {0};
		struct scene scene;

		open_dead(&scene, &setup, ops[i]);
		recover(&scene);
		assert_int_equal(scene.outcome.kind, DS_OUTCOME_FAILED);
		assert_int_equal(lines(&scene), 1);
		read_past(&scene, 0, &past);
		assert_int_equal(past.kind, DS_OUTCOME_FAILED);
		assert_string_equal(past.error, WHY);
		assert_string_equal(scene.host.logs[DS_LOG_JOURNAL], "");
		ds_record_done(&ds_outcome_record, &past);
		scene_close(&scene);
	}
}

/* A run itself tells its caller, and a failure without a trace is no history. */
static void test_failed_run(void **state)
{
	static const struct fake_setup setup = {.name = "told", .candidate = "new-refused"};
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	scene_run(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_FAILED);
	assert_string_equal(scene.host.logs[DS_LOG_HISTORY], "");
	scene_close(&scene);
}

/* Each attempt has a line of its own, and the journal waits for the one that succeeds. */
static void test_incomplete(void **state)
{
	static const struct fake_setup setup = {.name = "incomplete"};
	struct ds_outcome first = {0}, second = {0};
	struct scene scene;

	(void)state;
	open_dead(&scene, &setup, DS_OP_MODULE_INSERT);
	scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_FILE_REMOVE, .at = 1, .is_lasting = true};
	recover(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_INCOMPLETE);
	assert_int_equal(lines(&scene), 1);
	read_past(&scene, 0, &first);
	assert_int_equal(first.kind, DS_OUTCOME_INCOMPLETE);
	assert_non_null(strstr(first.error, "the rollback is incomplete"));
	assert_non_null(strstr(first.error, "fault injected"));
	assert_string_not_equal(scene.host.logs[DS_LOG_JOURNAL], "");
	fake_revive(&scene.host);
	recover(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_int_equal(lines(&scene), 2);
	read_past(&scene, 1, &second);
	assert_int_equal(second.kind, DS_OUTCOME_ROLLED_BACK);
	assert_string_equal(second.error, WHY);
	assert_string_equal(scene.host.logs[DS_LOG_JOURNAL], "");
	ds_record_done(&ds_outcome_record, &first);
	ds_record_done(&ds_outcome_record, &second);
	scene_close(&scene);
}

/* Nobody knows whether to go on or back where the host cannot be looked at. */
static void test_cannot_be_told(void **state)
{
	static const struct fake_setup setup = {.name = "cannot be told"};
	struct ds_outcome past = {0};
	struct scene scene;

	(void)state;
	open_dead(&scene, &setup, DS_OP_FILE_EXCHANGE);
	scene.host.faults[0] = (struct fake_fault){.call = FAKE_CALL_LOOK, .at = 1};
	recover(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_INCOMPLETE);
	read_past(&scene, 0, &past);
	assert_int_equal(past.kind, DS_OUTCOME_INCOMPLETE);
	assert_non_null(strstr(past.error, "it cannot be told what to do"));
	assert_string_not_equal(scene.host.logs[DS_LOG_JOURNAL], "");
	ds_record_done(&ds_outcome_record, &past);
	scene_close(&scene);
}

/*
 * What the history did not take is no end: the caller hears of it, and the journal still leads the
 * next one there.
 */
static void test_no_history(void **state)
{
	static const struct fake_setup setup = {.name = "no history"};
	struct ds_outcome past = {0};
	struct scene scene;

	(void)state;
	open_dead(&scene, &setup, DS_OP_NONE);
	scene.host.faults[0] =
		(struct fake_fault){.call = FAKE_CALL_RECORD, .at = 1, .is_lasting = true};
	recover(&scene);
	assert_int_equal(scene.result, -EIO);
	assert_non_null(strstr(scene.error.text, "history"));
	assert_string_not_equal(scene.host.logs[DS_LOG_JOURNAL], "");
	fake_revive(&scene.host);
	recover(&scene);
	assert_int_equal(scene.result, 0);
	read_past(&scene, 0, &past);
	assert_int_equal(past.kind, DS_OUTCOME_FAILED);
	ds_record_done(&ds_outcome_record, &past);
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_failed_run),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_cannot_be_told),
		cmocka_unit_test(test_no_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
