/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_OUTCOME_H
#define DRVSWAP_OUTCOME_H

/* How a transaction ended: the history's record, and the source of the exit code. */

#include "drvswap/verify.h"

enum ds_outcome_kind {
	DS_OUTCOME_DONE,
	DS_OUTCOME_NOTHING, /* that very build already ran and was installed */
	DS_OUTCOME_FAILED,  /* nothing was changed */
	DS_OUTCOME_USAGE,
	DS_OUTCOME_REFUSED,     /* by a finding */
	DS_OUTCOME_ROLLED_BACK, /* and the rollback was verified */
	DS_OUTCOME_INCOMPLETE,  /* a person must look; the journal is kept */
	DS_OUTCOME_LOCKED,
	DS_OUTCOME_PENDING, /* verified, waits for confirmation; still rolled back without it */
	DS_OUTCOME_KIND_COUNT
};
extern const char *const ds_outcome_kind_names[];

struct ds_outcome {
	char *id;
	int kind; /* enum ds_outcome_kind */
	char *verb, *module;
	int64_t started_s, duration_ms;
	int64_t outage_ms; /* first unload to network restored; -1: there was none */
	struct ds_identity from, to;
	char *from_digest, *to_digest;
	char *params;       /* of --param; NULL: none were given */
	char *kernel;       /* release: each has files of its own */
	char *error, *hint; /* NULL where nothing failed */
	bool is_unverified; /* only files were exchanged: nothing ran that could be looked at */
	struct ds_verdict verdict;
};
extern const struct ds_record ds_outcome_record;

/* The exit code that tells the state of the host. */
int ds_outcome_exit_code(enum ds_outcome_kind kind);

#endif
