/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Every option: how it is spelled, which verbs know it, its key in the configuration, its default.
 * What takes a value says what is wrong with it; whoever has read it says where it stood.
 */

#include "options_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/finding.h"

#define VERB(v)  (1U << DS_VERB_##v)
#define CHANGING (VERB(SWAP) | VERB(ROLLBACK))
#define ALL                                                                                        \
	(CHANGING | VERB(STATUS) | VERB(HISTORY) | VERB(RECOVER) | VERB(CONFIRM) | VERB(PERSIST))

#define TIMEOUT_MAX_S      3600
#define DS_TEXT_OF(number) #number
#define DS_TEXT(number)    DS_TEXT_OF(number)

/* "a=b" with a name that the kernel's parser takes; a quote could not be escaped for it. */
static int take_param(struct ds_request *request, const char *value, struct ds_error *error)
{
	struct ds_param *param;
	size_t length = strcspn(value, "=");

	if (length == 0 || value[length] != '=')
		return ds_error_set(error, -EINVAL, "NAME=VALUE is expected");
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '"' ||
			(p < value + length && *p == ' '))
			return ds_error_set(error, -EINVAL,
				"control characters and quotes cannot be given to the "
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
			return ds_error_set(
				error, -EINVAL, "nothing lifts this finding (%s)", kind->summary);
		return ds_strings_add(&request->overrides, value) < 0
			       ? ds_error_set(error, -ENOMEM, "out of memory")
			       : 0;
	}
	return ds_error_set(error, -EINVAL,
		"there is no finding of that name: drvswap(8), FINDINGS, lists them");
}

static int take_expect_version(
	struct ds_request *request, const char *value, struct ds_error *error)
{
	if (!*value)
		return ds_error_set(error, -EINVAL, "a version is expected");
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
		return ds_error_set(
			error, -EINVAL, "an absolute path is expected, or a name alone");
	if (r == -EINVAL)
		return ds_error_set(
			error, -EINVAL, "a command is expected, and every quote must be closed");
	return r < 0 || ds_strings_add(&request->checks, value) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

/* It becomes the name of a directory in /lib/modules. */
int options_take_kernel(struct ds_request *request, const char *value, struct ds_error *error)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.+-_~";

