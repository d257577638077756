/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /sys/class/net: the few facts of a link that no netlink message carries. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net.h"

#define CLASS_NET "/sys/class/net"

int sys_net_sysfs_text(const char *link, const char *attribute, char *ret_text, size_t size)
{
	char path[PATH_MAX];
	ssize_t got;
	int fd, code;

	snprintf(path, sizeof(path), CLASS_NET "/%s/%s", link, attribute);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, ret_text, size - 1);
	code = got < 0 ? -errno : 0;
	close(fd);
	if (code < 0)
		return code;
	ret_text[got] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	return 0;
}

int64_t sys_net_sysfs_number(const char *link, const char *attribute, int64_t absent)
{
	char text[32], *end;
	long long number;

	if (sys_net_sysfs_text(link, attribute, text, sizeof(text)) < 0)
		return absent;
	number = strtoll(text, &end, 0);
	return end == text ? absent : number;
}

int sys_net_sysfs_target(const char *link, const char *attribute, char *ret_text, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t got;

	snprintf(path, sizeof(path), CLASS_NET "/%s/%s", link, attribute);
	got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return -errno;
	target[got] = '\0';
	if (snprintf(ret_text, size, "%s", basename(target)) >= (int)size)
		return -ENAMETOOLONG;
	return 0;
}
