/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who is waited for when udevd has been told of a change. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../../src/sys/sys.h"
#include "../../src/sys/udev.h"
#include "namespace.h"

/* A process of that name, as user uid, with a child; both stay until they or the test have ended.
 */
struct family {
	pid_t parent, child;
};

static void live(const char *name, uid_t uid, int told)
{
	pid_t child;

	if (prctl(PR_SET_NAME, name, 0, 0, 0) < 0 || (uid && setresuid(uid, uid, uid) < 0))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	child = fork();
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (child != 0 && write(told, &child, sizeof(child)) != sizeof(child))
		_exit(2);
	for (;;)
		pause();
}

static struct family begin(const char *name, uid_t uid)
{
	struct family family = {0};
	int told[2];

	assert_int_equal(pipe(told), 0);
	family.parent = fork();
	if (family.parent == 0)
		live(name, uid, told[1]);
	close(told[1]);
	assert_int_equal(read(told[0], &family.child, sizeof(family.child)), sizeof(family.child));
	close(told[0]);
	return family;
}

static void end(const struct family *family)
{
	kill(family->child, SIGKILL);
	kill(family->parent, SIGKILL);
	waitpid(family->parent, NULL, 0);
}

/* Who is not has a namespace with one user alone. */
static bool is_root;

static size_t count_workers(void)
{
	struct sys_udev_workers workers = {0};
	size_t count;

	assert_int_equal(sys_udev_workers_find(&workers), 0);
	count = workers.fds.count;
	sys_udev_workers_close(&workers);
	return count;
}

static void test_workers(void **state)
{
	struct family family = begin("systemd-udevd", 0);
	struct sys_udev_workers workers = {0};

	(void)state;
	assert_int_equal(sys_udev_workers_find(&workers), 0);
	assert_int_equal(workers.fds.count, 1);
	assert_false(sys_udev_workers_wait(&workers, sys_now_ms() + 50));
	kill(family.child, SIGKILL);
	assert_true(sys_udev_workers_wait(&workers, sys_now_ms() + 30000));
	sys_udev_workers_close(&workers);
	end(&family);
}

/* A process that only calls itself so holds nobody up. */
static void test_others(void **state)
{
	struct family of_another_name = begin("udevd-not", 0), of_a_user = {0};

	(void)state;
	if (is_root)
		of_a_user = begin("udevd", 65534);
	assert_int_equal(count_workers(), 0);
	end(&of_another_name);
	if (is_root)
		end(&of_a_user);
}

static int end_of(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									       : 1;
}

/* Process 1 and who makes it end by _exit(): the leak sanitizer cannot look at them. */
static pid_t enter(void)
{
	pid_t pid;

	is_root = geteuid() == 0;
	if (!is_root)
		enter_user_namespace();
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	pid = fork();
	if (pid != 0)
		return pid;
	pid = mount("none", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? -1
											 : fork();
	if (pid != 0)
		_exit(end_of(pid));
	return 0;
}

/* With no process but ours: the machine may have a udevd, and another run of this test has one. */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_others),
	};
	pid_t pid = enter();

	if (pid != 0)
		_exit(end_of(pid));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
