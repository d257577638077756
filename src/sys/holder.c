/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "holder.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

/* What is looked for in a folder of each process. */
struct search {
	const char *folder; /* below /proc/PID */
	bool (*is_it)(int folder, const char *name, const struct search *search);
	const char *link; /* where the entry leads */
	unsigned long number;
};

static bool leads_there(int folder, const char *name, const struct search *search)
{
	char target[64];
	ssize_t got = readlinkat(folder, name, target, sizeof(target) - 1);

	target[got > 0 ? got : 0] = '\0';
	return strcmp(target, search->link) == 0;
}

/* What is no device is not asked: it may lie on a file system that does not answer. */
static bool is_device(int folder, const char *name, const struct search *search)
{
	char target[64];
	ssize_t got = readlinkat(folder, name, target, sizeof(target) - 1);
	struct stat status;

	target[got > 0 ? got : 0] = '\0';
	return strncmp(target, "/dev/", strlen("/dev/")) == 0 &&
	       fstatat(folder, name, &status, 0) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == search->number;
}

/* "link_id:" of what the kernel tells of a descriptor, since 5.8. */
static bool has_link_id(int folder, const char *name, const struct search *search)
{
	char text[512];
	const char *found;
	cleanup_close int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	found = strstr(text, "link_id:");
	return found && strtoul(found + strlen("link_id:"), NULL, 10) == search->number;
}

static bool has_it(const char *pid, const struct search *search)
{
	char path[300];
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, search->folder);
	directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
			search->is_it(dirfd(directory), entry->d_name, search))
			return true;
	return false;
}

static void describe(const char *pid, char *ret_text, size_t size)
{
	cleanup_free char *name = sys_text_read("/proc/%s/comm", pid);

	snprintf(ret_text, size, "%s (%.20s)", name ? name : "", pid);
}

static bool find(const struct search *search, char *ret_text, size_t size)
{
	cleanup_closedir DIR *directory = opendir("/proc");
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !has_it(entry->d_name, search))
			continue;
		describe(entry->d_name, ret_text, size);
		return true;
	}
	return false;
}

void sys_socket_holder(unsigned long inode, char *ret_text, size_t size)
{
	char link[64];
	const struct search search = {"fd", leads_there, link, inode};

	snprintf(link, sizeof(link), "socket:[%lu]", inode);
	if (!find(&search, ret_text, size))
		snprintf(ret_text, size, "a program");
}

bool sys_bpf_link_holder(uint32_t id, char *ret_text, size_t size)
{
	const struct search search = {"fdinfo", has_link_id, NULL, id};

	return find(&search, ret_text, size);
}

bool sys_device_holder(dev_t device, char *ret_text, size_t size)
{
	const struct search search = {"fd", is_device, NULL, device};

	return find(&search, ret_text, size);
}
