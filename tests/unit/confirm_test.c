/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How long a swap waits for its confirmation, and what is said to it meanwhile. */

#include "scene.h"

#define WINDOW_S 60

/* Who says something in the window, and when; counted from its beginning. */
struct saying {
	int64_t at_ms;
	struct ds_word word;
};

/* A scene where each of them is said once. */
struct window {
	struct scene scene;
	struct ds_watcher watcher;
	const struct saying *sayings; /* up to the first without a word */
	int64_t begun_ms, ended_ms;   /* 0: not yet */
};

/* The one that is run: the door knows its host, and not whose it is. */
static struct window *window;

static int listen_in_window(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
	struct ds_word *ret_word, struct ds_error *error)
{
	struct fake_host *host = &window->scene.host;
	const struct saying *saying = window->sayings;

	(void)door, (void)error;
	*ret_word = (struct ds_word){0};
	if (!(wanted & 1U << DS_WORD_EXTEND))
		return 0;
	if (!window->begun_ms)
		window->begun_ms = host->clock_ms;
	if (saying->word.kind && window->begun_ms + saying->at_ms <= deadline_ms) {
		*ret_word = saying->word;
		deadline_ms = window->begun_ms + saying->at_ms;
		window->sayings++;
	}
	if (host->clock_ms < deadline_ms)
		host->clock_ms = deadline_ms;
	return 0;
}

static void tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	(void)watcher;
	if (window->begun_ms && !window->ended_ms &&
		(event->kind == DS_EVENT_STEP_FAILED || event->kind == DS_EVENT_STEP_DONE))
		window->ended_ms = window->scene.host.clock_ms;
}

/* So long it was waited, in full seconds; a round of verification is no second. */
static int64_t wait_with(const struct saying *sayings, enum ds_outcome_kind kind)
{
	static const struct fake_setup setup = {.name = "window", .confirm_s = WINDOW_S};
	struct window now = {.watcher.tell = tell, .sayings = sayings};
	struct scene *scene = &now.scene;
	int64_t waited_s;

	scene_open(scene, &setup);
	scene->host.door.listen = listen_in_window;
	window = &now;
	ds_txn_run(&scene->host.door, &scene->begin, &now.watcher, &scene->outcome, &scene->error);
	assert_int_equal(scene->outcome.kind, kind);
	assert_int_equal(now.sayings->word.kind, DS_WORD_NONE);
	assert_string_equal(scene->host.broken, "");
	waited_s = (now.ended_ms - now.begun_ms) / 1000;
	scene_close(scene);
	return waited_s;
}

#define AFTER(seconds) ((seconds)*INT64_C(1000))

static void test_extended(void **state)
{
	static const struct {
		struct saying sayings[4];
		int64_t waited_s;
	} rows[] = {
		{{{0}}, WINDOW_S},
		/* From when it is said. */
		{{{AFTER(5), {DS_WORD_EXTEND, 120}}}, 125},
		{{{AFTER(55), {DS_WORD_EXTEND, 10}}}, 65},
		/* Never less than it has. */
		{{{AFTER(5), {DS_WORD_EXTEND, 10}}}, WINDOW_S},
		{{{AFTER(5), {DS_WORD_EXTEND, 0}}}, WINDOW_S},
		{{{AFTER(5), {DS_WORD_EXTEND, -100}}}, WINDOW_S},
		{{{AFTER(5), {DS_WORD_EXTEND, 120}}, {AFTER(6), {DS_WORD_EXTEND, 10}}}, 125},
		/* Again and again. */
		{{{AFTER(50), {DS_WORD_EXTEND, 30}}, {AFTER(70), {DS_WORD_EXTEND, 30}},
			 {AFTER(90), {DS_WORD_EXTEND, 30}}},
			120},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t waited_s = wait_with(rows[i].sayings, DS_OUTCOME_ROLLED_BACK);

		if (waited_s != rows[i].waited_s)
			fail_msg("row %zu: %lld s, not %lld", i, (long long)waited_s,
				(long long)rows[i].waited_s);
	}
}

/* What is said in the time that was added counts as what is said before. */
static void test_said_in_added_time(void **state)
{
	static const struct saying confirmed[] = {
		{AFTER(50), {DS_WORD_EXTEND, 60}}, {AFTER(100), {DS_WORD_CONFIRM, 0}}, {0}};
	static const struct saying stopped[] = {
		{AFTER(50), {DS_WORD_EXTEND, 60}}, {AFTER(100), {DS_WORD_ROLLBACK, 0}}, {0}};

	(void)state;
	assert_int_equal(wait_with(confirmed, DS_OUTCOME_DONE), 100);
	assert_int_equal(wait_with(stopped, DS_OUTCOME_ROLLED_BACK), 100);
}

static bool goes_down;

/* A check fails in the window: because the host goes down, which is known when it has failed. */
static int listen_going_down(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
	struct ds_word *ret_word, struct ds_error *error)
{
	struct fake_host *host = &window->scene.host;

	(void)door, (void)error;
	*ret_word = (struct ds_word){0};
	if (wanted & 1U << DS_WORD_EXTEND) {
		host->setup.is_gateway_deaf = true;
		host->clock_ms = deadline_ms;
	}
	if (wanted == 1U << DS_WORD_SHUTDOWN) {
		host->setup.is_gateway_deaf = false;
		ret_word->kind = goes_down ? DS_WORD_SHUTDOWN : DS_WORD_NONE;
	}
	return 0;
}

static void test_broken_by_a_shutdown(void **state)
{
	static const struct fake_setup setup = {
		.name = "down", .confirm_s = WINDOW_S, .check = "gateway"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct window now = {0};
		struct scene *scene = &now.scene;

		goes_down = i == 1;
		scene_open(scene, &setup);
		scene->host.door.listen = listen_going_down;
		window = &now;
		scene_run(scene);
		assert_int_equal(scene->outcome.kind,
			goes_down ? DS_OUTCOME_INCOMPLETE : DS_OUTCOME_ROLLED_BACK);
		assert_non_null(strstr(
			scene->outcome.error, goes_down ? "the host was shut down" : "gateway"));
		/* No rollback that would be cut. */
		assert_string_equal(fake_running_find(&scene->host.state, "net")->digest,
			goes_down ? "new" : "stock");
		scene_close(scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extended),
		cmocka_unit_test(test_said_in_added_time),
		cmocka_unit_test(test_broken_by_a_shutdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
