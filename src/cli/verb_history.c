/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>

#include "drvswap/sys.h"
#include "history.h"
#include "report.h"
#include "verb.h"

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
		report_text_past(&history.outcomes.items[i]);
	if (r == 0 && !request->is_json && history.outcomes.count == 0)
		puts("no swaps yet");
	if (r == 0 && history.unread > 0)
		fprintf(stderr, "drvswap: lines of the history that cannot be read: %lld\n",
			(long long)history.unread);
	ds_record_done(&history_record, &history);
	ds_sys_close(door);
	return r == 0 ? 0 : fail(request, DS_OUTCOME_FAILED, &error);
}
