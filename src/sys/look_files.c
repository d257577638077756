/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files: what is installed, what lies beside it, what is offered. */

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bundled.h"
#include "cleanup.h"
#include "depmod.h"
#include "file.h"
#include "look.h"
#include "original.h"
#include "parser.h"

static int no_memory(struct ds_error *error)
{
	return ds_error_set(error, -ENOMEM, "out of memory");
}

/* --- one file --------------------------------------------------------------------------- */

/* From stored bytes to facts; the image stays behind in *ret_blob. */
static int describe_image(const struct sys_blob *stored, struct ds_image *ret_image,
	struct sys_blob *ret_blob, struct ds_error *error)
{
	struct sys_fault fault = {.kind = DS_IMAGE_OK};
	char digest[SYS_DIGEST_BYTES];
	int r = sys_stored_image(stored, ret_blob, &fault, error);

	if (r < 0)
		return r;
	r = sys_blob_digest(ret_blob, digest, error);
	if (r == 0 && ds_string_set(&ret_image->digest, digest) < 0)
		r = no_memory(error);
	ret_image->fault = (int)fault.kind;
	free(ret_image->fault_detail);
	ret_image->fault_detail = fault.why;
	if (r == 0 && fault.kind == DS_IMAGE_OK)
		r = sys_parser_parse(ret_blob, ret_image, error);
	return r;
}

/* Looks at a file and the image in it, and pins the image for a later insertion. */
static int look_at(struct sys *sys, const char *path, bool follow, struct ds_file *ret_file,
	struct ds_image *ret_image, struct ds_error *error)
{
	struct sys_blob stored = {0}, image = {0};
	int r = sys_file_look(path, follow, ret_file, &stored, error);

	if (r < 0 || ret_file->type != DS_FILE_REGULAR)
		return r;
	r = describe_image(&stored, ret_image, &image, error);
	sys_blob_done(&stored);
	if (r == 0 && sys_pin_add(sys, ret_image->digest, &image) < 0)
		r = no_memory(error);
	sys_blob_done(&image);
	return r;
}

int sys_look_image(const char *path, struct ds_image *ret_image, struct ds_error *error)
{
	struct sys_blob image = {0};
	int r = sys_file_image(path, &image, NULL, error);

	/* A file that cannot be read has no facts; whoever needs them finds them missing. */
	if (r < 0 && r != -ENOMEM)
		return 0;
	if (r == 0)
		r = sys_parser_parse(&image, ret_image, error);
	sys_blob_done(&image);
	return r;
}

/* --- the installed file and its neighbours ---------------------------------------------- */

static int look_place(struct ds_host *host)
{
	cleanup_free char *directory = strdup(host->installed.path);
	struct statvfs fs;

	if (!directory)
		return -ENOMEM;
	*strrchr(directory, '/') = '\0';
	if (statvfs(directory, &fs) < 0)
		return 0;
	host->place.is_read_only = fs.f_flag & ST_RDONLY;
	/* Memory file systems without a limit tell no size at all. */
	host->place.free_bytes = fs.f_blocks ? (int64_t)(fs.f_bavail * fs.f_frsize) : INT64_MAX;
	return sys_indexes_mark(host->kernel.release, &host->place.indexes);
}

static int look_beside(struct sys *sys, const char *installed, const char *suffix,
	struct ds_file *ret_file, struct ds_image *ret_image, struct ds_error *error)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s%s", installed, suffix) < 0) {
		path = NULL;
		return no_memory(error);
	}
	return look_at(sys, path, false, ret_file, ret_image, error);
}

static int look_original(struct sys *sys, struct ds_host *host, struct ds_error *error)
{
	cleanup_free char *path = sys_original_path(host->kernel.release, host->installed.path);

	(void)sys;
	return path ? sys_file_look(path, false, &host->original, NULL, error) : no_memory(error);
}

int sys_look_files(struct sys *sys, struct ds_host *host, struct ds_error *error)
{
	cleanup_free char *path = host->installed.path;
	int r;

	host->installed = (struct ds_file){0};
	if (!path)
		return 0;
	r = look_at(sys, path, false, &host->installed, &host->installed_image, error);
	if (r == 0)
		r = look_beside(
			sys, host->installed.path, ".new", &host->fresh, &host->fresh_image, error);
	if (r == 0)
		r = look_beside(sys, host->installed.path, ".old", &host->previous,
			&host->previous_image, error);
	if (r == 0)
		r = look_original(sys, host, error);
	if (r == 0 && look_place(host) < 0)
		r = no_memory(error);
	return r;
}

/* --- the candidate ---------------------------------------------------------------------- */

/* Allocated; NULL: there is none. */
static int candidate_path(const struct ds_request *request, const struct ds_host *host,
	char **ret_path, struct ds_error *error)
{
	const char *path = NULL;

	switch (request->candidate_from) {
	case DS_FROM_FILE:
		path = request->file;
		break;
	case DS_FROM_BUNDLED:
		return sys_bundled_path(host, ret_path, error);
	case DS_FROM_PREVIOUS:
		path = host->previous.path;
		break;
	case DS_FROM_ORIGINAL:
		path = host->original.path;
		break;
	default:
		break;
	}
	return ds_string_set(ret_path, path) < 0 ? no_memory(error) : 0;
}

int sys_look_candidate(struct sys *sys, const struct ds_request *request, struct ds_host *host,
	struct ds_error *error)
{
	cleanup_free char *path = NULL;
	int r = candidate_path(request, host, &path, error);

	if (r == 0 && path)
		r = look_at(sys, path, true, &host->candidate, &host->candidate_image, error);
	/* Who has read the candidate reads nothing else. */
	sys_parser_end();
	return r;
}

/* --- vermagic --------------------------------------------------------------------------- */

static int vermagic_of(struct kmod_module *module, struct ds_host *host, struct ds_error *error)
{
	const char *path = kmod_module_get_path(module);
	struct ds_image image = {0};
	int r = path ? sys_look_image(path, &image, error) : 0;

	if (r == 0) {
		host->kernel.vermagic = image.vermagic;
		image.vermagic = NULL;
	}
	ds_record_done(&ds_image_record, &image);
	return r;
}

int sys_look_vermagic(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error)
{
	struct kmod_list *list = NULL, *item;
	int r = 0;

	if (host->kernel.is_offline ||
		(host->installed_image.vermagic && ds_host_runs_installed(host)))
		return ds_string_set(&host->kernel.vermagic, host->installed_image.vermagic) < 0
			       ? no_memory(error)
			       : 0;
	if (kmod_module_new_from_loaded(kmod, &list) < 0)
		return 0;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		if (r == 0 && !host->kernel.vermagic)
			r = vermagic_of(module, host, error);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return r;
}
