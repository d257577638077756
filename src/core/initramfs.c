/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs.h"

/*
 * The module may have been stripped on its way into the image, so that its bytes are others
 * (dracut does that); its build-id stays.
 */
bool initramfs_holds_other(const struct ds_initramfs *image, const struct ds_host *host)
{
	return image->module_path &&
	       !ds_string_equal(image->module_digest, host->candidate_image.digest) &&
	       ds_identity_compare(&image->identity, &host->candidate_image.identity, NULL) !=
		       DS_SAME_YES;
}

/* The new image lies beside the old one until the old one is no longer needed. */
static bool has_room(const struct ds_initramfs *image)
{
	return image->free_bytes >= image->bytes + image->bytes / 4 + (1 << 20);
}

const char *initramfs_obstacle(const struct ds_initramfs *image)
{
	if (image->is_unified)
		return "it is one file with the kernel";
	if (!image->tool)
		return "there is no program here that makes it";
	if (image->is_read_only)
		return "its file system is read-only";
	return has_room(image) ? NULL : "its file system has no room for a second one";
}

bool initramfs_files_change(const struct ds_host *host)
{
	return host->installed.type == DS_FILE_REGULAR &&
	       !ds_string_equal(host->installed_image.digest, host->candidate_image.digest);
}

bool initramfs_is_rebuilt(const struct ds_initramfs *image, const struct ds_request *request,
	const struct ds_host *host)
{
	return initramfs_files_change(host) && !request->is_initramfs_left &&
	       initramfs_holds_other(image, host) && !initramfs_obstacle(image);
}
