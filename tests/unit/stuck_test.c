/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The kernel does not come back: what is done to the disk, what is told, whether the host is
 * rebooted, and what happens when the kernel comes back after all.
 */

#include "scene.h"

#include <errno.h>

/* --- what the watcher hears ------------------------------------------------------------- */

struct listener {
	struct ds_watcher watcher; /* first */
	int told;
	struct ds_outcome outcome;
};

static void hear(struct ds_watcher *watcher, const struct ds_event *event)
{
	struct listener *listener = (struct listener *)watcher;

	if (event->kind != DS_EVENT_STUCK)
		return;
	listener->told++;
	ds_record_done(&ds_outcome_record, &listener->outcome);
	assert_int_equal(
		ds_record_copy(&ds_outcome_record, &event->outcome, &listener->outcome), 0);
}

static void run_heard(struct scene *scene, struct listener *ret_listener)
{
	*ret_listener = (struct listener){.watcher.tell = hear};
	scene->result = ds_txn_run(&scene->host.door, &scene->begin, &ret_listener->watcher,
		&scene->outcome, &scene->error);
	assert_string_equal(scene->host.broken, "");
}

static void close_heard(struct scene *scene, struct listener *listener)
{
	ds_record_done(&ds_outcome_record, &listener->outcome);
	scene_close(scene);
}

static bool history_has(const struct scene *scene, const char *kind)
{
	char text[64];

	snprintf(text, sizeof(text), "\"kind\":\"%s\"", kind);
	return strstr(scene->host.logs[DS_LOG_HISTORY], text);
}

static bool is_disk_as_before(const struct scene *scene)
{
	return ds_record_equal(&fake_disk_record, &scene->host.state.disk, &scene->host.start.disk);
}

static void assert_as_before(const struct scene *scene)
{
	char *text = fake_state_text(&scene->host.state);

	if (!fake_state_equal(&scene->host.state, &scene->host.start))
		fail_msg("%s: the host is not as before: %s", scene->setup->name, text);
	free(text);
}

/* --- it comes back ---------------------------------------------------------------------- */

static void test_late_return(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "init", .candidate = "new-init-hangs", .reboot = DS_REBOOT_NEVER},
		{.name = "init, all of it",
			.candidate = "new-init-hangs",
			.reboot = DS_REBOOT_NEVER,
			.has_previous = true,
			.has_holders = true},
		{.name = "exit of the old one",
			.running = "stock-exit-hangs",
			.reboot = DS_REBOOT_NEVER},
		{.name = "exit of the new one",
			.candidate = "new-exit-hangs",
			.reboot = DS_REBOOT_NEVER},
		{.name = "no reboot to be had",
			.candidate = "new-init-hangs",
			.reboot = DS_REBOOT_STUCK,
			.cannot_reboot = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct listener listener;
		struct scene scene;

		scene_open(&scene, &setups[i]);
		run_heard(&scene, &listener);
		assert_int_equal(listener.told, 1);
		assert_int_equal(listener.outcome.kind, DS_OUTCOME_INCOMPLETE);
		assert_non_null(strstr(listener.outcome.error, "Operation now in progress"));
		assert_non_null(listener.outcome.hint);
		assert_int_equal(scene.host.settled, 1);
		assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
		assert_string_equal(scene.host.logs[DS_LOG_JOURNAL], "");
		assert_true(history_has(&scene, "incomplete"));
		assert_true(history_has(&scene, "rolled-back"));
		assert_null(scene.outcome.hint);
		assert_as_before(&scene);
		close_heard(&scene, &listener);
	}
}

/* The rollback tells why it began, too. */
static void test_cause_is_told(void **state)
{
	static const struct fake_setup setup = {
		.name = "exit", .candidate = "new-exit-hangs", .reboot = DS_REBOOT_NEVER};
	struct listener listener;
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	run_heard(&scene, &listener);
	assert_non_null(strstr(listener.outcome.error, "module-unload"));
	assert_non_null(strstr(listener.outcome.error, "began because: link eth0"));
	close_heard(&scene, &listener);
}

/* --- it does not ------------------------------------------------------------------------ */

