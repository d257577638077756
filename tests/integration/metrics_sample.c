/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Metrics of a host that exists nowhere, with texts that somebody may have chosen to break the
 * format. The argument is the module of the swap that waits; without it nobody could look.
 */

#include <stdlib.h>
#include <string.h>

#include "../../src/cli/metrics.h"

static char *text(const char *words)
{
	return strdup(words);
}

static void add_links(struct ds_network *network)
{
	for (int i = 0; i < 2; i++) {
		struct ds_link *link = ds_list_add(&network->links);

		link->name = text(i == 0 ? "eth0" : "e\"t\\h} 1");
		link->driver.driver = text("net");
		link->driver.version = i == 0 ? text("1.0-k") : NULL;
		link->tx_timeouts = i == 0 ? 3 : 4294967296;
		link->driver_tx_timeouts = i == 0 ? -1 : 7;
	}
}

static void fill(struct ds_host *host)
{
	host->kernel.release = text("6.1.0-test");
	host->module.name = text("net");
	host->module.state = DS_MODULE_LIVE;
	host->module.identity.version = text("1.0\"\n# TYPE evil counter\nevil 1\033[31m\xff");
	host->module.identity.build_id = text("aa11");
	host->installed.type = DS_FILE_REGULAR;
	host->installed_image.identity.build_id = text("bb22");
	host->installed_image.digest = text("dd44");
	add_links(&host->network);
}

int main(int argc, char **argv)
{
	struct report report = {
		.under_way = {.steps = argc, .is_waiting = true},
		.newest = {.kind = DS_OUTCOME_ROLLED_BACK,
			.started_s = 1700000000,
			.outage_ms = 1023},
	};

	fill(&report.host);
	report.under_way.module = argc > 1 ? text(argv[1]) : NULL;
	report.under_way.owner = text("pid 1");
	if (argc == 1)
		report.journal_error = text("no right to read it");
	report.newest.id = text("1700000000-1");
	report.last.id = text("1600000000-1");
	report.last.to_digest = text("cc33");
	metrics_print(stdout, &report);
	report_done(&report);
	return 0;
}
