/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "original.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "sys.h"

/* "/lib/modules/R/kernel/x.ko" and "/usr/lib/modules/R/kernel/x.ko" are one place. */
static const char *place_of(const char *release, const char *installed)
{
	cleanup_free char *directory = NULL;
	const char *found;

	if (asprintf(&directory, "/lib/modules/%s/", release) < 0) {
		directory = NULL;
		return NULL;
	}
	found = strstr(installed, directory);
	/* depmod.d may name directories elsewhere. */
	return found ? found + strlen(directory) : installed + 1;
}

char *sys_original_path(const char *release, const char *installed)
{
	const char *place = place_of(release, installed);
	char *path = NULL;

	return place && asprintf(&path, SYS_STATE_DIR "/original/%s/%s", release, place) >= 0
		       ? path
		       : NULL;
}
