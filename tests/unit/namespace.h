/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NAMESPACE_H
#define NAMESPACE_H

/* A network of the test's own, in which it is root: what the tests against a real kernel share. */

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Without root, a user namespace makes us root of the new network. */
static inline void enter_user_namespace(void)
{
	char map[64];
	unsigned int uid = geteuid(), gid = getegid();

	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
}

/* What a test does, in the words of the ip command: not with the code under test. */
__attribute__((format(printf, 1, 2))) static inline void ip(const char *format, ...)
{
	char command[512];
	va_list list;
	int used = snprintf(command, sizeof(command), "ip ");

	va_start(list, format);
	vsnprintf(command + used, sizeof(command) - (size_t)used, format, list);
	va_end(list);
	if (system(command) != 0) /* NOLINT: the text is ours */
		fail_msg("%s", command);
}

static inline int enter_network_namespace(void **state)
{
	(void)state;
	if (geteuid() != 0)
		enter_user_namespace();
	assert_int_equal(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	/* /sys shows the network namespace in which it was mounted. */
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("none", "/sys", "sysfs", 0, NULL), 0);
	ip("link set lo up");
	return 0;
}

#endif
