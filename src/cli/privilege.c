/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "verb.h"

/* Without root the lock and the journal are out of reach: say so before a worker is made. */
int verb_need_root(const char *what, struct ds_error *error)
{
	if (geteuid() == 0)
		return 0;
	ds_error_set(error, -EPERM, "no-privilege: %s needs root", what);
	return ds_error_hint(error, "sudo drvswap ...; a dry run (-n) works without.");
}
