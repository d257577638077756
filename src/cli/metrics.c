/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <inttypes.h>
#include <string.h>

#include "utf8.h"

/* --- the format ------------------------------------------------------------------------- */

static const char *put_character(FILE *stream, const char *text)
{
	uint32_t character = 0;
	size_t length = utf8_read(text, &character);

	if (*text == '\n')
		fputs("\\n", stream);
	else if (*text == '\\' || *text == '"')
		fprintf(stream, "\\%c", *text);
	else if (length > 0 && utf8_is_harmless(character))
		fwrite(text, 1, length, stream);
	else
		fputs("\xef\xbf\xbd", stream); /* U+FFFD */
	return text + (length > 0 ? length : 1);
}

void metrics_put_value(FILE *stream, const char *text)
{
	fputc('"', stream);
	while (text && *text)
		text = put_character(stream, text);
	fputc('"', stream);
}

struct family {
	const char *name, *type, *help;
	void (*put)(FILE *stream, const char *name, const struct report *report);
};

struct label {
	const char *name, *value; /* NULL values are empty */
};
#define LABELS(...) ((const struct label[]){__VA_ARGS__, {NULL, NULL}})

/* One line. */
static void sample(FILE *stream, const char *name, const char *value, const struct label *labels)
{
	fputs(name, stream);
	for (const struct label *label = labels; label->name; label++) {
		fprintf(stream, "%s%s=", label == labels ? "{" : ",", label->name);
		metrics_put_value(stream, label->value);
	}
	fprintf(stream, "} %s\n", value);
}

static const char *truth(bool is_so)
{
	return is_so ? "1" : "0";
}

static const char *integer(int64_t number)
{
	static char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return text;
}

