/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where boot loaders find the images of a kernel, and what makes them. */

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cleanup.h"
#include "initramfs.h"

/* R stands for the release of the kernel; a '*' for the machine id and the like. */
static const struct {
	const char *pattern;
	bool is_unified;
} places[] = {
	{"/boot/initrd.img-R", false},    /* Debian, Ubuntu */
	{"/boot/initramfs-R.img", false}, /* Fedora, RHEL */
	{"/boot/initrd-R", false},        /* SUSE */
	{"/boot/*/R/initrd", false},      /* boot loader specification, dracut */
	{"/boot/efi/*/R/initrd", false},
	{"/efi/*/R/initrd", false},
	{"/boot/*/R/initrd.img-R", false}, /* the same, Debian's kernel-install */
	{"/boot/efi/*/R/initrd.img-R", false},
	{"/efi/*/R/initrd.img-R", false},
	{"/boot/EFI/Linux/*R*.efi", true},
	{"/boot/efi/EFI/Linux/*R*.efi", true},
	{"/efi/EFI/Linux/*R*.efi", true},
};

/* A copy that kernel-install made of another image is not ours to make. */
static const struct {
	const char *program, *prefix; /* of the path of the image */
} tools[] = {
	{"/usr/sbin/mkinitramfs", "/boot/initrd.img-"},
	{"/usr/bin/dracut", "/boot/initrd.img-"},
	{"/usr/bin/dracut", "/boot/initramfs-"},
	{"/usr/bin/dracut", "/boot/initrd-"},
};

static char *pattern_of(const char *pattern, const char *release)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (; *pattern; pattern++) {
		if (*pattern == 'R')
			fputs(release, stream);
		else
			fputc(*pattern, stream);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static bool is_made_by(const struct ds_initramfs *image, size_t tool)
{
	size_t length = strlen(tools[tool].prefix);
	const char *name = strrchr(image->path, '/');

	if (access(tools[tool].program, X_OK) != 0)
		return false;
	if (strncmp(image->path, tools[tool].prefix, length) == 0)
		return true;
	/* dracut on a host of the boot loader specification */
	return strcmp(name, "/initrd") == 0 && strcmp(tools[tool].program, "/usr/bin/dracut") == 0;
}

static int look_tool(struct ds_initramfs *image)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (!image->is_unified && is_made_by(image, i))
			return ds_string_set(&image->tool, tools[i].program);
	return 0;
}

static void look_place(struct ds_initramfs *image)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(image->path, &fs) == 0) {
		image->is_read_only = fs.f_flag & ST_RDONLY;
		/* Memory file systems without a limit tell no size at all. */
		image->free_bytes = fs.f_blocks ? (int64_t)(fs.f_bavail * fs.f_frsize) : INT64_MAX;
	}
	if (stat(image->path, &st) == 0)
		image->bytes = st.st_size;
}

static int look_inside(struct ds_initramfs *image, const char *name, struct ds_error *error)
{
	struct sys_initramfs_module module = {0};
	int r;

	if (image->is_unified)
		return ds_string_set(&image->trouble, "it is one file with the kernel");
	r = sys_initramfs_module(image->path, name, &module, error);
	if (r < 0)
		return r == -ENOMEM ? r : ds_string_set(&image->trouble, error->text);
	image->module_path = module.path;
	image->module_digest = module.digest;
	image->identity = module.identity;
	return 0;
}

static bool is_known(const struct ds_host *host, const char *path)
{
	for (size_t i = 0; i < host->initramfs.count; i++)
		if (strcmp(host->initramfs.items[i].path, path) == 0)
			return true;
	return false;
}

static int add_image(
	struct ds_host *host, const char *path, bool is_unified, struct ds_error *error)
{
	cleanup_free char *resolved = realpath(path, NULL);
	struct ds_initramfs *image;

	if (!resolved || is_known(host, resolved))
		return 0;
	image = ds_list_add(&host->initramfs);
	if (!image || ds_string_set(&image->path, resolved) < 0)
		return -ENOMEM;
	image->is_unified = is_unified;
	look_place(image);
	if (look_tool(image) < 0)
		return -ENOMEM;
	return look_inside(image, host->module.name, error);
}

static int look_places(struct ds_host *host, size_t place, struct ds_error *error)
{
	cleanup_free char *pattern = pattern_of(places[place].pattern, host->kernel.release);
	glob_t found = {0};
	int r = 0;

	if (!pattern)
		return -ENOMEM;
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
			r = add_image(host, found.gl_pathv[i], places[place].is_unified, error);
	globfree(&found);
	return r;
}

int sys_initramfs_look(struct ds_host *host, struct ds_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(places) / sizeof(places[0]); i++)
		r = look_places(host, i, error);
	return r < 0 ? ds_error_set(error, -ENOMEM, "out of memory") : 0;
}
