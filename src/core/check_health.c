/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Would anybody notice that the host was lost? And is it well now? */

#include "check.h"
#include "drvswap/proof.h"

static const char *why_no_proof(const struct ds_request *request)
{
	const struct ds_caller *caller = &request->caller;

	if (request->is_quiet)
		return "with --quiet nothing travels over your connection";
	if (caller->kind != DS_CALLER_SSH)
		return "you came over no SSH connection and no terminal that we know of";
	return "what is printed on stderr does not go into your SSH connection";
}

void check_proof(struct checker *checker)
{
	if (ds_proof_of(checker->request, checker->host) != DS_PROOF_MISSING)
		return;
	checker_find(checker, FINDING_NO_PROOF,
		"Give --confirm, and `drvswap confirm` over a new connection; or let progress be "
		"shown over the SSH connection.",
		"after the swap nothing would prove that the host can be reached: %s",
		why_no_proof(checker->request));
}

void check_commands(struct checker *checker)
{
	const struct ds_health *health = &checker->host->health;

	for (size_t i = 0; i < health->commands.count; i++) {
		const struct ds_command *command = &health->commands.items[i];

		if (command->answer == DS_ANSWER_NO)
			checker_find(checker, FINDING_CHECK_FAILS,
				"Only what works before can tell afterwards whether the swap "
				"broke it.",
				"the check `%s` fails already: %s", command->line,
				command->words ? command->words : "it says nothing");
	}
}
