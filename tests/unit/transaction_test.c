/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The two promises that matter most, for every kind of plan: whatever fails, the host is back
 * where it was and the outcome says so; wherever the process dies, recovery brings the old host
 * or the new one.
 */

#include "scene.h"

#include <errno.h>

/* Where a fault struck: for the message of a failed assertion. */
struct point {
	struct scene scene;
	char text[256];
};

#define INITRAMFS_SUFFIX ".drvswap"

struct tally {
	int points, incomplete;
};

static const char *const call_names[] = {"apply", "record", "look"};
static const char *const when_names[] = {"before", "middle", "after"};

#define ENSURE(point, condition)                                                                   \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_point(point, #condition, __LINE__);                                   \
	} while (0)

static void fail_point(const struct point *point, const char *condition, int line)
{
	char *text = fake_state_text(&point->scene.host.state);

	/* Not print_message(): it cuts. */
	fprintf(stderr, "%s\njournal:\n%s\nhistory:\n%s\n", text,
		point->scene.host.logs[DS_LOG_JOURNAL], point->scene.host.logs[DS_LOG_HISTORY]);
	free(text);
	fail_msg("%s, %s: line %d: not %s; outcome %s: %s", point->scene.setup->name, point->text,
		line, condition, ds_outcome_kind_names[point->scene.outcome.kind],
		point->scene.outcome.error ? point->scene.outcome.error : "-");
}

/* --- what can be expected --------------------------------------------------------------- */

struct expected {
	struct fake_state start, goal; /* of the running host */
	struct fake_state start_booted, goal_booted;
	int calls[FAKE_CALL_COUNT];
};

static void keep_states(
	struct scene *scene, struct fake_state *ret_now, struct fake_state *ret_booted)
{
	fake_state_copy(&scene->host.state, ret_now);
	fake_boot(&scene->host);
	fake_state_copy(&scene->host.state, ret_booted);
}

static void expected_learn(const struct fake_setup *setup, struct expected *ret_expected)
{
	struct scene scene;

	memset(ret_expected, 0, sizeof(*ret_expected));
	scene_open(&scene, setup);
	keep_states(&scene, &ret_expected->start, &ret_expected->start_booted);
	scene_close(&scene);

	scene_open(&scene, setup);
	scene_run(&scene);
	if (scene.outcome.kind != DS_OUTCOME_DONE || scene.host.broken[0])
		fail_msg("%s: %s: %s %s", setup->name, ds_outcome_kind_names[scene.outcome.kind],
			scene.outcome.error, scene.host.broken);
	assert_int_equal(scene.result, 0);
	assert_string_equal(scene.host.logs[DS_LOG_JOURNAL], "");
	assert_null(scene.outcome.hint);
	memcpy(ret_expected->calls, scene.host.calls, sizeof(ret_expected->calls));
	keep_states(&scene, &ret_expected->goal, &ret_expected->goal_booted);
	assert_false(fake_state_equal(&ret_expected->start, &ret_expected->goal));
	scene_close(&scene);
}

static void expected_done(struct expected *expected)
{
	ds_record_done(&fake_state_record, &expected->start);
	ds_record_done(&fake_state_record, &expected->goal);
	ds_record_done(&fake_state_record, &expected->start_booted);
	ds_record_done(&fake_state_record, &expected->goal_booted);
}

/* --- one point -------------------------------------------------------------------------- */

static void point_run(struct point *point, const struct fake_setup *setup,
	const struct fake_fault *first, const struct fake_fault *second)
{
	scene_open(&point->scene, setup);
	point->scene.host.faults[0] = *first;
	if (second)
		point->scene.host.faults[1] = *second;
	snprintf(point->text, sizeof(point->text), "%s %d fails %s%s%s", call_names[first->call],
		first->at, when_names[first->when], first->is_death ? ", death" : "",
		first->is_lasting ? ", for ever" : "");
	if (second)
		snprintf(point->text + strlen(point->text),
			sizeof(point->text) - strlen(point->text), ", then %s %d %s",
			call_names[second->call], second->at, when_names[second->when]);
	scene_run(&point->scene);
}

static bool is_at(const struct point *point, const struct fake_state *state)
{
	return fake_state_equal(&point->scene.host.state, state);
}

static bool is_back(const struct ds_outcome *outcome)
{
	return outcome->kind == DS_OUTCOME_FAILED || outcome->kind == DS_OUTCOME_ROLLED_BACK;
}

/* Where no file holds the code that runs, the plan said so and nothing can bring it back. */
static bool has_no_way_back(const struct point *point)
{
	return point->scene.setup->is_not_installed;
}

/* What a past outcome says must fit the host. */
static bool history_says(const struct point *point, const char *kind)
{
	char text[64];

	snprintf(text, sizeof(text), "\"kind\":\"%s\"", kind);
	return strstr(point->scene.host.logs[DS_LOG_HISTORY], text);
}

static void ensure_promises(const struct point *point)
{
	if (point->scene.host.broken[0])
		fail_point(point, point->scene.host.broken, __LINE__);
}

/* After a run that did not die. */
static void ensure_truth(const struct point *point, const struct expected *expected)
{
	const struct ds_outcome *outcome = &point->scene.outcome;
	bool is_open = point->scene.host.logs[DS_LOG_JOURNAL][0];

	ensure_promises(point);
	ENSURE(point, (outcome->kind == DS_OUTCOME_DONE) == (point->scene.result == 0));
	ENSURE(point, (outcome->kind == DS_OUTCOME_DONE) == !outcome->error);
	if (outcome->kind == DS_OUTCOME_DONE)
		/* What could not be cleaned up is told. */
		ENSURE(point, is_at(point, &expected->goal) || outcome->hint);
	else if (is_back(outcome))
		ENSURE(point, is_at(point, &expected->start));
	else
		ENSURE(point, outcome->kind == DS_OUTCOME_INCOMPLETE && is_open && outcome->hint);
	ENSURE(point, !is_open || outcome->hint);
}

/* After a recovery: the old host or the new one, told truly, and nothing more to do. */
static void ensure_recovered(
	struct point *point, const struct fake_state *start, const struct fake_state *goal)
{
	const struct ds_outcome *outcome = &point->scene.outcome;
	bool is_done = outcome->kind == DS_OUTCOME_DONE;

