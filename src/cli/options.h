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

#endif
