/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NEIGHBOUR_H
#define SYS_NEIGHBOUR_H

#include "drvswap/health.h"

/*
 * Has the kernel ask the gateways, by ARP or neighbour discovery, and waits for its verdicts: each
 * is asked again until it answers or the deadline (CLOCK_BOOTTIME) has come. Those that the kernel
 * never asks (static entries, links without ARP), or that we may not, stay unanswered. -ENOMEM
 * alone is an error.
 */
int sys_gateways_ask(
	struct ds_gateway *gateways, size_t count, int64_t deadline_ms, struct ds_error *error);

#endif
