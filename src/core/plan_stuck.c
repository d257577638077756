/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What is done when the kernel does not come back from a step. A reboot heals that, for the disk
 * boots the old driver; but it ends everything else that runs. So it is only done unasked where
 * nobody could reach the host otherwise.
 */

#include "plan_builder.h"

static const struct ds_link *find_link(
	const struct ds_network *network, bool (*is_wanted)(const struct ds_link *link))
{
	for (size_t i = 0; i < network->links.count; i++)
		if (is_wanted(&network->links.items[i]))
			return &network->links.items[i];
	return NULL;
}

static bool carries_ssh(const struct ds_link *link)
{
	return link->has_caller_ssh;
}

static bool carries_default_route(const struct ds_link *link)
{
	return link->has_default_route;
}

static void decide(struct ds_plan_builder *builder, bool reboots, const char *why, const char *name)
{
	builder->plan->reboots_if_stuck = reboots;
	if (ds_string_format(&builder->plan->if_stuck, "%s (%s%s)",
		    reboots ? "the host is rebooted, into the old driver"
			    : "the host is left as it is, and exit code 5 says so",
		    why, name) < 0)
		builder->is_out_of_memory = true;
}

static void decide_by_links(struct ds_plan_builder *builder)
{
	const struct ds_network *network = &builder->host->network;
	const struct ds_link *ssh = find_link(network, carries_ssh);
	const struct ds_link *route = find_link(network, carries_default_route);

	if (ssh)
		decide(builder, true, "your SSH connection runs over ", ssh->name);
	else if (route && !network->has_other_default)
		decide(builder, true, "the only default route runs over ", route->name);
	else
		decide(builder, false, "other ways to it are left", "");
}

void ds_plan_if_stuck(struct ds_plan_builder *builder)
{
	if (!builder->has_live)
		return;
	switch (builder->request->reboot) {
	case DS_REBOOT_NEVER:
		decide(builder, false, "--reboot=never", "");
		break;
	case DS_REBOOT_STUCK:
		decide(builder, true, "--reboot=stuck", "");
		break;
	default:
		decide_by_links(builder);
	}
}
