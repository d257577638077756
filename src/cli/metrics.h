/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

/* Status as metrics, in the text format of Prometheus. */

#include "report.h"
#include "under_way.h"

struct metrics {
	const struct report *report;
	const struct under_way *under_way; /* steps == 0: nothing is; NULL: nobody could look */
	bool is_damaged;                   /* the journal cannot be read */
	const struct ds_outcome *newest;   /* swap of the module, however it ended; no id: none */
};

void metrics_print(FILE *stream, const struct metrics *metrics);

/* A label's value: quoted and escaped; what is no UTF-8, or harms a terminal, is replaced. */
void metrics_put_value(FILE *stream, const char *text);

#endif
