/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/request.h"
#include "file.h"
#include "sys.h"

/* A deferred probe is tried again as soon as another driver binds; that is soon or never. */
#define DEFERRED_PROBE_MS 1000
#define UEVENT_GROUP      1

/* --- look ------------------------------------------------------------------------------- */

/* "(null)" is what the kernel prints where no override is set. */
static char *read_override(const char *bus, const char *name)
{
	char *text = sys_text_read("/sys/bus/%s/devices/%s/driver_override", bus, name);

	if (text && (!*text || strcmp(text, "(null)") == 0)) {
		free(text);
		text = NULL;
	}
	return text;
}

static int add_device(struct ds_host *host, const char *bus, const char *name)
{
	struct ds_device *device = ds_list_add(&host->devices);

	if (!device || ds_string_format(&device->address, "%s/%s", bus, name) < 0)
		return -ENOMEM;
	device->modalias = sys_text_read("/sys/bus/%s/devices/%s/modalias", bus, name);
	device->driver = sys_link_name("/sys/bus/%s/devices/%s/driver", bus, name);
	device->module = sys_link_name("/sys/bus/%s/devices/%s/driver/module", bus, name);
	device->override = read_override(bus, name);
	return 0;
}

/* /sys/bus/BUS/drivers/DRIVER holds a link for each device, and one called "module". */
static int add_devices_of(struct ds_host *host, const char *bus, const char *driver)
{
	cleanup_free char *path = NULL;
	cleanup_closedir DIR *directory = NULL;
	struct dirent *entry;

	if (asprintf(&path, "/sys/bus/%s/drivers/%s", bus, driver) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		if (entry->d_type == DT_LNK && strcmp(entry->d_name, "module") != 0 &&
			add_device(host, bus, entry->d_name) < 0)
			return -ENOMEM;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	return strcmp(
		((const struct ds_device *)a)->address, ((const struct ds_device *)b)->address);
}

int sys_devices_look(struct ds_host *host, struct ds_error *error)
{
	for (size_t i = 0; i < host->module.drivers.count; i++) {
		const char *driver = host->module.drivers.items[i];
		size_t length = strcspn(driver, ":");
		cleanup_free char *bus = strndup(driver, length);

		if (!bus || (driver[length] && add_devices_of(host, bus, driver + length + 1) < 0))
			return ds_error_set(error, -ENOMEM, "out of memory");
	}
	if (host->devices.count > 0)
		qsort(host->devices.items, host->devices.count, sizeof(struct ds_device),
			by_address);
	return 0;
}

/* --- wait ------------------------------------------------------------------------------- */

static bool is_bound(const struct ds_device *device)
{
	size_t length = strcspn(device->address, "/");
	cleanup_free char *module = NULL;

	module = sys_link_name("/sys/bus/%.*s/devices%s/driver/module", (int)length,
		device->address, device->address + length);
	return ds_string_equal(module, device->module);
}

static const struct ds_device *first_unbound(const struct ds_host *before)
{
	for (size_t i = 0; i < before->devices.count; i++)
		if (!is_bound(&before->devices.items[i]))
			return &before->devices.items[i];
	return NULL;
}

/* The kernel announces each binding. -1: no such socket; then only the deadline ends the wait. */
static int open_uevents(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = UEVENT_GROUP};
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void drain(int fd)
{
	char buffer[8192];

	while (recv(fd, buffer, sizeof(buffer), 0) > 0)
		;
}

/* Since 6.3 there is a default for all modules. */
static bool may_probe_later(const char *given)
{
	cleanup_free char *by_default = sys_text_read("/sys/module/module/parameters/async_probe");

	return ds_params_probe_later(given, ds_string_equal(by_default, "Y"));
}

int sys_devices_wait(const struct ds_host *before, const char *given, int64_t deadline_ms,
	struct ds_error *error)
{
	cleanup_close int uevents = open_uevents();
	int64_t soon_ms = sys_now_ms() + DEFERRED_PROBE_MS;
	const struct ds_device *unbound;

	if (!may_probe_later(given) && soon_ms < deadline_ms)
		deadline_ms = soon_ms;
	while ((unbound = first_unbound(before))) {
		struct pollfd wait = {.fd = uevents, .events = POLLIN};
		int64_t left_ms = deadline_ms - sys_now_ms();

		if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) < 0)
			break;
		drain(uevents);
	}
	if (!unbound)
		return 0;
	return ds_error_set(error, -ENODEV, "%s does not drive the device %s", before->module.name,
		unbound->address);
}