	/* Nothing to do is also what is found when all but the emptying of the journal was done. */
	if (outcome->kind == DS_OUTCOME_NOTHING)
		is_done = history_says(point, "done");
	else
		ENSURE(point, is_done || is_back(outcome));
	ensure_promises(point);
	ENSURE(point, is_at(point, is_done ? goal : start));
	ENSURE(point, point->scene.host.logs[DS_LOG_JOURNAL][0] == '\0');

	fake_revive(&point->scene.host);
	scene_recover(&point->scene);
	ENSURE(point, outcome->kind == DS_OUTCOME_NOTHING && point->scene.result == 0);
	ENSURE(point, point->scene.host.calls[FAKE_CALL_APPLY] == 0);
	ENSURE(point, is_at(point, is_done ? goal : start));
}

/* --- (a) everything fails once ---------------------------------------------------------- */

/* The n-th call of apply in a run without faults belongs to this phase. */
static enum ds_phase phase_of_apply(const struct ds_plan *plan, int at)
{
	for (size_t i = 0; i < plan->steps.count; i++) {
		int kind = plan->steps.items[i].op.kind;

		if (kind == DS_OP_NONE || kind == DS_OP_HOST_COMPARE || kind == DS_OP_VERIFY ||
			kind == DS_OP_CONFIRM || kind == DS_OP_PROOF_KEY || kind == DS_OP_PROOF_ACK)
			continue;
		if (--at == 0)
			return (enum ds_phase)plan->steps.items[i].phase;
	}
	return DS_PHASE_CLEAN;
}

static void ensure_kind_fits(const struct point *point, const struct fake_fault *fault)
{
	static const int kinds[DS_PHASE_COUNT] = {
		DS_OUTCOME_FAILED, DS_OUTCOME_ROLLED_BACK, DS_OUTCOME_ROLLED_BACK, DS_OUTCOME_DONE};
	int kind = kinds[phase_of_apply(&point->scene.begin.plan, fault->at)];
	const struct ds_outcome *outcome = &point->scene.outcome;

	if (fault->call != FAKE_CALL_APPLY)
		return;
	if (has_no_way_back(point) && outcome->kind == DS_OUTCOME_INCOMPLETE)
		return;
	ENSURE(point, outcome->kind == kind);
}

static void fail_at(const struct fake_setup *setup, const struct expected *expected,
	const struct fake_fault *fault, struct tally *tally)
{
	struct point point;

	point_run(&point, setup, fault, NULL);
	tally->points++;
	ensure_truth(&point, expected);
	ensure_kind_fits(&point, fault);
	if (!has_no_way_back(&point))
		ENSURE(&point, point.scene.outcome.kind != DS_OUTCOME_INCOMPLETE);
	tally->incomplete += point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE;
	/* What could not be written away is finished by the next process. */
	if (point.scene.host.logs[DS_LOG_JOURNAL][0] && !has_no_way_back(&point)) {
		fake_revive(&point.scene.host);
		scene_recover(&point.scene);
		ensure_recovered(&point, &expected->start, &expected->goal);
	}
	scene_close(&point.scene);
}

/*
 * The sanitizers make a point ten times as expensive: where the plain build tries them all, this
 * one may be told to try every n-th.
 */
static bool is_left_out(int point)
{
	static int stride;

	if (stride == 0) {
		const char *text = getenv("DRVSWAP_TEST_STRIDE");

		stride = text ? atoi(text) : 1;
		assert_true(stride > 0);
	}
	return point % stride != 0;
}

/* Sampled: of the plainer setups only one of before, middle and after at each point. */
static void each_failure(void (*try)(const struct fake_setup *, const struct expected *,
				 const struct fake_fault *, struct tally *),
	struct fake_fault fault, bool is_sampled, const char *what)
{
	int points = 0, point = 0;

	for (const struct fake_setup *setup = scene_setups; setup->name; setup++) {
		struct expected expected;
		struct tally tally = {0};

		expected_learn(setup, &expected);
		for (int call = 0; call < FAKE_CALL_COUNT; call++) {
			for (int at = 1; at <= expected.calls[call]; at++) {
				for (int when = 0; when < FAKE_WHEN_COUNT; when++) {
					if ((is_sampled && !setup->is_rich &&
						    when != at % FAKE_WHEN_COUNT) ||
						is_left_out(point++))
						continue;
					fault.call = (enum fake_call)call;
					fault.at = at;
					fault.when = (enum fake_when)when;
					try(setup, &expected, &fault, &tally);
				}
			}
		}
		if (tally.points > 0)
			print_message("%s, %s: %d points, %d survived, %d told as incomplete\n",
				what, setup->name, tally.points, tally.points - tally.incomplete,
				tally.incomplete);
		points += tally.points;
		expected_done(&expected);
	}
	print_message("%s: %d points\n", what, points);
}

static void test_every_failure(void **state)
{
	(void)state;
	each_failure(fail_at, (struct fake_fault){0}, false, "failure");
}

/* --- (a) and the way back fails too ----------------------------------------------------- */

/* The only undo for which there is a second way: modprobe. */
/* The one undo that has it. */
static bool is_second_way(const struct point *point)
{
	return point->scene.host.struck == DS_OP_MODULE_INSERT;
}

/* What udev could have loaded in between is what comes back. */
static bool is_precaution(const struct point *point)
{
	return point->scene.host.struck == DS_OP_AUTOLOAD_STOP;
}

