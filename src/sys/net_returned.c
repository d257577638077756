/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_returned.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sys_returned_done(struct sys_returned *returned)
{
	free(returned->done.items);
	ds_record_done(&ds_returned_record, &returned->told);
	*returned = (struct sys_returned){0};
}

void sys_returned_note(struct sys_returned *returned, const struct sys_change *change)
{
	struct sys_change *place = ds_list_add(&returned->done);

	if (place)
		*place = *change;
	else
		returned->is_out_of_memory = true;
}

void sys_returned_lose(struct sys_returned *returned, char *what, int code, const char *words)
{
	struct ds_lost *lost = ds_list_add(&returned->told.lost);

	if (!lost) {
		free(what);
		returned->is_out_of_memory = true;
		return;
	}
	lost->what = what;
	if (ds_string_format(&lost->why, "%s%s%s", words ? words : "", words ? ": " : "",
		    strerror(-code)) < 0 ||
		!lost->what)
		returned->is_out_of_memory = true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int lost_move(struct sys_returned *returned, struct ds_returned *ret_told)
{
	for (size_t i = 0; i < returned->told.lost.count; i++) {
		struct ds_lost *place = ds_list_add(&ret_told->lost);

		if (!place)
			return -ENOMEM;
		*place = returned->told.lost.items[i];
		returned->told.lost.items[i] = (struct ds_lost){0};
	}
	return 0;
}

int sys_returned_tell(struct sys_returned *returned, char *(*what)(const struct sys_change *change),
	struct ds_returned *ret_told)
{
	for (size_t i = 0; i < returned->done.count; i++) {
		char *text = what(&returned->done.items[i]);
		int code = text ? ds_strings_add(&ret_told->restored, text) : 0;

		free(text);
		if (code < 0)
			return code;
	}
	if (ret_told->restored.count)
		qsort(ret_told->restored.items, ret_told->restored.count, sizeof(char *), compare);
	if (lost_move(returned, ret_told) < 0 || returned->is_out_of_memory)
		return -ENOMEM;
	return 0;
}
