/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Runs a hook: by its path, without a shell, with nothing of the caller's environment. */

#include "hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "drvswap/hook.h"
#include "spawn.h"
#include "trust.h"

#define VARIABLES_MOST 24

/* What a hook is told; drvswap(8) lists it. ends with a NULL that posix_spawn() wants. */
struct environment {
	char *variables[VARIABLES_MOST + 1];
	size_t count;
	bool is_out_of_memory;
};

static void environment_done(struct environment *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		free(environment->variables[i]);
}

/* Also of what is not known: a script under `set -u` can rely on every name. */
static void tell(struct environment *environment, const char *name, const char *value)
{
	char **variable = &environment->variables[environment->count];

	if (environment->count == VARIABLES_MOST ||
		ds_string_format(variable, "%s=%s", name, value ? value : "") < 0)
		environment->is_out_of_memory = true;
	else
		environment->count++;
}

static void tell_identity(
	struct environment *environment, const char *which, const struct ds_identity *identity)
{
	char name[48];

	snprintf(name, sizeof(name), "DRVSWAP_%s_VERSION", which);
	tell(environment, name, identity->version);
	snprintf(name, sizeof(name), "DRVSWAP_%s_BUILD_ID", which);
	tell(environment, name, identity->build_id);
}

static void tell_names(struct environment *environment, const struct ds_host *before)
{
	cleanup_free char *links = NULL, *devices = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&links, &bytes);

	for (size_t i = 0; stream && i < before->network.links.count; i++)
		fprintf(stream, "%s%s", i ? " " : "", before->network.links.items[i].name);
	if (!stream || fclose(stream) != 0)
		environment->is_out_of_memory = true;
	stream = open_memstream(&devices, &bytes);
	for (size_t i = 0; stream && i < before->devices.count; i++)
		fprintf(stream, "%s%s", i ? " " : "", before->devices.items[i].address);
	if (!stream || fclose(stream) != 0)
		environment->is_out_of_memory = true;
	tell(environment, "DRVSWAP_LINKS", links);
	tell(environment, "DRVSWAP_DEVICES", devices);
}

static void tell_all(
	struct environment *environment, const struct ds_op *op, const struct ds_host *before)
{
	tell(environment, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	tell(environment, "LC_ALL", "C");
	tell(environment, "HOME", "/");
	tell(environment, "DRVSWAP_HOOK", op->value);
	tell(environment, "DRVSWAP_VERB", op->other);
	tell(environment, "DRVSWAP_MODULE", before->module.name);
	tell(environment, "DRVSWAP_KERNEL", before->kernel.release);
	tell(environment, "DRVSWAP_INSTALLED", before->installed.path);
	tell(environment, "DRVSWAP_CANDIDATE", before->candidate.path);
	tell_identity(environment, "FROM", &before->module.identity);
	tell_identity(environment, "TO", &before->candidate_image.identity);
	tell_names(environment, before);
}

/* Its path is as the look made it, also where it was read from a journal. */
static int check_path(const struct ds_op *op, struct ds_error *error)
{
	char directory[64];
	size_t length;

	snprintf(directory, sizeof(directory), SYS_HOOKS_DIR "/%s/", op->value);
	length = strlen(directory);
	if (strncmp(op->path, directory, length) == 0 && op->path[length] &&
		op->path[length] != '.' && !strchr(op->path + length, '/'))
		return 0;
	return ds_error_set(error, -EPERM, "%s is not a hook", op->path);
}

static int run(const struct ds_op *op, const struct ds_host *before, int64_t deadline_ms,
	struct ds_error *error)
{
	const char *const paths[] = {op->path, NULL};
	char *const argv[] = {op->path, NULL};
	struct environment environment = {0};
	int r;

	tell_all(&environment, op, before);
	r = environment.is_out_of_memory
		    ? ds_error_set(error, -ENOMEM, "out of memory")
		    : sys_spawn_telling(environment.variables, paths, argv, deadline_ms, error);
	environment_done(&environment);
	return r;
}

int sys_hook_run(const struct ds_op *op, const struct ds_host *before, int64_t deadline_ms,
	struct ds_error *error)
{
	bool is_off = false;
	int r = check_path(op, error);

	if (r == 0)
		r = sys_trust_program(op->path, &is_off, error);
	/* The administrator's way out of a rollback that cannot end because of its hook. */
	if ((r == -ENOENT || (r == 0 && is_off)) &&
		!ds_string_equal(op->value, ds_hook_when_names[DS_HOOK_PRE]))
		return 0;
	if (r == 0 && is_off)
		r = ds_error_set(error, -EACCES, "%s is not executable any more", op->path);
	if (r < 0)
		return ds_error_prefix(error, "the %s hook is not run", op->value);
	return run(op, before, deadline_ms, error);
}
