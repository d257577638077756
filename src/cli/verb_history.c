/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <time.h>

#include "drvswap/sys.h"
#include "history.h"
#include "terminal.h"
#include "verb.h"

static const char *short_identity(const struct ds_identity *identity)
{
	return identity->version    ? identity->version
	       : identity->build_id ? identity->build_id
				    : identity->srcversion;
}

static void print_line(const struct ds_outcome *outcome)
{
	char when[32] = "?";
	time_t started = (time_t)outcome->started_s;
	struct tm local;

	if (localtime_r(&started, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	terminal_printf(
		stdout, COLOUR_NONE, "%s  %-8s %-12s ", when, outcome->verb, outcome->module);
	terminal_printf(stdout,
		outcome->kind == DS_OUTCOME_DONE         ? COLOUR_GOOD
		: outcome->kind == DS_OUTCOME_INCOMPLETE ? COLOUR_BAD
							 : COLOUR_WARN,
		"%-11s", ds_outcome_kind_names[outcome->kind]);
	terminal_printf(stdout, COLOUR_NONE, " %.20s -> %.20s", short_identity(&outcome->from),
		short_identity(&outcome->to));
	if (outcome->outage_ms >= 0)
		terminal_printf(
			stdout, COLOUR_DIM, "  away %lld ms", (long long)outcome->outage_ms);
	fputc('\n', stdout);
}

static void print_json(const struct history *history)
{
	struct json_object *json = ds_record_to_json(&history_record, history);

	json_print(json);
	json_object_put(json);
}

int verb_history(struct ds_request *request)
{
	struct ds_door *door = ds_sys_open();
	struct history history = {0};
	struct ds_error error = {0};
	int r = door ? history_read(door, request->module, &history, &error)
		     : ds_error_set(&error, -ENOMEM, "out of memory");

	if (r == 0 && request->is_json)
		print_json(&history);
	for (size_t i = 0; r == 0 && !request->is_json && i < history.outcomes.count; i++)
		print_line(&history.outcomes.items[i]);
	if (r == 0 && !request->is_json && history.outcomes.count == 0)
		puts("no swaps yet");
	ds_record_done(&history_record, &history);
	ds_sys_close(door);
	return r == 0 ? 0 : fail(DS_OUTCOME_FAILED, &error);
}

int verb_choose_module(struct ds_door *door, struct ds_request *request, struct ds_error *error)
{
	struct history history = {0};
	int r = history_read(door, NULL, &history, error);

	if (r == 0 && history.outcomes.count == 0)
		r = ds_error_set(error, -EINVAL, "no module was named, and no swap was made yet");
	else if (r == 0)
		r = ds_string_set(&request->module,
			history.outcomes.items[history.outcomes.count - 1].module);
	ds_record_done(&history_record, &history);
	return r;
}
