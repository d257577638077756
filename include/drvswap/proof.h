/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_PROOF_H
#define DRVSWAP_PROOF_H

/*
 * What will prove, after the trial has verified, that the host can still be reached. Where a swap
 * could cut the caller off, it must be something; where nothing is, the swap is refused.
 */

#include "drvswap/host.h"
#include "drvswap/request.h"

enum ds_proof {
	DS_PROOF_NOT_NEEDED, /* no link is touched by which the caller came, or would come again */
	DS_PROOF_CONFIRM,    /* the user asked for it */
	DS_PROOF_KEY,
	DS_PROOF_ACK,
	DS_PROOF_MISSING,
	DS_PROOF_COUNT
};

enum ds_proof ds_proof_of(const struct ds_request *request, const struct ds_host *host);

/* How long a proof that nobody asked for is waited for: what was sent in the outage is sent again
 * by TCP within twice its length, and a person must read the question. */
int64_t ds_proof_seconds(const struct ds_request *request);

#endif
