/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"

const char *const ds_verb_names[] = {
	"swap", "rollback", "status", "history", "recover", "confirm", "persist", NULL};
static const char *const candidate_from_names[] = {
	"file", "bundled", "previous", "original", "nothing", NULL};
static const char *const reboot_names[] = {"by-links", "never", "stuck", NULL};

_Static_assert(sizeof(ds_verb_names) / sizeof(char *) == DS_VERB_COUNT + 1, "");
_Static_assert(sizeof(candidate_from_names) / sizeof(char *) == DS_FROM_COUNT + 1, "");
_Static_assert(sizeof(reboot_names) / sizeof(char *) == DS_REBOOT_COUNT + 1, "");

static const struct ds_field persist_fields[] = {
	DS_NEEDED(struct ds_persist, module),
	DS_STRING(struct ds_persist, directory),
	DS_FIELDS_END,
};
const struct ds_record ds_persist_record = {"persist", sizeof(struct ds_persist), persist_fields};

static const struct ds_field request_fields[] = {
	DS_ENUM(struct ds_request, verb, ds_verb_names),
	DS_STRING(struct ds_request, module),
	DS_STRING(struct ds_request, file),
	DS_STRING(struct ds_request, kernel),
	DS_LIST_OF(struct ds_request, persist, &ds_persist_record),
	DS_ENUM(struct ds_request, candidate_from, candidate_from_names),
	DS_BOOL(struct ds_request, is_dry_run),
	DS_BOOL(struct ds_request, is_json),
	DS_BOOL(struct ds_request, is_quiet),
	DS_BOOL(struct ds_request, is_verbose),
	DS_BOOL(struct ds_request, is_original),
	DS_LIST_OF(struct ds_request, params, &ds_param_record),
	DS_STRINGS(struct ds_request, overrides),
	DS_STRING(struct ds_request, expect_version),
	DS_INT(struct ds_request, timeout_s),
	DS_INT(struct ds_request, confirm_s),
	DS_INT(struct ds_request, confirm_window_s),
	DS_BOOL(struct ds_request, has_default_checks),
	DS_INT(struct ds_request, extend_s),
	DS_BOOL(struct ds_request, is_no_wait),
	DS_STRINGS(struct ds_request, checks),
	DS_RECORD(struct ds_request, caller, &ds_caller_record),
	DS_BOOL(struct ds_request, is_strict),
	DS_BOOL(struct ds_request, is_follow),
	DS_BOOL(struct ds_request, is_prometheus),
	DS_ENUM(struct ds_request, reboot, reboot_names),
	DS_BOOL(struct ds_request, is_hooks_left),
	DS_INT(struct ds_request, hook_timeout_s),
	DS_BOOL(struct ds_request, is_initramfs_left),
	DS_BOOL(struct ds_request, is_files_only),
	DS_FIELDS_END,
};
const struct ds_record ds_request_record = {"request", sizeof(struct ds_request), request_fields};

/* Blanks end a value in the kernel's parser (lib/cmdline.c, next_arg()) unless it is quoted. */
static bool needs_quotes(const char *value)
{
	return value[strcspn(value, DS_PARAM_BLANKS)] != '\0';
}

char *ds_params_line(const struct ds_param *params, size_t count)
{
	char *line = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&line, &bytes);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *value = params[i].value;

		fprintf(stream, "%s%s", i ? " " : "", params[i].name);
		if (value)
			fprintf(stream, needs_quotes(value) ? "=\"%s\"" : "=%s", value);
	}
	if (fclose(stream) != 0) {
		free(line);
		return NULL;
	}
	return line;
}

bool ds_module_name_is_valid(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t length = strlen(name);

	/* MODULE_NAME_LEN is 64 less a long (include/linux/module.h, 6.1): 55 and the NUL. */
	return length > 0 && length <= 55 && name[0] != '-' && strspn(name, letters) == length;
}

void ds_module_name_normalise(char *name)
{
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}
