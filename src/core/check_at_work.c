/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whoever else is about to change the same files. */

#include "check.h"

void check_at_work(struct checker *checker)
{
	const ds_strings *at_work = &checker->host->at_work;

	for (size_t i = 0; i < at_work->count; i++)
		checker_find(checker, FINDING_HOST_BUSY,
			"Wait until it has ended; a swap waits for it by itself, for --timeout.",
			"%s, and may change the module's file, the indexes or the initramfs",
			at_work->items[i]);
}