static void fail_twice(const struct fake_setup *setup, const struct expected *expected,
	const struct fake_fault *first, struct tally *tally)
{
	if (first->call != FAKE_CALL_APPLY || setup->is_not_installed)
		return;
	for (int at = first->at + 1;; at++) {
		struct fake_fault second = {
			.call = FAKE_CALL_APPLY,
			.at = at,
			.when = (enum fake_when)((at + (int)first->when) % FAKE_WHEN_COUNT),
		};
		struct point point;
		bool is_over;

		point_run(&point, setup, first, &second);
		is_over = point.scene.host.calls[FAKE_CALL_APPLY] < at;
		tally->points += !is_over;
		ensure_truth(&point, expected);
		/* What is back then was looked at above. */
		if (!is_over && point.scene.outcome.kind != DS_OUTCOME_DONE &&
			!is_second_way(&point) && !is_precaution(&point))
			ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE);
		if (point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE) {
			fake_revive(&point.scene.host);
			/* And the next attempt fails too, somewhere, before the one that ends it.
			 */
			point.scene.host.faults[0] = (struct fake_fault){
				.call = FAKE_CALL_APPLY, .at = 1 + (at + first->at) % 7};
			scene_recover(&point.scene);
			fake_revive(&point.scene.host);
			if (!is_back(&point.scene.outcome))
				scene_recover(&point.scene);
			ENSURE(&point, is_back(&point.scene.outcome));
			ensure_recovered(&point, &expected->start, &expected->goal);
		}
		scene_close(&point.scene);
		if (is_over)
			return;
	}
}

static void test_every_failed_rollback(void **state)
{
	(void)state;
	each_failure(fail_twice, (struct fake_fault){0}, true, "failed rollback");
}

/* --- (b) death everywhere --------------------------------------------------------------- */

/*
 * As the boot does it: the files first, and the rest when the host is up. In between the journal
 * stays, and where the files were made one of the two hosts, the whole recovery agrees.
 */
static void recover_files(struct point *point)
{
	const struct fake_file *installed =
		fake_file_find(&point->scene.host.state, FAKE_INSTALLED);
	bool had_journal = point->scene.host.logs[DS_LOG_JOURNAL][0];
	bool had_second = fake_file_find(&point->scene.host.state, FAKE_INITRAMFS INITRAMFS_SUFFIX);
	char *image = NULL, *history = strdup(point->scene.host.logs[DS_LOG_HISTORY]);

	if (point->scene.setup->initramfs)
		ds_string_set(
			&image, fake_file_find(&point->scene.host.state, FAKE_INITRAMFS)->digest);
	scene_recover_some(&point->scene, true);
	ensure_promises(point);
	ENSURE(point, point->scene.outcome.kind != DS_OUTCOME_INCOMPLETE);
	ENSURE(point, had_journal == (point->scene.host.logs[DS_LOG_JOURNAL][0] != '\0'));
	ENSURE(point, strcmp(history, point->scene.host.logs[DS_LOG_HISTORY]) == 0);
	if (installed)
		ENSURE(point, fake_file_find(&point->scene.host.state, FAKE_INSTALLED));
	/* The images are for later. */
	ENSURE(point, had_second == (fake_file_find(&point->scene.host.state,
					     FAKE_INITRAMFS INITRAMFS_SUFFIX) != NULL));
	if (image)
		ENSURE(point,
			strcmp(image,
				fake_file_find(&point->scene.host.state, FAKE_INITRAMFS)->digest) ==
				0);
	free(history);
	free(image);
}

static void die_at(const struct fake_setup *setup, const struct expected *expected,
	const struct fake_fault *fault, struct tally *tally)
{
	static const char *const names[] = {"same boot", "other boot", "other boot, twice"};

	/* The plainer setups have no initramfs to be left for later. */
	for (int boots = 0; boots < (setup->is_rich || setup->initramfs ? 3 : 2); boots++) {
		struct point point;

		point_run(&point, setup, fault, NULL);
		snprintf(point.text + strlen(point.text), sizeof(point.text) - strlen(point.text),
			", %s", names[boots]);
		tally->points++;
		if (boots)
			fake_boot(&point.scene.host);
		fake_revive(&point.scene.host);
		if (boots == 2)
			recover_files(&point);
		scene_recover(&point.scene);
		if (has_no_way_back(&point) && point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE) {
			tally->incomplete++;
			fake_boot(&point.scene.host);
			scene_recover(&point.scene);
			ensure_recovered(&point, &expected->start_booted, &expected->goal_booted);
		} else {
			ensure_recovered(&point, boots ? &expected->start_booted : &expected->start,
				boots ? &expected->goal_booted : &expected->goal);
		}
		scene_close(&point.scene);
	}
}

static void test_every_death(void **state)
{
	(void)state;
	each_failure(die_at, (struct fake_fault){.is_death = true}, false, "death");
}

/* A verified trial without files to exchange is the end: undoing it could only lose. */
static void test_verified_trial_stays(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "not installed",
			.is_not_installed = true,
			.has_panic = true,
			.override = "running-not-on-disk"},
		{.name = "parameters", .candidate = "stock", .param = "7", .has_panic = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct fake_fault fault = {.call = FAKE_CALL_RECORD, .is_death = true};
		struct expected expected;
		struct point point;

		expected_learn(&setups[i], &expected);
		/* The last three are the commit, the history, and the emptying of the journal. */
		fault.at = expected.calls[FAKE_CALL_RECORD] - 2;
		point_run(&point, &setups[i], &fault, NULL);
		fake_revive(&point.scene.host);
		scene_recover(&point.scene);
		ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_DONE);
		ensure_recovered(&point, &expected.start, &expected.goal);
		scene_close(&point.scene);
		expected_done(&expected);
	}
}

/* --- (b) and recovery dies too ---------------------------------------------------------- */

/* Dies at the given point of the run, then at every point of the recovery. */
static void die_again_at(const struct fake_setup *setup, const struct expected *expected,
	const struct fake_fault *first, struct tally *tally)
{
	if (first->call == FAKE_CALL_LOOK || first->when != FAKE_AFTER || !setup->is_rich)
		return;
	for (int at = 1;; at++) {
		/* The parity of the point decides the rest, or there would be too many. */
		bool is_record = at & 1, is_booted = (at + first->at) % 3 == 0;
		struct fake_fault second = {
			.call = is_record ? FAKE_CALL_RECORD : FAKE_CALL_APPLY,
			.at = (at + 1) / 2,
			.when = (enum fake_when)((at / 2 + first->at) % FAKE_WHEN_COUNT),
			.is_death = true,
		};
		struct point point;
		bool is_over;

		point_run(&point, setup, first, NULL);
		fake_revive(&point.scene.host);
		point.scene.host.faults[0] = second;
		scene_recover(&point.scene);
		is_over = !point.scene.host.is_dead && is_record;
		snprintf(point.text + strlen(point.text), sizeof(point.text) - strlen(point.text),
			", then %s %d %s%s", call_names[second.call], second.at,
			when_names[second.when], is_booted ? ", other boot" : "");
		if (is_booted)
			fake_boot(&point.scene.host);
		fake_revive(&point.scene.host);
		scene_recover(&point.scene);
		ensure_recovered(&point, is_booted ? &expected->start_booted : &expected->start,
			is_booted ? &expected->goal_booted : &expected->goal);
		scene_close(&point.scene);
		if (is_over)
			return;
		tally->points++;
	}
}

