/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the host's own files lie on, as far as /proc/self/mountinfo, /proc/swaps and sysfs tell. A
 * device may be a stack of others; any of them may be at the other end of a cable.
 */

#include "storage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "file.h"
#include "route.h"
#include "storage_device.h"
#include "sys.h"

static const char *const network_filesystems[] = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph",
	"afs", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.ceph", "lustre", "beegfs",
	"orangefs", "coda", "9p"};

/* A line of mountinfo: "36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/root rw,errors=..."
 */
struct mount {
	unsigned int major, minor;
	char *point, *filesystem, *source, *options;
};

/* Blanks and backslashes are written as \040 and the like. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 +
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* The parts point into the line, which is cut up. */
static bool parse_mount(char *line, struct mount *ret_mount)
{
	char *rest = strstr(line, " - "), *words = line;

	if (!rest || sscanf(line, "%*d %*d %u:%u", &ret_mount->major, &ret_mount->minor) != 2)
		return false;
	*rest = '\0';
	rest += 3;
	for (int i = 0; words && i < 5; i++)
		ret_mount->point = strsep(&words, " ");
	ret_mount->filesystem = strsep(&rest, " ");
	ret_mount->source = strsep(&rest, " ");
	ret_mount->options = rest;
	if (!words || !ret_mount->source)
		return false;
	unescape(ret_mount->point);
	unescape(ret_mount->source);
	return true;
}

static bool is_below(const char *path, const char *point)
{
	size_t length = strlen(point);

	return strcmp(point, "/") == 0 ||
	       (strncmp(path, point, length) == 0 && (!path[length] || path[length] == '/'));
}

static bool is_network_filesystem(const char *name)
{
	for (size_t i = 0; i < sizeof(network_filesystems) / sizeof(network_filesystems[0]); i++)
		if (strcmp(name, network_filesystems[i]) == 0)
			return true;
	return false;
}

/* NFS and CIFS write the address that they talk to among their options. */
static char *address_of(const char *options)
{
	const char *found = options ? strstr(options, ",addr=") : NULL;

	return found ? strndup(found + 6, strcspn(found + 6, ",")) : NULL;
}

static bool is_told(const struct ds_host *host, const char *source)
{
	for (size_t i = 0; i < host->remotes.count; i++)
		if (strcmp(host->remotes.items[i].source, source) == 0)
			return true;
	return false;
}

/* One server is told once, with the first of what it holds. */
static int add_remote(struct ds_host *host, const char *what, const char *kind, const char *address,
	struct ds_error *error)
{
	cleanup_free char *source = NULL;
	struct ds_remote *remote;

	if (ds_string_format(
		    &source, "%s%s%s", kind, address ? " from " : "", address ? address : "") < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	if (is_told(host, source))
		return 0;
	remote = ds_list_add(&host->remotes);
	if (!remote || ds_string_set(&remote->what, what) < 0 ||
		ds_string_set(&remote->source, source) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return address ? sys_route_link(&host->network, address, &remote->link, error) : 0;
}

static int look_device(struct ds_host *host, const char *what, unsigned int major,
	unsigned int minor, struct ds_error *error)
{
	struct sys_remote_device device = {0};
	int r = 0;

	if (sys_storage_device(major, minor, &device))
		r = add_remote(host, what, device.kind, device.address, error);
	free(device.kind);
	free(device.address);
	return r;
}

static int look_mount(
	struct ds_host *host, const char *what, const struct mount *mount, struct ds_error *error)
{
	cleanup_free char *address = NULL;
	struct stat st;

	if (is_network_filesystem(mount->filesystem)) {
		address = address_of(mount->options);
		return add_remote(host, what, mount->filesystem, address, error);
	}
	/* btrfs has a number of its own, and names the device. */
	if (mount->major == 0 && mount->source[0] == '/' && stat(mount->source, &st) == 0 &&
		S_ISBLK(st.st_mode))
		return look_device(host, what, major(st.st_rdev), minor(st.st_rdev), error);
	return mount->major == 0 ? 0 : look_device(host, what, mount->major, mount->minor, error);
}

/* Of several mounts over each other the last one counts. */
static int look_path(struct ds_host *host, const char *what, const char *path,
	const char *mountinfo, struct ds_error *error)
{
	cleanup_free char *resolved = realpath(path, NULL);
	cleanup_free char *text = mountinfo ? strdup(mountinfo) : NULL;
	struct mount best = {0};
	char *rest = text, *line;

	while (resolved && rest && (line = strsep(&rest, "\n"))) {
		struct mount mount = {0};

		if (parse_mount(line, &mount) && is_below(resolved, mount.point) &&
			(!best.point || strlen(mount.point) >= strlen(best.point)))
			best = mount;
	}
	return best.point ? look_mount(host, what, &best, error) : 0;
}

static int look_swap(
	struct ds_host *host, char *line, const char *mountinfo, struct ds_error *error)
{
	char *path = strsep(&line, " \t");
	struct stat st;

	if (path[0] != '/')
		return 0;
	unescape(path);
	if (stat(path, &st) == 0 && S_ISBLK(st.st_mode))
		return look_device(
			host, "the swap space", major(st.st_rdev), minor(st.st_rdev), error);
	return look_path(host, "the swap space", path, mountinfo, error);
}

int sys_storage_of(
	struct ds_host *host, const char *mountinfo, const char *swaps, struct ds_error *error)
{
	const struct {
		const char *what, *path;
	} places[] = {
		{"/", "/"},
		{"/usr", "/usr"},
		{"the journal", SYS_STATE_DIR},
		{"the journal", "/var/lib"}, /* before the first swap */
		{"the directory of the installed file", host->installed.path},
	};
	cleanup_free char *lines = swaps ? strdup(swaps) : NULL;
	char *rest = lines, *line;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].path)
			r = look_path(host, places[i].what, places[i].path, mountinfo, error);
	while (r == 0 && rest && (line = strsep(&rest, "\n")))
		r = look_swap(host, line, mountinfo, error);
	return r;
}

int sys_storage_look(struct ds_host *host, struct ds_error *error)
{
	cleanup_free char *mountinfo = sys_text_read("/proc/self/mountinfo");
	cleanup_free char *swaps = sys_text_read("/proc/swaps");

	return sys_storage_of(host, mountinfo, swaps, error);
}
