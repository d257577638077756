/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who else is at work on files that a swap changes: each lock, and each program, that is known. */

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../src/sys/packages.h"
#include "drvswap/sys.h"
#include "namespace.h"

/* A process that does something for as long as it is let. */
struct other {
	pid_t pid;
	int ready, go; /* our ends */
};

static void make_path(const char *path)
{
	char directory[128];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
		assert_true(mkdir(directory, 0755) == 0 || errno == EEXIST);
	}
}

static void make_file(const char *path)
{
	int fd;

	make_path(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	close(fd);
}

/* lock: of this file, or NULL; name: its own, or NULL. */
static struct other other_start(const char *lock, const char *name)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct other other;
	int ready[2], go[2];
	char c = 'r';

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	other.pid = fork();
	if (other.pid == 0) {
		int fd = lock ? open(lock, O_RDWR | O_CLOEXEC) : -1;

		close(go[1]);
		if ((lock && fcntl(fd, F_SETLK, &whole) < 0) ||
			(name && prctl(PR_SET_NAME, name) < 0) || write(ready[1], &c, 1) != 1)
			_exit(1);
		_exit(read(go[0], &c, 1) != 0);
	}
	close(ready[1]);
	close(go[0]);
	other.ready = ready[0];
	other.go = go[1];
	assert_int_equal(read(other.ready, &c, 1), 1);
	return other;
}

static void other_end(const struct other *other)
{
	int status;

	close(other->go);
	assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
	assert_int_equal(status, 0);
	close(other->ready);
}

/* The machine that the tests run on may be busy itself: only what is sought is looked for. */
static bool is_told(const char *wanted)
{
	ds_strings at_work = {0}, locks = {0};
	bool is_there;

	assert_int_equal(sys_packages_look(&at_work, &locks), 0);
	is_there = ds_strings_has(&at_work, wanted);
	ds_strings_done(&at_work);
	ds_strings_done(&locks);
	return is_there;
}

static const char *const lock_files[] = {
	"/var/lib/dpkg/lock-frontend",
	"/var/lib/dpkg/lock",
	"/var/lib/rpm/.rpm.lock",
	"/usr/lib/sysimage/rpm/.rpm.lock",
};

/* Held by another it is told, with whose it is; free it is one that a swap holds itself. */
static void test_locks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lock_files) / sizeof(lock_files[0]); i++) {
		const char *path = lock_files[i];
		struct ds_error error = {0};
		struct ds_door *door = ds_sys_open();
		struct other other;
		char wanted[160];

		make_file(path);
		other = other_start(path, "dnf");
		snprintf(wanted, sizeof(wanted), "dnf (process %d) holds %s", (int)other.pid, path);
		if (!is_told(wanted))
			fail_msg("%s: not told", path);
		assert_int_equal(sys_packages_hold(sys_of(door), path, &error), -EBUSY);
		assert_string_equal(error.text, wanted);
		other_end(&other);
		assert_false(is_told(wanted));
		assert_int_equal(sys_packages_hold(sys_of(door), path, &error), 0);
		/* Its own lock keeps nobody waiting who is itself. */
		assert_int_equal(sys_packages_hold(sys_of(door), path, &error), 0);
		sys_packages_release(sys_of(door), path);
		ds_sys_close(door);
	}
}

/* Each that is there is a step of the plan. */
static void test_locks_to_hold(void **state)
{
	ds_strings at_work = {0}, locks = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lock_files) / sizeof(lock_files[0]); i++)
		make_file(lock_files[i]);
	assert_int_equal(sys_packages_look(&at_work, &locks), 0);
	assert_int_equal(locks.count, sizeof(lock_files) / sizeof(lock_files[0]));
	for (size_t i = 0; i < locks.count; i++)
		assert_string_equal(locks.items[i], lock_files[i]);
	ds_strings_done(&at_work);
	ds_strings_done(&locks);
}

static void test_marker(void **state)
{
	static const char path[] = "/var/lib/pacman/db.lck";
	static const char wanted[] = "somebody holds /var/lib/pacman/db.lck";

	(void)state;
	assert_false(is_told(wanted));
	make_file(path);
	assert_true(is_told(wanted));
	assert_int_equal(unlink(path), 0);
}

static void test_programs(void **state)
{
	/* As the kernel keeps their names. */
	static const char *const names[] = {"depmod", "update-initramf", "mkinitramfs", "dracut",
		"mkinitcpio", "mkinitrd", "kernel-install", "dkms", "weak-modules"};
	static const char *const others[] = {"depmod.real", "update-initra", "dracut-install"};
	struct other other;
	char wanted[96];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		other = other_start(NULL, names[i]);
		snprintf(wanted, sizeof(wanted), "%s (process %d) is running", names[i],
			(int)other.pid);
		if (!is_told(wanted))
			fail_msg("%s: not told", names[i]);
		other_end(&other);
		assert_false(is_told(wanted));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		other = other_start(NULL, others[i]);
		snprintf(wanted, sizeof(wanted), "%s (process %d) is running", others[i],
			(int)other.pid);
		assert_false(is_told(wanted));
		other_end(&other);
	}
}

/* Files of our own, in place of the machine's. */
static int enter(void **state)
{
	int r = enter_network_namespace(state);

	assert_int_equal(mount("none", "/var/lib", "tmpfs", 0, NULL), 0);
	/* Over a directory that is there: the one of rpm need not be. */
	assert_int_equal(mount("none", "/usr/lib", "tmpfs", 0, NULL), 0);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_locks_to_hold),
		cmocka_unit_test(test_marker),
		cmocka_unit_test(test_programs),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
