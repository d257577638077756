/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_VERIFIER_H
#define CORE_VERIFIER_H

#include "drvswap/verify.h"

struct verifier {
	const struct ds_host *before, *after;
	const struct ds_expectation *expectation;
	struct ds_verdict *verdict;
	bool is_out_of_memory;
};

/* Adds a fact; the texts are copied, "" is none. Never NULL. */
struct ds_fact *verifier_tell(struct verifier *verifier, bool is_ok, const char *name,
	const char *subject, const char *before, const char *after, const char *source);

void verify_network(struct verifier *verifier);

#endif