static void test_every_death_in_recovery(void **state)
{
	(void)state;
	each_failure(
		die_again_at, (struct fake_fault){.is_death = true}, false, "death in recovery");
}

/*
 * Udev was not told, on the way back, to leave the module alone: that is said, and nobody needs to
 * look at a host that is back.
 */
static void test_precaution_fails_on_the_way_back(void **state)
{
	static const struct fake_setup setup = {.name = "precaution",
		.confirm_s = 60,
		.word = DS_WORD_ROLLBACK,
		.is_word_late = true};
	const struct fake_fault fault = {
		.call = FAKE_CALL_APPLY, .op = DS_OP_AUTOLOAD_STOP, .at = 2};
	struct point point;

	(void)state;
	point_run(&point, &setup, &fault, NULL);
	assert_int_equal(point.scene.host.struck, DS_OP_AUTOLOAD_STOP);
	assert_int_equal(point.scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_string_equal(point.scene.outcome.hint, "On the way back: fault injected");
	assert_string_equal(point.scene.outcome.error, "a rollback was asked for");
	assert_true(is_at(&point, &point.scene.host.start));
	scene_close(&point.scene);
}

/* Somebody else has the lock that the dead one had: the commit is finished all the same. */
static void test_held_by_another(void **state)
{
	static const struct fake_setup setup = {.name = "held", .has_packages = true};
	const struct fake_fault death = {.call = FAKE_CALL_APPLY,
		.op = DS_OP_DEPMOD,
		.at = 1,
		.when = FAKE_BEFORE,
		.is_death = true};

	(void)state;
	for (int is_held = 0; is_held < 2; is_held++) {
		struct point point;

		point_run(&point, &setup, &death, NULL);
		fake_revive(&point.scene.host);
		assert_false(point.scene.host.is_holding);
		if (is_held)
			point.scene.host.faults[0] = (struct fake_fault){
				.call = FAKE_CALL_APPLY, .op = DS_OP_FILE_HOLD, .at = 1};
		scene_recover(&point.scene);
		assert_int_equal(point.scene.outcome.kind, DS_OUTCOME_DONE);
		assert_int_equal(point.scene.host.op_calls[DS_OP_FILE_HOLD], 1);
		assert_string_equal(point.scene.host.broken, "");
		/* What the process does next begins without it. */
		assert_false(point.scene.host.is_holding);
		scene_close(&point.scene);
	}
}

/* --- the disk of the journal is full ---------------------------------------------------- */

/*
 * From one record on none can be written; later, there is room again. The run rolls back all the
 * same. What it could not note a recovery does again: it may stumble over that (a holder that was
 * loaded again keeps another from being unloaded), but then says so on a host that is right.
 */
static void fill_at(const struct fake_setup *setup, const struct expected *expected,
	const struct fake_fault *fault, struct tally *tally)
{
	if (fault->call != FAKE_CALL_RECORD || fault->when == FAKE_AFTER || setup->is_not_installed)
		return;
	for (int boots = 0; boots < 2; boots++) {
		struct point point;

		point_run(&point, setup, fault, NULL);
		ensure_truth(&point, expected);
		ENSURE(&point, point.scene.outcome.kind != DS_OUTCOME_INCOMPLETE);
		if (boots)
			fake_boot(&point.scene.host);
		fake_revive(&point.scene.host);
		scene_recover(&point.scene);
		if (point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE && !boots) {
			ENSURE(&point, is_at(&point, &expected->start));
			tally->incomplete++;
		} else
			ensure_recovered(&point, boots ? &expected->start_booted : &expected->start,
				boots ? &expected->goal_booted : &expected->goal);
		scene_close(&point.scene);
		tally->points++;
	}
}

static void test_full_disk(void **state)
{
	(void)state;
	each_failure(fill_at, (struct fake_fault){.is_lasting = true}, true, "no more records");
}

/* --- candidates that misbehave, and what the user overrode ------------------------------- */

static const struct {
	struct fake_setup setup;
	int kind;
	const char *error; /* a part of it */
} candidates[] = {
	{{.name = "well", .candidate = "new"}, DS_OUTCOME_DONE, NULL},
	{{.name = "version", .expect_version = "2.0"}, DS_OUTCOME_DONE, NULL},
	{{.name = "refused", .candidate = "new-refused"}, DS_OUTCOME_FAILED, "module-prove"},
	{{.name = "init", .candidate = "new-init-fails"}, DS_OUTCOME_ROLLED_BACK, "module-insert"},
	{{.name = "bind", .candidate = "new-no-bind"}, DS_OUTCOME_ROLLED_BACK, "devices-wait"},
	{{.name = "carrier", .candidate = "new-no-carrier"}, DS_OUTCOME_ROLLED_BACK,
		"link eth0: was up, is up, no carrier (and 3 more)"},
	{{.name = "overtaken", .candidate = "new-overtaken"}, DS_OUTCOME_ROLLED_BACK,
		"module-insert"},
	{{.name = "autoloaded", .candidate = "new-autoloaded"}, DS_OUTCOME_DONE, NULL},
	{{.name = "version", .expect_version = "9.9"}, DS_OUTCOME_ROLLED_BACK, "driver-version"},
	{{.name = "version of nobody", .has_no_devices = true, .expect_version = "2.0"},
		DS_OUTCOME_ROLLED_BACK, "reported by nobody, not 2.0 as expected"},
	{{.name = "nobody confirms", .confirm_s = 60}, DS_OUTCOME_ROLLED_BACK,
		"nobody confirmed in time"},
	{{.name = "confirmed while it was verified",
		 .confirm_s = 5,
		 .word = DS_WORD_CONFIRM,
		 .is_word_late = true,
		 .word_at = 2,
		 .probe_ms = 10000},
		DS_OUTCOME_DONE, NULL},
	{{.name = "a stop", .confirm_s = 60, .word = DS_WORD_ROLLBACK}, DS_OUTCOME_FAILED,
		"a rollback was asked for"},
	{{.name = "deaf", .candidate = "new-deaf"}, DS_OUTCOME_ROLLED_BACK,
		"gateway 192.0.2.100: was answers, is does not answer"},
	{{.name = "deaf as before", .candidate = "new-deaf", .is_gateway_deaf = true},
		DS_OUTCOME_DONE, NULL},
	{{.name = "check broken", .candidate = "new-deaf", .check = "gateway"},
		DS_OUTCOME_ROLLED_BACK, "and 2 more"},
	{{.name = "check overridden", .check = "false", .override = "check-fails"}, DS_OUTCOME_DONE,
		NULL},
	{{.name = "warns", .candidate = "new-warns"}, DS_OUTCOME_ROLLED_BACK, "kernel-log"},
	{{.name = "hangs", .candidate = "new-tx-hangs"}, DS_OUTCOME_ROLLED_BACK, "tx-timeouts"},
	{{.name = "hung before", .running = "new-tx-hangs", .override = "running-not-on-disk"},
		DS_OUTCOME_DONE, NULL},
	{{.name = "deaf later", .candidate = "new-deaf-later", .confirm_s = 60},
		DS_OUTCOME_ROLLED_BACK, "gateway"},
	{{.name = "a key", .is_remote = true, .has_keyboard = true, .word = DS_WORD_CONFIRM},
		DS_OUTCOME_DONE, NULL},
	{{.name = "no key", .is_remote = true, .has_keyboard = true}, DS_OUTCOME_ROLLED_BACK,
		"no key was pressed"},
	{{.name = "acknowledged", .is_remote = true}, DS_OUTCOME_DONE, NULL},
	{{.name = "acknowledged at last", .is_remote = true, .lost = 3}, DS_OUTCOME_DONE, NULL},
	{{.name = "cut", .is_remote = true, .is_cut = true}, DS_OUTCOME_ROLLED_BACK,
		"your SSH connection ended"},
	{{.name = "cut and confirmed", .is_remote = true, .is_cut = true, .word = DS_WORD_CONFIRM},
		DS_OUTCOME_DONE, NULL},
	{{.name = "not acknowledged",
		 .is_remote = true,
		 .is_gateway_deaf = true,
		 .candidate = "new-deaf"},
		DS_OUTCOME_ROLLED_BACK, "acknowledged nothing"},
	{{.name = "confirmed from elsewhere",
		 .is_remote = true,
		 .is_gateway_deaf = true,
		 .candidate = "new-deaf",
		 .word = DS_WORD_CONFIRM},
		DS_OUTCOME_DONE, NULL},
	/* What runs then nobody ordered: it is left alone, and said. */
	{{.name = "other code", .candidate = "new-other-code"}, DS_OUTCOME_INCOMPLETE,
		"running-code"},
};

static void test_candidates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		struct point point = {0};

		scene_open(&point.scene, &candidates[i].setup);
		scene_run(&point.scene);
		ensure_promises(&point);
		ENSURE(&point, point.scene.outcome.kind == candidates[i].kind);
		ENSURE(&point, !candidates[i].error ||
				       strstr(point.scene.outcome.error, candidates[i].error));
		if (is_back(&point.scene.outcome))
			ENSURE(&point, is_at(&point, &point.scene.host.start));
		scene_close(&point.scene);
	}
}

