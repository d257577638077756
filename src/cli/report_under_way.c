/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A swap that is under way, or was interrupted, for people. */

#include "report.h"
#include "terminal.h"

#define LABEL "%-12s"

static void put_step(const struct under_way *under_way)
{
	terminal_printf(stdout, COLOUR_NONE, LABEL "%s", "", under_way->module);
	if (under_way->step > 0)
		terminal_printf(stdout, COLOUR_NONE, ", step %lld of %lld%s, for %lld s: %s%s",
			(long long)under_way->step, (long long)under_way->steps,
			under_way->is_undo ? ", rolling back" : "",
			(long long)under_way->since_ms / 1000, under_way->text,
			under_way->is_stuck ? " (the kernel does not come back from it)" : "");
	fputc('\n', stdout);
}

static void put_owner(const struct under_way *under_way)
{
	terminal_printf(stdout, COLOUR_WARN, LABEL "%s", "under way", under_way->owner);
	fputc('\n', stdout);
	if (under_way->id)
		put_step(under_way);
}

/* Before a swap begins, what an earlier one left is put right: its own view begins there. */
static void put_interrupted(const struct report *report)
{
	terminal_printf(stdout, COLOUR_BAD,
		report->is_dry_run ? LABEL
			"a swap of %s: it would be finished or undone first, and what "
			"follows is the host before that"
				   : LABEL "a swap of %s; `drvswap recover` finishes or undoes it",
		"interrupted", report->under_way.module);
	fputc('\n', stdout);
}

void report_text_under_way(const struct report *report)
{
	if (report->under_way.owner)
		put_owner(&report->under_way);
	else if (report->under_way.id)
		put_interrupted(report);
	if (!report->journal_error)
		return;
	terminal_printf(stdout, report->is_journal_damaged ? COLOUR_BAD : COLOUR_NONE, LABEL "%s",
		report->is_journal_damaged ? "damaged" : "not seen", report->journal_error);
	fputc('\n', stdout);
}
