/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drvswap/finding.h"

#define VERB(v)  (1U << DS_VERB_##v)
#define CHANGING (VERB(SWAP) | VERB(ROLLBACK))
#define ALL      (CHANGING | VERB(STATUS) | VERB(HISTORY) | VERB(RECOVER) | VERB(CONFIRM))

#define TIMEOUT_MAX_S 3600

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
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *word)
{
	for (size_t i = 1; i < VERBS; i++)
		if (word && strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
	return &verbs[0];
}

/* --- options ---------------------------------------------------------------------------- */

/* "a=b" with a name that the kernel's parser takes; a quote could not be escaped for it. */
static int take_param(struct ds_request *request, const char *value, struct ds_error *error)
{
	struct ds_param *param;
	size_t length = strcspn(value, "=");

	if (length == 0 || value[length] != '=')
		return ds_error_set(error, -EINVAL, "--param=%s: NAME=VALUE is wanted", value);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '"' ||
			(p < value + length && *p == ' '))
			return ds_error_set(error, -EINVAL,
				"--param: control characters and quotes cannot be given to the "
				"kernel");
	param = ds_list_add(&request->params);
	if (param)
		param->name = strndup(value, length);
	if (!param || !param->name || ds_string_set(&param->value, value + length + 1) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return 0;
}

static int take_override(struct ds_request *request, const char *value, struct ds_error *error)
{
	for (const struct ds_finding_kind *kind = ds_finding_kinds; kind->name; kind++) {
		if (strcmp(kind->name, value) != 0)
			continue;
		if (kind->level == DS_LEVEL_IMPOSSIBLE)
			return ds_error_set(error, -EINVAL,
				"--override=%s: nothing lifts this finding (%s)", value,
				kind->summary);
		return ds_strings_add(&request->overrides, value) < 0
			       ? ds_error_set(error, -ENOMEM, "out of memory")
			       : 0;
	}
	return ds_error_set(
		error, -EINVAL, "--override=%s: drvswap(8) knows no finding of that name", value);
}

static int take_expect_version(
	struct ds_request *request, const char *value, struct ds_error *error)
{
	return ds_string_set(&request->expect_version, value) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

/* Split now, so that a mistake is found before anything is done. */
static int take_check(struct ds_request *request, const char *value, struct ds_error *error)
{
	ds_strings words = {0};
	int r = ds_words_split(value, &words);
	bool has_path = r == 0 && words.items[0][0] != '/' && strchr(words.items[0], '/');

	ds_strings_done(&words);
	if (r == 0 && has_path)
		return ds_error_set(error, -EINVAL,
			"--check=%s: an absolute path is wanted, or a name alone", value);
	if (r == -EINVAL)
		return ds_error_set(error, -EINVAL,
			"--check=%s: a command is wanted, and every quote must be closed", value);
	return r < 0 || ds_strings_add(&request->checks, value) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

/* It becomes the name of a directory in /lib/modules. */
static int take_kernel(struct ds_request *request, const char *value, struct ds_error *error)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.+-_~";

	if (!*value || *value == '.' || value[strspn(value, allowed)])
		return ds_error_set(error, -EINVAL,
			"--kernel=%s: a release is wanted, as `uname -r` prints it", value);
	return ds_string_set(&request->kernel, value) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

static int take_seconds(
	const char *option, const char *value, int64_t *ret_seconds, struct ds_error *error)
{
	char *end;
	long seconds = strtol(value, &end, 10);

	if (*end || end == value || seconds < 1 || seconds > TIMEOUT_MAX_S)
		return ds_error_set(error, -EINVAL, "--%s=%s: seconds from 1 to %d are wanted",
			option, value, TIMEOUT_MAX_S);
	*ret_seconds = seconds;
	return 0;
}

static int take_timeout(struct ds_request *request, const char *value, struct ds_error *error)
{
	return take_seconds("timeout", value, &request->timeout_s, error);
}

static int take_confirm(struct ds_request *request, const char *value, struct ds_error *error)
{
	request->confirm_s = DS_CONFIRM_DEFAULT_S;
	return value ? take_seconds("confirm", value, &request->confirm_s, error) : 0;
}

static int take_extend(struct ds_request *request, const char *value, struct ds_error *error)
{
	return take_seconds("extend", value, &request->extend_s, error);
}

static int take_reboot(struct ds_request *request, const char *value, struct ds_error *error)
{
	if (strcmp(value, "never") != 0 && strcmp(value, "stuck") != 0)
		return ds_error_set(error, -EINVAL, "--reboot=%s: never or stuck is wanted", value);
	request->reboot = strcmp(value, "never") == 0 ? DS_REBOOT_NEVER : DS_REBOOT_STUCK;
	return 0;
}

static int take_initramfs(struct ds_request *request, const char *value, struct ds_error *error)
{
	request->is_initramfs_left = strcmp(value, "leave") == 0;
	return request->is_initramfs_left || strcmp(value, "rebuild") == 0
		       ? 0
		       : ds_error_set(error, -EINVAL, "--initramfs=%s: rebuild or leave is wanted",
				 value);
}

static int take_flag(struct ds_request *request, const char *value, struct ds_error *error);

static const struct option_row {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* what --help calls the argument; NULL: takes none */
	unsigned int verbs;
	int (*take)(struct ds_request *, const char *, struct ds_error *);
	size_t flag; /* offset of a bool, for take_flag */
	const char *help;
} rows[] = {
	{"dry-run", 'n', NULL, CHANGING, take_flag, offsetof(struct ds_request, is_dry_run),
		"print facts, findings and every step with its undo; touch nothing"},
	{"json", 0, NULL, ALL, take_flag, offsetof(struct ds_request, is_json),
		"the same as data on stdout"},
	{"original", 0, NULL, VERB(ROLLBACK), take_flag, offsetof(struct ds_request, is_original),
		"roll back to the file from before the first swap"},
	{"param", 0, "NAME=VALUE", CHANGING, take_param, 0,
		"module parameter (repeatable; default: the options of modprobe.d and of the "
		"kernel "
		"command line)"},
	{"override", 0, "FINDING", CHANGING, take_override, 0,
		"go on in spite of one named finding (repeatable)"},
	{"expect-version", 0, "V", CHANGING, take_expect_version, 0,
		"the version that ethtool must report afterwards"},
	{"confirm", 0, "[SECONDS]", CHANGING, take_confirm, 0,
		"roll back unless `drvswap confirm` comes in time (default: 120)"},
	{"no-wait", 0, NULL, CHANGING, take_flag, offsetof(struct ds_request, is_no_wait),
		"with --confirm: return when the new driver was verified and waits"},
	{"strict", 0, NULL, CHANGING, take_flag, offsetof(struct ds_request, is_strict),
		"also fail when the new driver lacks a setting that the old one had"},
	{"follow", 'f', NULL, VERB(STATUS), take_flag, offsetof(struct ds_request, is_follow),
		"show the swap that is under way to its end, and exit as it does"},
	{"prometheus", 0, NULL, VERB(STATUS), take_flag, offsetof(struct ds_request, is_prometheus),
		"with status: metrics for a textfile of the Prometheus node exporter"},
	{"extend", 0, "SECONDS", VERB(CONFIRM), take_extend, 0,
		"with confirm: give it so much more time instead"},
	{"check", 0, "COMMAND", CHANGING, take_check, 0,
		"a command that must succeed before, and after (repeatable); run without a shell"},
	{"reboot", 0, "never|stuck", CHANGING, take_reboot, 0,
		"when the kernel itself does not come back: never reboot, or reboot into the old "
		"driver (default: reboot where the host could not be reached otherwise)"},
	{"kernel", 0, "RELEASE", CHANGING | VERB(STATUS), take_kernel, 0,
		"install for another kernel, offline: files and depmod; nothing is loaded"},
	{"timeout", 0, "SECONDS", CHANGING | VERB(RECOVER), take_timeout, 0,
		"how long a step may wait, for a link to come up say (default: 30)"},
	{"initramfs", 0, "rebuild|leave", CHANGING, take_initramfs, 0,
		"what becomes of an initramfs that holds the module (default: rebuild)"},
	{"files", 0, NULL, VERB(RECOVER), take_flag, offsetof(struct ds_request, is_files_only),
		"with recover: only the files and indexes, early at boot"},
	{"quiet", 'q', NULL, ALL, take_flag, offsetof(struct ds_request, is_quiet),
		"no progress on stderr"},
	{"verbose", 'v', NULL, ALL, take_flag, offsetof(struct ds_request, is_verbose), "say more"},
	{"help", 'h', NULL, ALL, NULL, 0, "print this and exit"},
	{"version", 'V', NULL, ALL, NULL, 0, "print the version and exit"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* getopt_long() returns the index of the row, so that the table needs no second list. */
#define ROW_BASE 1000

static const struct option_row *current_row;

static int take_flag(struct ds_request *request, const char *value, struct ds_error *error)
{
	(void)value, (void)error;
	*(bool *)((char *)request + current_row->flag) = true;
	return 0;
}

static void make_getopt_tables(struct option *ret_long, char *ret_short)
{
	/* '+': the first word that is no option is MODULE or the verb, but options may follow. */
	*ret_short++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		ret_long[i] = (struct option){
			.name = rows[i].name,
			.has_arg = !rows[i].value            ? no_argument
				   : rows[i].value[0] == '[' ? optional_argument
							     : required_argument,
			.val = ROW_BASE + (int)i,
		};
		if (rows[i].letter)
			*ret_short++ = rows[i].letter;
	}
	ret_long[ROWS] = (struct option){0};
	*ret_short = '\0';
}

static const struct option_row *row_of(int code)
{
	if (code >= ROW_BASE)
		return &rows[code - ROW_BASE];
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].letter && rows[i].letter == code)
			return &rows[i];
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
	struct option long_options[ROWS + 1];
	char short_options[ROWS + 2];
	int code;

	make_getopt_tables(long_options, short_options);
	opterr = 0;
	while ((code = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		int r = 0;

		current_row = row_of(code);
		if (code == ':')
			r = ds_error_set(error, -EINVAL, "%s needs a value", argv[optind - 1]);
		else if (!current_row)
			r = ds_error_set(error, -EINVAL, "unknown option %s", argv[optind - 1]);
		else
			*ret_used |= 1U << (current_row - rows);
		if (r == 0 && current_row->take)
			r = current_row->take(request, optarg, error);
		if (r < 0)
			return usage_error(error);
	}
	return 0;
}

/* --- words ------------------------------------------------------------------------------ */

static int take_module(struct ds_request *request, const char *name, struct ds_error *error)
{
	if (!ds_module_name_is_valid(name)) {
		ds_error_set(error, -EINVAL, "%s is no name of a module", name);
		return ds_error_hint(error, strchr(name, '/') || strstr(name, ".ko")
						    ? "The form is: drvswap MODULE [FILE]."
						    : "Letters, digits, '-' and '_', 55 at most.");
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

	if (name[0] != '/' && !cwd)
		return ds_error_set(error, -EINVAL, "%s: the working directory is gone", name);
	r = cwd ? ds_string_format(&request->file, "%s/%s", cwd, name)
		: ds_string_set(&request->file, name);
	free(cwd);
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}

static int take_words(int count, char **words, struct ds_request *request, struct ds_error *error)
{
	const struct verb *verb = find_verb(count > 0 ? words[0] : NULL);
	int r = 0;

	request->verb = verb->verb;
	if (verb->name) {
		words++;
		count--;
	}
	if (request->is_original && count == 0)
		r = ds_error_set(error, -EINVAL, "--original needs the name of a module");
	else if (count < verb->least || count > verb->most)
		r = ds_error_set(error, -EINVAL, "the form is: drvswap %s", verb->usage);
	if (r < 0)
		return usage_error(error);
	if (count > 0)
		r = take_module(request, words[0], error);
	if (r == 0 && count > 1)
		r = take_file(request, words[1], error);
	return r;
}

static int check_options_of_verb(
	const struct ds_request *request, unsigned int used, struct ds_error *error)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!(used >> i & 1) || (rows[i].verbs >> request->verb & 1))
			continue;
		ds_error_set(error, -EINVAL, "--%s means nothing to `%s`", rows[i].name,
			ds_verb_names[request->verb]);
		return usage_error(error);
	}
	return 0;
}

static unsigned int bit_of(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
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

int options_parse(int argc, char **argv, struct ds_request *ret_request,
	enum options_special *ret_special, struct ds_error *error)
{
	unsigned int used = 0;
	int r;

	ret_request->timeout_s = DS_TIMEOUT_DEFAULT_S;
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
	r = take_words(argc - optind, argv + optind, ret_request, error);
	if (r == 0)
		r = check_options_of_verb(ret_request, used, error);
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
	for (size_t i = 0; i < ROWS; i++) {
		char letter[] = {'-', rows[i].letter, ',', ' ', '\0'};

		const char *value = rows[i].value ? rows[i].value : "";
		bool is_optional = value[0] == '[';

		fprintf(stream, "  %s--%s%s%s\n        %s\n", rows[i].letter ? letter : "    ",
			rows[i].name,
			is_optional ? "[="
			: *value    ? "="
				    : "",
			value + is_optional, rows[i].help);
	}
	fputs("\nExit codes: 0 done, 1 failed and nothing changed, 2 wrong usage, 3 refused by a\n"
	      "finding, 4 failed and rolled back, 5 a person must look, 6 another drvswap is at "
	      "work.\n"
	      "See drvswap(8).\n",
		stream);
}

bool options_row_at(size_t index, struct options_row *ret_row)
{
	if (index >= ROWS)
		return false;
	*ret_row = (struct options_row){
		.name = rows[index].name,
		.value = rows[index].value,
		.letter = rows[index].letter,
		.verbs = rows[index].verbs,
	};
	return true;
}
