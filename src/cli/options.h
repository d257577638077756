/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdio.h>

#include "drvswap/request.h"

/* What the command line asks for when it asks for no verb at all. */
enum options_special {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/*
 * argv becomes a request. -EINVAL: wrong usage, with the error. Relative file names are made
 * absolute, for the worker has another working directory.
 */
int options_parse(int argc, char **argv, struct ds_request *ret_request,
	enum options_special *ret_special, struct ds_error *error);

/* The text of --help, made from the same tables that the parser reads. */
void options_help(FILE *stream);

/* A row of the table of options, for tests of what must say the same: completions, man pages. */
struct options_row {
	const char *name, *value; /* value NULL: takes none; "[...": may be left out */
	char letter;              /* 0: none */
	unsigned int verbs;       /* 1 << enum ds_verb of each that knows it */
	const char *key;          /* in drvswap.conf; NULL: none. name is NULL where only that is */
	const char *fallback;     /* what holds without either; NULL: nothing */
};
bool options_row_at(size_t index, struct options_row *ret_row);

#endif
