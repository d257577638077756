/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_VERIFIER_H
#define CORE_VERIFIER_H

/* How the parts of a verdict report: verify.c, verify_network.c, verify_link.c and verify_health.c.
 */

#include "drvswap/verify.h"

struct verifier {
	const struct ds_host *before, *after;
	const struct ds_expectation *expectation;
	struct ds_verdict *verdict;
	/* Of the network namespace whose turn it is. */
	const char *netns; /* NULL: the one that drvswap runs in */
	const struct ds_network *net_before, *net_after;
	bool is_out_of_memory;
};

/* Adds a fact; the texts are copied, "" is none, subject comes behind its namespace. Never NULL. */
struct ds_fact *verifier_tell(struct verifier *verifier, bool is_ok, const char *name,
	const char *subject, const char *before, const char *after, const char *source);

/* By us, by itself, or not at all: what the restoring noted under the thing's name and text. */
void verifier_note_return(
	struct verifier *verifier, struct ds_fact *fact, const char *name, const char *text);
/* Did it say that we put it back? */
bool verifier_was_restored(struct verifier *verifier, const char *name, const char *text);

/* Links, addresses, routes, settings. */
void verify_network(struct verifier *verifier);

/* One link: that it is there, as good as it was, and what was set on it itself. */
void verify_link(struct verifier *verifier, const struct ds_link *before);

/* Speed, duplex, transmit timeouts. */
void verify_link_health(
	struct verifier *verifier, const struct ds_link *before, const struct ds_link *after);

/* Gateways, the user's commands, the kernel's log. */
void verify_health(struct verifier *verifier);

#endif
