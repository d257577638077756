/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

/* What a verb has to say at its end, as data; and the two ways to say it. */

#include <stdio.h>

#include "drvswap/finding.h"
#include "drvswap/outcome.h"
#include "drvswap/plan.h"
#include "under_way.h"

struct json_object;

struct report {
	struct ds_outcome outcome;
	struct ds_findings findings;
	struct ds_plan plan;
	struct ds_host host;      /* of dry runs and status: the facts */
	struct ds_outcome last;   /* status: the last swap for this kernel; no id: there was none */
	struct ds_outcome newest; /* the same, however it ended */
	bool is_dry_run, has_host;
	bool is_status; /* facts alone: there is no outcome unless it failed */
	bool is_wanted; /* the swap was rolled back because this very verb asked for it */
	struct under_way
		under_way;       /* dry runs and status: who is at work, or what was interrupted */
	char *journal_error;     /* the same: why nobody can tell; NULL: somebody could */
	bool is_journal_damaged; /* and not only out of reach */
};
extern const struct ds_record report_record;

void report_done(struct report *report);

/* Of the process that prints it. */
int report_exit_code(const struct report *report);

/* Looks who is at work, and what was interrupted. */
void report_look_under_way(struct ds_door *door, struct report *report);

/*
 * The report on stdout, with what was asked for where it failed before it came to that; by
 * request->is_json in one form or the other. Errors go to stderr.
 */
void report_print(const struct ds_request *request, struct report *report);

/* Data: the same facts. The caller owns the object. */
struct json_object *report_to_json(const struct report *report);
void json_print(struct json_object *json);

/* What is installed is no longer what the last swap has put there. */
bool report_is_overwritten(const struct report *report);

/* Prose. */
void report_text_finding(FILE *stream, const struct ds_finding *finding);
void report_text(const struct ds_request *request, const struct report *report);
void report_text_status(const struct report *report);
void report_text_under_way(const struct report *report);
void report_text_past(const struct ds_outcome *outcome);

#endif
