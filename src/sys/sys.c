/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "health.h"
#include "parser.h"
#include "programs.h"
#include "reboot.h"
#include "tcp.h"
#include "watch.h"

int64_t sys_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t now_ms(struct ds_door *door)
{
	(void)door;
	return sys_now_ms();
}

static int64_t wall_time_s(struct ds_door *door)
{
	(void)door;
	return (int64_t)time(NULL);
}

static int traffic(struct ds_door *door, const struct ds_caller *caller,
	struct ds_traffic *ret_traffic, struct ds_error *error)
{
	(void)door;
	return sys_tcp_traffic(caller, ret_traffic, error);
}

/* What outlives us for the sake of a recovery goes when there is nothing to recover any more. */
static int record(struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error)
{
	int r = sys_log_record(door, log, line, error);

	if (r == 0 && !line && log == DS_LOG_JOURNAL)
		sys_programs_unpin();
	return r;
}

struct ds_door *ds_sys_open(void)
{
	struct sys *sys = calloc(1, sizeof(*sys));

	if (!sys)
		return NULL;
	sys->kmsg = sys->log_fd = -1;
	sys->door = (struct ds_door){
		.look = sys_look,
		.apply = sys_apply,
		.probe = sys_probe,
		.traffic = traffic,
		.record = record,
		.recall = sys_log_recall,
		.listen = sys_listen,
		.settle = sys_settle,
		.reboot = sys_reboot,
		.now_ms = now_ms,
		.wall_time_s = wall_time_s,
	};
	sys->control_fd = sys->signals_fd = -1;
	return &sys->door;
}

static void close_all(struct sys *sys)
{
	const int fds[] = {sys->kmsg, sys->log_fd, sys->control_fd, sys->signals_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	for (size_t i = 0; i < sys->programs.count; i++)
		close(sys->programs.items[i].fd);
	for (size_t i = 0; i < sys->namespaces.count; i++)
		close(sys->namespaces.items[i]);
	for (size_t i = 0; i < sys->held.count; i++)
		close(sys->held.items[i].fd);
}

void ds_sys_close(struct ds_door *door)
{
	struct sys *sys = door ? sys_of(door) : NULL;

	if (!sys)
		return;
	close_all(sys);
	for (size_t i = 0; i < sys->pins.count; i++) {
		sys_blob_done(&sys->pins.items[i].image);
		free(sys->pins.items[i].digest);
	}
	for (size_t i = 0; i < sys->held.count; i++)
		free(sys->held.items[i].path);
	ds_strings_done(&sys->complaints);
	ds_record_done(&ds_returned_record, &sys->returned);
	free(sys->held.items);
	free(sys->programs.items);
	free(sys->namespaces.items);
	free(sys->pins.items);
	free(sys->hooks_error);
	free(sys->given);
	free(sys);
	sys_parser_end();
}

const struct sys_blob *sys_pin_find(const struct sys *sys, const char *digest)
{
	for (size_t i = 0; i < sys->pins.count; i++)
		if (ds_string_equal(sys->pins.items[i].digest, digest))
			return &sys->pins.items[i].image;
	return NULL;
}

int sys_pin_add(struct sys *sys, const char *digest, struct sys_blob *image)
{
	struct sys_pin *pin = sys_pin_find(sys, digest) ? NULL : ds_list_add(&sys->pins);

	if (!pin) {
		sys_blob_done(image);
		return sys_pin_find(sys, digest) ? 0 : -ENOMEM;
	}
	pin->image = *image;
	*image = (struct sys_blob){0};
	return ds_string_set(&pin->digest, digest);
}

int sys_pin_get(struct sys *sys, const char *digest, const char *path,
	const struct sys_blob **ret_image, struct ds_error *error)
{
	char found[SYS_DIGEST_BYTES];
	struct sys_blob image;
	int r;

	*ret_image = sys_pin_find(sys, digest);
	if (*ret_image)
		return 0;
	r = sys_file_image(path, &image, NULL, error);
	if (r < 0)
		return r;
	r = sys_blob_digest(&image, found, error);
	if (r == 0 && strcmp(found, digest) != 0)
		r = ds_error_set(error, -ESTALE, "%s is not the file that was checked", path);
	if (r < 0) {
		sys_blob_done(&image);
		return r;
	}
	if (sys_pin_add(sys, digest, &image) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	*ret_image = sys_pin_find(sys, digest);
	return 0;
}
