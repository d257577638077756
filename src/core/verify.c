/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "params.h"
#include "verifier.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ds_came_back_names[] = {"no-matter", "by-itself", "restored", "lost", NULL};
_Static_assert(sizeof(ds_came_back_names) / sizeof(char *) == DS_CAME_BACK_COUNT + 1, "");

static const struct ds_field fact_fields[] = {
	DS_NEEDED(struct ds_fact, name),
	DS_STRING(struct ds_fact, subject),
	DS_STRING(struct ds_fact, before),
	DS_STRING(struct ds_fact, after),
	DS_NEEDED(struct ds_fact, source),
	DS_ENUM(struct ds_fact, came_back, ds_came_back_names),
	DS_STRING(struct ds_fact, why),
	DS_BOOL(struct ds_fact, is_ok),
	DS_BOOL(struct ds_fact, is_noted),
	DS_FIELDS_END,
};
const struct ds_record ds_fact_record = {"fact", sizeof(struct ds_fact), fact_fields};

static const struct ds_field verdict_fields[] = {
	DS_LIST_OF(struct ds_verdict, facts, &ds_fact_record),
	DS_BOOL(struct ds_verdict, is_ok),
	DS_FIELDS_END,
};
const struct ds_record ds_verdict_record = {"verdict", sizeof(struct ds_verdict), verdict_fields};

struct ds_fact *verifier_tell(struct verifier *verifier, bool is_ok, const char *name,
	const char *subject, const char *before, const char *after, const char *source)
{
	static struct ds_fact scratch;
	struct ds_fact *fact = ds_list_add(&verifier->verdict->facts);
	const struct {
		char **member;
		const char *text;
	} members[] = {
		{fact ? &fact->name : NULL, name},
		{fact ? &fact->subject : NULL, subject},
		{fact ? &fact->before : NULL, before},
		{fact ? &fact->after : NULL, after},
		{fact ? &fact->source : NULL, source},
	};

	if (!fact) {
		verifier->is_out_of_memory = true;
		memset(&scratch, 0, sizeof(scratch));
		return &scratch;
	}
	fact->is_ok = is_ok;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (ds_string_set(members[i].member, members[i].text) < 0)
			verifier->is_out_of_memory = true;
	if (verifier->netns && ds_string_format(&fact->subject, "netns %s: %s", verifier->netns,
				       subject ? subject : "") < 0)
		verifier->is_out_of_memory = true;
	return fact;
}

static const char *identity_text(const struct ds_identity *identity)
{
	return identity->build_id     ? identity->build_id
	       : identity->srcversion ? identity->srcversion
				      : identity->version;
}

static void verify_code(struct verifier *verifier)
{
	const struct ds_module *before = &verifier->before->module,
			       *after = &verifier->after->module;
	const struct ds_identity *wanted = verifier->expectation->identity;
	const char *by = "state";
	enum ds_same same;

	if (!wanted) {
		verifier_tell(verifier, after->state == before->state, "module-state", after->name,
			ds_module_state_names[before->state], ds_module_state_names[after->state],
			"/proc/modules");
		return;
	}
	same = after->state == DS_MODULE_LIVE ? ds_identity_compare(wanted, &after->identity, &by)
					      : DS_SAME_NO;
	/* Nothing to tell builds apart by is said, but no reason to fail. */
	verifier_tell(verifier, same == DS_SAME_YES, "running-code", after->name,
		identity_text(&before->identity),
		after->state == DS_MODULE_LIVE ? identity_text(&after->identity)
					       : ds_module_state_names[after->state],
		by)
		->is_noted = same == DS_SAME_UNKNOWN;
	if (before->identity.version || after->identity.version)
		verifier_tell(verifier, true, "module-version", after->name,
			before->identity.version, after->identity.version, "/sys/module");
}

/*
 * After a rollback: the same code with other parameters may behave otherwise. It is only noted, for
 * the defaults are not known, and some parameters change by themselves.
 */
static void verify_params(struct verifier *verifier)
{
	const struct ds_module *before = &verifier->before->module,
			       *after = &verifier->after->module;

	if (verifier->expectation->is_trial || verifier->expectation->is_told_only)
		return;
	for (size_t i = 0; i < before->params.count; i++) {
		const struct ds_param *old = &before->params.items[i];
		const struct ds_param *now =
			ds_params_find(after->params.items, after->params.count, old->name);

		if (now && !ds_string_equal(old->value, now->value))
			verifier_tell(verifier, false, "parameter", old->name, old->value,
				now->value, "/sys/module")
				->is_noted = true;
	}
}

static void verify_file(struct verifier *verifier)
{
	const char *wanted = verifier->expectation->installed_digest;
	const struct ds_host *before = verifier->before, *after = verifier->after;

	if (wanted)
		verifier_tell(verifier, ds_string_equal(wanted, after->installed_image.digest),
			"installed-file", after->installed.path, before->installed_image.digest,
			after->installed_image.digest, "sha256");
}

static const struct ds_device *find_device(const struct ds_host *host, const char *address)
{
	for (size_t i = 0; i < host->devices.count; i++)
		if (strcmp(host->devices.items[i].address, address) == 0)
			return &host->devices.items[i];
	return NULL;
}

static void verify_devices(struct verifier *verifier)
{
	for (size_t i = 0; i < verifier->before->devices.count; i++) {
		const struct ds_device *before = &verifier->before->devices.items[i];
		const struct ds_device *after = find_device(verifier->after, before->address);
		const char *driver = after ? after->driver : NULL;

		verifier_tell(verifier, driver && ds_string_equal(after->module, before->module),
			"device", before->address, before->driver, driver ? driver : "no driver",
			"sysfs");
	}
}

/* What a boot brings by itself, if it brings anything. */
static bool is_of_boot(const struct ds_fact *fact)
{
	static const char *const names[] = {"running-code", "device", "link", "driver"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ds_string_equal(fact->name, names[i]))
			return true;
	return false;
}

static void soften(struct ds_verdict *verdict, const struct ds_expectation *expectation)
{
	for (size_t i = 0; i < verdict->facts.count; i++) {
		struct ds_fact *fact = &verdict->facts.items[i];

		if (!fact->is_ok && !ds_string_equal(fact->name, "installed-file") &&
			(expectation->is_told_only || !is_of_boot(fact)))
			fact->is_noted = true;
	}
}

static bool verdict_of(const struct ds_verdict *verdict)
{
	for (size_t i = 0; i < verdict->facts.count; i++)
		if (!verdict->facts.items[i].is_ok && !verdict->facts.items[i].is_noted)
			return false;
	return true;
}

int ds_verify(const struct ds_host *before, const struct ds_host *after,
	const struct ds_expectation *expectation, struct ds_verdict *ret_verdict,
	struct ds_error *error)
{
	struct verifier verifier = {
		.before = before,
		.after = after,
		.expectation = expectation,
		.verdict = ret_verdict,
	};

	verify_file(&verifier);
	verify_code(&verifier);
	verify_params(&verifier);
	verify_devices(&verifier);
	verify_network(&verifier);
	verify_health(&verifier);
	if (verifier.is_out_of_memory) {
		ds_record_done(&ds_verdict_record, ret_verdict);
		return ds_error_set(error, -ENOMEM, "out of memory");
	}
	if (expectation->is_after_boot)
		soften(ret_verdict, expectation);
	ret_verdict->is_ok = verdict_of(ret_verdict);
	return 0;
}
