/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/host.h"

const char *const ds_lockdown_names[] = {"unknown", "none", "integrity", "confidentiality", NULL};
_Static_assert(sizeof(ds_lockdown_names) / sizeof(char *) == DS_LOCKDOWN_COUNT + 1, "");

static const struct ds_field kernel_fields[] = {
	DS_STRING(struct ds_kernel, release),
	DS_BOOL(struct ds_kernel, is_offline),
	DS_STRING(struct ds_kernel, machine),
	DS_STRING(struct ds_kernel, boot_id),
	DS_STRING(struct ds_kernel, vermagic),
	DS_ENUM(struct ds_kernel, lockdown, ds_lockdown_names),
	DS_BOOL(struct ds_kernel, is_sig_enforced),
	DS_BOOL(struct ds_kernel, is_modules_disabled),
	DS_BOOL(struct ds_kernel, can_load_modules),
	DS_BOOL(struct ds_kernel, can_admin_network),
	DS_BOOL(struct ds_kernel, can_write_files),
	DS_INT(struct ds_kernel, panic_s),
	DS_INT(struct ds_kernel, rcu_expedited),
	DS_STRINGS(struct ds_kernel, keys),
	DS_STRING(struct ds_kernel, hardware),
	DS_FIELDS_END,
};
const struct ds_record ds_kernel_record = {"kernel", sizeof(struct ds_kernel), kernel_fields};

static const struct ds_field device_fields[] = {
	DS_NEEDED(struct ds_device, address),
	DS_STRING(struct ds_device, modalias),
	DS_STRING(struct ds_device, driver),
	DS_STRING(struct ds_device, module),
	DS_STRING(struct ds_device, override),
	DS_FIELDS_END,
};
const struct ds_record ds_device_record = {"device", sizeof(struct ds_device), device_fields};

static const struct ds_field requirement_fields[] = {
	DS_NEEDED(struct ds_requirement, symbol),
	DS_BOOL(struct ds_requirement, is_known),
	DS_BOOL(struct ds_requirement, is_exported),
	DS_STRING(struct ds_requirement, provider),
	DS_BOOL(struct ds_requirement, has_wanted_crc),
	DS_BOOL(struct ds_requirement, has_crc_in_force),
	DS_INT(struct ds_requirement, wanted_crc),
	DS_INT(struct ds_requirement, crc_in_force),
	DS_STRING(struct ds_requirement, crc_source),
	DS_FIELDS_END,
};
const struct ds_record ds_requirement_record = {
	"requirement", sizeof(struct ds_requirement), requirement_fields};

static const struct ds_field dependency_fields[] = {
	DS_NEEDED(struct ds_dependency, name),
	DS_BOOL(struct ds_dependency, is_loaded),
	DS_BOOL(struct ds_dependency, is_builtin),
	DS_STRING(struct ds_dependency, path),
	DS_FIELDS_END,
};
const struct ds_record ds_dependency_record = {
	"dependency", sizeof(struct ds_dependency), dependency_fields};

static const struct ds_field place_fields[] = {
	DS_BOOL(struct ds_place, is_read_only),
	DS_INT(struct ds_place, free_bytes),
	DS_STRING(struct ds_place, filesystem),
	DS_STRING(struct ds_place, indexes),
	DS_FIELDS_END,
};
const struct ds_record ds_place_record = {"place", sizeof(struct ds_place), place_fields};

static const struct ds_field initramfs_fields[] = {
	DS_STRING(struct ds_initramfs, path),
	DS_STRING(struct ds_initramfs, module_path),
	DS_STRING(struct ds_initramfs, module_digest),
	DS_RECORD(struct ds_initramfs, identity, &ds_identity_record),
	DS_STRING(struct ds_initramfs, tool),
	DS_INT(struct ds_initramfs, bytes),
	DS_INT(struct ds_initramfs, free_bytes),
	DS_BOOL(struct ds_initramfs, is_read_only),
	DS_BOOL(struct ds_initramfs, is_unified),
	DS_STRING(struct ds_initramfs, trouble),
	DS_FIELDS_END,
};
const struct ds_record ds_initramfs_record = {
	"initramfs", sizeof(struct ds_initramfs), initramfs_fields};

static const struct ds_field remote_fields[] = {
	DS_STRING(struct ds_remote, what),
	DS_STRING(struct ds_remote, source),
	DS_STRING(struct ds_remote, link),
	DS_FIELDS_END,
};
const struct ds_record ds_remote_record = {"remote", sizeof(struct ds_remote), remote_fields};

static const struct ds_field host_fields[] = {
	DS_RECORD(struct ds_host, kernel, &ds_kernel_record),
	DS_RECORD(struct ds_host, module, &ds_module_record),
	DS_RECORD(struct ds_host, installed, &ds_file_record),
	DS_RECORD(struct ds_host, fresh, &ds_file_record),
	DS_RECORD(struct ds_host, previous, &ds_file_record),
	DS_RECORD(struct ds_host, original, &ds_file_record),
	DS_RECORD(struct ds_host, installed_image, &ds_image_record),
	DS_RECORD(struct ds_host, previous_image, &ds_image_record),
	DS_RECORD(struct ds_host, fresh_image, &ds_image_record),
	DS_RECORD(struct ds_host, place, &ds_place_record),
	DS_RECORD(struct ds_host, candidate, &ds_file_record),
	DS_RECORD(struct ds_host, candidate_image, &ds_image_record),
	DS_LIST_OF(struct ds_host, requirements, &ds_requirement_record),
	DS_LIST_OF(struct ds_host, dependencies, &ds_dependency_record),
	DS_LIST_OF(struct ds_host, devices, &ds_device_record),
	DS_RECORD(struct ds_host, network, &ds_network_record),
	DS_RECORD(struct ds_host, health, &ds_health_record),
	DS_LIST_OF(struct ds_host, initramfs, &ds_initramfs_record),
	DS_LIST_OF(struct ds_host, remotes, &ds_remote_record),
	DS_LIST_OF(struct ds_host, hooks, &ds_hook_record),
	DS_STRINGS(struct ds_host, at_work),
	DS_STRINGS(struct ds_host, package_locks),
	DS_STRINGS(struct ds_host, unseen),
	DS_FIELDS_END,
};
const struct ds_record ds_host_record = {"host", sizeof(struct ds_host), host_fields};

bool ds_host_runs_installed(const struct ds_host *host)
{
	return host->installed.type == DS_FILE_REGULAR &&
	       ds_identity_compare(&host->module.identity, &host->installed_image.identity, NULL) ==
		       DS_SAME_YES;
}
