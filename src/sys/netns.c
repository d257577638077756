/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "netlink.h"
#include "sys.h"

/* What is there may be no namespace, and is not waited for. */
#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK)
#define OWN   "/proc/self/ns/net"
#define NAMED "/run/netns"

ino_t sys_netns_inode(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

int sys_netns_open_own(void)
{
	return open(OWN, FLAGS);
}

bool sys_netns_is_first(void)
{
	struct stat own, first;

	return stat(OWN, &own) < 0 || stat("/proc/1/ns/net", &first) < 0 ||
	       own.st_ino == first.st_ino;
}

/* --- found ------------------------------------------------------------------------------ */

struct tour {
	int (*visit)(void *context, const struct sys_netns *netns);
	void *context;
	DS_LIST(ino_t) seen;
};

static bool is_seen(const struct tour *tour, ino_t inode)
{
	for (size_t i = 0; i < tour->seen.count; i++) {
		if (tour->seen.items[i] == inode)
			return true;
	}
	return false;
}

static int see(struct tour *tour, ino_t inode)
{
	ino_t *place = ds_list_add(&tour->seen);

	if (!place)
		return -ENOMEM;
	*place = inode;
	return 0;
}

/* "net:[4026531840]": cheaper than to open it, where nearly all processes share one. 0: no such. */
static ino_t leads_to(const char *path)
{
	char target[64];
	ssize_t got = readlink(path, target, sizeof(target) - 1);

	target[got > 0 ? got : 0] = '\0';
	return strncmp(target, "net:[", 5) == 0 ? strtoull(target + 5, NULL, 10) : 0;
}

static int call_at(struct tour *tour, const char *name, const char *path)
{
	cleanup_close int fd = open(path, FLAGS);
	const struct sys_netns netns = {name, path, sys_netns_inode(fd), fd};
	int code;

	if (netns.inode == 0 || is_seen(tour, netns.inode))
		return 0;
	code = see(tour, netns.inode);
	return code ? code : tour->visit(tour->context, &netns);
}

/* A namespace may vanish meanwhile. */
static int call_named(struct tour *tour)
{
	cleanup_closedir DIR *directory = opendir(NAMED);
	const struct dirent *entry;
	char path[PATH_MAX];
	int code = 0;

	while (code == 0 && directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NAMED "/%s", entry->d_name);
		code = call_at(tour, entry->d_name, path);
	}
	return code;
}

static int call_numbered(struct tour *tour, const char *folder, const char *rest)
{
	cleanup_closedir DIR *directory = opendir(folder);
	const struct dirent *entry;
	char path[PATH_MAX];
	int code = 0;

	while (code == 0 && directory && (entry = readdir(directory))) {
		ino_t inode;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", folder, entry->d_name, rest);
		inode = leads_to(path);
		if (inode != 0 && !is_seen(tour, inode))
			code = call_at(tour, path, path);
	}
	return code;
}

int sys_netns_each(int (*visit)(void *context, const struct sys_netns *netns), void *context)
{
	struct tour tour = {.visit = visit, .context = context};
	ino_t own = leads_to(OWN);
	int code;

	if (own == 0)
		return 0; /* a kernel without namespaces */
	code = see(&tour, own);
	if (code == 0)
		code = call_named(&tour);
	if (code == 0)
		code = call_numbered(&tour, "/proc", "/ns/net");
	if (code == 0)
		code = call_numbered(&tour, "/proc/self/fd", "");
	free(tour.seen.items);
	return code;
}

struct wanted {
	ino_t inode;
	int fd;
};

static int visit_wanted(void *context, const struct sys_netns *netns)
{
	struct wanted *wanted = context;

	if (netns->inode != wanted->inode)
		return 0;
	wanted->fd = fcntl(netns->fd, F_DUPFD_CLOEXEC, 0);
	return wanted->fd < 0 ? -errno : 1;
}

int sys_netns_open(const struct ds_namespace *namespace)
{
	struct wanted wanted = {(ino_t) namespace->inode, -1};
	int fd = open(namespace->path, FLAGS), code;

	if (fd >= 0 && sys_netns_inode(fd) == wanted.inode)
		return fd;
	if (fd >= 0)
		close(fd);
	code = sys_netns_each(visit_wanted, &wanted);
	if (code < 0)
		return code;
	return wanted.fd >= 0 ? wanted.fd : -ESRCH;
}

/* --- entered ---------------------------------------------------------------------------- */

static int mount_sysfs(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0 ||
		mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		return -errno;
	return 0;
}

int sys_netns_enter(int fd, struct sys_stay *ret_stay, struct ds_error *error)
{
	struct ds_error ignored;
	int code;

	*ret_stay = (struct sys_stay){.own = sys_netns_open_own()};
	if (ret_stay->own < 0 || setns(fd, CLONE_NEWNET) < 0) {
		code = -errno;
		if (ret_stay->own >= 0)
			close(ret_stay->own);
		ret_stay->own = -1;
		return ds_error_set(error, code, "enter it: %s", strerror(-code));
	}
	code = mount_sysfs();
	ret_stay->has_sysfs = code == 0;
	if (code == 0)
		return 0;
	ds_error_set(error, code, "show its /sys: %s", strerror(-code));
	return sys_netns_leave(ret_stay, &ignored) < 0 ? -ENOTRECOVERABLE : code;
}

int sys_netns_leave(struct sys_stay *stay, struct ds_error *error)
{
	int code = 0;

	if (stay->own < 0)
		return 0;
	if (stay->has_sysfs && umount2("/sys", MNT_DETACH) < 0)
		code = -errno;
	if (setns(stay->own, CLONE_NEWNET) < 0)
		code = -errno;
	close(stay->own);
	stay->own = -1;
	return code ? ds_error_set(error, -ENOTRECOVERABLE,
			      "return to the own network namespace: %s", strerror(-code))
		    : 0;
}

int sys_netns_netlink(int fd, struct sys_netlink *ret_netlink, struct ds_error *error)
{
	cleanup_close int own = sys_netns_open_own();
	int code;

	if (own < 0 || setns(fd, CLONE_NEWNET) < 0)
		return ds_error_set(error, -errno, "enter it: %s", strerror(errno));
	code = sys_netlink_open(ret_netlink, NETLINK_ROUTE, 0, error);
	if (setns(own, CLONE_NEWNET) < 0)
		return ds_error_set(error, -ENOTRECOVERABLE,
			"return to the own network namespace: %s", strerror(errno));
	return code;
}

/* --- held ------------------------------------------------------------------------------- */

static bool is_held(const struct sys *sys, int64_t inode)
{
	for (size_t i = 0; i < sys->namespaces.count; i++) {
		if ((int64_t)sys_netns_inode(sys->namespaces.items[i]) == inode)
			return true;
	}
	return false;
}

void sys_netns_hold(struct sys *sys, const struct ds_network *network)
{
	for (size_t i = 0; i < network->namespaces.count; i++) {
		const struct ds_namespace *namespace = &network->namespaces.items[i];
		int fd = is_held(sys, namespace->inode) ? -1 : sys_netns_open(namespace);
		int *place = fd < 0 ? NULL : ds_list_add(&sys->namespaces);

		if (place)
			*place = fd;
		else if (fd >= 0)
			close(fd);
	}
}
