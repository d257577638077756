/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_INITRAMFS_H
#define CORE_INITRAMFS_H

/* What is to be done about the images that the next boot starts from. */

#include "drvswap/host.h"
#include "drvswap/request.h"

/* What is appended to an image's name: the new one while it is made, the old one afterwards. */
#define INITRAMFS_SUFFIX ".drvswap"

/* The image holds the module, in another build than the candidate. */
bool initramfs_holds_other(const struct ds_initramfs *image, const struct ds_host *host);

/* Why it cannot be made anew (static text); NULL: it can. */
const char *initramfs_obstacle(const struct ds_initramfs *image);

/* It is to be made anew by this swap: the files change, and nothing and nobody objects. */
bool initramfs_is_rebuilt(const struct ds_initramfs *image, const struct ds_request *request,
	const struct ds_host *host);

/* The swap changes what the disk holds. */
bool initramfs_files_change(const struct ds_host *host);

#endif
