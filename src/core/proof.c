/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/proof.h"

#include "drvswap/plan.h"

/* 120 s, as with --confirm, where --timeout has its default of 30 s. */
#define WINDOW_TIMEOUTS (DS_CONFIRM_DEFAULT_S / DS_TIMEOUT_DEFAULT_S)

/* Over which of the links the caller would be cut off. */
static bool is_cut_off(const struct ds_host *host, const struct ds_caller *caller)
{
	bool has_ssh = false, has_default_route = false;

	for (size_t i = 0; i < host->network.links.count; i++) {
		has_ssh |= host->network.links.items[i].has_caller_ssh;
		has_default_route |= host->network.links.items[i].has_default_route;
	}
	switch (caller->kind) {
	case DS_CALLER_CONSOLE:
		return false;
	case DS_CALLER_SSH:
		/* Who came over another link comes back over it. */
		return has_ssh;
	default:
		return has_default_route;
	}
}

enum ds_proof ds_proof_of(const struct ds_request *request, const struct ds_host *host)
{
	const struct ds_caller *caller = &request->caller;

	if (request->confirm_s > 0)
		return DS_PROOF_CONFIRM;
	if (!ds_plan_exchanges_code(request, host) || !is_cut_off(host, caller))
		return DS_PROOF_NOT_NEEDED;
	if (request->is_quiet)
		return DS_PROOF_MISSING;
	if (caller->has_keyboard)
		return DS_PROOF_KEY;
	return caller->kind == DS_CALLER_SSH && caller->can_travel ? DS_PROOF_ACK
								   : DS_PROOF_MISSING;
}

int64_t ds_proof_seconds(const struct ds_request *request)
{
	int64_t timeout_s = request->timeout_s > 0 ? request->timeout_s : DS_TIMEOUT_DEFAULT_S;

	return timeout_s * WINDOW_TIMEOUTS;
}
