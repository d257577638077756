/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a watched child found out, as a record: told as JSON, as the journal keeps it. */

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "watch.h"

int sys_call_tell(
	const struct ds_record *record, const void *object, char **ret_text, struct ds_error *error)
{
	*ret_text = ds_record_to_text(record, object);
	return *ret_text ? 0 : ds_error_set(error, -ENOMEM, "out of memory");
}

int sys_watch_record(struct sys *sys, const struct sys_call *call, int64_t deadline_ms,
	const struct ds_record *record, void *ret_object, struct ds_error *error)
{
	cleanup_free char *text = NULL;
	struct json_object *json;
	int r = sys_watch(sys, call, deadline_ms, &text, error);

	if (r < 0)
		return r;
	if (!text)
		return ds_error_set(error, -EIO, "%s: it told nothing", call->what);
	json = json_tokener_parse(text);
	r = ds_record_from_json(record, json, ret_object, error);
	json_object_put(json);
	return r;
}
