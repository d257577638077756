/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include "report.h"
#include "terminal.h"

/* Lack of memory can leave a line without its text. */
static void show_line(enum colour colour, const char *text)
{
	fputs("           ", stderr);
	terminal_put(stderr, colour, text);
	fputc('\n', stderr);
}

static void show_end(const struct ds_event *event, enum colour colour, const char *word)
{
	terminal_printf(stderr, COLOUR_DIM, "%6lld ms  ", (long long)event->took_ms);
	terminal_printf(stderr, colour, "%-8s", word);
	terminal_put(stderr, COLOUR_NONE, event->text);
	fputc('\n', stderr);
	if (event->error) {
		fputs("                   ", stderr);
		terminal_put(stderr, COLOUR_BAD, event->error);
		fputc('\n', stderr);
	}
}

/*
 * A step is one line, told when it has ended; --verbose tells the beginning too, as do steps that
 * take minutes.
 */
void progress_show(const struct ds_request *request, const struct ds_event *event)
{
	if (request->is_quiet)
		return;
	switch (event->kind) {
	case DS_EVENT_STEP_BEGUN:
	case DS_EVENT_UNDO_BEGUN:
		if (!request->is_verbose && !event->is_slow)
			return;
		terminal_printf(stderr, COLOUR_DIM, "           %-8s",
			event->kind == DS_EVENT_STEP_BEGUN ? "begin" : "undo");
		terminal_put(stderr, COLOUR_DIM, event->text);
		fputc('\n', stderr);
		return;
	case DS_EVENT_STEP_DONE:
		show_end(event, COLOUR_GOOD, ds_phase_names[event->phase]);
		return;
	case DS_EVENT_STEP_FAILED:
		show_end(event, COLOUR_BAD, "failed");
		return;
	case DS_EVENT_UNDO_DONE:
		show_end(event, COLOUR_WARN, "undo");
		return;
	case DS_EVENT_UNDO_FAILED:
		show_end(event, COLOUR_BAD, "failed");
		return;
	case DS_EVENT_WAITING:
		show_line(COLOUR_WARN, event->text);
		return;
	case DS_EVENT_KEY:
		show_line(COLOUR_WARN, event->text);
		show_line(COLOUR_BOLD, "Press Enter to keep the new driver.");
		return;
	case DS_EVENT_NOTE:
	case DS_EVENT_RECOVERING:
		show_line(COLOUR_DIM, event->text);
		return;
	case DS_EVENT_ASKING:
		show_line(COLOUR_DIM, "sent to your SSH client");
		return;
	case DS_EVENT_FINDING:
		report_text_finding(stderr, &event->finding);
		return;
	default:
		return;
	}
}
