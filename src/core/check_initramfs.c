/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The images of the next boot: would they bring the old driver back? */

#include "check.h"
#include "initramfs.h"

/* Nobody can tell what is in it. One that could not be made anew either is worse than a doubt. */
static void check_unknown(struct checker *checker, const struct ds_initramfs *image)
{
	const char *module = checker->host->module.name;

	if (image->is_unified && initramfs_files_change(checker->host) &&
		!checker->request->is_initramfs_left)
		checker_find(checker, FINDING_INITRAMFS_STUCK,
			"Override, and have it made anew as your distribution does it before the "
			"next boot.",
			"%s may bring the old %s back at boot and cannot be made anew: %s",
			image->path, module, initramfs_obstacle(image));
	else
		checker_find(checker, FINDING_INITRAMFS_UNKNOWN,
			"If it holds the module, have it made anew after the swap.",
			"%s cannot be looked into, it may hold the old %s: %s", image->path, module,
			image->trouble);
}

static void check_image(struct checker *checker, const struct ds_initramfs *image)
{
	const struct ds_host *host = checker->host;

	if (image->trouble) {
		check_unknown(checker, image);
		return;
	}
	if (!initramfs_holds_other(image, host) ||
		initramfs_is_rebuilt(image, checker->request, host))
		return;
	if (initramfs_files_change(host) && !checker->request->is_initramfs_left)
		checker_find(checker, FINDING_INITRAMFS_STUCK,
			"Remove the obstacle; or override, and make it anew before the next boot.",
			"%s would bring the old %s back at boot and cannot be made anew: %s",
			image->path, host->module.name, initramfs_obstacle(image));
	else
		checker_find(checker, FINDING_INITRAMFS_HOLDS_OLD,
			"Make it anew before the next boot (update-initramfs -u, dracut --force).",
			"%s holds another %s, and this swap leaves it so", image->path,
			host->module.name);
}

void check_initramfs(struct checker *checker)
{
	const struct ds_host *host = checker->host;

	for (size_t i = 0; checker_has_candidate(checker) && i < host->initramfs.count; i++)
		check_image(checker, &host->initramfs.items[i]);
}
