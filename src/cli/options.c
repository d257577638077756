/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "options_table.h"

/* --- verbs ------------------------------------------------------------------------------ */

static const struct verb {
	const char *name; /* NULL: the form without a verb */
	enum ds_verb verb;
	int least, most; /* how many words follow */
	const char *usage, *help;
} verbs[] = {
	{NULL, DS_VERB_SWAP, 1, 2, "MODULE [FILE]",
		"swap MODULE for FILE (left out: the bundled driver built for this kernel)"},
	{"rollback", DS_VERB_ROLLBACK, 0, 1, "rollback [MODULE]",
		"put back what the last swap replaced (its .old); twice returns to the newer one"},
	{"rollback", DS_VERB_ROLLBACK, 1, 1, "rollback --original MODULE",
		"put back the file that was there before the first swap"},
	{"status", DS_VERB_STATUS, 0, 1, "status [MODULE]",
		"what runs, what is installed, what is kept as .old, what waits"},
	{"history", DS_VERB_HISTORY, 0, 1, "history [MODULE]",
		"past swaps: when, from, to, outcome, outage"},
	{"confirm", DS_VERB_CONFIRM, 0, 1, "confirm [MODULE]",
		"keep a swap that waits for confirmation"},
	{"recover", DS_VERB_RECOVER, 0, 0, "recover", "finish or undo what a crash interrupted"},
	{"persist", DS_VERB_PERSIST, 1, 1, "persist RELEASE",
		"install in the new kernel RELEASE the modules that drvswap.conf names"},
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *word)
{
	for (size_t i = 1; i < VERBS; i++)
		if (word && strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
	return &verbs[0];
}

/* getopt_long() returns the index of the row, so that the table needs no second list. */
#define ROW_BASE 1000

/* Where it stood is said by whoever calls. */
static int take_option(const struct option_row *row, struct ds_request *request, const char *value,
	struct ds_error *error)
{
	if (row->take)
		return row->take(request, value, error) < 0
			       ? ds_error_prefix(error, "--%s=%s", row->name, value ? value : "")
			       : 0;
	if (row->flag)
		*(bool *)((char *)request + row->flag) = true;
	return 0;
}

static void make_getopt_tables(struct option *ret_long, char *ret_short)
{
	/* '+': the first word that is no option is MODULE or the verb, but options may follow. */
	*ret_short++ = ':';
	for (size_t i = 0; i < option_rows_count; i++) {
		if (!option_rows[i].name)
			continue;
		*ret_long++ = (struct option){
			.name = option_rows[i].name,
			.has_arg = !option_rows[i].value            ? no_argument
				   : option_rows[i].value[0] == '[' ? optional_argument
								    : required_argument,
			.val = ROW_BASE + (int)i,
		};
		if (option_rows[i].letter)
			*ret_short++ = option_rows[i].letter;
	}
	*ret_long = (struct option){0};
	*ret_short = '\0';
}

static const struct option_row *row_of(int code)
{
	if (code >= ROW_BASE)
		return &option_rows[code - ROW_BASE];
	for (size_t i = 0; i < option_rows_count; i++)
		if (option_rows[i].letter && option_rows[i].letter == code)
			return &option_rows[i];
	return NULL;
}

static int usage_error(struct ds_error *error)
{
	return ds_error_hint(error, "`drvswap --help` lists verbs and options.");
}

/* Takes the options; *ret_used gets a bit for each row, to be compared with the verb. */
static int take_options(int argc, char **argv, struct ds_request *request, unsigned int *ret_used,
	struct ds_error *error)
{
	struct option long_options[OPTION_ROWS_MAX + 1];
	char short_options[OPTION_ROWS_MAX + 2];
	int code;

	make_getopt_tables(long_options, short_options);
	opterr = 0;
	while ((code = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		const struct option_row *row = row_of(code);
		int r = 0;

		if (code == ':')
			r = ds_error_set(error, -EINVAL, "%s needs a value", argv[optind - 1]);
		else if (!row)
			r = ds_error_set(error, -EINVAL, "unknown option %s", argv[optind - 1]);
		else
			r = take_option(row, request, optarg, error);
		if (r < 0)
			return usage_error(error);
		*ret_used |= 1U << (row - option_rows);
	}
	return 0;
}

/* --- words ------------------------------------------------------------------------------ */

static int take_module(struct ds_request *request, const char *name, struct ds_error *error)
{
	if (!ds_module_name_is_valid(name)) {
		ds_error_set(error, -EINVAL, "\"%s\" is not the name of a module", name);
		return strchr(name, '/') || strstr(name, ".ko")
			       ? ds_error_hint(error, "The form is: drvswap %s.",
					 find_verb(ds_verb_names[request->verb])->usage)
			       : ds_error_hint(error, "Letters, digits, '-' and '_', 55 at most.");
	}
	if (ds_string_set(&request->module, name) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	ds_module_name_normalise(request->module);
	return 0;
}

static int take_file(struct ds_request *request, const char *name, struct ds_error *error)
{
	char *cwd = name[0] == '/' ? NULL : getcwd(NULL, 0);
	int r;

	if (!name[0]) {
		free(cwd);
		return ds_error_set(error, -EINVAL, "FILE is empty");
	}
	if (name[0] != '/' && !cwd)
		return ds_error_set(error, -EINVAL, "%s: the working directory is gone", name);
	r = cwd ? ds_string_format(&request->file, "%s/%s", cwd, name)
		: ds_string_set(&request->file, name);
	free(cwd);
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}

static int check_options_of_verb(
	const struct ds_request *request, unsigned int used, struct ds_error *error)
{
	for (size_t i = 0; i < option_rows_count; i++) {
		if (!(used >> i & 1) || (option_rows[i].verbs >> request->verb & 1))
			continue;
		ds_error_set(error, -EINVAL, "--%s does not apply to `%s`", option_rows[i].name,
			ds_verb_names[request->verb]);
		return usage_error(error);
	}
	return 0;
}

/* "--confirm 60": the number of an option that may have none is taken for MODULE. */
static int too_many_words(
	const struct verb *verb, const char *word, unsigned int used, struct ds_error *error)
{
	ds_error_set(error, -EINVAL, "the form is: drvswap %s", verb->usage);
	for (size_t i = 0; i < option_rows_count; i++)
		if (used >> i & 1 && option_rows[i].value && option_rows[i].value[0] == '[' &&
			word[strspn(word, "0123456789")] == '\0')
			return ds_error_hint(error, "The value of --%s follows \"=\": --%s=%s.",
				option_rows[i].name, option_rows[i].name, word);
	return usage_error(error);
}

static int take_words(int count, char **words, struct ds_request *request, unsigned int used,
	struct ds_error *error)
{
	const struct verb *verb = find_verb(count > 0 ? words[0] : NULL);
	int r;

	request->verb = verb->verb;
	if (verb->name) {
		words++;
		count--;
	}
	r = check_options_of_verb(request, used, error);
	if (r < 0)
		return r;
	if (request->is_original && count == 0)
		r = ds_error_set(error, -EINVAL, "--original needs the name of a module");
	else if (count > verb->most)
		return too_many_words(verb, words[0], used, error);
	else if (count < verb->least)
		r = ds_error_set(error, -EINVAL, "the form is: drvswap %s", verb->usage);
	if (r < 0)
		return usage_error(error);
	if (verb->verb == DS_VERB_PERSIST)
		return options_take_kernel(request, words[0], error);
	if (count > 0)
		r = take_module(request, words[0], error);
	if (r == 0 && count > 1)
		r = take_file(request, words[1], error);
	return r;
}

static unsigned int bit_of(const char *name)
{
	for (size_t i = 0; i < option_rows_count; i++)
		if (option_rows[i].name && strcmp(option_rows[i].name, name) == 0)
			return 1U << i;
	return 0;
}

static enum ds_candidate_from candidate_from(const struct ds_request *request)
{
	switch (request->verb) {
	case DS_VERB_SWAP:
		return request->file ? DS_FROM_FILE : DS_FROM_BUNDLED;
	case DS_VERB_ROLLBACK:
		return request->is_original ? DS_FROM_ORIGINAL : DS_FROM_PREVIOUS;
	default:
		return DS_FROM_NOTHING;
	}
}

/* What the command line left open. A recovery must not fail for a mistake in a file. */
static int configure(struct ds_request *request, unsigned int used, struct ds_error *error)
{
	bool is_change = request->verb == DS_VERB_SWAP || request->verb == DS_VERB_ROLLBACK;
	int r = config_fallback(request, used, error);

	if (r == 0 && is_change)
		r = config_apply(request, used, error);
	if (r == 0 && used & bit_of("confirm") && request->confirm_s == 0)
		request->confirm_s = request->confirm_window_s;
	return r;
}

int options_parse(int argc, char **argv, struct ds_request *ret_request,
	enum options_special *ret_special, struct ds_error *error)
{
	unsigned int used = 0;
	int r;

	*ret_special = OPTIONS_RUN;
	r = take_options(argc, argv, ret_request, &used, error);
	if (r < 0)
		return r;
	if (used & bit_of("help"))
		*ret_special = OPTIONS_HELP;
	else if (used & bit_of("version"))
		*ret_special = OPTIONS_VERSION;
	if (*ret_special != OPTIONS_RUN)
		return 0;
	r = take_words(argc - optind, argv + optind, ret_request, used, error);
	if (r == 0)
		r = configure(ret_request, used, error);
	if (r == 0 && ret_request->is_no_wait && ret_request->confirm_s == 0) {
		r = ds_error_set(
			error, -EINVAL, "--no-wait has nothing to wait for without --confirm");
		usage_error(error);
	}
	if (r == 0 && ret_request->is_prometheus &&
		(ret_request->is_json || ret_request->is_follow)) {
		r = ds_error_set(error, -EINVAL,
			"--prometheus is a form of its own: without --json and --follow");
		usage_error(error);
	}
	ret_request->candidate_from = (int)candidate_from(ret_request);
	return r;
}

/* --- help ------------------------------------------------------------------------------- */

static void help_option(FILE *stream, const struct option_row *row)
{
	char letter[] = {'-', row->letter, ',', ' ', '\0'};
	const char *value = row->value ? row->value : "";
	bool is_optional = value[0] == '[';

	fprintf(stream, "  %s--%s%s%s\n        %s", row->letter ? letter : "    ", row->name,
		is_optional ? "[="
		: *value    ? "="
			    : "",
		value + is_optional, row->help);
	if (row->key)
		fprintf(stream, " (drvswap.conf: %s%s%s)", row->key, row->fallback ? " = " : "",
			row->fallback ? row->fallback : "");
	fputc('\n', stream);
}

void options_help(FILE *stream)
{
	fputs("Replace a kernel module on a running host, prove that the new one runs and that "
	      "the\n"
	      "network still works, and otherwise put the old one back.\n\n",
		stream);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(stream, "  drvswap %s%s\n        %s\n", i == 0 ? "[OPTIONS] " : "",
			verbs[i].usage, verbs[i].help);
	fputs("\nOptions:\n", stream);
	for (size_t i = 0; i < option_rows_count; i++)
		if (option_rows[i].name)
			help_option(stream, &option_rows[i]);
	fputs("\nExit codes: 0 done, 1 failed and nothing changed, 2 wrong usage, 3 refused by a\n"
	      "finding, 4 failed and rolled back, 5 a person must look, 6 another drvswap is at "
	      "work.\n"
	      "See drvswap(8).\n",
		stream);
}

bool options_row_at(size_t index, struct options_row *ret_row)
{
	if (index >= option_rows_count)
		return false;
	*ret_row = (struct options_row){
		.name = option_rows[index].name,
		.value = option_rows[index].value,
		.letter = option_rows[index].letter,
		.verbs = option_rows[index].verbs,
		.key = option_rows[index].key,
		.fallback = option_rows[index].fallback,
	};
	return true;
}
