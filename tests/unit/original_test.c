/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where originals are kept: one for each place, never one for two. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../src/sys/original.h"

static const struct {
	const char *installed, *wanted;
} rows[] = {
	{"/lib/modules/6.1-x/kernel/drivers/net/net.ko", "kernel/drivers/net/net.ko"},
	{"/usr/lib/modules/6.1-x/kernel/drivers/net/net.ko", "kernel/drivers/net/net.ko"},
	{"/usr/lib/modules/6.1-x/updates/dkms/net.ko", "updates/dkms/net.ko"},
	{"/usr/lib/modules/6.1-x/net.ko", "net.ko"},
	{"/opt/6.1-x/net.ko", "opt/6.1-x/net.ko"},
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char wanted[128];
		char *path = sys_original_path("6.1-x", rows[i].installed);

		snprintf(wanted, sizeof(wanted), "/var/lib/drvswap/original/6.1-x/%s",
			rows[i].wanted);
		assert_string_equal(path, wanted);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