static void assert_recovers(struct scene *scene, const char *why)
{
	fake_revive(&scene->host);
	scene_recover(scene);
	assert_int_equal(scene->outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_non_null(strstr(scene->outcome.error, why));
	assert_string_equal(scene->host.logs[DS_LOG_JOURNAL], "");
	assert_true(is_disk_as_before(scene));
	assert_string_equal(fake_running_find(&scene->host.state, "net")->digest, "stock");
}

static void test_never_back(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "hangs",
			.candidate = "new-init-hangs",
			.has_packages = true,
			.reboot = DS_REBOOT_NEVER,
			.never_settles = true},
		{.name = "oops", .candidate = "new-init-oopses", .reboot = DS_REBOOT_NEVER},
		{.name = "oops, all of it",
			.candidate = "new-init-oopses",
			.reboot = DS_REBOOT_NEVER,
			.has_previous = true,
			.has_holders = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct listener listener;
		struct scene scene;

		scene_open(&scene, &setups[i]);
		run_heard(&scene, &listener);
		assert_int_equal(listener.told, 1);
		assert_int_equal(scene.outcome.kind, DS_OUTCOME_INCOMPLETE);
		assert_int_equal(listener.outcome.kind, DS_OUTCOME_INCOMPLETE);
		assert_int_equal(scene.host.settled, setups[i].never_settles ? 1 : 0);
		assert_int_equal(scene.host.boots, 0);
		assert_true(is_disk_as_before(&scene));
		assert_true(history_has(&scene, "incomplete"));
		assert_string_not_equal(scene.host.logs[DS_LOG_JOURNAL], "");
		fake_boot(&scene.host);
		assert_recovers(&scene, "the kernel was stuck");
		close_heard(&scene, &listener);
	}
}

/* Whoever reads the journal meanwhile finds in what: the files that were put back came later. */
static void test_stuck_undo_is_noted(void **state)
{
	static const struct fake_setup setup = {.name = "exit",
		.candidate = "new-exit-hangs",
		.reboot = DS_REBOOT_NEVER,
		.never_settles = true};
	struct ds_journal journal = {0};
	struct listener listener;
	struct ds_error error;
	struct scene scene;
	size_t noted = 0, at = 0;

	(void)state;
	scene_open(&scene, &setup);
	run_heard(&scene, &listener);
	assert_int_equal(ds_journal_parse(scene.host.logs[DS_LOG_JOURNAL], &journal, &error), 0);
	for (size_t i = 0; i < journal.entries.count; i++)
		if (journal.entries.items[i].kind == DS_ENTRY_STUCK) {
			noted++;
			at = i;
		}
	assert_int_equal(noted, 1);
	assert_true(at + 1 < journal.entries.count);
	assert_int_equal(journal.entries.items[at - 1].kind, DS_ENTRY_UNDO);
	assert_int_equal(journal.entries.items[at - 1].step, journal.entries.items[at].step);
	assert_int_equal(journal.begin.plan.steps.items[journal.entries.items[at].step].undo.kind,
		DS_OP_MODULE_UNLOAD);
	ds_record_done(&ds_journal_record, &journal);
	close_heard(&scene, &listener);
}

static void test_reboot(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "by the default route", .candidate = "new-init-hangs"},
		{.name = "asked for", .candidate = "new-init-oopses", .reboot = DS_REBOOT_STUCK},
		{.name = "in the rollback", .candidate = "new-exit-hangs"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct listener listener;
		struct scene scene;

		scene_open(&scene, &setups[i]);
		run_heard(&scene, &listener);
		assert_int_equal(scene.host.boots, 1);
		assert_int_equal(listener.told, 1);
		assert_non_null(strstr(listener.outcome.hint, "reboots now"));
		assert_true(history_has(&scene, "incomplete"));
		assert_true(is_disk_as_before(&scene));
		assert_recovers(&scene, "the kernel was stuck");
		close_heard(&scene, &listener);
	}
}

/* Before the trial the old driver runs: whatever is stuck then is no reason to reboot. */
static void test_no_reboot_before_the_trial(void **state)
{
	static const struct fake_setup setup = {
		.name = "dependency", .candidate = "new-needs-stuck", .reboot = DS_REBOOT_STUCK};
	struct listener listener;
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	run_heard(&scene, &listener);
	assert_int_equal(scene.host.boots, 0);
	assert_int_equal(listener.told, 1);
	assert_true(is_disk_as_before(&scene));
	assert_non_null(fake_running_find(&scene.host.state, "net"));
	close_heard(&scene, &listener);
}

/*
 * Stuck in a rollback of which the files were done: they are made true once more, which asks
 * nothing of the kernel; and what is said of the disk is what is the case.
 */
static void test_files_are_told(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "left",
			.candidate = "new-exit-hangs-later",
			.reboot = DS_REBOOT_NEVER,
			.never_settles = true},
		{.name = "rebooted",
			.candidate = "new-exit-hangs-later",
			.reboot = DS_REBOOT_STUCK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		for (int fails = 0; fails < 2; fails++) {
			struct listener listener;
			struct scene scene;

			scene_open(&scene, &setups[i]);
			/* The commit is undone; its second exchange is that of the undo. */
			scene.host.faults[0] = (struct fake_fault){
				.call = FAKE_CALL_APPLY, .op = DS_OP_DEPMOD, .at = 1};
			if (fails)
				scene.host.faults[1] = (struct fake_fault){.call = FAKE_CALL_APPLY,
					.op = DS_OP_FILE_EXCHANGE,
					.at = 2,
					.is_lasting = true};
			run_heard(&scene, &listener);
			assert_int_equal(listener.told, 1);
			assert_non_null(listener.outcome.hint);
			assert_int_equal(!strstr(listener.outcome.hint, "could not all be put back "
									"("),
				!fails);
			assert_int_equal(
				!strstr(listener.outcome.hint, "the disk boots the old driver"),
				fails);
			assert_int_equal(is_disk_as_before(&scene), !fails);
			close_heard(&scene, &listener);
		}
	}
}

