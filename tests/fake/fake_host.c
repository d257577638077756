/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The door, its faults, its logs, and the promises that hold at every instant. */

#include "fake_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_host *host_of(struct ds_door *door)
{
	return (struct fake_host *)door;
}

/* --- promises --------------------------------------------------------------------------- */

static bool is_somewhere(const struct fake_state *state, const char *digest)
{
	for (size_t i = 0; i < state->disk.files.count; i++)
		if (strcmp(state->disk.files.items[i].digest, digest) == 0)
			return true;
	return false;
}

static void break_promise(struct fake_host *host, const char *what, const char *whose)
{
	if (!host->broken[0])
		snprintf(host->broken, sizeof(host->broken), "%s %s", what, whose);
}

/* What must hold after every effect, whatever failed before or dies after. */
static void check_promises(struct fake_host *host)
{
	const struct fake_file *installed = fake_file_find(&host->state, FAKE_INSTALLED);
	const struct fake_file *start = fake_file_find(&host->start, FAKE_INSTALLED);
	const struct fake_file *kept = fake_file_find(&host->start, FAKE_ORIGINAL);
	const struct fake_file *image = fake_file_find(&host->state, FAKE_INITRAMFS);

	if (start && (!installed || fake_image_find(installed->digest)->quirks & FAKE_DAMAGED))
		break_promise(host, "no valid file under", FAKE_INSTALLED);
	if (start && installed &&
		(installed->compression != start->compression || installed->uid != start->uid))
		break_promise(host, "other compression or owner of", FAKE_INSTALLED);
	if (host->setup.initramfs &&
		(!image || fake_image_find(image->digest)->quirks & FAKE_DAMAGED))
		break_promise(host, "no valid image under", FAKE_INITRAMFS);
	/* What a package overwrites we have not lost. */
	if (start && !host->setup.package && !is_somewhere(&host->state, start->digest))
		break_promise(host, "no file holds any more", start->digest);
	if (kept && (!fake_file_find(&host->state, FAKE_ORIGINAL) ||
			    strcmp(fake_file_find(&host->state, FAKE_ORIGINAL)->digest,
				    kept->digest) != 0))
		break_promise(host, "the original was touched:", kept->digest);
}

/* What a package manager must not do at the same time. A kernel that is stuck has the lock given
 * up. */
static void check_hold(struct fake_host *host, const struct ds_op *op)
{
	static const bool is_kept_out[DS_OP_KIND_COUNT] = {
		[DS_OP_FILE_COPY] = true,
		[DS_OP_FILE_STAGE] = true,
		[DS_OP_FILE_EXCHANGE] = true,
		[DS_OP_FILE_RENAME] = true,
		[DS_OP_FILE_REMOVE] = true,
		[DS_OP_DEPMOD] = true,
		[DS_OP_INITRAMFS_BUILD] = true,
		[DS_OP_INITRAMFS_EXCHANGE] = true,
		[DS_OP_INITRAMFS_RESTORE] = true,
	};

	if (host->setup.has_packages && is_kept_out[op->kind] && !host->is_holding &&
		!host->settled && host->struck != DS_OP_FILE_HOLD)
		break_promise(
			host, "no package manager is kept out of", ds_op_kind_names[op->kind]);
}

/* --- faults ----------------------------------------------------------------------------- */

static const struct fake_fault *fault_of(
	struct fake_host *host, enum fake_call call, enum ds_op_kind op)
{
	int all = ++host->calls[call], of_op = ++host->op_calls[op];

	for (size_t i = 0; i < sizeof(host->faults) / sizeof(host->faults[0]); i++) {
		const struct fake_fault *fault = &host->faults[i];
		int at = fault->op ? of_op : all;

		if (fault->call != call || fault->at == 0 || (fault->op && fault->op != op) ||
			(fault->at != at && !(fault->is_lasting && at > fault->at)))
			continue;
		host->struck = op;
		return fault;
	}
	return NULL;
}

static int fault_fail(
	struct fake_host *host, const struct fake_fault *fault, struct ds_error *error)
{
	host->is_dead |= fault->is_death;
	return ds_error_set(error, fault->code ? fault->code : -EIO, "fault injected");
}

static int dead(struct ds_error *error)
{
	return ds_error_set(error, -ESRCH, "the process died before");
}

/* A call that went well may have looked for something in vain on its way. It is no error. */
static int went_well(struct ds_error *error)
{
	ds_error_set(error, -ENOENT, "fake: what a call that went well left here was told");
	return 0;
}

/* --- the door --------------------------------------------------------------------------- */

