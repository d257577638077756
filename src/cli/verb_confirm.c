/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "drvswap/sys.h"
#include "verb.h"

static void take_extended(const struct ds_request *request, struct report *report)
{
	report->outcome.kind = DS_OUTCOME_PENDING;
	report->outcome.outage_ms = -1;
	if (!request->is_json)
		printf("at least %lld seconds from now\n", (long long)request->extend_s);
}

static void say(const struct ds_request *request, struct report *report)
{
	const struct ds_word word = {
		.kind = request->extend_s > 0 ? DS_WORD_EXTEND : DS_WORD_CONFIRM,
		.seconds = request->extend_s,
	};
	struct ds_error error = {0};

	if (verb_need_root(request, &error) < 0)
		report_fail(report, DS_OUTCOME_REFUSED, &error);
	else if (verb_say(request, &word, report) == 0 && request->extend_s > 0)
		take_extended(request, report);
}

int verb_confirm(struct ds_request *request)
{
	struct report report = {0};
	int code;

	say(request, &report);
	/* Time that was given is told in other words than the end of a swap. */
	if (request->is_json || report.outcome.kind != DS_OUTCOME_PENDING)
		report_print(request, &report);
	code = report_exit_code(&report);
	report_done(&report);
	return code;
}
