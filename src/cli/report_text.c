/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reports for people. The result goes to stdout, why it failed to stderr. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "terminal.h"

#define LABEL "%-12s"

static void label(const char *text)
{
	terminal_printf(stdout, COLOUR_DIM, LABEL, text);
}

/* "label  text", a line of its own. */
static void row(const char *name, const char *text)
{
	label(name);
	terminal_put(stdout, COLOUR_NONE, text);
	fputc('\n', stdout);
}

/* --- facts ------------------------------------------------------------------------------ */

/* "1.9.0.0-k, build-id 1f3a..., srcversion ...": what there is. */
static void put_identity(const struct ds_identity *identity)
{
	const struct {
		const char *name, *value;
	} parts[] = {
		{"version ", identity->version},
		{"build-id ", identity->build_id},
		{"srcversion ", identity->srcversion},
	};
	bool is_first = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].value)
			continue;
		terminal_printf(stdout, COLOUR_NONE, "%s%s%s", is_first ? "" : ", ", parts[i].name,
			parts[i].value);
		is_first = false;
	}
	if (is_first)
		terminal_put(stdout, COLOUR_NONE, "nothing that identifies it");
	fputc('\n', stdout);
}

static void put_file(const char *name, const struct ds_file *file, const struct ds_image *image)
{
	if (file->type == DS_FILE_ABSENT)
		return;
	label(name);
	terminal_put(stdout, COLOUR_NONE, file->path);
	if (file->compression != DS_COMPRESSION_NONE)
		terminal_printf(
			stdout, COLOUR_NONE, " (%s)", ds_compression_names[file->compression]);
	fputc('\n', stdout);
	label("");
	put_identity(&image->identity);
}

static void put_module(const struct ds_host *host)
{
	const struct ds_module *module = &host->module;

	label("module");
	terminal_printf(stdout, COLOUR_BOLD, "%s", module->name);
	terminal_printf(stdout, COLOUR_NONE, " is %s on kernel %s",
		module->state == DS_MODULE_ABSENT ? "not loaded"
						  : ds_module_state_names[module->state],
		host->kernel.release);
	if (host->kernel.is_offline)
		terminal_printf(stdout, COLOUR_NONE, ", which does not run");
	if (module->holders.count > 0)
		terminal_printf(stdout, COLOUR_NONE, ", used by");
	for (size_t i = 0; i < module->holders.count; i++)
		terminal_printf(stdout, COLOUR_NONE, " %s", module->holders.items[i].name);
	fputc('\n', stdout);
	if (module->state == DS_MODULE_LIVE) {
		label("running");
		put_identity(&module->identity);
	}
	if (module->options)
		row("options", module->options);
}

static void put_driver(const struct ds_driver_info *driver)
{
	terminal_printf(stdout, COLOUR_NONE, ", driver %s", driver->driver ? driver->driver : "?");
	if (driver->version)
		terminal_printf(stdout, COLOUR_NONE, " %s (%s)", driver->version,
			ds_source_names[driver->version_source]);
}

/* NULL: the one that drvswap runs in. */
static void put_netns(const char *netns)
{
	if (netns)
		terminal_printf(stdout, COLOUR_NONE, "netns %s: ", netns);
}

static void put_link(
	const struct ds_network *network, const struct ds_link *link, const char *netns)
{
	label("link");
	put_netns(netns);
	terminal_printf(stdout, COLOUR_BOLD, "%s", link->name);
	terminal_printf(stdout, COLOUR_NONE, " %s, %s", link->mac ? link->mac : "no MAC",
		!link->is_up        ? "down"
		: link->has_carrier ? "up"
				    : "up, no carrier");
	put_driver(&link->driver);
	if (link->has_default_route)
		terminal_put(stdout, COLOUR_WARN, ", default route");
	if (link->has_caller_ssh)
		terminal_put(stdout, COLOUR_WARN, ", your SSH connection");
	fputc('\n', stdout);
	for (size_t i = 0; i < network->addresses.count; i++) {
		char *text;

		if (!ds_string_equal(network->addresses.items[i].link, link->name))
			continue;
		text = ds_address_text(&network->addresses.items[i]);
		row("", text);
		free(text);
	}
}

