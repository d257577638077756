/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What /proc/modules says of a module. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/sys/running.h"

/* As kernels 6.1 and 6.12 print it. */
static const char modules[] = "net_extra 16384 0 - Live 0x0000000000000000 (OE)\n"
			      "stays 20480 1 [permanent], Live 0x0000000000000000\n"
			      "held 28672 2 upper,[permanent], Live 0x0000000000000000\n"
			      "net 28672 1 stays,upper, Live 0x0000000000000000\n"
			      "last 16384 0 [permanent], Live 0x0000000000000000";

static void test_permanent(void **state)
{
	(void)state;
	assert_true(sys_running_is_permanent(modules, "stays"));
	assert_true(sys_running_is_permanent(modules, "held"));
	assert_true(sys_running_is_permanent(modules, "last"));
	assert_false(sys_running_is_permanent(modules, "net"));
	assert_false(sys_running_is_permanent(modules, "net_extra"));
	assert_false(sys_running_is_permanent(modules, "upper"));
	assert_false(sys_running_is_permanent("", "net"));
	assert_false(sys_running_is_permanent(NULL, "net"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permanent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
