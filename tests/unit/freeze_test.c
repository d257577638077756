/* SPDX-License-Identifier: GPL-2.0-or-later */

/* However the one who freezes a file system ends, it is not left frozen; and what others froze is.
 */

#include <errno.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sys/freeze.h"

/* Seen by all processes of the test. */
static struct file_system {
	atomic_int is_frozen, freezes, thaws;
	int refuses;   /* to be frozen, with this code */
	int keeps;     /* so often it refuses to be thawed */
	bool is_fatal; /* whoever freezes it is killed there */
} * fs;

int __wrap_ioctl(int fd, unsigned long request, ...);

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	(void)fd;
	if (request == FIFREEZE && fs->refuses) {
		errno = fs->refuses;
		return -1;
	}
	if (request == FIFREEZE) {
		atomic_store(&fs->is_frozen, 1);
		atomic_fetch_add(&fs->freezes, 1);
		if (fs->is_fatal)
			kill(getpid(), SIGKILL);
		return 0;
	}
	assert_int_equal(request, FITHAW);
	if (fs->keeps-- > 0) {
		errno = EIO;
		return -1;
	}
	atomic_store(&fs->is_frozen, 0);
	atomic_fetch_add(&fs->thaws, 1);
	return 0;
}

/* Until every process that came of it has ended; each that lost its parent is ours. */
static void freeze_in_a_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		sys_freeze_for_a_moment(-1);
		_exit(0);
	}
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	assert_int_equal(errno, ECHILD);
}

static int fresh(void **state)
{
	(void)state;
	*fs = (struct file_system){0};
	return 0;
}

static void test_well(void **state)
{
	(void)state;
	freeze_in_a_child();
	assert_int_equal(fs->freezes, 1);
	assert_int_equal(fs->thaws, 1);
	assert_false(fs->is_frozen);
}

static void test_killed_in_between(void **state)
{
	(void)state;
	fs->is_fatal = true;
	freeze_in_a_child();
	assert_int_equal(fs->freezes, 1);
	assert_int_equal(fs->thaws, 1);
	assert_false(fs->is_frozen);
}

static void test_others_froze_it(void **state)
{
	(void)state;
	fs->refuses = EBUSY;
	atomic_store(&fs->is_frozen, 1);
	freeze_in_a_child();
	assert_int_equal(fs->thaws, 0);
	assert_true(fs->is_frozen);
}

static void test_thawed_by_the_other(void **state)
{
	(void)state;
	fs->keeps = 1;
	freeze_in_a_child();
	assert_int_equal(fs->thaws, 1);
	assert_false(fs->is_frozen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_well, fresh),
		cmocka_unit_test_setup(test_killed_in_between, fresh),
		cmocka_unit_test_setup(test_others_froze_it, fresh),
		cmocka_unit_test_setup(test_thawed_by_the_other, fresh),
	};

	fs = mmap(NULL, sizeof(*fs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fs == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