static void put_links(const struct ds_network *network, const char *netns)
{
	for (size_t i = 0; i < network->links.count; i++)
		put_link(network, &network->links.items[i], netns);
	for (size_t i = 0; i < network->routes.count; i++) {
		char *text;

		if (!ds_route_is_ours(&network->routes.items[i]))
			continue;
		text = ds_route_text(&network->routes.items[i]);
		label("route");
		put_netns(netns);
		terminal_put(stdout, COLOUR_NONE, text);
		fputc('\n', stdout);
		free(text);
	}
}

static void put_network(const struct ds_host *host)
{
	const struct ds_network *network = &host->network;

	for (size_t i = 0; i < host->devices.count; i++) {
		label("device");
		terminal_printf(stdout, COLOUR_NONE, "%s, driver %s",
			host->devices.items[i].address,
			host->devices.items[i].driver ? host->devices.items[i].driver : "none");
		fputc('\n', stdout);
	}
	put_links(network, NULL);
	for (size_t i = 0; i < network->namespaces.count; i++)
		put_links(&network->namespaces.items[i].network, network->namespaces.items[i].name);
}

/* Images without the module are nobody's concern. */
static void put_initramfs(const struct ds_host *host)
{
	for (size_t i = 0; i < host->initramfs.count; i++) {
		const struct ds_initramfs *image = &host->initramfs.items[i];

		if (!image->module_path)
			continue;
		row("initramfs", image->path);
		label("");
		put_identity(&image->identity);
	}
}

static void put_unseen(const struct ds_network *network, const char *netns)
{
	for (size_t i = 0; i < network->unseen.count; i++) {
		label("not seen");
		put_netns(netns);
		terminal_put(stdout, COLOUR_NONE, network->unseen.items[i]);
		fputc('\n', stdout);
	}
}

static void put_host(const struct ds_host *host)
{
	put_module(host);
	put_file("installed", &host->installed, &host->installed_image);
	put_file("kept .old", &host->previous, &host->previous_image);
	put_file("candidate", &host->candidate, &host->candidate_image);
	put_initramfs(host);
	put_network(host);
	for (size_t i = 0; i < host->unseen.count; i++)
		row("not seen", host->unseen.items[i]);
	put_unseen(&host->network, NULL);
	for (size_t i = 0; i < host->network.namespaces.count; i++)
		put_unseen(&host->network.namespaces.items[i].network,
			host->network.namespaces.items[i].name);
}

/* --- findings and steps ----------------------------------------------------------------- */

void report_text_finding(FILE *stream, const struct ds_finding *finding)
{
	static const enum colour colours[DS_LEVEL_COUNT] = {COLOUR_WARN, COLOUR_BAD, COLOUR_BAD};

	terminal_printf(stream, colours[finding->level], LABEL,
		finding->is_overridden ? "overridden" : ds_level_names[finding->level]);
	terminal_printf(stream, COLOUR_BOLD, "%s", finding->name);
	terminal_printf(stream, COLOUR_NONE, ": %s", finding->text);
	fputc('\n', stream);
	if (finding->advice && *finding->advice) {
		terminal_printf(stream, COLOUR_NONE, LABEL "%s", "", finding->advice);
		fputc('\n', stream);
	}
}

static void put_step(size_t number, const struct ds_step *step, const char *installed)
{
	char *op = ds_op_text(&step->op, installed), *undo = ds_op_text(&step->undo, installed);

	terminal_printf(stdout, COLOUR_DIM, "%2zu %-9s", number, ds_phase_names[step->phase]);
	terminal_put(stdout, COLOUR_NONE, op);
	fputc('\n', stdout);
	if (undo && *undo) {
		terminal_printf(stdout, COLOUR_DIM, LABEL "undo: %s", "", undo);
		fputc('\n', stdout);
	}
	free(op);
	free(undo);
}

static void put_steps_head(const char *installed)
{
	const char *slash = installed ? strrchr(installed, '/') : NULL;

	fputs("\nSteps", stdout);
	if (slash)
		terminal_printf(stdout, COLOUR_DIM, " (files without a directory are in %.*s)",
			(int)(slash - installed), installed);
	fputc('\n', stdout);
}

