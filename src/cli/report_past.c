/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A past swap in one line. */

#include <time.h>

#include "report.h"
#include "terminal.h"

/* Where nothing ran, there is nothing that could have a name. */
static const char *short_identity(const struct ds_identity *identity)
{
	return identity->version      ? identity->version
	       : identity->build_id   ? identity->build_id
	       : identity->srcversion ? identity->srcversion
				      : "unnamed";
}

static void put_when(int64_t started_s)
{
	char when[32] = "?";
	time_t started = (time_t)started_s;
	struct tm local;

	if (localtime_r(&started, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	terminal_printf(stdout, COLOUR_NONE, "%s  ", when);
}

/* The history is a file, and a line of it may lack anything. */
void report_text_past(const struct ds_outcome *outcome)
{
	put_when(outcome->started_s);
	terminal_printf(stdout, COLOUR_NONE, "%-8s %-12s ", outcome->verb ? outcome->verb : "?",
		outcome->module ? outcome->module : "?");
	terminal_printf(stdout,
		outcome->kind == DS_OUTCOME_DONE         ? COLOUR_GOOD
		: outcome->kind == DS_OUTCOME_INCOMPLETE ? COLOUR_BAD
							 : COLOUR_WARN,
		"%-11s", ds_outcome_kind_names[outcome->kind]);
	terminal_printf(stdout, COLOUR_NONE, " %.20s -> %.20s",
		outcome->is_unverified ? "not loaded" : short_identity(&outcome->from),
		short_identity(&outcome->to));
	if (outcome->outage_ms >= 0)
		terminal_printf(
			stdout, COLOUR_DIM, "  away %lld ms", (long long)outcome->outage_ms);
	if (outcome->error)
		terminal_printf(stdout, COLOUR_NONE, "  (%s)", outcome->error);
	fputc('\n', stdout);
}
