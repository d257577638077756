/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_STORAGE_H
#define SYS_STORAGE_H

#include "drvswap/host.h"

/* The same of given texts, for tests: /proc/self/mountinfo and /proc/swaps; NULL: not there. */
int sys_storage_of(
	struct ds_host *host, const char *mountinfo, const char *swaps, struct ds_error *error);

/* Which of the host's own files and swap space come over a network, and by which link. */
int sys_storage_look(struct ds_host *host, struct ds_error *error);

#endif
