/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The hooks run as root: one that somebody else could have written is not run. */

#include "check.h"
#include "drvswap/plan.h"

void check_hooks(struct checker *checker)
{
	const struct ds_host *host = checker->host;

	if (!ds_plan_runs_hooks(checker->request, host))
		return;
	for (size_t i = 0; i < host->hooks.count; i++) {
		const struct ds_hook *hook = &host->hooks.items[i];

		if (hook->trouble)
			checker_find(checker, FINDING_HOOK_UNTRUSTED,
				"Make it root's alone; or lift this finding, and the swap goes on "
				"without that hook.",
				"the %s hook %s is not run: %s", ds_hook_when_names[hook->when],
				hook->path, hook->trouble);
		else if (hook->is_off)
			checker_find(checker, FINDING_HOOK_OFF,
				"Where it shall be run, chmod +x it.",
				"the %s hook %s is not executable, and is not run",
				ds_hook_when_names[hook->when], hook->path);
	}
}
