/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_KMOD_H
#define SYS_KMOD_H

#include "drvswap/error.h"

struct kmod_ctx;

/*
 * A libkmod context for a kernel release (NULL: the one that runs) that prints nothing. It keeps
 * the configuration and the indexes of the moment it was made: each look makes its own.
 */
int sys_kmod_open(const char *release, struct kmod_ctx **ret_kmod, struct ds_error *error);

#endif
