/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packages.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"
#include "file.h"

/* Locks by fcntl(2), in the order in which their owners take them. */
static const char *const lock_files[] = {
	"/var/lib/dpkg/lock-frontend",
	"/var/lib/dpkg/lock",
	"/var/lib/rpm/.rpm.lock",
	"/usr/lib/sysimage/rpm/.rpm.lock",
};

/* Locks by the existence of a file: nobody can tell whether their owner lives. */
static const char *const marker_files[] = {"/var/lib/pacman/db.lck"};

/* As in /proc/PID/comm, which has 15 characters at most. */
static const char *const programs[] = {"depmod", "update-initramfs", "mkinitramfs", "dracut",
	"mkinitcpio", "mkinitrd", "kernel-install", "dkms", "weak-modules"};

#define COMM_CHARACTERS 15

static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int add_holder(ds_strings *at_work, const char *path, pid_t pid)
{
	cleanup_free char *name = sys_text_read("/proc/%d/comm", (int)pid);
	cleanup_free char *text = NULL;
	int r = pid > 0 ? ds_string_format(&text, "%s (process %d) holds %s",
				  name ? name : "a process", (int)pid, path)
			: ds_string_format(&text, "somebody holds %s", path);

	return r < 0 ? r : ds_strings_add(at_work, text);
}

static int look_lock(const char *path, ds_strings *at_work, ds_strings *locks)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct flock lock = whole_file();
	int r;

	if (fd < 0)
		return 0;
	r = ds_strings_add(locks, path);
	if (r < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return r;
	return add_holder(at_work, path, lock.l_pid);
}

static bool is_program(const char *comm)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strncmp(comm, programs[i], COMM_CHARACTERS) == 0)
			return true;
	return false;
}

static int look_process(const char *pid, ds_strings *at_work)
{
	cleanup_free char *comm = sys_text_read("/proc/%s/comm", pid);
	cleanup_free char *text = NULL;

	if (!comm || !is_program(comm))
		return 0;
	return ds_string_format(&text, "%s (process %s) is running", comm, pid) < 0
		       ? -ENOMEM
		       : ds_strings_add(at_work, text);
}

static int look_processes(ds_strings *at_work)
{
	cleanup_closedir DIR *directory = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	while (r == 0 && directory && (entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]))
			r = look_process(entry->d_name, at_work);
	return r;
}

int sys_packages_look(ds_strings *ret_at_work, ds_strings *ret_locks)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(lock_files) / sizeof(lock_files[0]); i++)
		r = look_lock(lock_files[i], ret_at_work, ret_locks);
	for (size_t i = 0; r == 0 && i < sizeof(marker_files) / sizeof(marker_files[0]); i++)
		if (access(marker_files[i], F_OK) == 0)
			r = add_holder(ret_at_work, marker_files[i], 0);
	return r == 0 ? look_processes(ret_at_work) : r;
}

/* --- holding ---------------------------------------------------------------------------- */

static int refuse(const char *path, int fd, struct ds_error *error)
{
	ds_strings holder __attribute__((cleanup(ds_strings_done))) = {0};
	struct flock lock = whole_file();

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		lock.l_pid = 0;
	if (add_holder(&holder, path, lock.l_pid) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return ds_error_set(error, -EBUSY, "%s", holder.items[0]);
}

/*
 * Of the process, not of the descriptor as our own lock is: so that the others, when they are
 * refused, name us, and no child that is stuck in the kernel keeps them out for ever.
 */
int sys_packages_hold(struct sys *sys, const char *path, struct ds_error *error)
{
	struct sys_held *held;
	struct flock lock = whole_file();
	int fd, r;

	for (size_t i = 0; i < sys->held.count; i++)
		if (strcmp(sys->held.items[i].path, path) == 0)
			return 0;
	held = ds_list_add(&sys->held);
	if (held && ds_string_set(&held->path, path) < 0) {
		sys->held.count--;
		held = NULL;
	}
	if (!held)
		return ds_error_set(error, -ENOMEM, "out of memory");
	held->fd = fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		r = ds_error_set(error, -errno, "open %s: %s", path, strerror(errno));
	else
		r = fcntl(fd, F_SETLK, &lock) < 0 ? refuse(path, fd, error) : 0;
	if (r == 0)
		return 0;
	if (fd >= 0)
		close(fd);
	free(held->path);
	sys->held.count--;
	return r;
}

void sys_packages_release(struct sys *sys, const char *path)
{
	for (size_t i = 0; i < sys->held.count; i++) {
		struct sys_held *held = &sys->held.items[i];

		if (strcmp(held->path, path) != 0)
			continue;
		close(held->fd);
		free(held->path);
		*held = sys->held.items[--sys->held.count];
		return;
	}
}

int ds_sys_who_is_at_work(char **ret_who, struct ds_error *error)
{
	ds_strings at_work __attribute__((cleanup(ds_strings_done))) = {0};
	ds_strings locks __attribute__((cleanup(ds_strings_done))) = {0};
	int r = sys_packages_look(&at_work, &locks);

	if (r == 0)
		r = ds_string_set(ret_who, at_work.count ? at_work.items[0] : NULL);
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}