/* It came back before the trial: what is called a rollback was looked at. */
static void test_verified_before_the_trial(void **state)
{
	static const struct fake_setup setup = {
		.name = "dependency", .candidate = "new-needs-slow", .reboot = DS_REBOOT_NEVER};
	struct listener listener;
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	run_heard(&scene, &listener);
	assert_int_equal(listener.told, 1);
	assert_int_equal(scene.host.settled, 1);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_true(scene.outcome.verdict.facts.count > 0);
	assert_true(scene.outcome.verdict.is_ok);
	assert_as_before(&scene);
	close_heard(&scene, &listener);
}

/* --- the old module does not come back by itself ----------------------------------------- */

static void test_second_way_back(void **state)
{
	static const struct fake_setup setup = {
		.name = "insert fails", .candidate = "new-no-carrier", .reboot = DS_REBOOT_NEVER};
	struct scene scene;

	(void)state;
	/* The second insertion is that of the old module; modprobe loads it. */
	scene_open(&scene, &setup);
	scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_MODULE_INSERT, .at = 2, .is_lasting = true};
	scene_run(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_as_before(&scene);
	scene_close(&scene);
	/* Modprobe fails twice; the third time it does not. */
	scene_open(&scene, &setup);
	scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_MODULE_INSERT, .at = 2, .is_lasting = true};
	scene.host.faults[1] =
		(struct fake_fault){.call = FAKE_CALL_APPLY, .op = DS_OP_MODULE_LOAD, .at = 1};
	scene_run(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_as_before(&scene);
	scene_close(&scene);
}

static void test_no_way_back(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "left", .candidate = "new-no-carrier", .reboot = DS_REBOOT_NEVER},
		{.name = "rebooted", .candidate = "new-no-carrier"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		bool reboots = setups[i].reboot != DS_REBOOT_NEVER;
		struct listener listener;
		struct scene scene;

		scene_open(&scene, &setups[i]);
		scene.host.faults[0] = (struct fake_fault){.call = FAKE_CALL_APPLY,
			.op = DS_OP_MODULE_INSERT,
			.at = 2,
			.is_lasting = true};
		scene.host.faults[1] = (struct fake_fault){.call = FAKE_CALL_APPLY,
			.op = DS_OP_MODULE_LOAD,
			.at = 1,
			.is_lasting = true};
		run_heard(&scene, &listener);
		assert_int_equal(scene.outcome.kind, DS_OUTCOME_INCOMPLETE);
		assert_int_equal(scene.host.boots, reboots ? 1 : 0);
		assert_non_null(strstr(listener.outcome.error, "modprobe fails as well"));
		assert_true(is_disk_as_before(&scene));
		/* Whoever took away what was in the way need not reboot. */
		memset(scene.host.faults, 0, sizeof(scene.host.faults));
		assert_recovers(
			&scene, reboots ? "the kernel was stuck, and the host was rebooted"
					: "the kernel was stuck, and drvswap was interrupted");
		close_heard(&scene, &listener);
	}
}

/* --- too slow, not stuck ------------------------------------------------------------------ */

/* What was broken off on the way back goes on; the kernel is not called stuck for it. */
static void test_slow_way_back(void **state)
{
	static const enum ds_op_kind slow[] = {
		DS_OP_NETWORK_RESTORE, DS_OP_NETWORK_SETTINGS, DS_OP_DEVICES_WAIT};
	static const struct fake_setup setup = {.name = "slow", .candidate = "new-no-carrier"};

	(void)state;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
			struct listener listener;
			struct scene scene;

			scene_open(&scene, &setup);
			/* The first is that of the way there, where it got as far. */
			scene.host.faults[0] = (struct fake_fault){.call = FAKE_CALL_APPLY,
				.op = slow[i],
				.at = slow[i] == DS_OP_NETWORK_SETTINGS ? 1 : 2,
				.when = FAKE_MIDDLE,
				.is_lasting = is_lasting,
				.code = -ETIME};
			run_heard(&scene, &listener);
			assert_int_equal(listener.told, 0);
			assert_int_equal(scene.host.boots, 0);
			assert_int_equal(scene.outcome.kind,
				is_lasting ? DS_OUTCOME_INCOMPLETE : DS_OUTCOME_ROLLED_BACK);
			if (!is_lasting)
				assert_as_before(&scene);
			close_heard(&scene, &listener);
		}
	}
}