static void put_dry_run(const struct report *report)
{
	put_host(&report->host);
	if (report->findings.items.count > 0)
		fputs("\nFindings\n", stdout);
	for (size_t i = 0; i < report->findings.items.count; i++)
		report_text_finding(stdout, &report->findings.items.items[i]);
	if (report->plan.steps.count > 0)
		put_steps_head(report->plan.installed_path);
	for (size_t i = 0; i < report->plan.steps.count; i++)
		put_step(i + 1, &report->plan.steps.items[i], report->plan.installed_path);
	fputc('\n', stdout);
	if (!report->plan.if_stuck)
		return;
	terminal_printf(stdout, COLOUR_NONE, "If the kernel does not come back from a step, %s.",
		report->plan.if_stuck);
	fputs("\n\n", stdout);
}

/* --- the end ---------------------------------------------------------------------------- */

static void put_fact(const struct ds_fact *fact, bool is_verbose)
{
	bool is_same = ds_string_equal(fact->before, fact->after);

	bool is_main = strcmp(fact->name, "link") == 0 || strcmp(fact->name, "running-code") == 0;

	/* What is as it was is no news, but for what everybody asks first. */
	if (fact->is_ok && is_same && !is_verbose && !is_main)
		return;
	terminal_printf(stdout, COLOUR_DIM, "  %-16s", fact->name);
	terminal_printf(stdout, COLOUR_NONE, "%s: ", fact->subject ? fact->subject : "");
	if (!is_same)
		terminal_printf(
			stdout, COLOUR_NONE, "%s -> ", fact->before ? fact->before : "none");
	terminal_printf(stdout,
		fact->is_ok      ? COLOUR_GOOD
		: fact->is_noted ? COLOUR_WARN
				 : COLOUR_BAD,
		"%s", fact->after ? fact->after : "none");
	terminal_printf(stdout, COLOUR_DIM, "  [%s]", fact->source);
	if (fact->why)
		terminal_printf(stdout, COLOUR_NONE, " could not be restored: %s", fact->why);
	fputc('\n', stdout);
}

static void put_verdict(const struct ds_outcome *outcome, bool is_verbose)
{
	for (size_t i = 0; i < outcome->verdict.facts.count; i++)
		put_fact(&outcome->verdict.facts.items[i], is_verbose);
	if (outcome->outage_ms >= 0) {
		terminal_printf(stdout, COLOUR_NONE, "  the network was away for %lld ms",
			(long long)outcome->outage_ms);
		fputc('\n', stdout);
	}
}

/* What is the case already depends on which halves of the module there are. */
static const char *nothing_to_do(const struct report *report)
{
	const struct ds_host *host = &report->host;

	if (!report->has_host)
		return "nothing to recover";
	if (host->installed.type != DS_FILE_REGULAR)
		return "nothing to do: that very build already runs, and there is no installed "
		       "file to exchange";
	if (host->module.state != DS_MODULE_LIVE)
		return "nothing to do: that very build is installed; the module does not run";
	return "nothing to do: that very build already runs and is installed";
}

/* Half of a recovery: what is told of the whole would not be true yet. */
static const char *files_only(enum ds_outcome_kind kind)
{
	switch (kind) {
	case DS_OUTCOME_DONE:
		return "the files of the new driver are in place; nothing was verified yet";
	case DS_OUTCOME_FAILED:
	case DS_OUTCOME_ROLLED_BACK:
		return "the files of the old driver are back; nothing was verified yet";
	default:
		return NULL;
	}
}

