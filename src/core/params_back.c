/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The parameters of the way back: those that the old module ran with, as far as they are known.
 * What is configured is known, and what /sys says instead of it; of all others only those that the
 * last swap gave, for the default of a parameter nobody tells.
 */

#include "params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/request.h"

const struct ds_param *ds_params_find(const struct ds_param *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (ds_param_name_equal(items[i].name, name))
			return &items[i];
	return NULL;
}

/* The kernel prints numbers and flags so that it reads them again; of other kinds nobody knows. */
static bool is_plain(const char *value)
{
	return value && *value &&
	       (strcmp(value, "Y") == 0 || strcmp(value, "N") == 0 ||
		       strspn(value, "-0123456789") == strlen(value));
}

/* The value in force is the one that the last swap gave: 1; it is none of ours: 0; or -ENOMEM. */
static int take_given(
	struct ds_params *params, const struct ds_param *given, const struct ds_param *in_force)
{
	struct ds_param *param;

	if (!in_force || !ds_param_value_equal(in_force->value, given->value))
		return 0;
	param = (struct ds_param *)ds_params_find(
		params->items.items, params->items.count, given->name);
	if (param && ds_param_value_equal(in_force->value, param->value))
		return 0;
	if (!param)
		param = ds_list_add(&params->items);
	if (!param || ds_string_set(&param->name, given->name) < 0 ||
		ds_string_set(&param->value, given->value) < 0)
		return -ENOMEM;
	return 1;
}

static int take_drift(struct ds_param *configured, const struct ds_param *in_force)
{
	if (!in_force || !is_plain(in_force->value) ||
		ds_param_value_equal(in_force->value, configured->value))
		return 0;
	return ds_string_set(&configured->value, in_force->value) < 0 ? -ENOMEM : 1;
}

/* How many were changed, or -ENOMEM. */
static int change(
	struct ds_params *params, const struct ds_params *given, const struct ds_module *module)
{
	int changed = 0, r = 0;

	for (size_t i = 0; r >= 0 && i < given->items.count; i++) {
		const struct ds_param *item = &given->items.items[i];

		r = take_given(params, item,
			ds_params_find(module->params.items, module->params.count, item->name));
		changed += r > 0;
	}
	for (size_t i = 0; r >= 0 && i < params->items.count; i++) {
		struct ds_param *item = &params->items.items[i];

		r = take_drift(item,
			ds_params_find(module->params.items, module->params.count, item->name));
		changed += r > 0;
	}
	return r < 0 ? r : changed;
}

char *ds_params_back(const struct ds_module *module)
{
	const char *options = module->options ? module->options : "";
	struct ds_params params = {0}, given = {0};
	char *line = NULL;
	int changed = 0;

	if (ds_params_parse(options, &params) == 0 && ds_params_parse(module->given, &given) == 0)
		changed = change(&params, &given, module);
	else
		changed = -ENOMEM;
	if (changed == 0)
		line = strdup(options);
	else if (changed > 0)
		line = ds_params_line(params.items.items, params.items.count);
	ds_params_done(&params);
	ds_params_done(&given);
	return line;
}