static int host_apply(struct ds_door *door, const struct ds_op *op, const struct ds_host *before,
	int64_t deadline_ms, struct ds_error *error)
{
	struct fake_host *host = host_of(door);
	const struct fake_fault *fault;
	int r = 0;

	if (host->is_dead)
		return dead(error);
	if (deadline_ms <= host->clock_ms)
		break_promise(host, "no time is given to", ds_op_kind_names[op->kind]);
	check_hold(host, op);
	fault = fault_of(host, FAKE_CALL_APPLY, (enum ds_op_kind)op->kind);
	if (!fault || fault->when != FAKE_BEFORE) {
		r = fake_effect(host, op, before, fault && fault->when == FAKE_MIDDLE, error);
		check_promises(host);
	}
	if (fault)
		return fault_fail(host, fault, error);
	return r < 0 ? r : went_well(error);
}

static int host_look(struct ds_door *door, const struct ds_request *request,
	struct ds_host *ret_host, struct ds_error *error)
{
	struct fake_host *host = host_of(door);
	const struct fake_fault *fault;
	int r;

	if (host->is_dead)
		return dead(error);
	if (host->is_stuck)
		break_promise(host, "a stuck kernel was", "looked at");
	fault = fault_of(host, FAKE_CALL_LOOK, DS_OP_NONE);
	if (fault)
		return fault_fail(host, fault, error);
	r = fake_look(door, request, ret_host, error);
	return r < 0 ? r : went_well(error);
}

static int host_probe(struct ds_door *door, struct ds_host *now, int64_t deadline_ms,
	int64_t command_ms, struct ds_error *error)
{
	struct fake_host *host = host_of(door);

	if (host->is_dead)
		return dead(error);
	if (deadline_ms <= host->clock_ms || command_ms <= 0)
		break_promise(host, "no time is given to", "the questions");
	host->clock_ms += host->setup.probe_ms;
	return fake_probe(door, now, deadline_ms, command_ms, error);
}

/* As src/sys does it: what a crash tore is cut off before a line is added. */
static void add_line(char **log, const char *line, size_t length, const char *end)
{
	char *torn = strrchr(*log, '\n');
	char *text = NULL;

	*(torn ? torn + 1 : *log) = '\0';
	ds_string_format(&text, "%s%.*s%s", *log, (int)length, line, end);
	free(*log);
	*log = text;
}

static int host_record(
	struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error)
{
	struct fake_host *host = host_of(door);
	const struct fake_fault *fault;
	bool is_written;

	if (host->is_dead)
		return dead(error);
	fault = fault_of(host, FAKE_CALL_RECORD, DS_OP_NONE);
	is_written = !fault || fault->when == FAKE_AFTER;
	if (line && (is_written || fault->when == FAKE_MIDDLE))
		add_line(&host->logs[log], line, is_written ? strlen(line) : strlen(line) / 2,
			is_written ? "\n" : "");
	else if (!line && is_written)
		ds_string_set(&host->logs[log], "");
	return fault ? fault_fail(host, fault, error) : 0;
}

static int host_recall(
	struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error)
{
	*ret_text = strdup(host_of(door)->logs[log]);
	return *ret_text ? 0 : ds_error_set(error, -ENOMEM, "out of memory");
}

/* A package manager exchanges the file by a rename: at no instant is there none. */
static void install_package(struct fake_host *host)
{
	struct fake_file *installed = fake_file_find(&host->state, FAKE_INSTALLED);

	if (host->setup.package)
		ds_string_set(&installed->digest, host->setup.package);
}

/* The same word all the time, where it is wanted; else the time passes. */
static int host_listen(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
	struct ds_word *ret_word, struct ds_error *error)
{
	struct fake_host *host = host_of(door);
	bool is_silent;

	if (host->is_dead)
		return dead(error);
	ret_word->kind = DS_WORD_NONE;
	if (host->setup.is_word_late && !(wanted & (1U << DS_WORD_CONFIRM)))
		return 0;
	is_silent = ++host->listened < host->setup.word_at;
	if (wanted & (1U << DS_WORD_CONFIRM) && host->state.live.stopped.count > 0)
		break_promise(host, "autoloading is still stopped while we wait for", "confirm");
	if (wanted & (1U << DS_WORD_CONFIRM))
		install_package(host);
	if (wanted & (1U << host->setup.word) && !is_silent)
		ret_word->kind = (int)host->setup.word;
	else if (host->clock_ms < deadline_ms)
		host->clock_ms = deadline_ms;
	return 0;
}

static int64_t host_now_ms(struct ds_door *door)
{
	return host_of(door)->clock_ms += 10;
}

static int64_t host_wall_time_s(struct ds_door *door)
{
	return 1700000000 + host_of(door)->clock_ms / 1000;
}

/*
 * A stuck call that comes back leaves what it was about to do; what was asked of the host before
 * that would have waited for ever.
 */
static int host_settle(struct ds_door *door, struct ds_error *error)
{
	struct fake_host *host = host_of(door);

	host->settled++;
	if (host->is_holding)
		break_promise(host, "for ever held is", FAKE_PACKAGE_LOCK);
	if (host->setup.never_settles)
		return ds_error_set(error, -ECANCELED, "fake: the host goes down");
	host->is_stuck = false;
	return 0;
}

