/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drvswap/sys.h"
#include "drvswap/txn.h"
#include "verb.h"
#include "worker.h"

static char *read_boot_id(void)
{
	char *boot_id = NULL;
	size_t room = 0;
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (file && getline(&boot_id, &room, file) > 0)
		boot_id[strcspn(boot_id, "\n")] = '\0';
	if (file)
		fclose(file);
	return boot_id;
}

int recover_unfinished(struct ds_door *door, bool is_files_only, struct ds_watcher *watcher,
	struct ds_outcome *ret_outcome, struct ds_error *error)
{
	char *boot_id = read_boot_id();
	const struct ds_recovery recovery = {.boot_id = boot_id, .is_files_only = is_files_only};
	int r = boot_id ? ds_txn_recover(door, &recovery, watcher, ret_outcome, error)
			: ds_error_set(error, -EIO, "the kernel does not tell its boot id");

	free(boot_id);
	return r;
}

static void recover(
	const struct ds_request *request, struct ds_watcher *watcher, struct report *report)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int lock = -1;

	if (!door)
		ds_error_set(&error, -ENOMEM, "out of memory");
	else if (ds_sys_lock(&lock, &error) == 0)
		recover_unfinished(door, request->is_files_only, watcher, &report->outcome, &error);
	if (lock < 0)
		report_fail(report, error.code == -EBUSY ? DS_OUTCOME_LOCKED : DS_OUTCOME_FAILED,
			&error);
	else
		close(lock);
	ds_sys_close(door);
}

int verb_recover(struct ds_request *request)
{
	struct report report = {0};
	struct ds_error error = {0};
	int code = 0;

	if (ds_sys_check_state(&error) < 0)
		report_fail(&report, DS_OUTCOME_REFUSED, &error);
	else if ((code = worker_run(request, recover, &report, &error)) < 0)
		report_fail(&report, worker_failure(code), &error);
	report_print(request, &report);
	code = ds_outcome_exit_code((enum ds_outcome_kind)report.outcome.kind);
	report_done(&report);
	return code;
}