	if (!*value || *value == '.' || value[strspn(value, allowed)])
		return ds_error_set(
			error, -EINVAL, "a release is expected, as `uname -r` prints it");
	return ds_string_set(&request->kernel, value) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

static int take_seconds(const char *value, int64_t *ret_seconds, struct ds_error *error)
{
	char *end;
	long seconds = strtol(value, &end, 10);

	if (*end || end == value || seconds < 1 || seconds > TIMEOUT_MAX_S)
		return ds_error_set(error, -EINVAL, "1 to %d seconds are expected", TIMEOUT_MAX_S);
	*ret_seconds = seconds;
	return 0;
}

static int take_timeout(struct ds_request *request, const char *value, struct ds_error *error)
{
	return take_seconds(value, &request->timeout_s, error);
}

static int take_confirm(struct ds_request *request, const char *value, struct ds_error *error)
{
	/* Without a number the window is the configured one. */
	return value ? take_seconds(value, &request->confirm_s, error) : 0;
}

static int take_extend(struct ds_request *request, const char *value, struct ds_error *error)
{
	return take_seconds(value, &request->extend_s, error);
}

static int take_reboot(struct ds_request *request, const char *value, struct ds_error *error)
{
	if (strcmp(value, "never") != 0 && strcmp(value, "stuck") != 0)
		return ds_error_set(error, -EINVAL, "never or stuck is expected");
	request->reboot = strcmp(value, "never") == 0 ? DS_REBOOT_NEVER : DS_REBOOT_STUCK;
	return 0;
}

static int take_initramfs(struct ds_request *request, const char *value, struct ds_error *error)
{
	request->is_initramfs_left = strcmp(value, "leave") == 0;
	return request->is_initramfs_left || strcmp(value, "rebuild") == 0
		       ? 0
		       : ds_error_set(error, -EINVAL, "rebuild or leave is expected");
}

static int take_hooks(struct ds_request *request, const char *value, struct ds_error *error)
{
	request->is_hooks_left = strcmp(value, "leave") == 0;
	return request->is_hooks_left || strcmp(value, "run") == 0
		       ? 0
		       : ds_error_set(error, -EINVAL, "run or leave is expected");
}

static int take_hook_timeout(struct ds_request *request, const char *value, struct ds_error *error)
{
	return take_seconds(value, &request->hook_timeout_s, error);
}

static int configure_window(struct ds_request *request, const char *value, struct ds_error *error)
{
	return take_seconds(value, &request->confirm_window_s, error);
}

static int configure_strict(struct ds_request *request, const char *value, struct ds_error *error)
{
	request->is_strict = strcmp(value, "yes") == 0;
	return request->is_strict || strcmp(value, "no") == 0
		       ? 0
		       : ds_error_set(error, -EINVAL, "yes or no is expected");
}

/* Only the verb of that name has a use for it, but a mistake shall be told before that day. */
static int configure_persist(struct ds_request *request, const char *value, struct ds_error *error)
{
	size_t length = strcspn(value, " \t");
	const char *directory = value + length + strspn(value + length, " \t");
	char *module = strndup(value, length);
	struct ds_persist *persist;

	if (!module || !ds_module_name_is_valid(module) || (*directory && *directory != '/')) {
		free(module);
		return ds_error_set(error, -EINVAL, "MODULE or MODULE /DIRECTORY is expected");
	}
	ds_module_name_normalise(module);
	persist = ds_list_add(&request->persist);
	if (!persist) {
		free(module);
		return ds_error_set(error, -ENOMEM, "out of memory");
	}
	persist->module = module;
	return *directory && ds_string_set(&persist->directory, directory) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

#define FLAG(member) NULL, offsetof(struct ds_request, member)

const struct option_row option_rows[] = {
	{"dry-run", 'n', NULL, CHANGING | VERB(PERSIST), FLAG(is_dry_run),
		"print facts, findings and every step with its undo; touch nothing", NULL, NULL,
		NULL},
	{"json", 0, NULL, ALL, FLAG(is_json), "the same as data on stdout", NULL, NULL, NULL},
	{"original", 0, NULL, VERB(ROLLBACK), FLAG(is_original),
		"roll back to the file from before the first swap", NULL, NULL, NULL},
	{"param", 0, "NAME=VALUE", CHANGING, take_param, 0,
		"module parameter (repeatable; default: the options of modprobe.d and of the "
		"kernel "
		"command line)",
		NULL, NULL, NULL},
	{"override", 0, "FINDING", CHANGING, take_override, 0,
		"go on in spite of one named finding (repeatable)", NULL, NULL, NULL},
	{"expect-version", 0, "V", CHANGING, take_expect_version, 0,
		"the version that ethtool must report afterwards", NULL, NULL, NULL},
	{"confirm", 0, "[SECONDS]", CHANGING, take_confirm, 0,
		"roll back unless `drvswap confirm` comes in time", "confirm-window",
		DS_TEXT(DS_CONFIRM_DEFAULT_S), configure_window},
	{"no-wait", 0, NULL, CHANGING, FLAG(is_no_wait),
		"with --confirm: return when the new driver was verified and waits", NULL, NULL,
		NULL},
	{"strict", 0, NULL, CHANGING, FLAG(is_strict),
		"also fail when the new driver lacks a setting that the old one had", "strict",
		"no", configure_strict},
	{"follow", 'f', NULL, VERB(STATUS), FLAG(is_follow),
		"show the swap that is under way to its end, and exit as it does", NULL, NULL,
		NULL},
	{"prometheus", 0, NULL, VERB(STATUS), FLAG(is_prometheus),
		"with status: metrics for a textfile of the Prometheus node exporter", NULL, NULL,
		NULL},
	{"extend", 0, "SECONDS", VERB(CONFIRM), take_extend, 0,
		"with confirm: do not confirm, but extend the wait to at least SECONDS from now",
		NULL, NULL, NULL},
	{"check", 0, "COMMAND", CHANGING, take_check, 0,
		"a command that must succeed before, and after (repeatable); run without a shell",
		"check", NULL, NULL},
	{"reboot", 0, "never|stuck", CHANGING, take_reboot, 0,
		"when the kernel itself does not come back: never reboot, or reboot into the old "
		"driver (default: reboot where the host could not be reached otherwise)",
		"reboot", NULL, NULL},
	{"kernel", 0, "RELEASE", CHANGING | VERB(STATUS), options_take_kernel, 0,
		"install for another kernel, offline: files and depmod; nothing is loaded", NULL,
		NULL, NULL},
	{"timeout", 0, "SECONDS", CHANGING | VERB(RECOVER), take_timeout, 0,
		"how long a step may wait, for a link to come up for example", "timeout",
		DS_TEXT(DS_TIMEOUT_DEFAULT_S), NULL},
	{"initramfs", 0, "rebuild|leave", CHANGING, take_initramfs, 0,
		"what becomes of an initramfs that holds the module", "initramfs", "rebuild", NULL},
	{"hooks", 0, "run|leave", CHANGING, take_hooks, 0,
		"what becomes of the hooks in /etc/drvswap/hooks.d", "hooks", "run", NULL},
	{"hook-timeout", 0, "SECONDS", CHANGING, take_hook_timeout, 0,
		"how long a hook may take before it is killed and counts as failed", "hook-timeout",
		DS_TEXT(DS_HOOK_TIMEOUT_DEFAULT_S), NULL},
	{"files", 0, NULL, VERB(RECOVER), FLAG(is_files_only),
		"with recover: only the files and indexes, early at boot", NULL, NULL, NULL},
	{"quiet", 'q', NULL, ALL, FLAG(is_quiet), "no progress on stderr", NULL, NULL, NULL},
	{"verbose", 'v', NULL, ALL, FLAG(is_verbose), "say more", NULL, NULL, NULL},
	{"help", 'h', NULL, ALL, NULL, 0, "print this and exit", NULL, NULL, NULL},
	{"version", 'V', NULL, ALL, NULL, 0, "print the version and exit", NULL, NULL, NULL},
	{NULL, 0, "MODULE [DIRECTORY]", 0, NULL, 0, "what to install for each new kernel",
		"persist", NULL, configure_persist},
};
const size_t option_rows_count = sizeof(option_rows) / sizeof(option_rows[0]);

_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) <= OPTION_ROWS_MAX, "");
