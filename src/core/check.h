/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

/* How the checks of one concern report: one file each, all listed in check.c. */

#include "drvswap/finding.h"
#include "drvswap/plan.h"

enum finding_id {
	FINDING_MODULE_BUILTIN,
	FINDING_MODULE_UNKNOWN,
	FINDING_MODULE_UNSETTLED,
	FINDING_MODULE_PERMANENT,
	FINDING_KERNEL_RUNS,
	FINDING_KERNEL_OFFLINE,
	FINDING_MODULE_NOT_LOADED,
	FINDING_MODULE_NOT_INSTALLED,
	FINDING_MODULE_IN_USE,
	FINDING_MODULE_HAS_HOLDERS,
	FINDING_HOLDER_NOT_INSTALLED,
	FINDING_HOLDER_SYMBOL,
	FINDING_RUNNING_NOT_ON_DISK,
	FINDING_INSTALL_COMMAND,
	FINDING_PARAM_DRIFT,
	FINDING_PARAM_UNKNOWN,
	FINDING_PARAM_IGNORED,
	FINDING_CANDIDATE_MISSING,
	FINDING_CANDIDATE_UNREADABLE,
	FINDING_CANDIDATE_NOT_REGULAR,
	FINDING_CANDIDATE_OWNER,
	FINDING_CANDIDATE_WRITABLE,
	FINDING_CANDIDATE_EMPTY,
	FINDING_CANDIDATE_TRUNCATED,
	FINDING_CANDIDATE_DAMAGED,
	FINDING_CANDIDATE_NOT_MODULE,
	FINDING_MACHINE_MISMATCH,
	FINDING_NAME_MISMATCH,
	FINDING_VERMAGIC_MISMATCH,
	FINDING_SYMBOL_MISSING,
	FINDING_SYMBOL_CRC,
	FINDING_DEPENDENCY_MISSING,
	FINDING_ALIAS_MISSING,
	FINDING_CANDIDATE_PERMANENT,
	FINDING_UNPROVEN_DEVICE,
	FINDING_SIGNATURE_BROKEN,
	FINDING_SIGNATURE_MISSING,
	FINDING_SIGNATURE_UNKNOWN_KEY,
	FINDING_UNSIGNED,
	FINDING_LOCKDOWN,
	FINDING_MODULES_DISABLED,
	FINDING_NO_PRIVILEGE,
	FINDING_PLACE_READ_ONLY,
	FINDING_PLACE_FULL,
	FINDING_INSTALLED_UNUSABLE,
	FINDING_INSTALLED_SYMLINK,
	FINDING_STALE_NEW,
	FINDING_OLD_NOT_REGULAR,
	FINDING_INITRAMFS_HOLDS_OLD,
	FINDING_INITRAMFS_STUCK,
	FINDING_INITRAMFS_UNKNOWN,
	FINDING_LINKS_DEPEND,
	FINDING_LINK_ELSEWHERE,
	FINDING_LINK_BOUND,
	FINDING_NOT_RESTORED,
	FINDING_STORAGE_REMOTE,
	FINDING_HOST_BUSY,
	FINDING_CARRIES_SSH,
	FINDING_CARRIES_DEFAULT_ROUTE,
	FINDING_NOT_DETACHED,
	FINDING_NO_PROOF,
	FINDING_CHECK_FAILS,
	FINDING_HOOK_UNTRUSTED,
	FINDING_HOOK_OFF,
	FINDING_OPTION_UNUSED,
	FINDING_COUNT
};

struct checker {
	const struct ds_request *request;
	const struct ds_host *host;
	struct ds_findings *findings;
	bool is_out_of_memory;
};

/* Adds a finding; lack of memory is kept in the checker, so that checks read as plain rules. */
void checker_find(struct checker *checker, enum finding_id id, const char *advice,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static inline bool checker_is_live(const struct checker *checker)
{
	return checker->host->module.state == DS_MODULE_LIVE;
}

/* Whatever would hinder an outage hinders no exchange of files alone. */
static inline bool checker_exchanges_code(const struct checker *checker)
{
	return ds_plan_exchanges_code(checker->request, checker->host);
}

static inline bool checker_has_candidate(const struct checker *checker)
{
	return checker->host->candidate.type == DS_FILE_REGULAR &&
	       checker->host->candidate_image.fault == DS_IMAGE_OK;
}

void check_kernel(struct checker *checker);
void check_module_state(struct checker *checker);
void check_module_users(struct checker *checker);
void check_running_code(struct checker *checker);
void check_params(struct checker *checker);
void check_candidate_file(struct checker *checker);
void check_candidate_image(struct checker *checker);
void check_candidate_fits(struct checker *checker);
void check_symbols(struct checker *checker);
void check_holder_symbols(struct checker *checker);
void check_dependencies(struct checker *checker);
void check_devices(struct checker *checker);
void check_proven(struct checker *checker);
void check_signature(struct checker *checker);
void check_policy(struct checker *checker);
void check_place(struct checker *checker);
void check_network(struct checker *checker);
void check_at_work(struct checker *checker);
void check_proof(struct checker *checker);
void check_commands(struct checker *checker);
void check_options(struct checker *checker);
void check_initramfs(struct checker *checker);
void check_storage(struct checker *checker);
void check_hooks(struct checker *checker);

#endif
