/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_VERIFY_H
#define DRVSWAP_VERIFY_H

/*
 * The verdict: what was expected, what is there, where it was read. Made from two snapshots; the
 * same function judges a swap and a rollback.
 */

#include "drvswap/host.h"

/* How a thing that went with the old driver is there again. */
enum ds_came_back {
	DS_CAME_BACK_NO_MATTER, /* it did not go */
	DS_CAME_BACK_BY_ITSELF,
	DS_CAME_BACK_RESTORED,
	DS_CAME_BACK_LOST,
	DS_CAME_BACK_COUNT
};
extern const char *const ds_came_back_names[];

struct ds_fact {
	char *name;           /* "running-code", "device", "link", "address" ... */
	char *subject;        /* the device, link or address it speaks of */
	char *before, *after; /* NULL: there was nothing */
	char *source;         /* how it was read */
	int came_back;        /* enum ds_came_back */
	char *why;            /* it could not be restored; NULL: it could, or nobody knows */
	bool is_ok;
	bool is_noted; /* not ok, but no reason to fail: it did not work before either */
};

struct ds_verdict {
	DS_LIST(struct ds_fact) facts;
	bool is_ok;
};
extern const struct ds_record ds_fact_record, ds_verdict_record;

struct ds_expectation {
	const struct ds_identity *identity; /* of the code that must run; NULL: none must */
	const char *installed_digest;       /* of the installed file; NULL: not looked at */
	const char *ethtool_version;        /* --expect-version; NULL: any */
	bool is_trial;  /* new code is on trial: it must cause no timeout and no complaint */
	bool is_strict; /* what a driver may lack must be there all the same */
	/*
	 * After a reboot only that is judged which the boot itself brings back: the code, the
	 * devices, the links, carrier. The rest is the concern of whoever configures the network,
	 * who may not have ended, or may do it otherwise; it is told and noted.
	 */
	bool is_after_boot;
	/* Nobody can say what the boot would bring: all but the installed file is noted. */
	bool is_told_only;
};

/* 0 or -ENOMEM; the answer is in ret_verdict->is_ok. */
int ds_verify(const struct ds_host *before, const struct ds_host *after,
	const struct ds_expectation *expectation, struct ds_verdict *ret_verdict,
	struct ds_error *error);

#endif
