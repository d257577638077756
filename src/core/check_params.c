/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Module parameters: those asked for, those configured, those in force. */

#include "check.h"
#include "params.h"

#include <stdlib.h>
#include <string.h>

/* Taken by the module loader itself for every module (kernel/module/main.c, 6.1). */
static bool is_generic_param(const char *name)
{
	return strcmp(name, "async_probe") == 0 || strcmp(name, "dyndbg") == 0;
}

static bool image_knows(const struct ds_image *image, const char *name)
{
	for (size_t i = 0; i < image->params.count; i++)
		if (ds_param_name_equal(image->params.items[i].name, name))
			return true;
	return is_generic_param(name);
}

static void check_known(struct checker *checker, const struct ds_param *param, bool is_asked_for)
{
	if (!checker_has_candidate(checker) ||
		image_knows(&checker->host->candidate_image, param->name))
		return;
	if (is_asked_for)
		checker_find(checker, FINDING_PARAM_UNKNOWN,
			"`modinfo -p FILE` lists the parameters that it knows.",
			"the candidate has no parameter %s", param->name);
	else
		checker_find(checker, FINDING_PARAM_IGNORED,
			"Remove it from modprobe.d or the kernel command line when the new driver "
			"stays.",
			"the configured parameter %s is unknown to the candidate: the kernel will "
			"ignore it",
			param->name);
}

/*
 * Flags read back as Y or N, whatever was written; everything else as it was given. A value we
 * may not read, or that the driver keeps to itself, is no drift.
 */
static void check_drift(struct checker *checker, const struct ds_param *configured)
{
	const struct ds_module *module = &checker->host->module;

	for (size_t i = 0; i < module->params.count; i++) {
		const struct ds_param *in_force = &module->params.items[i];

		if (!ds_param_name_equal(in_force->name, configured->name))
			continue;
		if (!ds_param_value_equal(in_force->value, configured->value))
			checker_find(checker, FINDING_PARAM_DRIFT,
				"The new module gets the configured value; --param=NAME=VALUE "
				"gives "
				"another.",
				"%s is %s in /sys, but configured as %s", in_force->name,
				in_force->value, configured->value ? configured->value : "set");
		return;
	}
}

/* What the last swap gave, and still is in force, ends with the code that it was given to. */
static void check_given(struct checker *checker, const struct ds_params *configured)
{
	const struct ds_module *module = &checker->host->module;
	const struct ds_request *request = checker->request;
	struct ds_params given = {0};

	if (ds_params_parse(module->given, &given) < 0)
		checker->is_out_of_memory = true;
	for (size_t i = 0; i < given.items.count; i++) {
		const struct ds_param *item = &given.items.items[i];
		const struct ds_param *in_force =
			ds_params_find(module->params.items, module->params.count, item->name);

		if (!in_force || !ds_param_value_equal(in_force->value, item->value) ||
			ds_params_find(
				configured->items.items, configured->items.count, item->name) ||
			ds_params_find(request->params.items, request->params.count, item->name))
			continue;
		checker_find(checker, FINDING_PARAM_DRIFT,
			"Give it again with --param, or put it into modprobe.d.",
			"%s is %s in /sys, as the last swap gave it, and not configured: the new "
			"module would not get it",
			in_force->name, in_force->value);
	}
	ds_params_done(&given);
}

void check_params(struct checker *checker)
{
	const struct ds_request *request = checker->request;
	struct ds_params configured = {0};

	for (size_t i = 0; i < request->params.count; i++)
		check_known(checker, &request->params.items[i], true);

	if (ds_params_parse(checker->host->module.options, &configured) < 0)
		checker->is_out_of_memory = true;
	for (size_t i = 0; i < configured.items.count; i++) {
		if (checker_is_live(checker))
			check_drift(checker, &configured.items.items[i]);
		if (request->params.count == 0)
			check_known(checker, &configured.items.items[i], false);
	}
	if (checker_is_live(checker))
		check_given(checker, &configured);
	ds_params_done(&configured);
}
