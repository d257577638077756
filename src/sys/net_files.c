/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that are files: /sys/class/net, and the processors of interrupts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_settings.h"

#define CLASS_NET "/sys/class/net/"

int sys_value_read(int directory, const char *name, char ret_text[SYS_VALUE_BYTES])
{
	cleanup_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || !(status.st_mode & S_IWUSR))
		return -EACCES;
	got = read(fd, ret_text, SYS_VALUE_BYTES - 1);
	if (got < 0)
		return -errno;
	ret_text[got] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	return 0;
}

int sys_value_write(const char *path, const char *value)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return -errno;
	return 0;
}

bool sys_value_is_inside(const char *key, const char *folder)
{
	return strncmp(key, folder, strlen(folder)) == 0 && !strstr(key, "..");
}

/* --- /sys/class/net --------------------------------------------------------------------- */

static const char *const link_files[] = {
	"gro_flush_timeout", "napi_defer_hard_irqs", "threaded", NULL};
static const char *const rx_files[] = {"rps_cpus", "rps_flow_cnt", NULL};
static const char *const tx_files[] = {"xps_cpus", "xps_rxqs", "tx_maxrate",
	"byte_queue_limits/limit_max", "byte_queue_limits/limit_min", "byte_queue_limits/hold_time",
	NULL};

/*
 * A mask of queues is as wide as the device has queues, "0" of one is "00000000,00000000" of
 * another; zeroes before the first bit say nothing, and the kernel needs none to read it.
 */
static const char *without_zeroes(const char *name, const char *value)
{
	if (strcmp(name, "xps_rxqs") != 0 && strcmp(name, "xps_cpus") != 0 &&
		strcmp(name, "rps_cpus") != 0)
		return value;
	while (value[0] && value[1] && (value[0] == '0' || value[0] == ','))
		value++;
	return value;
}

static int sysfs_add(const struct sys_setting_look *look, const struct ds_link *link,
	const char *folder, const char *const *names)
{
	char path[PATH_MAX], key[NAME_MAX], value[SYS_VALUE_BYTES] = "";
	cleanup_close int directory = -1;
	int code = 0;

	snprintf(path, sizeof(path), CLASS_NET "%s/%s", link->name, folder);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (; code == 0 && directory >= 0 && *names; names++) {
		if (sys_value_read(directory, *names, value) < 0)
			continue;
		snprintf(key, sizeof(key), "%s%s%s", folder, *folder ? "/" : "", *names);
		code = sys_setting_add(
			look, DS_SETTING_SYSFS, link->name, key, without_zeroes(*names, value));
	}
	return code;
}

static int queues_add(const struct sys_setting_look *look, const struct ds_link *link)
{
	char path[PATH_MAX], folder[NAME_MAX];
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;
	int code = 0;

	snprintf(path, sizeof(path), CLASS_NET "%s/queues", link->name);
	directory = opendir(path);
	while (code == 0 && directory && (entry = readdir(directory))) {
		bool is_rx = strncmp(entry->d_name, "rx-", 3) == 0;

		if (!is_rx && strncmp(entry->d_name, "tx-", 3) != 0)
			continue;
		snprintf(folder, sizeof(folder), "queues/%.200s", entry->d_name);
		code = sysfs_add(look, link, folder, is_rx ? rx_files : tx_files);
	}
	return code;
}

/*
 * What lies on a port sends by the port's own queues, but receives by one that can be steered anew.
 * There may be thousands, so only what somebody set is noted, and no folder is listed. 1: there is
 * no such queue.
 */
static int upper_queue_add(
	const struct sys_setting_look *look, const struct ds_link *link, unsigned int number)
{
	char path[PATH_MAX], value[SYS_VALUE_BYTES] = "";
	int code = 0;

	for (size_t i = 0; code == 0 && rx_files[i]; i++) {
		const char *text;

		snprintf(path, sizeof(path), CLASS_NET "%s/queues/rx-%u/%s", link->name, number,
			rx_files[i]);
		if (sys_value_read(AT_FDCWD, path, value) < 0)
			return 1;
		text = without_zeroes(rx_files[i], value);
		if (strcmp(text, "0") != 0)
			code = sys_setting_add(look, DS_SETTING_SYSFS, link->name,
				path + strlen(CLASS_NET) + strlen(link->name) + 1, text);
	}
	return code;
}

