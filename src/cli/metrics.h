/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

/* Status as metrics, in the text format of Prometheus. */

#include "report.h"

void metrics_print(FILE *stream, const struct report *report);

/* A label's value: quoted and escaped; what is no UTF-8, or harms a terminal, is replaced. */
void metrics_put_value(FILE *stream, const char *text);

#endif
