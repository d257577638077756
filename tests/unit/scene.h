/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCENE_H
#define SCENE_H

/* A fake host and one transaction on it: what the tests of transactions share. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drvswap/finding.h"
#include "drvswap/txn.h"
#include "fake/fake_host.h"

struct scene {
	const struct fake_setup *setup;
	struct fake_host host;
	struct ds_begin begin;
	struct ds_outcome outcome;
	struct ds_error error;
	int result;
};

/* Every kind of plan there is, one setup each; ends with a NULL name. */
static const struct fake_setup scene_setups[] = {
	{.name = "plain", .is_rich = true},
	{.name = "owned", .has_owner = true},
	{.name = "another namespace", .has_namespace = true},
	{.name = "original kept", .has_original = true},
	{.name = "earlier old", .has_previous = true, .has_original = true},
	{.name = "old is installed", .has_previous = true, .previous = "stock"},
	{.name = "old is candidate", .has_previous = true, .previous = "new"},
	{.name = "holders", .has_holders = true},
	{.name = "new dependency", .candidate = "new-needs-base"},
	{.name = "panic set", .has_panic = true},
	{.name = "already expedited", .is_expedited = true},
	{.name = "all of it",
		.candidate = "new-needs-base",
		.has_previous = true,
		.has_holders = true,
		.is_rich = true},
	{.name = "confirmed", .confirm_s = 60, .word = DS_WORD_CONFIRM},
	{.name = "package manager", .has_packages = true},
	{.name = "proof by a key",
		.is_remote = true,
		.has_keyboard = true,
		.word = DS_WORD_CONFIRM},
	{.name = "proof by the connection", .is_remote = true, .check = "gateway"},
	{.name = "no devices", .has_no_devices = true},
	{.name = "not loaded", .is_not_loaded = true},
	{.name = "not loaded earlier old", .is_not_loaded = true, .has_previous = true},
	{.name = "not installed", .is_not_installed = true, .override = "running-not-on-disk"},
	{.name = "other parameters", .candidate = "stock", .param = "7"},
	{.name = "other parameters and code", .param = "7"},
	{.name = "runs already", .running = "new", .override = "running-not-on-disk"},
	{.name = "no identity", .running = "stock-unnamed", .candidate = "new-unnamed"},
	{.name = "rollback",
		.from = DS_FROM_PREVIOUS,
		.has_previous = true,
		.has_original = true,
		.is_rich = true},
	{.name = "rollback to the original",
		.from = DS_FROM_ORIGINAL,
		.has_previous = true,
		.previous = "stranger",
		.has_original = true},
	{.name = "initramfs", .initramfs = "stock", .is_rich = true},
	{.name = "initramfs stale", .initramfs = "older", .has_previous = true},
	{.name = "initramfs not loaded", .initramfs = "stock", .is_not_loaded = true},
	{.name = "initramfs rollback",
		.initramfs = "stock",
		.from = DS_FROM_PREVIOUS,
		.has_previous = true,
		.has_original = true},
	{.name = "hooks", .has_hooks = true, .initramfs = "stock", .is_rich = true},
	{.name = "hooks left", .has_hooks = true, .has_hooks_left = true},
	{.name = "hooks not loaded", .has_hooks = true, .is_not_loaded = true},
	{.name = "hooks rollback",
		.has_hooks = true,
		.from = DS_FROM_PREVIOUS,
		.has_previous = true,
		.has_original = true},
	{.name = "hooks not installed",
		.has_hooks = true,
		.is_not_installed = true,
		.override = "running-not-on-disk"},
	{.name = NULL},
};

/* Looks, checks and plans, as the command line does; then no call was made yet. */
static inline void scene_open(struct scene *scene, const struct fake_setup *setup)
{
	struct ds_findings findings = {0};
	struct ds_begin *begin = &scene->begin;

	memset(scene, 0, sizeof(*scene));
	scene->setup = setup;
	fake_host_init(&scene->host, setup);
	fake_request(setup, &begin->request);
	begin->format = DS_JOURNAL_FORMAT;
	begin->started_s = scene->host.door.wall_time_s(&scene->host.door);
	ds_string_set(&begin->id, "1700000000-1");
	ds_string_set(&begin->boot_id, fake_boot_id(&scene->host));
	assert_int_equal(scene->host.door.look(
				 &scene->host.door, &begin->request, &begin->before, &scene->error),
		0);
	assert_int_equal(ds_health_ask(&begin->before.network, &begin->request.checks,
				 &begin->before.health),
		0);
	assert_int_equal(scene->host.door.probe(&scene->host.door, &begin->before,
				 scene->host.clock_ms + 1000, 1000, &scene->error),
		0);
	assert_int_equal(ds_check(&begin->request, &begin->before, &findings, &scene->error), 0);
	if (ds_findings_stop(&findings))
		fail_msg("%s: stopped by %s", setup->name, ds_findings_stop(&findings)->name);
	ds_record_done(&ds_findings_record, &findings);
	assert_int_equal(
		ds_plan_build(&begin->request, &begin->before, &begin->plan, &scene->error), 0);
	fake_revive(&scene->host);
}

/* What is shown to the caller travels over the caller's connection. */
struct scene_watcher {
	struct ds_watcher watcher; /* first: a watcher is this one behind it */
	struct scene *scene;
};

static inline void scene_tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	struct scene *scene = ((struct scene_watcher *)watcher)->scene;

	scene->host.asked += event->kind == DS_EVENT_ASKING;
}

static inline void scene_run(struct scene *scene)
{
	struct scene_watcher watcher = {.watcher.tell = scene_tell, .scene = scene};

	scene->result = ds_txn_run(
		&scene->host.door, &scene->begin, &watcher.watcher, &scene->outcome, &scene->error);
}

/* Another process finds what the first one left. */
static inline void scene_recover_some(struct scene *scene, bool is_files_only)
{
	const struct ds_recovery recovery = {
		.boot_id = fake_boot_id(&scene->host),
		.is_files_only = is_files_only,
	};

	ds_record_done(&ds_outcome_record, &scene->outcome);
	memset(&scene->error, 0, sizeof(scene->error));
	scene->result =
		ds_txn_recover(&scene->host.door, &recovery, NULL, &scene->outcome, &scene->error);
}

static inline void scene_recover(struct scene *scene)
{
	scene_recover_some(scene, false);
}

static inline void scene_close(struct scene *scene)
{
	fake_host_done(&scene->host);
	ds_record_done(&ds_begin_record, &scene->begin);
	ds_record_done(&ds_outcome_record, &scene->outcome);
}

#endif
