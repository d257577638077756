/* SPDX-License-Identifier: GPL-2.0-or-later */

/* After a crash and a boot: what the boot brought is judged, and stands in the history. */

#include "scene.h"

#include <errno.h>

/* The scene after a power cut in this operation, and a boot. */
static void open_booted(struct scene *scene, const struct fake_setup *setup, enum ds_op_kind op)
{
	scene_open(scene, setup);
	scene->host.faults[0] = (struct fake_fault){
		.call = FAKE_CALL_APPLY, .op = op, .at = 1, .when = FAKE_AFTER, .is_death = true};
	scene_run(scene);
	assert_true(scene->host.is_dead);
	fake_boot(&scene->host);
}

static const struct ds_fact *fact_of(const struct scene *scene, const char *name, bool is_ok)
{
	const struct ds_verdict *verdict = &scene->outcome.verdict;

	for (size_t i = 0; i < verdict->facts.count; i++)
		if (strcmp(verdict->facts.items[i].name, name) == 0 &&
			verdict->facts.items[i].is_ok == is_ok)
			return &verdict->facts.items[i];
	return NULL;
}

/* --- what the boot may bring ------------------------------------------------------------ */

static void bring_all(struct fake_host *host)
{
	(void)host;
}

static void bring_no_link(struct fake_host *host)
{
	struct ds_network *network = &host->state.live.network;

	/* The record lets go of what it holds; one fewer remains. */
	ds_record_done(&ds_link_record, &network->links.items[network->links.count - 1]);
	network->links.count--;
}

static void bring_no_carrier(struct fake_host *host)
{
	host->state.live.network.links.items[0].has_carrier = false;
}

static void leave_down(struct fake_host *host)
{
	host->state.live.network.links.items[0].is_up = false;
	host->state.live.network.links.items[0].has_carrier = false;
}

static void bring_no_driver(struct fake_host *host)
{
	ds_string_set(&host->state.live.devices.items[0].driver, NULL);
}

static void bring_other_code(struct fake_host *host)
{
	ds_string_set(&fake_running_find(&host->state, "net")->digest, "new");
}

static void bring_nothing(struct fake_host *host)
{
	fake_code_stop(&host->state, "net");
}

static void bring_other_addresses(struct fake_host *host)
{
	ds_string_set(&host->state.live.network.addresses.items[0].local, "198.51.100.77");
	host->state.live.network.links.items[0].mtu = 1500;
}

