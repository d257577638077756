/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whoever takes the network away under his own files cannot bring it back. */

#include "check.h"

static bool is_affected(const struct checker *checker, const char *link)
{
	const struct ds_network *network = &checker->host->network;

	return !link || ds_link_find(network, link) || ds_strings_has(&network->dependents, link);
}

void check_storage(struct checker *checker)
{
	const struct ds_host *host = checker->host;

	if (!checker_exchanges_code(checker) || host->network.links.count == 0)
		return;
	for (size_t i = 0; i < host->remotes.count; i++) {
		const struct ds_remote *remote = &host->remotes.items[i];

		if (!is_affected(checker, remote->link))
			continue;
		checker_find(checker, FINDING_STORAGE_REMOTE,
			"Without it the swap could neither go on nor be undone: swap the driver "
			"offline, or boot from a local disk.",
			remote->link ? "%s is %s, which is reached by %s"
				     : "%s is %s, and nobody can tell by which link%s",
			remote->what, remote->source, remote->link ? remote->link : "");
	}
}
