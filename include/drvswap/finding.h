/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_FINDING_H
#define DRVSWAP_FINDING_H

/*
 * What the checks found, before anything is touched. The names are an interface: scripts give
 * them to --override, and they are never renamed.
 */

#include "drvswap/host.h"
#include "drvswap/request.h"

enum ds_level {
	DS_LEVEL_WARN,       /* told, goes on */
	DS_LEVEL_REFUSE,     /* --override=NAME goes on */
	DS_LEVEL_IMPOSSIBLE, /* nothing lifts it */
	DS_LEVEL_COUNT
};
extern const char *const ds_level_names[];

struct ds_finding {
	char *name;   /* "symbol-missing" */
	int level;    /* enum ds_level */
	char *text;   /* one plain sentence: what is the case */
	char *advice; /* what to do about it */
	bool is_overridden;
};

struct ds_findings {
	DS_LIST(struct ds_finding) items;
};
extern const struct ds_record ds_finding_record, ds_findings_record;

/* Every finding that can occur, for the man page, completions and --override. */
struct ds_finding_kind {
	const char *name;
	enum ds_level level;
	const char *summary;
};
extern const struct ds_finding_kind ds_finding_kinds[]; /* ends with a NULL name */

/*
 * Runs every check over the snapshot. Pure: the same host and request give the same findings.
 * 0, or -ENOMEM. An override of a name that does not exist was refused with the command line.
 */
int ds_check(const struct ds_request *request, const struct ds_host *host,
	struct ds_findings *ret_findings, struct ds_error *error);

/* The first finding that stops the swap; NULL: nothing does. */
const struct ds_finding *ds_findings_stop(const struct ds_findings *findings);

const struct ds_finding *ds_findings_find(const struct ds_findings *findings, const char *name);

#endif