/* What the journal had taken when the outage began, and when it was over. */
struct outage_watcher {
	struct ds_watcher watcher; /* first: a watcher is this one behind it */
	struct scene *scene;
	int at_unload, at_restored;
};

static void tell_outage(struct ds_watcher *watcher, const struct ds_event *event)
{
	struct outage_watcher *outage = (struct outage_watcher *)watcher;
	const struct ds_plan *plan = &outage->scene->begin.plan;
	int op = plan->steps.items[event->step].op.kind;
	int records = outage->scene->host.calls[FAKE_CALL_RECORD];

	if (event->kind == DS_EVENT_STEP_BEGUN && op == DS_OP_MODULE_UNLOAD && !outage->at_unload)
		outage->at_unload = records;
	if (event->kind == DS_EVENT_STEP_DONE && op == DS_OP_NETWORK_RESTORE)
		outage->at_restored = records;
}

/* No disk is waited for while the network is away. */
static void test_outage_waits_for_no_disk(void **state)
{
	static const struct fake_setup setup = {.name = "outage", .has_holders = true};
	struct outage_watcher watcher = {.watcher.tell = tell_outage};
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	watcher.scene = &scene;
	assert_int_equal(ds_txn_run(&scene.host.door, &scene.begin, &watcher.watcher,
				 &scene.outcome, &scene.error),
		0);
	assert_true(watcher.at_unload > 0);
	assert_int_equal(watcher.at_unload, watcher.at_restored);
	/* Each step twice, all the same; the begin, the commit, the history, and the emptying. */
	assert_int_equal(scene.host.calls[FAKE_CALL_RECORD], 2 * scene.begin.plan.steps.count + 4);
	scene_close(&scene);
}

/*
 * Somebody ends it (a TERM to the worker is that word) between any two steps and anywhere in the
 * window, whatever is waited for there: nothing is left that nobody confirmed.
 */
