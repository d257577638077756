/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "verb.h"

/* Without root the lock and the journal are out of reach: say so before a worker is made. */
int verb_need_root(const struct ds_request *request, struct ds_error *error)
{
	bool may_be_dry = request->verb == DS_VERB_SWAP || request->verb == DS_VERB_ROLLBACK;

	if (geteuid() == 0)
		return 0;
	ds_error_set(error, -EPERM, "no-privilege: a %s needs root",
		request->verb == DS_VERB_CONFIRM   ? "confirmation"
		: request->verb == DS_VERB_RECOVER ? "recovery"
						   : ds_verb_names[request->verb]);
	return ds_error_hint(error, "sudo drvswap ...%s",
		may_be_dry ? "; a dry run (-n) works without it." : "");
}