/* --- a shutdown ------------------------------------------------------------------------- */

static void test_shutdown_in_the_window(void **state)
{
	static const struct fake_setup setup = {.name = "shutdown",
		.confirm_s = 60,
		.word = DS_WORD_SHUTDOWN,
		.is_word_late = true};
	struct listener listener;
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	run_heard(&scene, &listener);
	assert_int_equal(listener.told, 0);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_INCOMPLETE);
	assert_non_null(strstr(scene.outcome.error, "shut down"));
	/* No rollback, which would only cost time: but the disk is right. */
	assert_string_equal(fake_running_find(&scene.host.state, "net")->digest, "new");
	assert_true(is_disk_as_before(&scene));
	fake_boot(&scene.host);
	assert_recovers(&scene, "the host was shut down before the swap was confirmed");
	close_heard(&scene, &listener);
}

/* It was called off: whoever recovers on the same boot gets the old driver as well. */
static void test_shutdown_that_did_not_come(void **state)
{
	static const struct fake_setup setup = {.name = "shutdown",
		.confirm_s = 60,
		.word = DS_WORD_SHUTDOWN,
		.is_word_late = true};
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	scene_run(&scene);
	assert_recovers(&scene, "the host was shut down");
	assert_as_before(&scene);
	scene_close(&scene);
}

static void test_shutdown_before_the_trial(void **state)
{
	static const struct fake_setup setup = {.name = "shutdown", .word = DS_WORD_SHUTDOWN};
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	scene_run(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_FAILED);
	assert_string_equal(scene.host.logs[DS_LOG_JOURNAL], "");
	assert_as_before(&scene);
	scene_close(&scene);
}

/* --- the decision ----------------------------------------------------------------------- */

static void test_decision(void **state)
{
	static const struct {
		enum ds_reboot reboot;
		bool has_ssh, has_route, has_other, reboots;
		const char *why;
	} rows[] = {
		{DS_REBOOT_BY_LINKS, true, true, true, true, "your SSH connection runs over eth1"},
		{DS_REBOOT_BY_LINKS, true, false, false, true, "your SSH connection"},
		{DS_REBOOT_BY_LINKS, false, true, false, true,
			"the only default route runs over eth0"},
		{DS_REBOOT_BY_LINKS, false, true, true, false, "other ways to it are left"},
		{DS_REBOOT_BY_LINKS, false, false, false, false, "other ways to it are left"},
		{DS_REBOOT_NEVER, true, true, false, false, "--reboot=never"},
		{DS_REBOOT_STUCK, false, false, true, true, "--reboot=stuck"},
	};
	static const struct fake_setup setup = {.name = "decision"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ds_network *network;
		struct scene scene;

		scene_open(&scene, &setup);
		ds_record_done(&ds_plan_record, &scene.begin.plan);
		network = &scene.begin.before.network;
		network->links.items[0].has_default_route = rows[i].has_route;
		network->links.items[1].has_caller_ssh = rows[i].has_ssh;
		network->has_other_default = rows[i].has_other;
		scene.begin.request.reboot = (int)rows[i].reboot;
		assert_int_equal(ds_plan_build(&scene.begin.request, &scene.begin.before,
					 &scene.begin.plan, &scene.error),
			0);
		assert_int_equal(scene.begin.plan.reboots_if_stuck, rows[i].reboots);
		assert_non_null(strstr(scene.begin.plan.if_stuck, rows[i].why));
		scene_close(&scene);
	}
}

/* Files alone cannot make the kernel stick. */
static void test_decision_without_a_trial(void **state)
{
	static const struct fake_setup setup = {.name = "files", .is_not_loaded = true};
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	assert_null(scene.begin.plan.if_stuck);
	assert_false(scene.begin.plan.reboots_if_stuck);
	scene_close(&scene);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_return),
		cmocka_unit_test(test_cause_is_told),
		cmocka_unit_test(test_never_back),
		cmocka_unit_test(test_stuck_undo_is_noted),
		cmocka_unit_test(test_reboot),
		cmocka_unit_test(test_no_reboot_before_the_trial),
		cmocka_unit_test(test_files_are_told),
		cmocka_unit_test(test_verified_before_the_trial),
		cmocka_unit_test(test_second_way_back),
		cmocka_unit_test(test_no_way_back),
		cmocka_unit_test(test_slow_way_back),
		cmocka_unit_test(test_shutdown_in_the_window),
		cmocka_unit_test(test_shutdown_that_did_not_come),
		cmocka_unit_test(test_shutdown_before_the_trial),
		cmocka_unit_test(test_decision),
		cmocka_unit_test(test_decision_without_a_trial),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