static void test_stop_anywhere(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "confirm", .confirm_s = 60, .word = DS_WORD_ROLLBACK},
		{.name = "key", .is_remote = true, .has_keyboard = true, .word = DS_WORD_ROLLBACK},
		{.name = "connection", .is_remote = true, .lost = 50, .word = DS_WORD_ROLLBACK},
		{.name = "image", .initramfs = "stock", .word = DS_WORD_ROLLBACK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct fake_setup setup = setups[i];
		bool is_over = false;

		for (setup.word_at = 1; !is_over; setup.word_at++) {
			struct point point = {0};

			scene_open(&point.scene, &setup);
			snprintf(point.text, sizeof(point.text), "listening %d", setup.word_at);
			scene_run(&point.scene);
			is_over = point.scene.host.listened < setup.word_at;
			ensure_promises(&point);
			ENSURE(&point, is_over || is_back(&point.scene.outcome));
			ENSURE(&point,
				is_over || strstr(point.scene.outcome.error, "was asked for"));
			ENSURE(&point, !is_back(&point.scene.outcome) ||
					       is_at(&point, &point.scene.host.start));
			ENSURE(&point, !point.scene.host.logs[DS_LOG_JOURNAL][0]);
			scene_close(&point.scene);
		}
		/* Between the steps, and where something is waited for, in the window. */
		assert_true(setup.word_at > (i < 3 ? 20 : 15));
	}
}

/* Also while the last step is at work: who has sent an INT was told that it is heeded. */
static void test_stop_in_last_step(void **state)
{
	struct fake_setup setup = {.name = "last", .word = DS_WORD_ROLLBACK};
	const struct ds_step *step;
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	for (step = scene.begin.plan.steps.items; step->phase != DS_PHASE_CLEAN; step++)
		scene.host.setup.word_at++;
	scene_run(&scene);
	assert_int_equal(scene.host.listened, scene.host.setup.word_at);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
	assert_string_equal(scene.outcome.error, "a rollback was asked for");
	scene_close(&scene);
}

/*
 * The stranger that ran is in no file: a rollback loads the installed one, as the plan said; but
 * as long as the stranger was not unloaded, it is the one that stays.
 */
static void test_way_back_to_other_code(void **state)
{
	static const struct fake_setup setup = {
		.name = "stranger", .running = "stranger", .override = "running-not-on-disk"};
	struct fake_fault fault = {.call = FAKE_CALL_APPLY};
	struct expected expected;

	(void)state;
	expected_learn(&setup, &expected);
	for (fault.at = 1; fault.at <= expected.calls[FAKE_CALL_APPLY]; fault.at++) {
		struct fake_state *now;
		struct point point;

		point_run(&point, &setup, &fault, NULL);
		now = &point.scene.host.state;
		ensure_promises(&point);
		ensure_kind_fits(&point, &fault);
		if (is_back(&point.scene.outcome)) {
			ENSURE(&point, ds_record_equal(&fake_disk_record, &now->disk,
					       &expected.start.disk));
			ENSURE(&point, is_at(&point, &expected.start) ||
					       strcmp(fake_running_find(now, "net")->digest,
						       "stock") == 0);
		}
		scene_close(&point.scene);
	}
	expected_done(&expected);
}

/* Someone's .new goes first, and no failure brings it back or trips over it. */
static void test_stale_new(void **state)
{
	static const struct fake_setup setup = {
		.name = "stale", .has_stale = true, .override = "stale-new"};
	struct fake_fault fault = {.call = FAKE_CALL_APPLY};
	struct expected expected;

	(void)state;
	expected_learn(&setup, &expected);
	for (fault.at = 1; fault.at <= expected.calls[FAKE_CALL_APPLY]; fault.at++) {
		struct point point;

		point_run(&point, &setup, &fault, NULL);
		ensure_kind_fits(&point, &fault);
		if (is_back(&point.scene.outcome)) {
			fake_file_drop(&point.scene.host.state, FAKE_FRESH);
			fake_file_drop(&expected.start, FAKE_FRESH);
			ENSURE(&point, is_at(&point, &expected.start));
		}
		scene_close(&point.scene);
	}
	expected_done(&expected);
}

/* Another file came to lie where ours was about to be staged: it is not ours to remove. */
static void test_new_appears(void **state)
{
	static const struct fake_setup setup = {.name = "race"};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	fake_file_add(&point.scene.host.state, FAKE_FRESH, "stranger", DS_COMPRESSION_NONE);
	scene_run(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_FAILED);
	ENSURE(&point, fake_file_find(&point.scene.host.state, FAKE_FRESH));
	scene_close(&point.scene);
}

/* Which call of apply does this kind of operation; 0: none. */
static int apply_of(const struct ds_plan *plan, enum ds_op_kind kind)
{
	int at = 0;

	for (size_t i = 0; i < plan->steps.count; i++) {
		int op = plan->steps.items[i].op.kind;

		at += op != DS_OP_NONE && op != DS_OP_HOST_COMPARE && op != DS_OP_VERIFY &&
		      op != DS_OP_CONFIRM;
		if (op == (int)kind)
			return at;
	}
	return 0;
}

/*
 * The power goes while the new image is made: the disk has the new file, the image brings the old
 * driver. Then all is undone; where the image was exchanged already, all is finished.
 */
