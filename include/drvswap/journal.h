/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_JOURNAL_H
#define DRVSWAP_JOURNAL_H

/*
 * The journal's text. One record a line: eight hex digits of CRC-32 (zlib's) over the rest, a
 * space, a JSON object. A last line that is torn was not synced, so nothing that it announced
 * had begun: it is dropped. A damaged line before the last is an error and a person must look.
 */

#include "drvswap/plan.h"

/* 2: the operations on initramfs images and on autoloading; 3: the begin in many lines */
#define DS_JOURNAL_FORMAT 3

/*
 * Each entry is on the disk before we go on. While the network is away that would add the latency
 * of a disk to each step, so the steps of an outage, from the first unload to the restored network,
 * are announced together before it: all their DO first, and all their DONE when it is over.
 *
 * A crash in between finds steps that the journal calls begun and that had not. Their undos are
 * made true all the same: they say how the host must be ("that build does not run"), and must cope
 * with a step that was begun and had no effect anyway. After a power cut nothing of the outage is
 * left to be undone, for all of it is live, and the disk boots the old driver.
 */
enum ds_entry_kind {
	DS_ENTRY_BEGIN,     /* format, boot, request, plan, the host before */
	DS_ENTRY_DO,        /* step is about to be applied */
	DS_ENTRY_DONE,      /* step was applied */
	DS_ENTRY_UNDO,      /* step is about to be undone */
	DS_ENTRY_UNDONE,    /* step was undone */
	DS_ENTRY_COMMITTED, /* past the point of no return */
	DS_ENTRY_STUCK,     /* the kernel did not come back from the step */
	DS_ENTRY_SHUTDOWN,  /* the host was shut down after the step */
	DS_ENTRY_KIND_COUNT
};

struct ds_entry {
	int kind;      /* enum ds_entry_kind */
	int64_t step;  /* index into the plan */
	int64_t at_ms; /* CLOCK_BOOTTIME */
};

/* What every transaction begins with. */
struct ds_begin {
	int64_t format;
	char *id;
	char *boot_id;
	int64_t started_s; /* since 1970 */
	struct ds_request request;
	struct ds_plan plan;
	struct ds_host before;
};

struct ds_journal {
	struct ds_begin begin;
	DS_LIST(struct ds_entry) entries;
	bool is_begun; /* false: an empty journal */
};

extern const struct ds_record ds_entry_record, ds_begin_record, ds_journal_record;

/*
 * For the log, without the last newline; allocated, NULL when out of memory. The begin has a line
 * for each of its members, and one for the end: cut before that one, it was never written.
 */
char *ds_journal_begin_lines(const struct ds_begin *begin);
char *ds_journal_entry_line(const struct ds_entry *entry);

/* -EBADMSG: damaged; -EPROTO: a format that this program does not know. */
int ds_journal_parse(const char *text, struct ds_journal *ret_journal, struct ds_error *error);

#endif
