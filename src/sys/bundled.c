/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bundled.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"

static const char *const suffixes[] = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"};
#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

/* The last in the order of versions: ".../2.0.10/..." comes after ".../2.0.9/...". */
static const char *newest(const glob_t *found)
{
	const char *best = NULL;

	for (size_t i = 0; i < found->gl_pathc; i++)
		if (!best || strverscmp(found->gl_pathv[i], best) > 0)
			best = found->gl_pathv[i];
	return best;
}

/* Stored in any compression, but nothing that merely starts alike (.ko.old, .ko.new). */
static int find(const char *stem, char **ret_path, struct ds_error *error)
{
	glob_t found = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < SUFFIXES; i++) {
		cleanup_free char *pattern = NULL;

		r = ds_string_format(&pattern, "%s%s", stem, suffixes[i]);
		/* What is not there, or cannot be read, adds nothing. */
		if (r == 0 && glob(pattern, i ? GLOB_APPEND : 0, NULL, &found) == GLOB_NOSPACE)
			r = -ENOMEM;
	}
	if (r == 0)
		r = ds_string_set(ret_path, newest(&found));
	globfree(&found);
	return r < 0 ? ds_error_set(error, -ENOMEM, "out of memory") : 0;
}

int sys_bundled_path(const struct ds_host *host, char **ret_path, struct ds_error *error)
{
	const char *module = host->module.name, *release = host->kernel.release;
	cleanup_free char *installed = NULL, *built = NULL;
	int r;

	/* DKMS names the machine below the release in its own way: any will do, ELF tells. */
	if (ds_string_format(&installed, DRVSWAP_BUNDLED_DIR "/%s/%s", release, module) < 0 ||
		ds_string_format(&built, "/var/lib/dkms/drvswap-%s/*/%s/*/module/%s", module,
			release, module) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	r = find(installed, ret_path, error);
	if (r == 0 && !*ret_path)
		r = find(built, ret_path, error);
	return r;
}

bool ds_sys_has_headers(const char *release)
{
	cleanup_free char *path = NULL;

	return ds_string_format(&path, "/lib/modules/%s/build/include", release) == 0 &&
	       access(path, F_OK) == 0;
}

int ds_sys_find_prepared(const char *directory, const char *release, const char *module,
	char **ret_path, struct ds_error *error)
{
	for (size_t i = 0; i < SUFFIXES; i++) {
		cleanup_free char *path = NULL;

		if (ds_string_format(&path, "%s/%s/%s%s", directory, release, module, suffixes[i]) <
			0)
			return ds_error_set(error, -ENOMEM, "out of memory");
		if (access(path, F_OK) == 0) {
			*ret_path = path;
			path = NULL;
			return 0;
		}
	}
	return 0;
}
