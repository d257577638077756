/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compare.h"

#include <errno.h>
#include <string.h>

#include "drvswap/verify.h"

/* A holder that came would keep the module in; one that left would be loaded again. */
static int compare_holders(const struct ds_module *there, const struct ds_module *here,
	const char *what, struct ds_error *error)
{
	for (size_t i = 0; i < there->holders.count; i++) {
		const char *name = there->holders.items[i].name;

		if (i >= here->holders.count || !ds_string_equal(name, here->holders.items[i].name))
			return ds_error_set(error, -ESTALE, "%s %s %s", name, what, there->name);
	}
	return 0;
}

static int compare_module(
	const struct ds_host *before, const struct ds_host *now, struct ds_error *error)
{
	const struct ds_module *old = &before->module, *new = &now->module;
	int r;

	if (old->state != new->state)
		return ds_error_set(error, -ESTALE, "%s was %s and is %s now", old->name,
			ds_module_state_names[old->state], ds_module_state_names[new->state]);
	if (new->foreign_refs > old->foreign_refs)
		return ds_error_set(error, -ESTALE, "something began to use %s", old->name);
	r = compare_holders(new, old, "began to use", error);
	return r < 0 ? r : compare_holders(old, new, "no longer uses", error);
}

static int compare_dependents(const struct ds_network *before, const struct ds_network *now,
	const char *module, struct ds_error *error)
{
	static const struct ds_network none;
	const ds_strings *names = &now->dependents;
	int r = 0;

	for (size_t i = 0; i < names->count; i++)
		if (!ds_strings_has(&before->dependents, names->items[i]))
			return ds_error_set(error, -ESTALE, "the link %s came and hangs on %s",
				names->items[i], module);
	for (size_t i = 0; r == 0 && i < now->namespaces.count; i++) {
		const struct ds_namespace *there = &now->namespaces.items[i];
		const struct ds_namespace *was = ds_namespace_find(before, there->inode);

		r = compare_dependents(was ? &was->network : &none, &there->network, module, error);
	}
	return r;
}

static int compare_installed(
	const struct ds_host *before, const struct ds_host *now, struct ds_error *error)
{
	if (before->installed.type == now->installed.type &&
		ds_string_equal(before->installed.path, now->installed.path) &&
		ds_string_equal(before->installed_image.digest, now->installed_image.digest) &&
		ds_string_equal(before->previous_image.digest, now->previous_image.digest))
		return 0;
	return ds_error_set(error, -ESTALE, "%s, or its .old, was changed by someone else",
		before->installed.path ? before->installed.path : before->module.name);
}

/* What was there and is not, by the rules by which a swap itself is judged. */
static int compare_one_way(const struct ds_host *there, const struct ds_host *here, bool is_forward,
	struct ds_error *error)
{
	const struct ds_expectation same = {
		.identity = there->module.state == DS_MODULE_LIVE ? &there->module.identity : NULL,
	};
	struct ds_verdict verdict = {0};
	int r = ds_verify(there, here, &same, &verdict, error);

	for (size_t i = 0; r == 0 && !verdict.is_ok && i < verdict.facts.count; i++) {
		const struct ds_fact *fact = &verdict.facts.items[i];
		const char *was = is_forward ? fact->before : fact->after;
		const char *is = is_forward ? fact->after : fact->before;

		if (!fact->is_ok && !fact->is_noted)
			r = ds_error_set(error, -ESTALE, "%s %s was %s and is %s now", fact->name,
				fact->subject ? fact->subject : "", was ? was : "nothing",
				is ? is : "nothing");
	}
	ds_record_done(&ds_verdict_record, &verdict);
	return r;
}

int ds_host_compare(const struct ds_host *before, const struct ds_host *now, struct ds_error *error)
{
	int r = compare_module(before, now, error);

	if (r == 0)
		r = compare_dependents(&before->network, &now->network, now->module.name, error);
	if (r == 0)
		r = compare_installed(before, now, error);
	if (r == 0)
		r = compare_one_way(before, now, true, error);
	/* The other way round: what came since would be lost with the unload. */
	if (r == 0)
		r = compare_one_way(now, before, false, error);
	if (r == -ESTALE) {
		ds_error_prefix(error, "the host changed since it was observed");
		ds_error_hint(error, "Nothing was touched: try again.");
	}
	return r;
}
