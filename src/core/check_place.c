/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The installed file, its neighbours, and the file system they lie on. */

#include "check.h"

#include <string.h>

static void check_file_system(struct checker *checker)
{
	const struct ds_place *place = &checker->host->place;
	/* The staged file, and as much again for the indexes that depmod writes beside them. */
	int64_t needed = checker->host->candidate_image.bytes * 2 + (1 << 20);

	if (place->is_read_only)
		checker_find(checker, FINDING_PLACE_READ_ONLY,
			"On an image-based system the driver belongs into the image; else remount "
			"it.",
			"the file system of %s is read-only", checker->host->installed.path);
	else if (place->free_bytes < needed)
		checker_find(checker, FINDING_PLACE_FULL, "Make room.",
			"the file system of %s has %lld KiB left, %lld are needed",
			checker->host->installed.path, (long long)place->free_bytes / 1024,
			(long long)needed / 1024);
}

void check_place(struct checker *checker)
{
	const struct ds_host *host = checker->host;

	if (host->installed.type == DS_FILE_ABSENT)
		return;
	check_file_system(checker);
	if (host->installed.is_symlink)
		checker_find(checker, FINDING_INSTALLED_SYMLINK,
			"Install the candidate under updates/ with your distribution's tool.",
			"%s is a symbolic link, to another kernel's module as a rule",
			host->installed.path);
	if (host->installed.type != DS_FILE_REGULAR || host->installed_image.fault != DS_IMAGE_OK)
		checker_find(checker, FINDING_INSTALLED_UNUSABLE,
			"Reinstall the package that owns it.",
			"%s, which modprobe would load, is not a usable module%s%s",
			host->installed.path, host->installed_image.fault_detail ? ": " : "",
			host->installed_image.fault_detail ? host->installed_image.fault_detail
							   : "");
	if (host->fresh.type != DS_FILE_ABSENT &&
		!ds_string_equal(host->fresh_image.digest, host->candidate_image.digest))
		checker_find(checker, FINDING_STALE_NEW,
			"It is not from a swap of this candidate: look at it, then remove it.",
			"%s exists and is another file", host->fresh.path);
	if (host->previous.type != DS_FILE_ABSENT && host->previous.type != DS_FILE_REGULAR)
		checker_find(checker, FINDING_OLD_NOT_REGULAR,
			"It is not from a swap: look at it, then move it away.",
			"%s is not a regular file that can be read, and the replaced file could "
			"not "
			"be "
			"kept there",
			host->previous.path);
}
