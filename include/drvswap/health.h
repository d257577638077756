/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_HEALTH_H
#define DRVSWAP_HEALTH_H

/*
 * What only a question can tell: does the gateway answer, does the user's command succeed, has the
 * kernel complained. The core writes the questions, the host the answers.
 */

#include "drvswap/network.h"

enum ds_answer {
	DS_ANSWER_NONE, /* nobody asked, or nobody could be asked */
	DS_ANSWER_YES,
	DS_ANSWER_NO,
	DS_ANSWER_COUNT
};
extern const char *const ds_answer_names[];

/* A neighbour that routes lead to. */
struct ds_gateway {
	char *link;
	int64_t family; /* AF_INET, AF_INET6 */
	char *address;
	int answer; /* enum ds_answer */
};

/* One --check. */
struct ds_command {
	char *line;
	int answer;  /* enum ds_answer */
	char *words; /* of a command that failed; NULL: none */
};

struct ds_health {
	bool is_measured;
	DS_LIST(struct ds_gateway) gateways;
	DS_LIST(struct ds_command) commands;
	/* Warnings and worse in the kernel's log that belong to the module, since the insertion. */
	ds_strings complaints;
	char *log_error; /* why that log could not be read; NULL: it was, or nothing was inserted */
};

extern const struct ds_record ds_gateway_record, ds_command_record, ds_health_record;

/* The first questions: all gateways over links that work, or above them, all commands. 0 or
 * -ENOMEM. */
int ds_health_ask(
	const struct ds_network *network, const ds_strings *checks, struct ds_health *ret_health);

/* The same questions again, but for the gateways that did not answer before. 0 or -ENOMEM. */
int ds_health_ask_again(const struct ds_health *before, struct ds_health *ret_health);

/* Who is meant by a complaint of the kernel: the module, its devices, its links. */
struct ds_accused {
	const char *module;
	ds_strings names; /* "0000:00:02.0", "eth0" */
};

/*
 * Reads the kernel's log, a line at a time: a warning is a block of many lines, of which the call
 * trace may be the only one to name the module. Zeroes are a reader that has read nothing.
 */
struct ds_complaint_reader {
	char headline[256];
	bool is_open, is_told, has_marker;
	int lines;
};

/*
 * true: with this line it is known that a complaint belongs to the accused; reader->headline
 * tells which. It is said once for each.
 */
bool ds_complaint_read(
	struct ds_complaint_reader *reader, const struct ds_accused *accused, const char *line);

#endif