/* The process goes with the host. */
static int host_reboot(struct ds_door *door, const char *why, struct ds_error *error)
{
	struct fake_host *host = host_of(door);

	if (host->is_dead)
		return dead(error);
	if (host->setup.cannot_reboot)
		return ds_error_set(error, -EIO, "fake: no reboot");
	if (!why || !host->logs[DS_LOG_JOURNAL][0])
		break_promise(host, "no journal before", "the reboot");
	fake_boot(host);
	host->is_dead = true;
	return ds_error_set(error, -ESRCH, "fake: rebooted");
}

/* --- life ------------------------------------------------------------------------------- */

void fake_host_init(struct fake_host *host, const struct fake_setup *setup)
{
	*host = (struct fake_host){
		.door =
			{
				.look = host_look,
				.apply = host_apply,
				.probe = host_probe,
				.traffic = fake_traffic,
				.record = host_record,
				.recall = host_recall,
				.listen = host_listen,
				.settle = host_settle,
				.reboot = host_reboot,
				.now_ms = host_now_ms,
				.wall_time_s = host_wall_time_s,
			},
		.setup = *setup,
	};
	fake_state_start(&host->state, setup);
	fake_state_copy(&host->state, &host->start);
	for (size_t i = 0; i < DS_LOG_COUNT; i++)
		host->logs[i] = strdup("");
}

void fake_host_done(struct fake_host *host)
{
	ds_record_done(&fake_state_record, &host->state);
	ds_record_done(&fake_state_record, &host->start);
	ds_strings_done(&host->pins);
	for (size_t i = 0; i < DS_LOG_COUNT; i++)
		free(host->logs[i]);
}

void fake_revive(struct fake_host *host)
{
	if (host->is_dead)
		ds_strings_done(&host->pins);
	memset(host->faults, 0, sizeof(host->faults));
	memset(host->calls, 0, sizeof(host->calls));
	memset(host->op_calls, 0, sizeof(host->op_calls));
	host->is_holding = host->is_holding && !host->is_dead;
	host->is_dead = false;
}

const char *fake_boot_id(const struct fake_host *host)
{
	static const char *const ids[] = {"boot-1", "boot-2", "boot-3"};

	return ids[host->boots];
}

/*
 * Loaded again is what the initramfs holds, else what the indexes lead to: a module without a file
 * is gone.
 */
void fake_boot(struct fake_host *host)
{
	const struct fake_index *index = fake_index_find(&host->state, "net");
	const struct fake_file *image = fake_file_find(&host->state, FAKE_INITRAMFS);
	struct fake_state fresh = {0};

	fake_state_start(&fresh, &host->setup);
	ds_record_done(&fake_disk_record, &fresh.disk);
	if (fake_running_find(&fresh, "net")) {
		if (fake_running_find(&fresh, "top")) {
			fake_code_stop(&fresh, "top");
			fake_code_stop(&fresh, "upper");
		}
		fake_code_stop(&fresh, "net");
		fake_namespaces_end(&fresh.live.network);
		if (index) {
			if (!image)
				image = fake_file_find(&host->state, index->path);
			fake_code_start(&fresh, image->digest, "debug=1");
			fake_network_configure(&fresh.live.network);
		}
		if (index && host->setup.has_holders) {
			fake_code_start(&fresh, "upper", "depth=2");
			fake_code_start(&fresh, "top", "");
		}
	}
	ds_record_done(&fake_live_record, &host->state.live);
	host->state.live = fresh.live;
	host->boots++;
	host->is_stuck = false;
	host->is_dead = true;
	fake_revive(host);
}

void fake_request(const struct fake_setup *setup, struct ds_request *ret_request)
{
	ret_request->verb = setup->from == DS_FROM_FILE ? DS_VERB_SWAP : DS_VERB_ROLLBACK;
	ret_request->candidate_from = (int)setup->from;
	ret_request->is_original = setup->from == DS_FROM_ORIGINAL;
	ret_request->timeout_s = 5;
	ret_request->confirm_s = setup->confirm_s;
	ret_request->reboot = (int)setup->reboot;
	ret_request->is_initramfs_left = setup->is_initramfs_left;
	ret_request->is_hooks_left = setup->has_hooks_left;
	ds_string_set(&ret_request->module, "net");
	ds_string_set(&ret_request->expect_version, setup->expect_version);
	if (setup->from == DS_FROM_FILE)
		ds_string_set(&ret_request->file, FAKE_CANDIDATE);
	ret_request->caller.kind = setup->is_remote ? DS_CALLER_SSH : DS_CALLER_CONSOLE;
	ret_request->caller.has_keyboard = setup->has_keyboard;
	ret_request->caller.can_travel = true;
	if (setup->check)
		ds_strings_add(&ret_request->checks, setup->check);
	if (setup->override)
		ds_strings_add(&ret_request->overrides, setup->override);
	if (setup->param) {
		struct ds_param *param = ds_list_add(&ret_request->params);

		ds_string_set(&param->name, "debug");
		ds_string_set(&param->value, setup->param);
	}
}