static void test_image_decides(void **state)
{
	static const struct fake_setup setup = {.name = "image", .initramfs = "stock"};
	static const struct {
		enum ds_op_kind kind;
		enum fake_when when;
		const char *driver;
	} rows[] = {
		{DS_OP_INITRAMFS_BUILD, FAKE_BEFORE, "stock"},
		{DS_OP_INITRAMFS_BUILD, FAKE_MIDDLE, "stock"},
		{DS_OP_INITRAMFS_EXCHANGE, FAKE_BEFORE, "stock"},
		{DS_OP_INITRAMFS_EXCHANGE, FAKE_AFTER, "new"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_fault death = {
			.call = FAKE_CALL_APPLY, .when = rows[i].when, .is_death = true};
		struct point point = {0};
		struct fake_state *now;

		scene_open(&point.scene, &setup);
		death.at = apply_of(&point.scene.begin.plan, rows[i].kind);
		assert_true(death.at > 0);
		scene_close(&point.scene);
		point_run(&point, &setup, &death, NULL);
		now = &point.scene.host.state;
		fake_boot(&point.scene.host);
		recover_files(&point);
		/* The early half has put the files right already. */
		ENSURE(&point,
			strcmp(fake_file_find(now, FAKE_INSTALLED)->digest, rows[i].driver) == 0);
		scene_recover(&point.scene);
		ENSURE(&point, strcmp(fake_running_find(now, "net")->digest, rows[i].driver) == 0);
		ENSURE(&point,
			strcmp(fake_file_find(now, FAKE_INSTALLED)->digest, rows[i].driver) == 0);
		ENSURE(&point,
			strcmp(fake_file_find(now, FAKE_INITRAMFS)->digest, rows[i].driver) == 0);
		ENSURE(&point, !fake_file_find(now, FAKE_INITRAMFS INITRAMFS_SUFFIX));
		scene_close(&point.scene);
	}
}

static void change_candidate(struct fake_host *host)
{
	ds_string_set(&fake_file_find(&host->state, FAKE_CANDIDATE)->digest, "stranger");
}

static void change_installed(struct fake_host *host)
{
	ds_string_set(&fake_file_find(&host->state, FAKE_INSTALLED)->digest, "stranger");
}

static void change_previous(struct fake_host *host)
{
	fake_file_add(&host->state, FAKE_PREVIOUS, "stranger", DS_COMPRESSION_NONE);
}

static void change_running(struct fake_host *host)
{
	fake_code_stop(&host->state, "net");
}

static void change_users(struct fake_host *host)
{
	fake_code_start(&host->state, "upper", "");
}

static void change_mtu(struct fake_host *host)
{
	host->state.live.network.links.items[0].mtu = 1400;
}

/* What changes between the look that the plan was made from and the trial stops the swap. */
static void test_host_changes(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct fake_host *host);
	} rows[] = {
		{"candidate", change_candidate},
		{"installed", change_installed},
		{"previous", change_previous},
		{"running", change_running},
		{"users", change_users},
		{"mtu", change_mtu},
	};
	/* The original is there already: what notices the change is the comparison alone. */
	static const struct fake_setup setup = {.name = "changes", .has_original = true};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct point point = {0};
		struct fake_state changed = {0};

		scene_open(&point.scene, &setup);
		snprintf(point.text, sizeof(point.text), "%s", rows[i].name);
		rows[i].change(&point.scene.host);
		fake_state_copy(&point.scene.host.state, &changed);
		scene_run(&point.scene);
		ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_FAILED);
		ENSURE(&point, is_at(&point, &changed));
		ds_record_done(&fake_state_record, &changed);
		scene_close(&point.scene);
	}
}

static int hooks_run(const struct point *point)
{
	return point->scene.host.op_calls[DS_OP_HOOK];
}

static size_t drained(const struct point *point)
{
	return point->scene.host.state.disk.drained.count;
}

/* While the host is not back, nobody is told that it is. The next attempt makes up for it. */
static void test_hooks_wait_for_the_host(void **state)
{
	static const struct fake_setup setup = {
		.name = "not back", .candidate = "new-no-carrier", .has_hooks = true};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	point.scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_FILE_REMOVE, .at = 1, .is_lasting = true};
	scene_run(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE);
	ENSURE(&point, hooks_run(&point) == 2 && drained(&point) == 2);
	fake_revive(&point.scene.host);
	scene_recover(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_ROLLED_BACK);
	ENSURE(&point, hooks_run(&point) == 2 && drained(&point) == 0);
	scene_close(&point.scene);
}

/* A rollback hook that fails leaves something to be done; what succeeded is not done again. */
static void test_hook_of_a_rollback_fails(void **state)
{
	static const struct fake_setup setup = {
		.name = "its hook fails", .candidate = "new-no-carrier", .has_hooks = true};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	/* Two before, and of those after it the second. */
	point.scene.host.faults[0] =
		(struct fake_fault){.call = FAKE_CALL_APPLY, .op = DS_OP_HOOK, .at = 4};
	scene_run(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE);
	ENSURE(&point, drained(&point) == 1);
	fake_revive(&point.scene.host);
	scene_recover(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_ROLLED_BACK);
	ENSURE(&point, hooks_run(&point) == 1 && drained(&point) == 0);
	scene_close(&point.scene);
}

/*
 * A power cut before the last hooks: the boot has brought the new driver, and one that fails then
 * is told, for there is nothing to go back to.
 */
static void test_hook_fails_after_a_boot(void **state)
{
	static const struct fake_setup setup = {.name = "after a boot", .has_hooks = true};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	point.scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_HOOK, .at = 3, .is_death = true};
	scene_run(&point.scene);
	fake_boot(&point.scene.host);
	recover_files(&point);
	ENSURE(&point, hooks_run(&point) == 0);
	fake_revive(&point.scene.host);
	point.scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_HOOK, .at = 1, .is_lasting = true};
	scene_recover(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_DONE && point.scene.result == 0);
	ENSURE(&point, point.scene.outcome.hint && hooks_run(&point) == 2);
	ENSURE(&point, !point.scene.host.logs[DS_LOG_JOURNAL][0]);
	ENSURE(&point,
		strcmp(fake_running_find(&point.scene.host.state, "net")->digest, "new") == 0);
	scene_close(&point.scene);
}

/* A kernel package that comes in the window keeps its file; what runs is put back. */
static void test_package_in_window(void **state)
{
	static const struct fake_setup setup = {.name = "package",
		.package = "stranger",
		.confirm_s = 60,
		.word = DS_WORD_CONFIRM,
		.initramfs = "stock"};
	struct point point = {0};
	struct fake_state *now;

	(void)state;
	scene_open(&point.scene, &setup);
	scene_run(&point.scene);
	now = &point.scene.host.state;
	ensure_promises(&point);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_ROLLED_BACK);
	ENSURE(&point, strstr(point.scene.outcome.error, "file-expect"));
	ENSURE(&point, strcmp(fake_file_find(now, FAKE_INSTALLED)->digest, "stranger") == 0);
	ENSURE(&point, strcmp(fake_running_find(now, "net")->digest, "stock") == 0);
	ENSURE(&point, !fake_file_find(now, FAKE_FRESH) && !fake_file_find(now, FAKE_PREVIOUS));
	ENSURE(&point, strcmp(fake_file_find(now, FAKE_INITRAMFS)->digest, "stock") == 0);
	scene_close(&point.scene);
}

/*
 * The same, and the worker dies: with it goes what it had in memory. The old driver comes from the
 * copy that is kept; where that is another, from the package, and that is said.
 */
