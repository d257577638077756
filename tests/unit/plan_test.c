/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Plans as texts: one golden file for each kind of plan. GOLDEN_UPDATE=1 writes them anew; then
 * git shows what changed.
 */

#include "allocator.h"
#include "scene.h"

#include <errno.h>

/* As the dry run prints it: the phase, what is done, and how it is undone. */
static void print_step(FILE *stream, const struct ds_plan *plan, const struct ds_step *step)
{
	char *text = ds_op_text(&step->op, plan->installed_path);

	fprintf(stream, "%-8s %s\n", ds_phase_names[step->phase], text);
	free(text);
	text = ds_op_text(&step->undo, plan->installed_path);
	if (*text)
		fprintf(stream, "   undo: %s\n", text);
	free(text);
}

static char *plan_text(const struct ds_plan *plan)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	for (size_t i = 0; i < plan->steps.count; i++)
		print_step(stream, plan, &plan->steps.items[i]);
	fclose(stream);
	return text;
}

static char *golden_path(const char *name)
{
	char *path = NULL;

	ds_string_format(&path, GOLDEN "/plan %s.txt", name);
	for (char *p = path + strlen(GOLDEN); *p; p++)
		if (*p == ' ')
			*p = '-';
	return path;
}

static void compare_golden(const char *name, const char *text)
{
	char *path = golden_path(name), *golden = NULL;
	bool is_update = getenv("GOLDEN_UPDATE");
	FILE *file = fopen(path, is_update ? "we" : "re");
	size_t room = 0;

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	if (is_update)
		fputs(text, file);
	else if (getdelim(&golden, &room, '\0', file) < 0 || strcmp(golden, text) != 0)
		fail_msg("%s differs; the plan is:\n%s", path, text);
	fclose(file);
	free(golden);
	free(path);
}

static void test_golden(void **state)
{
	(void)state;
	for (const struct fake_setup *setup = scene_setups; setup->name; setup++) {
		struct scene scene;
		char *text;

		scene_open(&scene, setup);
		text = plan_text(&scene.begin.plan);
		compare_golden(setup->name, text);
		free(text);
		scene_close(&scene);
	}
}

/* That very build runs and is installed, whether by a swap or from the beginning. */
static void test_nothing_to_do(void **state)
{
	static const struct fake_setup setup = {.name = "same", .candidate = "stock"};
	struct scene scene;

	(void)state;
	scene_open(&scene, &setup);
	assert_true(ds_plan_is_empty(&scene.begin.plan));
	scene_close(&scene);
}

static void plan_again(struct scene *scene)
{
	ds_record_done(&ds_plan_record, &scene->begin.plan);
	assert_int_equal(ds_plan_build(&scene->begin.request, &scene->begin.before,
				 &scene->begin.plan, &scene->error),
		0);
}

/* Every operation on a file has its digest: without one nothing could be told done from undone. */
static void check_digests(const struct ds_plan *plan)
{
	for (size_t i = 0; i < plan->steps.count; i++) {
		const struct ds_op *ops[] = {&plan->steps.items[i].op, &plan->steps.items[i].undo};

		for (size_t o = 0; o < 2; o++)
			if (ops[o]->kind >= DS_OP_FILE_COPY && ops[o]->kind <= DS_OP_FILE_REMOVE)
				assert_true(ops[o]->path && ops[o]->digest);
	}
}

/* What the user overrode may be odd; the plan is whole all the same. */
static void test_odd_hosts(void **state)
{
	static const struct fake_setup setup = {
		.name = "odd", .has_previous = true, .has_stale = true, .override = "stale-new"};
	static const int types[] = {DS_FILE_ABSENT, DS_FILE_DIRECTORY, DS_FILE_UNREADABLE};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct scene scene;

		scene_open(&scene, &setup);
		check_digests(&scene.begin.plan);
		scene.begin.before.installed.type = types[i];
		ds_record_done(&ds_image_record, &scene.begin.before.installed_image);
		plan_again(&scene);
		check_digests(&scene.begin.plan);
		/* The live half alone. */
		for (size_t s = 0; s < scene.begin.plan.steps.count; s++)
			assert_int_not_equal(
				scene.begin.plan.steps.items[s].phase, DS_PHASE_COMMIT);
		scene_close(&scene);
	}
}

/* The way back is the file that holds what runs: .old where that is the one. */
static void test_way_back(void **state)
{
	static const struct {
		struct fake_setup setup;
		const char *path; /* NULL: none */
	} rows[] = {
		{{.name = "installed"}, FAKE_INSTALLED},
		{{.name = "old",
			 .running = "older",
			 .has_previous = true,
			 .override = "running-not-on-disk"},
			FAKE_PREVIOUS},
		{{.name = "none of them",
			 .running = "stranger",
			 .has_previous = true,
			 .override = "running-not-on-disk"},
			FAKE_INSTALLED},
		{{.name = "no file", .is_not_installed = true, .override = "running-not-on-disk"},
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = NULL;
		struct scene scene;

		scene_open(&scene, &rows[i].setup);
		for (size_t s = 0; s < scene.begin.plan.steps.count; s++)
			if (scene.begin.plan.steps.items[s].undo.kind == DS_OP_MODULE_INSERT)
				path = scene.begin.plan.steps.items[s].undo.path;
		assert_true(ds_string_equal(path, rows[i].path));
		scene_close(&scene);
	}
}

static void test_out_of_memory(void **state)
{
	(void)state;
	for (const struct fake_setup *setup = scene_setups; setup->name; setup++) {
		bool has_struck = true;
		struct scene scene;

		scene_open(&scene, setup);
		for (long count = 0; has_struck; count++) {
			int r;

			ds_record_done(&ds_plan_record, &scene.begin.plan);
			allocator_fail_after(count);
			r = ds_plan_build(&scene.begin.request, &scene.begin.before,
				&scene.begin.plan, &scene.error);
			has_struck = allocator_end();
			assert_int_equal(r, has_struck ? -ENOMEM : 0);
			assert_int_equal(scene.begin.plan.steps.count == 0, has_struck);
		}
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_odd_hosts),
		cmocka_unit_test(test_way_back),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