static const char *headline(const struct ds_request *request, const struct report *report)
{
	static const char *const lines[DS_OUTCOME_KIND_COUNT] = {
		[DS_OUTCOME_DONE] = "done",
		[DS_OUTCOME_FAILED] = "failed, nothing was changed",
		[DS_OUTCOME_USAGE] = "wrong usage, nothing was changed",
		[DS_OUTCOME_REFUSED] = "refused, nothing was changed",
		[DS_OUTCOME_ROLLED_BACK] = "failed and rolled back; the rollback was verified",
		[DS_OUTCOME_INCOMPLETE] =
			"failed, and the rollback is incomplete: look at this host",
		[DS_OUTCOME_PENDING] =
			"the new driver runs and was verified; `drvswap confirm` keeps it",
		[DS_OUTCOME_LOCKED] = "not done: another drvswap is at work",
	};
	const struct ds_outcome *outcome = &report->outcome;

	if (request->is_files_only && files_only((enum ds_outcome_kind)outcome->kind))
		return files_only((enum ds_outcome_kind)outcome->kind);
	if (report->is_wanted)
		return "rolled back, as was asked for, and that was verified";
	if (report->is_dry_run && outcome->kind == DS_OUTCOME_DONE)
		return "it would be done; this was a dry run, nothing was touched";
	if (outcome->kind == DS_OUTCOME_DONE && outcome->is_unverified)
		return "installed, unverified: nothing ran that could be looked at";
	if (outcome->kind == DS_OUTCOME_NOTHING)
		return nothing_to_do(report);
	return lines[outcome->kind];
}

static void put_error(const struct ds_outcome *outcome)
{
	if (outcome->error) {
		terminal_printf(stderr, COLOUR_BAD, "drvswap: %s", outcome->error);
		fputc('\n', stderr);
	}
	if (outcome->hint) {
		terminal_printf(stderr, COLOUR_NONE, "         %s", outcome->hint);
		fputc('\n', stderr);
	}
}

void report_text(const struct ds_request *request, const struct report *report)
{
	const struct ds_outcome *outcome = &report->outcome;
	bool is_good = report_exit_code(report) == 0;

	report_text_under_way(report);
	if (report->is_dry_run && report->has_host)
		put_dry_run(report);
	/* What refused the swap was told with the findings, unless nothing was to be told. */
	if (outcome->kind != DS_OUTCOME_REFUSED || report->findings.items.count == 0 ||
		(request->is_quiet && !report->is_dry_run))
		put_error(outcome);
	terminal_printf(stdout, is_good ? COLOUR_GOOD : COLOUR_BAD, "%s%s%s",
		outcome->module ? outcome->module : "", outcome->module ? ": " : "",
		headline(request, report));
	fputc('\n', stdout);
	put_verdict(outcome, request->is_verbose);
}

/* --- status ----------------------------------------------------------------------------- */

static const char *relation(const struct ds_host *host)
{
	if (host->module.state == DS_MODULE_BUILTIN)
		return "built into the kernel";
	if (host->module.state != DS_MODULE_LIVE)
		return host->installed.type == DS_FILE_ABSENT ? "neither loaded nor installed"
							      : "installed, not loaded";
	if (host->installed.type != DS_FILE_REGULAR)
		return "what runs has no installed file";
	switch (ds_identity_compare(
		&host->module.identity, &host->installed_image.identity, NULL)) {
	case DS_SAME_YES:
		return "what runs is what is installed";
	case DS_SAME_NO:
		return "what runs is NOT what is installed";
	default:
		return "nothing tells whether what runs is what is installed";
	}
}

static void put_next_boot(const struct ds_host *host)
{
	for (size_t i = 0; i < host->initramfs.count; i++) {
		const struct ds_initramfs *image = &host->initramfs.items[i];

		if (!image->module_path ||
			ds_identity_compare(&image->identity, &host->installed_image.identity,
				NULL) != DS_SAME_NO)
			continue;
		label("next boot");
		terminal_printf(stdout, COLOUR_WARN, "%s brings another build than the installed",
			image->path);
		fputc('\n', stdout);
	}
}

void report_text_status(const struct report *report)
{
	put_host(&report->host);
	row("state", relation(&report->host));
	put_next_boot(&report->host);
	if (report_is_overwritten(report)) {
		label("overwritten");
		terminal_put(stdout, COLOUR_WARN,
			"the installed file is no longer what was swapped in; a package, perhaps, "
			"brought another");
		fputc('\n', stdout);
	}
	report_text_under_way(report);
}