static const char *seconds(int64_t ms)
{
	static char text[32];

	snprintf(text, sizeof(text), "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
	return text;
}

/* --- the module ------------------------------------------------------------------------- */

static const char *module_of(const struct report *report)
{
	return report->host.module.name;
}

static void put_identity(FILE *stream, const char *name, const struct report *report,
	const struct ds_identity *identity)
{
	sample(stream, name, "1",
		LABELS({"module", module_of(report)}, {"kernel", report->host.kernel.release},
			{"version", identity->version}, {"build_id", identity->build_id},
			{"srcversion", identity->srcversion}));
}

static void put_running(FILE *stream, const char *name, const struct report *report)
{
	if (report->host.module.state == DS_MODULE_LIVE)
		put_identity(stream, name, report, &report->host.module.identity);
}

static void put_installed(FILE *stream, const char *name, const struct report *report)
{
	if (report->host.installed.type == DS_FILE_REGULAR)
		put_identity(stream, name, report, &report->host.installed_image.identity);
}

static void put_previous(FILE *stream, const char *name, const struct report *report)
{
	if (report->host.previous.type == DS_FILE_REGULAR)
		put_identity(stream, name, report, &report->host.previous_image.identity);
}

static void put_loaded(FILE *stream, const char *name, const struct report *report)
{
	sample(stream, name, truth(report->host.module.state == DS_MODULE_LIVE),
		LABELS({"module", module_of(report)}));
}

/* Only where both are there and can be told apart. */
static void put_same(FILE *stream, const char *name, const struct report *report)
{
	const struct ds_host *host = &report->host;
	enum ds_same same =
		ds_identity_compare(&host->module.identity, &host->installed_image.identity, NULL);

	if (host->module.state == DS_MODULE_LIVE && host->installed.type == DS_FILE_REGULAR &&
		same != DS_SAME_UNKNOWN)
		sample(stream, name, truth(same == DS_SAME_YES),
			LABELS({"module", module_of(report)}));
}

static void put_overwritten(FILE *stream, const char *name, const struct report *report)
{
	sample(stream, name, truth(report_is_overwritten(report)),
		LABELS({"module", module_of(report)}));
}

/* --- its links -------------------------------------------------------------------------- */

static void put_links(FILE *stream, const char *name, const struct report *report)
{
	const struct ds_network *network = &report->host.network;

	for (size_t i = 0; i < network->links.count; i++) {
		const struct ds_link *link = &network->links.items[i];

		sample(stream, name, "1",
			LABELS({"module", module_of(report)}, {"device", link->name},
				{"driver", link->driver.driver},
				{"version", link->driver.version}));
	}
}

static void put_timeouts(FILE *stream, const char *name, const struct report *report)
{
	const struct ds_network *network = &report->host.network;

	for (size_t i = 0; i < network->links.count; i++)
		if (network->links.items[i].tx_timeouts >= 0)
			sample(stream, name, integer(network->links.items[i].tx_timeouts),
				LABELS({"module", module_of(report)},
					{"device", network->links.items[i].name}));
}

static void put_driver_timeouts(FILE *stream, const char *name, const struct report *report)
{
	const struct ds_network *network = &report->host.network;

	for (size_t i = 0; i < network->links.count; i++)
		if (network->links.items[i].driver_tx_timeouts >= 0)
			sample(stream, name, integer(network->links.items[i].driver_tx_timeouts),
				LABELS({"module", module_of(report)},
					{"device", network->links.items[i].name}));
}

/* --- swaps ------------------------------------------------------------------------------ */

/*
 * A journal speaks of one module, and it may be another one: that is for the metrics of that one to
 * tell, for what two files say of one module cannot be read. A damaged one may be anybody's.
 */
static void put_pending(FILE *stream, const char *name, const struct report *report)
{
	const struct under_way *under_way = &report->under_way;
	bool is_there =
		under_way->steps > 0 && ds_string_equal(under_way->module, module_of(report));
	bool is_waiting = is_there && under_way->is_waiting;
	const struct {
		const char *name;
		bool is_so;
	} states[] = {
		{"under-way", is_there && under_way->owner && !is_waiting},
		{"waiting", is_there && under_way->owner && is_waiting},
		{"interrupted", is_there && !under_way->owner},
		{"stuck", is_there && under_way->is_stuck},
		{"damaged", report->is_journal_damaged},
	};

	/* Nobody could look. */
	if (report->journal_error && !report->is_journal_damaged)
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		sample(stream, name, truth(states[i].is_so),
			LABELS({"module", module_of(report)}, {"state", states[i].name}));
}

static void put_outcome(FILE *stream, const char *name, const struct report *report)
{
	for (int kind = 0; report->newest.id && kind < DS_OUTCOME_KIND_COUNT; kind++)
		sample(stream, name, truth(kind == report->newest.kind),
			LABELS({"module", module_of(report)},
				{"outcome", ds_outcome_kind_names[kind]}));
}

static void put_started(FILE *stream, const char *name, const struct report *report)
{
	if (report->newest.id)
		sample(stream, name, integer(report->newest.started_s),
			LABELS({"module", module_of(report)}));
}

static void put_outage(FILE *stream, const char *name, const struct report *report)
{
	if (report->newest.id && report->newest.outage_ms >= 0)
		sample(stream, name, seconds(report->newest.outage_ms),
			LABELS({"module", module_of(report)}));
}

/* --- all of them ------------------------------------------------------------------------ */

static const struct family families[] = {
	{"drvswap_running_info", "gauge", "The code of the module that runs.", put_running},
	{"drvswap_installed_info", "gauge", "The file that modprobe would load.", put_installed},
	{"drvswap_previous_info", "gauge", "What a rollback would put back (.old).", put_previous},
	{"drvswap_module_loaded", "gauge", "Whether the module runs.", put_loaded},
	{"drvswap_running_is_installed", "gauge",
		"Whether what runs is what is installed; not there where nobody can tell.",
		put_same},
	{"drvswap_installed_overwritten", "gauge",
		"Whether the installed file is no longer what the last swap has put there.",
		put_overwritten},
	{"drvswap_link_info", "gauge", "A link of the module, and what ethtool -i says of it.",
		put_links},
	{"drvswap_tx_timeouts_total", "counter",
		"Transmit timeouts of a link, as the kernel counts them since the driver was "
		"loaded.",
		put_timeouts},
	{"drvswap_driver_tx_timeouts_total", "counter",
		"Transmit timeouts of a link, as a statistic of its driver counts them.",
		put_driver_timeouts},
	{"drvswap_swap_pending", "gauge",
		"Whether a swap of the module has not ended: its worker is at it, it waits for its "
		"confirmation, it was interrupted, the kernel is stuck, its journal cannot be "
		"read.",
		put_pending},
	{"drvswap_last_outcome", "gauge", "How the last swap of the module for this kernel ended.",
		put_outcome},
	{"drvswap_last_swap_timestamp_seconds", "gauge", "When it began.", put_started},
	{"drvswap_last_swap_outage_seconds", "gauge", "How long its network was away.", put_outage},
};

void metrics_print(FILE *stream, const struct report *report)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", families[i].name, families[i].help,
			families[i].name, families[i].type);
		families[i].put(stream, families[i].name, report);
	}
}
