/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the candidate imports and exports, against what the kernel and the holders have. */

#include "check.h"

#include <stdio.h>
#include <string.h>

static bool is_missing(const struct ds_requirement *need)
{
	return need->is_known && !need->is_exported;
}

static bool has_other_crc(const struct ds_requirement *need)
{
	return !is_missing(need) && need->has_wanted_crc && need->has_crc_in_force &&
	       need->wanted_crc != need->crc_in_force;
}

/* The wrong kernel misses hundreds: the first is named, the others are counted. */
static const struct ds_requirement *first_of(const struct ds_host *host,
	bool (*is_wanted)(const struct ds_requirement *), char *ret_others, size_t room)
{
	const struct ds_requirement *first = NULL;
	size_t others = 0;

	for (size_t i = 0; i < host->requirements.count; i++) {
		if (!is_wanted(&host->requirements.items[i]))
			continue;
		if (first)
			others++;
		else
			first = &host->requirements.items[i];
	}
	ret_others[0] = '\0';
	if (others > 0)
		snprintf(ret_others, room, " (and %zu more symbols)", others);
	return first;
}

/* What a kernel refuses costs a rollback where it runs, and the driver where it boots. */
static const char *by_kernel(
	const struct checker *checker, const char *running, const char *of_next_boot)
{
	return checker->host->kernel.is_offline ? of_next_boot : running;
}

void check_symbols(struct checker *checker)
{
	char others[48];
	const struct ds_requirement *need =
		first_of(checker->host, is_missing, others, sizeof(others));

	if (need)
		checker_find(checker, FINDING_SYMBOL_MISSING,
			by_kernel(checker,
				"Load the module that exports it, or build for this kernel. "
				"Overridden, the kernel refuses it only in the outage, and all is "
				"put back.",
				"Install the module that exports it, or build for that kernel. "
				"Overridden, that kernel refuses it when it boots, and nothing "
				"puts the old one back."),
			"the candidate needs the symbol %s, which nothing %s exports%s",
			need->symbol, by_kernel(checker, "here", "of that kernel"), others);
	need = first_of(checker->host, has_other_crc, others, sizeof(others));
	if (need)
		checker_find(checker, FINDING_SYMBOL_CRC,
			by_kernel(checker,
				"Build it against the headers of the running kernel. Overridden, "
				"the kernel refuses it only in the outage, and all is put back.",
				"Build it against the headers of that kernel. Overridden, that "
				"kernel refuses it when it boots, and nothing puts the old one "
				"back."),
			"the candidate was built against another %s: it wants CRC 0x%08llx, "
			"0x%08llx is in force (%s)%s",
			need->symbol, (unsigned long long)need->wanted_crc,
			(unsigned long long)need->crc_in_force,
			need->crc_source ? need->crc_source : "kernel", others);
}

/* Symbols of ours are those that the present module exports: all else is not our concern. */
static void check_holder(struct checker *checker, const struct ds_holder *holder)
{
	const struct ds_image *present = &checker->host->installed_image;
	const struct ds_image *candidate = &checker->host->candidate_image;

	for (size_t i = 0; i < holder->imports.count; i++) {
		const struct ds_symbol *import = &holder->imports.items[i];
		const struct ds_symbol *export;

		if (!ds_symbol_find(present->exports.items, present->exports.count, import->name))
			continue;
		export = ds_symbol_find(
			candidate->exports.items, candidate->exports.count, import->name);
		if (!export)
			checker_find(checker, FINDING_HOLDER_SYMBOL,
				"Unload the holder yourself if it may stay away.",
				"%s needs the symbol %s, which the candidate does not export",
				holder->name, import->name);
		else if (import->has_crc && export->has_crc && import->crc != export->crc)
			checker_find(checker, FINDING_HOLDER_SYMBOL,
				"The holder must be built against the candidate.",
				"%s was built against another %s than the candidate exports",
				holder->name, import->name);
	}
}

void check_holder_symbols(struct checker *checker)
{
	const struct ds_module *module = &checker->host->module;

	if (!checker_has_candidate(checker) || !checker_exchanges_code(checker))
		return;
	for (size_t i = 0; i < module->holders.count; i++)
		check_holder(checker, &module->holders.items[i]);
}

void check_dependencies(struct checker *checker)
{
	const struct ds_host *host = checker->host;

	for (size_t i = 0; i < host->dependencies.count; i++) {
		const struct ds_dependency *dependency = &host->dependencies.items[i];

		if (!dependency->is_loaded && !dependency->is_builtin && !dependency->path)
			checker_find(checker, FINDING_DEPENDENCY_MISSING, "Install it first.",
				"the candidate depends on the module %s, which is not installed",
				dependency->name);
	}
}
