/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const struct ds_field history_fields[] = {
	DS_LIST_OF(struct history, outcomes, &ds_outcome_record),
	DS_FIELDS_END,
};
const struct ds_record history_record = {"history", sizeof(struct history), history_fields};

static int take(struct history *history, const char *line, const char *module)
{
	struct json_object *json = json_tokener_parse(line);
	struct ds_outcome outcome = {0}, *slot;
	struct ds_error ignored;
	bool is_one = json_object_object_get_ex(json, "kind", NULL) &&
		      ds_record_from_json(&ds_outcome_record, json, &outcome, &ignored) == 0 &&
		      outcome.module;
	bool is_wanted = is_one && (!module || ds_string_equal(outcome.module, module));

	json_object_put(json);
	history->unread += !is_one;
	slot = is_wanted ? ds_list_add(&history->outcomes) : NULL;
	if (!slot) {
		ds_record_done(&ds_outcome_record, &outcome);
		return is_wanted ? -ENOMEM : 0;
	}
	*slot = outcome;
	return 0;
}

int history_read(struct ds_door *door, const char *module, struct history *ret_history,
	struct ds_error *error)
{
	char *text = NULL, *rest, *line;
	int r = door->recall(door, DS_LOG_HISTORY, &text, error);

	rest = r == 0 ? text : NULL;
	while (r == 0 && rest && (line = strsep(&rest, "\n")))
		if (*line && take(ret_history, line, module) < 0)
			r = ds_error_set(error, -ENOMEM, "out of memory");
	free(text);
	return r;
}
