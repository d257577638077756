/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "caller.h"
#include "options.h"
#include "terminal.h"
#include "verb.h"

static int (*const verbs[DS_VERB_COUNT])(struct ds_request *) = {
	[DS_VERB_SWAP] = verb_swap,
	[DS_VERB_ROLLBACK] = verb_swap,
	[DS_VERB_STATUS] = verb_status,
	[DS_VERB_HISTORY] = verb_history,
	[DS_VERB_RECOVER] = verb_recover,
	[DS_VERB_CONFIRM] = verb_confirm,
	[DS_VERB_PERSIST] = verb_persist,
};

static void print_failure(
	const struct ds_request *request, enum ds_outcome_kind kind, const struct ds_error *error)
{
	struct report report = {0};

	report_fail(&report, kind, error);
	report_print(request, &report);
	report_done(&report);
}

int fail(const struct ds_request *request, enum ds_outcome_kind kind, const struct ds_error *error)
{
	terminal_printf(
		stderr, COLOUR_BAD, "drvswap: %s", error->text[0] ? error->text : "out of memory");
	fputc('\n', stderr);
	if (error->hint[0]) {
		terminal_printf(stderr, COLOUR_NONE, "         %s", error->hint);
		fputc('\n', stderr);
	}
	if (request->is_json)
		print_failure(request, kind, error);
	return ds_outcome_exit_code(kind);
}

static int run(int argc, char **argv, struct ds_request *request)
{
	enum options_special special;
	struct ds_error error = {0};

	if (options_parse(argc, argv, request, &special, &error) < 0)
		return fail(request, DS_OUTCOME_USAGE, &error);
	switch (special) {
	case OPTIONS_HELP:
		options_help(stdout);
		return 0;
	case OPTIONS_VERSION:
		puts("drvswap " DRVSWAP_VERSION);
		return 0;
	default:
		return verbs[request->verb](request);
	}
}

static bool is_change(const struct ds_request *request)
{
	switch (request->verb) {
	case DS_VERB_SWAP: /* without a module it is --help, say */
		return request->module && !request->is_dry_run;
	case DS_VERB_ROLLBACK:
	case DS_VERB_PERSIST:
		return !request->is_dry_run;
	case DS_VERB_RECOVER:
	case DS_VERB_CONFIRM:
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	bool has_changed, has_stdout = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	struct ds_request request = {0};
	struct ds_error error = {0};
	int code;

	terminal_write_lines();
	if (caller_leave_behind(&error) < 0)
		return fail(&request, DS_OUTCOME_FAILED, &error);
	code = run(argc, argv, &request);
	has_changed = is_change(&request);
	ds_record_done(&ds_request_record, &request);
	if (fflush(stdout) == 0 && !ferror(stdout) && has_stdout)
		return code;
	/* A result that nobody could read is no success; but 1 would say "nothing changed". */
	fputs("drvswap: the result could not be written to stdout\n", stderr);
	return code == 0 && !has_changed ? 1 : code;
}
