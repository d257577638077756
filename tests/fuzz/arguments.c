/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Command lines: one argument a line. What is taken keeps to what the kernel would take. */

#include <getopt.h>
#include <string.h>

#include "../../src/cli/options.h"
#include "drvswap/request.h"
#include "fuzz.h"

#define ARGUMENTS_MAX 32

static void ensure_sane(const struct ds_request *request)
{
	ensure(request->verb >= 0 && request->verb < DS_VERB_COUNT);
	ensure(!request->module || ds_module_name_is_valid(request->module));
	ensure(!request->file || request->file[0] == '/');
	ensure(request->timeout_s >= 1);
	for (size_t i = 0; i < request->params.count; i++)
		for (const char *p = request->params.items[i].value; *p; p++)
			ensure((unsigned char)*p >= ' ' && *p != '"');
	if (request->params.count > 0) {
		char *line = ds_params_line(request->params.items, request->params.count);

		ensure(line && !strchr(line, '\n'));
		free(line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size), *rest = text, *word;
	char *argv[ARGUMENTS_MAX + 2] = {"drvswap"};
	struct ds_request request = {0};
	enum options_special special;
	struct ds_error error = {0};
	int argc = 1;

	ensure(text);
	while (argc <= ARGUMENTS_MAX && (word = strsep(&rest, "\n")))
		argv[argc++] = word;
	/* 0: getopt forgets all of the command line before. */
	optind = 0;
	if (options_parse(argc, argv, &request, &special, &error) < 0)
		ensure(error.text[0]);
	else if (special == OPTIONS_RUN)
		ensure_sane(&request);
	ds_record_done(&ds_request_record, &request);
	free(text);
	return 0;
}