static const struct {
	const char *name;
	void (*bring)(struct fake_host *host);
	int kind;
	const char *fact; /* that is not ok; NULL: all are */
} rows[] = {
	{"all", bring_all, DS_OUTCOME_ROLLED_BACK, NULL},
	{"no link", bring_no_link, DS_OUTCOME_INCOMPLETE, "link"},
	{"no carrier", bring_no_carrier, DS_OUTCOME_INCOMPLETE, "link"},
	{"no driver", bring_no_driver, DS_OUTCOME_INCOMPLETE, "device"},
	{"other code", bring_other_code, DS_OUTCOME_INCOMPLETE, "running-code"},
	{"nothing", bring_nothing, DS_OUTCOME_INCOMPLETE, "running-code"},
	/* Of whoever configures the network, who may be late, or may do it otherwise. */
	{"down", leave_down, DS_OUTCOME_ROLLED_BACK, "link"},
	{"other addresses", bring_other_addresses, DS_OUTCOME_ROLLED_BACK, "address"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void check_row(const struct scene *scene, size_t row)
{
	const struct ds_fact *bad = rows[row].fact ? fact_of(scene, rows[row].fact, false) : NULL;
	bool is_back = rows[row].kind == DS_OUTCOME_ROLLED_BACK;

	if (scene->outcome.kind != rows[row].kind)
		fail_msg("%s: %s: %s", rows[row].name, ds_outcome_kind_names[scene->outcome.kind],
			scene->outcome.error);
	if (rows[row].fact && (!bad || bad->is_noted != is_back))
		fail_msg("%s: no such fact", rows[row].name);
	/* Judged, and written down. */
	assert_true(fact_of(scene, "device", true) || !is_back);
	assert_non_null(strstr(scene->host.logs[DS_LOG_HISTORY], "\"name\":\"running-code\""));
	assert_int_equal(scene->host.logs[DS_LOG_JOURNAL][0] == '\0', is_back);
	if (!is_back)
		assert_non_null(strstr(scene->outcome.error, "after the boot"));
}

/* Cut in the trial: the disk has the old driver. Early the files, later all the rest. */
static void test_rolled_back(void **state)
{
	static const struct fake_setup setup = {.name = "trial"};

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct scene scene;

		open_booted(&scene, &setup, DS_OP_MODULE_INSERT);
		rows[i].bring(&scene.host);
		scene_recover_some(&scene, true);
		assert_int_equal(scene.outcome.verdict.facts.count, 0);
		scene_recover(&scene);
		check_row(&scene, i);
		/* The network is the boot's: nothing of it is what drvswap remembers. */
		assert_int_equal(scene.host.op_calls[DS_OP_NETWORK_RESTORE] +
					 scene.host.op_calls[DS_OP_NETWORK_SETTINGS] +
					 scene.host.op_calls[DS_OP_NETWORK_READY],
			0);
		/* What is missing may come: the next attempt says so. */
		if (scene.outcome.kind == DS_OUTCOME_INCOMPLETE) {
			fake_boot(&scene.host);
			scene_recover(&scene);
			assert_int_equal(scene.outcome.kind, DS_OUTCOME_ROLLED_BACK);
			assert_string_equal(scene.host.logs[DS_LOG_JOURNAL], "");
		}
		assert_string_equal(scene.host.broken, "");
		scene_close(&scene);
	}
}

/* Cut in the commit: it is finished, and what the host is like then is told. */
static void test_done(void **state)
{
	static const struct fake_setup setup = {.name = "commit"};
	struct scene scene;

	(void)state;
	open_booted(&scene, &setup, DS_OP_FILE_EXCHANGE);
	bring_no_carrier(&scene.host);
	scene_recover(&scene);
	assert_int_equal(scene.outcome.kind, DS_OUTCOME_DONE);
	assert_true(fact_of(&scene, "link", false)->is_noted);
	assert_true(fact_of(&scene, "running-code", true) != NULL);
	assert_non_null(strstr(scene.host.logs[DS_LOG_HISTORY], "up, no carrier"));
	scene_close(&scene);
}

/* The process died in the commit, and the host went on: what it is like is told as well. */
static void test_done_on_the_same_boot(void **state)
{
	static const struct fake_setup setup = {.name = "commit"};
	struct scene scene;

	(void)state;
	for (int is_committed = 0; is_committed < 2; is_committed++) {
		scene_open(&scene, &setup);
		/* In the commit, or in the last records, behind it. */
		scene.host.faults[0] = (struct fake_fault){.call = FAKE_CALL_APPLY,
			.op = is_committed ? DS_OP_SYSCTL : DS_OP_FILE_EXCHANGE,
			.at = is_committed ? 2 : 1,
			.when = FAKE_AFTER,
			.is_death = true};
		scene_run(&scene);
		assert_true(scene.host.is_dead);
		fake_revive(&scene.host);
		bring_no_carrier(&scene.host);
		scene_recover(&scene);
		assert_int_equal(scene.outcome.kind, DS_OUTCOME_DONE);
		assert_non_null(fact_of(&scene, "running-code", true));
		assert_true(fact_of(&scene, "link", false)->is_noted);
		assert_string_equal(scene.host.broken, "");
		assert_non_null(strstr(scene.host.logs[DS_LOG_HISTORY], "up, no carrier"));
		scene_close(&scene);
	}
}

/* Nobody loads it at boot, or nothing on the disk could be loaded: no boot can be blamed. */
static void test_not_expected(void **state)
{
	static const struct fake_setup setups[] = {
		{.name = "drives nothing", .has_no_devices = true},
		{.name = "in no file", .is_not_installed = true, .override = "running-not-on-disk"},
		{.name = "stale image", .initramfs = "older", .has_previous = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct scene scene;

		open_booted(&scene, &setups[i], DS_OP_MODULE_INSERT);
		if (i == 0)
			bring_nothing(&scene.host);
		scene_recover(&scene);
		if (scene.outcome.kind != DS_OUTCOME_ROLLED_BACK)
			fail_msg("%s: %s", setups[i].name, scene.outcome.error);
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rolled_back),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_done_on_the_same_boot),
		cmocka_unit_test(test_not_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
