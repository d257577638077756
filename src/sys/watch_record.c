/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a watched child found out, as a record: told as lines of JSON. */

#include <errno.h>

#include "cleanup.h"
#include "watch.h"

int sys_call_tell(
	const struct ds_record *record, const void *object, char **ret_text, struct ds_error *error)
{
	*ret_text = ds_record_to_lines(record, object);
	return *ret_text ? 0 : ds_error_set(error, -ENOMEM, "out of memory");
}

int sys_watch_record(struct sys *sys, const struct sys_call *call, int64_t deadline_ms,
	const struct ds_record *record, void *ret_object, struct ds_error *error)
{
	cleanup_free char *text = NULL;
	int r = sys_watch(sys, call, deadline_ms, &text, error);

	if (r < 0)
		return r;
	if (!text)
		return ds_error_set(error, -EIO, "%s: it told nothing", call->what);
	return ds_record_from_lines(record, text, ret_object, error);
}
