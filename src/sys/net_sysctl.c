/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sysctls of links. Files are read where netlink does not tell their value: a hundred of them for
 * each of a thousand VLANs would take longer than to make the VLANs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_devconf.h"
#include "net_settings.h"

#define PROC_SYS     "/proc/sys/"
#define KEPT_NUMBERS 128

/* What the neighbour tables told of a link. */
struct neighbour {
	uint32_t ifindex;
	enum sys_folder folder;
	int32_t items[SYS_NEIGHBOUR_NUMBERS];
};

struct neighbours {
	const struct sys_links *links;
	DS_LIST(struct neighbour) rows;
};

/* One folder, as it is read. */
struct reading {
	const struct sys_setting_look *look;
	enum sys_folder folder;
	int directory;
	bool has_names;
	ds_strings names; /* of the files that netlink does not tell of */
	/* The lines of the link before: most links have the same numbers. */
	struct sys_numbers last;
	size_t last_bytes;
	size_t bytes;
	char lines[SYS_LINES_BYTES + SYS_VALUE_BYTES];
};

/* --- the tables of neighbours ----------------------------------------------------------- */

static int visit_neighbours(const struct nlmsghdr *message, void *context)
{
	struct neighbours *neighbours = context;
	struct neighbour row = {0}, *place;
	const struct sys_link *link;

	row.ifindex = sys_neighbour_numbers(message, &row.folder, row.items);
	link = sys_links_by_index(neighbours->links, row.ifindex);
	if (!link || !link->is_ours)
		return 0;
	place = ds_list_add(&neighbours->rows);
	if (!place)
		return -ENOMEM;
	*place = row;
	return 0;
}

static void restart_neighbours(void *context)
{
	((struct neighbours *)context)->rows.count = 0;
}

static int compare_neighbours(const void *a, const void *b)
{
	const struct neighbour *left = a, *right = b;

	if (left->folder != right->folder)
		return left->folder < right->folder ? -1 : 1;
	return (left->ifindex > right->ifindex) - (left->ifindex < right->ifindex);
}

/* Where the kernel does not answer, the files are read. */
static int neighbours_read(const struct sys_setting_look *look, struct neighbours *neighbours)
{
	const struct sys_visitor visitor = {visit_neighbours, restart_neighbours, neighbours};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETNEIGHTBL, 0);
	struct ds_error ignored;
	int code;

	neighbours->links = look->links;
	sys_message_extra(&request, sizeof(struct ndtmsg));
	code = sys_netlink_dump(look->netlink, request.header, &visitor, "", &ignored);
	if (neighbours->rows.count)
		qsort(neighbours->rows.items, neighbours->rows.count, sizeof(struct neighbour),
			compare_neighbours);
	return code == -ENOMEM ? code : 0;
}

static struct sys_numbers neighbour_numbers(
	const struct neighbours *neighbours, enum sys_folder folder, uint32_t ifindex)
{
	const struct neighbour key = {.ifindex = ifindex, .folder = folder};
	const struct neighbour *found = NULL;

	if (neighbours->rows.count)
		found = bsearch(&key, neighbours->rows.items, neighbours->rows.count, sizeof(key),
			compare_neighbours);
	if (!found)
		return (struct sys_numbers){0};
	return (struct sys_numbers){found->items, SYS_NEIGHBOUR_NUMBERS};
}

/* --- reading ---------------------------------------------------------------------------- */

static int line_add(struct reading *reading, const char *name, const char *value)
{
	size_t left = sizeof(reading->lines) - reading->bytes;
	int bytes = snprintf(reading->lines + reading->bytes, left, "%s=%s\n", name, value);

	if (bytes < 0 || (size_t)bytes >= left)
		return -ENOMEM;
	reading->bytes += (size_t)bytes;
	return 0;
}

static DIR *folder_open(const struct reading *reading, const char *link)
{
	int fd = openat(reading->directory, link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *files = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd >= 0 && !files)
		close(fd);
	return files;
}

/* The files of the folder that netlink does not tell of; those of one link are those of all. */
static int names_read(struct reading *reading, const char *link)
{
	cleanup_closedir DIR *files = folder_open(reading, link);
	const struct dirent *entry;
	int code = 0;

	while (code == 0 && files && (entry = readdir(files))) {
		if (entry->d_name[0] == '.' || sys_folder_knows(reading->folder, entry->d_name))
			continue;
		code = ds_strings_add(&reading->names, entry->d_name);
	}
	reading->has_names = files;
	return code;
}

static int files_add(struct reading *reading, const char *link)
{
	char path[NAME_MAX], value[SYS_VALUE_BYTES];
	int code = 0;

	for (size_t i = 0; code == 0 && i < reading->names.count; i++) {
		snprintf(path, sizeof(path), "%s/%s", link, reading->names.items[i]);
		if (sys_value_read(reading->directory, path, value) == 0)
			code = line_add(reading, reading->names.items[i], value);
	}
	return code;
}

