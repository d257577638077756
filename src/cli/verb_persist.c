/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What `persist` names, for a kernel that has come: one swap after the other, each as if it had
 * been typed. The kernel that runs may be given its file back, when its package has come anew, but
 * what runs stays: the swap is one of --kernel, too. One that fails keeps neither the others nor
 * the kernel from being installed, but is told of loudly: the next boot would silently bring the
 * distribution's driver back.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "drvswap/sys.h"
#include "events.h"
#include "terminal.h"
#include "verb.h"

static void warn(
	const struct ds_request *request, const char *module, const char *why, const char *and_now)
{
	char *text = NULL;

	if (ds_string_format(&text,
		    "kernel %s will boot %s%s as installed now, the distribution's if it is new: "
		    "%s%s%s",
		    request->kernel, module ? "the " : "all drivers", module ? module : "", why,
		    and_now ? "; " : "", and_now ? and_now : "") == 0) {
		terminal_printf(stderr, COLOUR_BAD, "drvswap: WARNING: %s", text);
		fputc('\n', stderr);
		if (!request->is_dry_run)
			events_persist(false, module, request->kernel, text);
	}
	free(text);
}

/* Takes back an earlier warning: of the package managers' hooks the first may have come too soon.
 */
static void reassure(const struct ds_request *request, const char *module, bool is_new)
{
	char *text = NULL;

	if (!request->is_dry_run &&
		ds_string_format(&text, "kernel %s will boot the %s that `persist` names",
			request->kernel, module) == 0) {
		if (is_new) {
			terminal_printf(stderr, COLOUR_GOOD, "drvswap: %s", text);
			fputc('\n', stderr);
		}
		events_persist(true, module, request->kernel, text);
	}
	free(text);
}

/* NULL where nothing more can be said, or there is no memory to say it. */
static char *what_now(const struct ds_request *swap, const struct report *report)
{
	char *text = NULL;

	/* In the middle of a package's installation nobody's network goes away. */
	if (ds_findings_find(&report->findings, "kernel-runs"))
		ds_string_format(&text,
			"`drvswap %s%s%s` exchanges what runs, and then the file stays",
			swap->module, swap->file ? " " : "", swap->file ? swap->file : "");
	else if (swap->candidate_from == DS_FROM_BUNDLED &&
		 ds_findings_find(&report->findings, "candidate-missing") &&
		 !ds_sys_has_headers(swap->kernel))
		ds_string_format(&text,
			"there are no headers of that kernel to build it with, and when they are "
			"installed, this is tried again");
	return text;
}

/* The swap that somebody would type for it. */
static int make_swap(const struct ds_request *request, const struct ds_persist *persist,
	struct ds_request *ret_swap, struct ds_error *error)
{
	int r = ds_record_copy(&ds_request_record, request, ret_swap);

	if (r == 0) {
		ret_swap->verb = DS_VERB_SWAP;
		ret_swap->candidate_from = persist->directory ? DS_FROM_FILE : DS_FROM_BUNDLED;
		r = ds_string_set(&ret_swap->module, persist->module);
	}
	/* The package manager that runs us holds its lock, and nobody else can begin. */
	if (r == 0)
		r = ds_strings_add(&ret_swap->overrides, "host-busy");
	if (r < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	if (!persist->directory)
		return 0;
	r = ds_sys_find_prepared(
		persist->directory, request->kernel, persist->module, &ret_swap->file, error);
	if (r < 0 || ret_swap->file)
		return r;
	return ds_error_set(error, -ENOENT, "there is no %s/%s/%s.ko", persist->directory,
		request->kernel, persist->module);
}

/* Returns the exit code. */
static int persist_one(const struct ds_request *request, const struct ds_persist *persist)
{
	struct ds_request swap = {0};
	struct report report = {0};
	struct ds_error error = {0};
	char *and_now;
	int code;

	if (make_swap(request, persist, &swap, &error) == 0) {
		verb_swap_and_tell(&swap, &report);
	} else {
		report_fail(&report, DS_OUTCOME_REFUSED, &error);
		/* In words the warning says it all. */
		if (request->is_json)
			report_print(&swap, &report);
	}
	code = report_exit_code(&report);
	and_now = code != 0 ? what_now(&swap, &report) : NULL;
	if (code != 0)
		warn(request, persist->module,
			report.outcome.error ? report.outcome.error : "out of memory", and_now);
	else
		reassure(request, persist->module, report.outcome.kind == DS_OUTCOME_DONE);
	free(and_now);
	ds_record_done(&ds_request_record, &swap);
	report_done(&report);
	return code;
}

int verb_persist(struct ds_request *request)
{
	struct ds_error error = {0};
	int code = 0;

	/* Only here, so that a mistake in the files is told as loudly as all the rest. */
	if (config_apply(request, 0, &error) < 0) {
		warn(request, NULL, error.text[0] ? error.text : "out of memory", NULL);
		return fail(request, DS_OUTCOME_USAGE, &error);
	}
	if (request->persist.count == 0 && request->is_dry_run && !request->is_json)
		puts("drvswap.conf names no module to persist");
	for (size_t i = 0; i < request->persist.count; i++) {
		int one = persist_one(request, &request->persist.items[i]);

		/* The codes say little more than that there is something to read. */
		if (one > code)
			code = one;
	}
	return code;
}
