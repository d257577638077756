/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Options that could do nothing here. Who gave one relies on it: it is not silently left out. */

#include "check.h"

static const char *why_unused(const struct checker *checker)
{
	return checker_is_live(checker) ? "the candidate runs already" : "the module does not run";
}

static const char *what_then(const struct checker *checker)
{
	if (checker_is_live(checker))
		return "Leave it out; only the file is exchanged.";
	return checker->host->kernel.is_offline ? "Leave it out; nothing is loaded now."
						: "Leave it out; or load the module first.";
}

/* All of them speak of the code that runs, and none is exchanged. */
void check_options(struct checker *checker)
{
	const struct ds_request *request = checker->request;

	if (!checker_has_candidate(checker) || checker_exchanges_code(checker))
		return;
	if (request->checks.count > 0 && !request->has_default_checks)
		checker_find(checker, FINDING_OPTION_UNUSED, what_then(checker),
			"%s, so no code is exchanged that --check could judge: `%s` would not be "
			"run",
			why_unused(checker), request->checks.items[0]);
	if (request->confirm_s > 0)
		checker_find(checker, FINDING_OPTION_UNUSED, what_then(checker),
			"%s, so no code is exchanged that --confirm could wait for: the file would "
			"be exchanged at once",
			why_unused(checker));
	if (request->expect_version)
		checker_find(checker, FINDING_OPTION_UNUSED, what_then(checker),
			"%s, so no code is exchanged that --expect-version could judge: nobody "
			"would be asked for %s",
			why_unused(checker), request->expect_version);
	if (request->params.count > 0)
		checker_find(checker, FINDING_OPTION_UNUSED, what_then(checker),
			"%s, so no code is inserted that --param could be given to: %s would stay "
			"as modprobe.d has it",
			why_unused(checker), request->params.items[0].name);
}