/* Netlink told nothing, or not all: what is there is read as it stands. */
static int folder_read(struct reading *reading, const char *link)
{
	cleanup_closedir DIR *files = folder_open(reading, link);
	char value[SYS_VALUE_BYTES];
	const struct dirent *entry;
	int code = 0;

	reading->bytes = 0;
	while (code == 0 && files && (entry = readdir(files)))
		if (!sys_folder_leaves_out(reading->folder, entry->d_name) &&
			sys_value_read(dirfd(files), entry->d_name, value) == 0)
			code = line_add(reading, entry->d_name, value);
	return code;
}

static bool is_as_last(const struct reading *reading, const struct sys_numbers *numbers)
{
	return reading->last.items && reading->last.count == numbers->count &&
	       memcmp(reading->last.items, numbers->items, numbers->count * sizeof(int32_t)) == 0;
}

static int rest_read(struct reading *reading, const char *link)
{
	if (reading->look->wanted)
		return 0;
	if (!reading->has_names && names_read(reading, link) < 0)
		return -ENOMEM;
	return files_add(reading, link);
}

/* Into reading->lines and ->bytes. */
static int lines_read(struct reading *reading, const struct sys_numbers *numbers, const char *link)
{
	bool is_whole;

	if (!numbers->items)
		return folder_read(reading, link);
	if (!is_as_last(reading, numbers)) {
		reading->last_bytes =
			sys_numbers_write(reading->folder, numbers, reading->lines, &is_whole);
		reading->last = *numbers;
		if (!is_whole) {
			reading->last.items = NULL;
			return folder_read(reading, link);
		}
	}
	reading->bytes = reading->last_bytes;
	return rest_read(reading, link);
}

/*
 * The MTU of IPv6 follows the link's, whenever that changes and with each "up"; told is only one
 * that somebody, or a router, has set below it.
 */
static int mtu_add(struct reading *reading, const struct sys_link *link)
{
	int64_t mtu;
	char value[24];

	if (reading->folder != SYS_FOLDER_CONF6)
		return 0;
	mtu = sys_devconf6_number(link->message, DEVCONF_MTU6, link->link.mtu);
	if (mtu >= link->link.mtu)
		return 0;
	snprintf(value, sizeof(value), "%" PRId64, mtu);
	return line_add(reading, "mtu", value);
}

static int link_read(
	struct reading *reading, const struct neighbours *neighbours, const struct ds_link *link)
{
	const struct sys_setting_look *look = reading->look;
	const struct sys_link *now = sys_links_by_index(look->links, (uint32_t)link->ifindex);
	struct sys_numbers numbers = sys_devconf_numbers(reading->folder, now->message);
	char key[PATH_MAX];
	int code;

	if (!numbers.items)
		numbers = neighbour_numbers(neighbours, reading->folder, (uint32_t)link->ifindex);
	code = lines_read(reading, &numbers, link->name);
	if (code == 0 && reading->bytes)
		code = mtu_add(reading, now);
	if (code < 0 || reading->bytes == 0)
		return code;
	reading->lines[reading->bytes] = '\0';
	snprintf(key, sizeof(key), "%s/%s", sys_folder_paths[reading->folder], link->name);
	code = sys_setting_add(look, DS_SETTING_SYSCTL, link->name, key, reading->lines);
	/* How neighbours are kept can wait until the link is up. */
	if (code == 0)
		look->settings->items.items[look->settings->items.count - 1].is_early =
			reading->folder != SYS_FOLDER_NEIGH4 &&
			reading->folder != SYS_FOLDER_NEIGH6;
	return code;
}

static int folder_look(const struct sys_setting_look *look, enum sys_folder folder,
	const struct neighbours *neighbours)
{
	cleanup_close int directory = -1;
	struct reading *reading;
	char path[64];
	int code = 0;

	snprintf(path, sizeof(path), PROC_SYS "%s", sys_folder_paths[folder]);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return 0;
	reading = calloc(1, sizeof(*reading));
	if (!reading)
		return -ENOMEM;
	reading->look = look;
	reading->folder = folder;
	reading->directory = directory;
	for (size_t i = 0; code == 0 && i < look->network->links.count; i++) {
		const struct ds_link *link = &look->network->links.items[i];

		if (sys_setting_is_present(look, link))
			code = link_read(reading, neighbours, link);
	}
	ds_strings_done(&reading->names);
	free(reading);
	return code;
}

int sys_sysctl_look(const struct sys_setting_look *look, struct ds_error *error)
{
	struct neighbours neighbours = {0};
	int code = neighbours_read(look, &neighbours);

	(void)error;
	for (int folder = 0; code == 0 && folder < SYS_FOLDER_COUNT; folder++)
		code = folder_look(look, (enum sys_folder)folder, &neighbours);
	free(neighbours.rows.items);
	return code;
}

/* --- one number ------------------------------------------------------------------------- */

