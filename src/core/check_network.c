/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the outage will hit. */

#include "check.h"

/* What of one network will be missed. */
static void check_one(struct checker *checker, const struct ds_network *network, const char *netns)
{
	const char *in = netns ? "netns " : "", *colon = netns ? ": " : "";

	netns = netns ? netns : "";
	for (size_t i = 0; i < network->dependents.count; i++)
		checker_find(checker, FINDING_LINKS_DEPEND,
			"Bring it back yourself, or through the program that made it, after the "
			"swap.",
			"%s%s%sthe link %s is deleted with the module, and drvswap cannot make it "
			"again",
			in, netns, colon, network->dependents.items[i]);
	for (size_t i = 0; i < network->blockers.count; i++)
		checker_find(checker, FINDING_LINK_BOUND,
			"Take that away first; a guest or a program may be using it.", "%s%s%s%s",
			in, netns, colon, network->blockers.items[i]);
	for (size_t i = 0; i < network->losses.count; i++)
		checker_find(checker, FINDING_NOT_RESTORED,
			"Have whoever made it make it again after the swap.",
			"%s%s%s%s will be gone after the swap", in, netns, colon,
			network->losses.items[i]);
}

void check_network(struct checker *checker)
{
	const struct ds_network *network = &checker->host->network;

	if (!checker_exchanges_code(checker))
		return;
	check_one(checker, network, NULL);
	for (size_t i = 0; i < network->namespaces.count; i++)
		check_one(checker, &network->namespaces.items[i].network,
			network->namespaces.items[i].name);
	for (size_t i = 0; i < network->elsewhere.count; i++)
		checker_find(checker, FINDING_LINK_ELSEWHERE,
			"Move it back first: `ip -n NAMESPACE link set LINK netns 1`.",
			"the link of %s is in another network namespace, and drvswap cannot bring "
			"it back there",
			network->elsewhere.items[i]);
	for (size_t i = 0; i < network->links.count; i++) {
		const struct ds_link *link = &network->links.items[i];

		if (link->has_caller_ssh)
			checker_find(checker, FINDING_CARRIES_SSH,
				"The swap runs apart from this session and does not end with it.",
				"your SSH connection runs over %s and will pause", link->name);
		if (link->has_default_route)
			checker_find(checker, FINDING_CARRIES_DEFAULT_ROUTE,
				"Have another way to the host at hand.",
				"the default route runs over %s", link->name);
	}
}
