/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Asks what only a question can tell: gateways, the user's commands, the kernel's log. */

#include "health.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drvswap/request.h"
#include "kmsg.h"
#include "neighbour.h"
#include "spawn.h"
#include "watch.h"

/* --- the kernel's log ------------------------------------------------------------------- */

/* A hundred say as much as a million. */
#define COMPLAINTS_MOST 100

struct hearing {
	struct sys *sys;
	const struct ds_accused *accused;
	int result;
};

void sys_health_begin(struct sys *sys)
{
	if (sys->log_fd >= 0)
		close(sys->log_fd);
	sys->log_fd = sys_kmsg_open();
	sys->log_code = sys->log_fd < 0 ? -errno : 0;
	sys->complaint = (struct ds_complaint_reader){0};
	ds_strings_done(&sys->complaints);
}

static void hear_line(const char *line, void *context)
{
	struct hearing *hearing = context;
	struct sys *sys = hearing->sys;

	if (ds_complaint_read(&sys->complaint, hearing->accused, line) &&
		sys->complaints.count < COMPLAINTS_MOST &&
		ds_strings_add(&sys->complaints, sys->complaint.headline) < 0)
		hearing->result = -ENOMEM;
}

static int accuse(const struct ds_host *host, struct ds_accused *ret_accused)
{
	int r = 0;

	ret_accused->module = host->module.name;
	for (size_t i = 0; r == 0 && i < host->devices.count; i++) {
		const char *address = host->devices.items[i].address;
		const char *slash = strchr(address, '/');

		/* "pci/0000:00:02.0" is "0000:00:02.0" in the log */
		r = ds_strings_add(&ret_accused->names, slash ? slash + 1 : address);
	}
	for (size_t i = 0; r == 0 && i < host->network.links.count; i++)
		r = ds_strings_add(&ret_accused->names, host->network.links.items[i].name);
	return r;
}

static int hear_kernel(struct sys *sys, struct ds_host *host)
{
	struct ds_accused accused = {0};
	struct hearing hearing = {.sys = sys, .accused = &accused};
	int r = accuse(host, &accused);

	if (r == 0 && sys->log_fd >= 0)
		sys_kmsg_read(sys->log_fd, hear_line, &hearing);
	ds_strings_done(&accused.names);
	r = r < 0 ? r : hearing.result;
	if (r == 0 && sys->log_code < 0)
		r = ds_string_format(
			&host->health.log_error, "not read: %s", strerror(-sys->log_code));
	for (size_t i = 0; r == 0 && i < sys->complaints.count; i++)
		r = ds_strings_add(&host->health.complaints, sys->complaints.items[i]);
	return r;
}

/* --- commands --------------------------------------------------------------------------- */

/* Where a command without a path is looked for; the caller's own PATH is not trusted. */
static const char *const directories[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};
#define DIRECTORIES (sizeof(directories) / sizeof(directories[0]))

static int run_words(const ds_strings *words, int64_t command_ms, struct ds_error *error)
{
	const char *name = words->items[0], *paths[DIRECTORIES + 1] = {NULL};
	char found[DIRECTORIES][256];

	for (size_t i = 0; i < DIRECTORIES; i++) {
		snprintf(found[i], sizeof(found[i]), "%s/%s", directories[i], name);
		paths[i] = found[i];
	}
	if (name[0] == '/') {
		paths[0] = name;
		paths[1] = NULL;
	}
	return sys_spawn(paths, words->items, sys_now_ms() + command_ms, error);
}

/* argv ends with NULL, which the list of words does not. */
static int run_command(struct ds_command *command, int64_t command_ms)
{
	struct ds_error error = {0};
	ds_strings words = {0};
	int r = ds_words_split(command->line, &words);

	if (r == 0 && !ds_list_add(&words))
		r = -ENOMEM;
	if (r == 0)
		r = run_words(&words, command_ms, &error);
	ds_strings_done(&words);
	command->answer = r == 0 ? DS_ANSWER_YES : DS_ANSWER_NO;
	return r < 0 ? ds_string_set(&command->words, error.text[0] ? error.text : "no words") : 0;
}

/* --- gateways --------------------------------------------------------------------------- */

/* The asking keeps the deadline itself, but for the lock of all links, which it needs. */
#define LOCK_MS 10000

struct asking {
	const struct ds_health *health;
	int64_t deadline_ms;
};

static int ask_and_tell(const void *subject, void *ret_object, struct ds_error *error)
{
	const struct asking *asking = subject;
	struct ds_health *told = ret_object;

	if (ds_record_copy(&ds_health_record, asking->health, told) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return sys_gateways_ask(
		told->gateways.items, told->gateways.count, asking->deadline_ms, error);
}

/* By a child, for a driver can keep that lock for ever. */
static int ask_gateways(
	struct sys *sys, struct ds_health *health, int64_t deadline_ms, struct ds_error *error)
{
	const struct asking asking = {health, deadline_ms};
	const struct sys_call call = {.make = ask_and_tell,
		.subject = &asking,
		.record = &ds_health_record,
		.what = "ask the gateways",
		.may_break = true};
	struct ds_health told = {0};
	int r;

	if (health->gateways.count == 0)
		return 0;
	r = sys_watch(sys, &call, deadline_ms + LOCK_MS, &told, error);
	for (size_t i = 0; r == 0 && i < told.gateways.count && i < health->gateways.count; i++)
		health->gateways.items[i].answer = told.gateways.items[i].answer;
	ds_record_done(&ds_health_record, &told);
	return r;
}

/* --- all -------------------------------------------------------------------------------- */

/* Commands come after the gateways: what they need is then there, if it comes at all. */
int sys_probe(struct ds_door *door, struct ds_host *host, int64_t deadline_ms, int64_t command_ms,
	struct ds_error *error)
{
	struct ds_health *health = &host->health;
	int r = ask_gateways(sys_of(door), health, deadline_ms, error);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < health->commands.count; i++)
		r = run_command(&health->commands.items[i], command_ms);
	if (r == 0)
		r = hear_kernel(sys_of(door), host);
	health->is_measured = true;
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}