static int64_t line_number(const struct ds_setting *setting, const char *name)
{
	const struct ds_setting_line like = {.name = name, .name_bytes = strlen(name)};
	struct ds_setting_line line;

	/* What follows the value is the line's end. */
	return ds_setting_line_find(setting->value, &like, &line) ? strtoll(line.value, NULL, 10)
								  : 0;
}

int64_t sys_conf6_wanted(const struct ds_network *wanted, const char *link, const char *name)
{
	struct ds_setting key = {.kind = DS_SETTING_SYSCTL, .link = (char *)(uintptr_t)link};
	const struct ds_setting *found;
	char path[64];

	snprintf(path, sizeof(path), "%s/%.32s", sys_folder_paths[SYS_FOLDER_CONF6], link);
	key.key = path;
	found = ds_setting_find(&wanted->settings, &key);
	return found ? line_number(found, name) : 0;
}

/* --- writing ---------------------------------------------------------------------------- */

static enum sys_folder folder_of(const struct ds_setting *want)
{
	int folder = 0;

	while (folder < SYS_FOLDER_COUNT &&
		strncmp(want->key, sys_folder_paths[folder], strlen(sys_folder_paths[folder])) != 0)
		folder++;
	return (enum sys_folder)folder;
}

/*
 * What netlink told of the link as it is now; no lines where that is nothing. A link mostly has
 * what the one before it had, whose lines are kept.
 */
static const char *lines_now(const struct sys_setting_put *put, const struct ds_setting *want)
{
	static struct {
		enum sys_folder folder;
		size_t count;
		int32_t items[KEPT_NUMBERS];
		char lines[SYS_LINES_BYTES];
	} last;
	enum sys_folder folder = folder_of(want);
	const struct sys_link *link = sys_links_by_index(
		put->links, put->index_of->find(put->index_of->context, want->link));
	struct sys_numbers numbers = {0};
	size_t bytes = 0;
	bool is_whole;

	if (link && folder < SYS_FOLDER_COUNT)
		numbers = sys_devconf_numbers(folder, link->message);
	if (numbers.count && last.count == numbers.count && last.folder == folder &&
		memcmp(last.items, numbers.items, numbers.count * sizeof(int32_t)) == 0)
		return last.lines;
	if (numbers.items)
		bytes = sys_numbers_write(folder, &numbers, last.lines, &is_whole);
	last.lines[bytes] = '\0';
	last.folder = folder;
	last.count = numbers.items && numbers.count <= KEPT_NUMBERS ? numbers.count : 0;
	if (last.count)
		memcpy(last.items, numbers.items, last.count * sizeof(int32_t));
	return last.lines;
}

static void line_put(const struct sys_setting_put *put, const struct ds_setting *want,
	const struct ds_setting_line *line)
{
	char path[PATH_MAX], value[SYS_VALUE_BYTES], now[SYS_VALUE_BYTES];

	snprintf(path, sizeof(path), PROC_SYS "%s/%.*s", want->key, (int)line->name_bytes,
		line->name);
	snprintf(value, sizeof(value), "%.*s", (int)line->value_bytes, line->value);
	if (sys_value_read(AT_FDCWD, path, now) == 0 && strcmp(now, value) == 0)
		return;
	sys_setting_line_ended(put, want, line, sys_value_write(path, value));
}

/*
 * A temporary address that the kernel makes before it has acted on the carrier it kills and makes
 * anew, three times, and then makes no more for this link: use_tempaddr is -1 (net/ipv6/addrconf.c,
 * addrconf_dad_begin() and ipv6_create_tempaddr(), 6.1). A link that is not up yet has addresses
 * before it has a carrier; so it is to make none until the rest of the settings is put.
 */
static void hold_temporary_addresses(
	const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_link *link = sys_links_by_index(
		put->links, put->index_of->find(put->index_of->context, want->link));
	char path[PATH_MAX];

	if (!put->is_early || !link || link->link.is_up || folder_of(want) != SYS_FOLDER_CONF6 ||
		line_number(want, "use_tempaddr") <= 0)
		return;
	snprintf(path, sizeof(path), PROC_SYS "%s/use_tempaddr", want->key);
	sys_value_write(path, "0");
}

void sys_sysctl_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const char *lines, *next = want->value;
	struct ds_setting_line line, now;
	size_t bytes;

	if (!sys_value_is_inside(want->key, "net/") || strstr(want->value, "..")) {
		sys_setting_ended(put, want, -EINVAL);
		return;
	}
	lines = lines_now(put, want);
	bytes = strlen(lines);
	/* What netlink told stands first, and in most cases is as it was. */
	if (strncmp(next, lines, bytes) == 0)
		next += bytes;
	while (ds_setting_line_next(&next, &line))
		if (!ds_setting_line_find(lines, &line, &now) || !ds_setting_line_same(&line, &now))
			line_put(put, want, &line);
	hold_temporary_addresses(put, want);
}
