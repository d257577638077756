/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const ds_setting_kind_names[] = {"sysctl", "sysfs", "irq", "ethtool", "link-setting",
	"port", "vlans", "fdb", "mdb", "neighbour", "proxy", "nexthop", "qdisc", "xdp",
	"netconsole", "tunnel", "maddr", NULL};
_Static_assert(sizeof(ds_setting_kind_names) / sizeof(char *) == DS_SETTING_KIND_COUNT + 1, "");

static const struct ds_field setting_fields[] = {
	DS_ENUM(struct ds_setting, kind, ds_setting_kind_names),
	DS_STRING(struct ds_setting, link),
	DS_NEEDED(struct ds_setting, key),
	DS_NEEDED(struct ds_setting, value),
	DS_BOOL(struct ds_setting, is_early),
	DS_FIELDS_END,
};
const struct ds_record ds_setting_record = {"setting", sizeof(struct ds_setting), setting_fields};

static const struct ds_field settings_fields[] = {
	DS_LIST_OF(struct ds_settings, items, &ds_setting_record),
	DS_FIELDS_END,
};
const struct ds_record ds_settings_record = {
	"settings", sizeof(struct ds_settings), settings_fields};

static const struct ds_field lost_fields[] = {
	DS_NEEDED(struct ds_lost, what),
	DS_NEEDED(struct ds_lost, why),
	DS_FIELDS_END,
};
const struct ds_record ds_lost_record = {"lost", sizeof(struct ds_lost), lost_fields};

static const struct ds_field returned_fields[] = {
	DS_STRINGS(struct ds_returned, restored),
	DS_LIST_OF(struct ds_returned, lost, &ds_lost_record),
	DS_FIELDS_END,
};
const struct ds_record ds_returned_record = {
	"returned", sizeof(struct ds_returned), returned_fields};

int ds_setting_add(struct ds_settings *settings, int kind, const char *link, const char *key,
	const char *value)
{
	struct ds_setting *setting = ds_list_add(&settings->items);

	if (!setting)
		return -ENOMEM;
	setting->kind = kind;
	if (ds_string_set(&setting->link, link) < 0 || ds_string_set(&setting->key, key) < 0 ||
		ds_string_set(&setting->value, value) < 0)
		return -ENOMEM;
	return 0;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare(const void *left, const void *right)
{
	const struct ds_setting *a = left, *b = right;
	int order = (a->kind > b->kind) - (a->kind < b->kind);

	if (order == 0)
		order = compare_texts(a->link, b->link);
	return order ? order : compare_texts(a->key, b->key);
}

void ds_settings_sort(struct ds_settings *settings)
{
	if (settings->items.count)
		qsort(settings->items.items, settings->items.count, sizeof(struct ds_setting),
			compare);
}

const struct ds_setting *ds_setting_find(
	const struct ds_settings *settings, const struct ds_setting *like)
{
	if (settings->items.count == 0)
		return NULL;
	return bsearch(like, settings->items.items, settings->items.count,
		sizeof(struct ds_setting), compare);
}

bool ds_setting_is_optional(const struct ds_setting *setting)
{
	switch (setting->kind) {
	case DS_SETTING_ETHTOOL:
	case DS_SETTING_LINK:  /* limits that its own must allow */
	case DS_SETTING_SYSFS: /* queues of which another driver may have fewer */
	case DS_SETTING_IRQ:
		return true;
	case DS_SETTING_XDP: /* another driver may run none itself; the kernel's own way stays */
		return ds_string_equal(setting->key, "driver");
	default:
		return false;
	}
}

char *ds_setting_text(const struct ds_setting *setting)
{
	char *text = NULL;

	if (ds_string_format(&text, "%s %s %s", ds_setting_kind_names[setting->kind],
		    setting->link ? setting->link : "-", setting->key ? setting->key : "") < 0)
		return NULL;
	return text;
}

bool ds_setting_has_lines(const struct ds_setting *setting)
{
	size_t bytes = setting->value ? strlen(setting->value) : 0;

	return bytes && setting->value[bytes - 1] == '\n';
}

bool ds_setting_line_next(const char **next, struct ds_setting_line *ret_line)
{
	const char *begin = *next;
	const char *end = begin ? strchr(begin, '\n') : NULL;
	const char *sign = end ? memchr(begin, '=', (size_t)(end - begin)) : NULL;

	if (!sign)
		return false;
	*ret_line = (struct ds_setting_line){
		.name = begin,
		.value = sign + 1,
		.name_bytes = (size_t)(sign - begin),
		.value_bytes = (size_t)(end - sign - 1),
	};
	*next = end + 1;
	return true;
}

bool ds_setting_line_find(
	const char *lines, const struct ds_setting_line *like, struct ds_setting_line *ret_line)
{
	while (ds_setting_line_next(&lines, ret_line))
		if (ret_line->name_bytes == like->name_bytes &&
			memcmp(ret_line->name, like->name, like->name_bytes) == 0)
			return true;
	return false;
}

bool ds_setting_line_same(const struct ds_setting_line *a, const struct ds_setting_line *b)
{
	return a->value_bytes == b->value_bytes && memcmp(a->value, b->value, a->value_bytes) == 0;
}

char *ds_setting_line_text(const struct ds_setting *setting, const struct ds_setting_line *line)
{
	char *text = NULL;

	if (ds_string_format(&text, "%s %s %s%c%.*s", ds_setting_kind_names[setting->kind],
		    setting->link ? setting->link : "-", setting->key ? setting->key : "",
		    setting->kind == DS_SETTING_SYSCTL ? '/' : ' ', (int)line->name_bytes,
		    line->name) < 0)
		return NULL;
	return text;
}
