/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which login a process belongs to, by what the kernel says of its groups. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/sys/session.h"

static void test_scope(void **state)
{
	static const struct {
		const char *groups, *scope; /* NULL: none */
	} rows[] = {
		{"0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope"},
		{"0::/user.slice/user-0.slice/session-c12.scope/inner\n", "session-c12.scope"},
		{"12:pids:/\n1:name=systemd:/user.slice/user-0.slice/session-7.scope\n0::/\n",
			"session-7.scope"},
		{"0::/system.slice/ssh.service\n", NULL},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/tmux.scope\n", NULL},
		{"0::/system.slice/session-saver.service\n", NULL},
		{"0::/session-\n", NULL},
		{"", NULL},
		{NULL, NULL},
	};
	char scope[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			sys_session_scope(rows[i].groups, scope, sizeof(scope)), !!rows[i].scope);
		if (rows[i].scope)
			assert_string_equal(scope, rows[i].scope);
	}
	assert_false(sys_session_scope(rows[0].groups, scope, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