static int upper_add(const struct sys_setting_look *look, const struct ds_link *link)
{
	int64_t count = link->rx_queues > 0 ? link->rx_queues : UINT_MAX;
	int code = 0;

	for (unsigned int number = 0; code == 0 && number < count; number++)
		code = upper_queue_add(look, link, number);
	return code > 0 ? 0 : code;
}

int sys_sysfs_look(const struct sys_setting_look *look, struct ds_error *error)
{
	int code = 0;

	(void)error;
	for (size_t i = 0; code == 0 && i < look->network->links.count; i++) {
		const struct ds_link *link = &look->network->links.items[i];

		if (!sys_setting_is_present(look, link))
			continue;
		if (link->is_upper) {
			if (!look->wanted)
				code = upper_add(look, link);
			continue;
		}
		code = sysfs_add(look, link, "", link_files);
		if (code == 0)
			code = queues_add(look, link);
	}
	return code;
}

void sys_sysfs_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const char *name = strrchr(want->key, '/');
	char path[PATH_MAX], now[SYS_VALUE_BYTES];

	if (!sys_value_is_inside(want->key, "")) {
		sys_setting_ended(put, want, -EINVAL);
		return;
	}
	snprintf(path, sizeof(path), CLASS_NET "%s/%s", want->link, want->key);
	if (sys_value_read(AT_FDCWD, path, now) == 0 &&
		strcmp(without_zeroes(name ? name + 1 : want->key, now), want->value) == 0)
		return;
	sys_setting_ended(put, want, sys_value_write(path, want->value));
}

/* --- interrupts ------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
	const int *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* The message interrupts of a link's device, in their order; how many there are, up to size. */
static size_t irqs_of(const char *link, int *ret_irqs, size_t size)
{
	char path[PATH_MAX];
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;
	size_t count = 0;

	snprintf(path, sizeof(path), CLASS_NET "%s/device/msi_irqs", link);
	directory = opendir(path);
	while (directory && count < size && (entry = readdir(directory))) {
		if (entry->d_name[0] != '.')
			ret_irqs[count++] = atoi(entry->d_name); /* NOLINT: the kernel's number */
	}
	if (count)
		qsort(ret_irqs, count, sizeof(*ret_irqs), compare_numbers);
	return count;
}

#define IRQS_MAX 2048 /* what MSI-X has */

/* They get other numbers each time, so the place in their order is what names them. */
int sys_irq_look(const struct sys_setting_look *look, struct ds_error *error)
{
	char path[PATH_MAX], key[32], value[SYS_VALUE_BYTES];
	int irqs[IRQS_MAX];
	int code = 0;

	(void)error;
	for (size_t i = 0; i < look->network->links.count; i++) {
		const struct ds_link *link = &look->network->links.items[i];
		size_t count = link->is_upper ? 0 : irqs_of(link->name, irqs, IRQS_MAX);

		for (size_t j = 0; code == 0 && j < count; j++) {
			snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irqs[j]);
			snprintf(key, sizeof(key), "%zu", j);
			if (sys_value_read(AT_FDCWD, path, value) == 0)
				code = sys_setting_add(
					look, DS_SETTING_IRQ, link->name, key, value);
		}
	}
	return code;
}

void sys_irq_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	int irqs[IRQS_MAX];
	size_t count = irqs_of(want->link, irqs, IRQS_MAX);
	size_t place = strtoul(want->key, NULL, 10);
	char path[PATH_MAX];

	if (place >= count) {
		sys_setting_ended(put, want, -ENODEV);
		return;
	}
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irqs[place]);
	sys_setting_ended(put, want, sys_value_write(path, want->value));
}