static void test_package_and_death(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "first swap",
			.package = "stranger",
			.confirm_s = 60,
			.word = DS_WORD_CONFIRM},
		{.name = "a later swap",
			.package = "stranger",
			.confirm_s = 60,
			.word = DS_WORD_CONFIRM,
			.has_original = true},
	};
	bool is_over = false;

	(void)state;
	for (int at = 1; !is_over; at++) {
		struct fake_fault death = {
			.call = FAKE_CALL_RECORD, .at = at, .is_death = true, .when = FAKE_AFTER};

		for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
			const char *running;
			struct point point;

			point_run(&point, &setups[i], &death, NULL);
			is_over = !point.scene.host.is_dead;
			fake_revive(&point.scene.host);
			scene_recover(&point.scene);
			ensure_promises(&point);
			ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_NOTHING ||
					       is_back(&point.scene.outcome));
			running = fake_running_find(&point.scene.host.state, "net")->digest;
			ENSURE(&point, strcmp(running, "stock") == 0 ||
					       (i == 1 && strcmp(running, "stranger") == 0));
			ENSURE(&point, !point.scene.host.logs[DS_LOG_JOURNAL][0]);
			ENSURE(&point, !fake_file_find(&point.scene.host.state, FAKE_FRESH));
			scene_close(&point.scene);
		}
	}
}

/* What another version wrote is left as it is, and said so. */
static void test_newer_journal(void **state)
{
	static const struct fake_setup setup = {.name = "newer"};
	struct point point = {0};
	struct fake_fault death = {.call = FAKE_CALL_APPLY, .at = 6, .is_death = true};
	char *journal;

	(void)state;
	point_run(&point, &setup, &death, NULL);
	fake_revive(&point.scene.host);
	point.scene.begin.format = DS_JOURNAL_FORMAT + 1;
	journal = ds_journal_begin_lines(&point.scene.begin);
	ds_string_format(&point.scene.host.logs[DS_LOG_JOURNAL], "%s\n", journal);
	free(journal);
	journal = strdup(point.scene.host.logs[DS_LOG_JOURNAL]);
	scene_recover(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_INCOMPLETE);
	ENSURE(&point, point.scene.result == -EPROTO);
	ENSURE(&point, strstr(point.scene.outcome.error, "format 4"));
	ENSURE(&point, point.scene.outcome.hint && point.scene.host.calls[FAKE_CALL_APPLY] == 0);
	ENSURE(&point, strcmp(journal, point.scene.host.logs[DS_LOG_JOURNAL]) == 0);
	free(journal);
	scene_close(&point.scene);
}

/* An argument runs the tests of that name only: the whole takes its time under a sanitizer. */
/* Nothing to do is no transaction: it leaves no journal that could not be read again. */
static void test_no_steps(void **state)
{
	static const struct fake_setup setup = {.name = "no steps",
		.running = "new",
		.is_not_installed = true,
		.override = "running-not-on-disk"};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	assert_true(ds_plan_is_empty(&point.scene.begin.plan));
	scene_run(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_FAILED);
	ENSURE(&point, point.scene.result == -EINVAL && point.scene.outcome.error);
	ENSURE(&point, !point.scene.host.logs[DS_LOG_JOURNAL][0]);
	ENSURE(&point, !point.scene.host.logs[DS_LOG_HISTORY][0]);
	ENSURE(&point, is_at(&point, &point.scene.host.start));
	scene_close(&point.scene);
}

/* The old module comes back with what it ran with, not with what the next boot would give it. */
static void test_params_back(void **state)
{
	static const struct fake_setup setup = {
		.name = "in force", .candidate = "new-no-carrier", .in_force = "debug=9"};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	scene_run(&point.scene);
	ensure_promises(&point);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_ROLLED_BACK);
	ENSURE(&point, is_at(&point, &point.scene.host.start));
	scene_close(&point.scene);
	/* Where the kernel does not take that, modprobe brings it with what is configured: told. */
	scene_open(&point.scene, &setup);
	point.scene.host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = DS_OP_MODULE_INSERT, .at = 2, .is_lasting = true};
	scene_run(&point.scene);
	ENSURE(&point, point.scene.outcome.kind == DS_OUTCOME_ROLLED_BACK);
	ENSURE(&point,
		strcmp(fake_running_find(&point.scene.host.state, "net")->params, "debug=1") == 0);
	ENSURE(&point, strstr(point.scene.host.logs[DS_LOG_HISTORY], "\"name\":\"parameter\""));
	scene_close(&point.scene);
}

/* What was given is written down, for the next swap to know. */
static void test_params_in_history(void **state)
{
	static const struct fake_setup setup = {.name = "given", .param = "7"};
	struct point point = {0};

	(void)state;
	scene_open(&point.scene, &setup);
	scene_run(&point.scene);
	ENSURE(&point, strstr(point.scene.host.logs[DS_LOG_HISTORY], "\"params\":\"debug=7\""));
	scene_close(&point.scene);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_steps),
		cmocka_unit_test(test_params_back),
		cmocka_unit_test(test_params_in_history),
		cmocka_unit_test(test_every_failure),
		cmocka_unit_test(test_every_failed_rollback),
		cmocka_unit_test(test_every_death),
		cmocka_unit_test(test_every_death_in_recovery),
		cmocka_unit_test(test_precaution_fails_on_the_way_back),
		cmocka_unit_test(test_held_by_another),
		cmocka_unit_test(test_verified_trial_stays),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_outage_waits_for_no_disk),
		cmocka_unit_test(test_stop_anywhere),
		cmocka_unit_test(test_stop_in_last_step),
		cmocka_unit_test(test_way_back_to_other_code),
		cmocka_unit_test(test_stale_new),
		cmocka_unit_test(test_new_appears),
		cmocka_unit_test(test_image_decides),
		cmocka_unit_test(test_host_changes),
		cmocka_unit_test(test_hooks_wait_for_the_host),
		cmocka_unit_test(test_hook_of_a_rollback_fails),
		cmocka_unit_test(test_hook_fails_after_a_boot),
		cmocka_unit_test(test_package_in_window),
		cmocka_unit_test(test_package_and_death),
		cmocka_unit_test(test_newer_journal),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
