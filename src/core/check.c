/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ds_level_names[] = {"warn", "refuse", "impossible", NULL};
_Static_assert(sizeof(ds_level_names) / sizeof(char *) == DS_LEVEL_COUNT + 1, "");

/* clang-format off: one row a finding reads better than one field a line */
const struct ds_finding_kind ds_finding_kinds[] = {
	[FINDING_MODULE_BUILTIN] = {"module-builtin", DS_LEVEL_IMPOSSIBLE,
		"the module is built into the kernel"},
	[FINDING_MODULE_UNKNOWN] = {"module-unknown", DS_LEVEL_IMPOSSIBLE,
		"the module is neither loaded nor installed"},
	[FINDING_MODULE_UNSETTLED] = {"module-unsettled", DS_LEVEL_IMPOSSIBLE,
		"the module is being loaded or unloaded, or is stuck there"},
	[FINDING_MODULE_PERMANENT] = {"module-permanent", DS_LEVEL_IMPOSSIBLE,
		"the module, or one that uses it, cannot be unloaded"},
	[FINDING_KERNEL_RUNS] = {"kernel-runs", DS_LEVEL_IMPOSSIBLE,
		"the kernel of --kernel is the one that runs, and the candidate is not what runs "
		"in it"},
	[FINDING_KERNEL_OFFLINE] = {"kernel-offline", DS_LEVEL_WARN,
		"the kernel of --kernel does not run: only files are exchanged, nothing is "
		"verified live"},
	[FINDING_MODULE_NOT_LOADED] = {"module-not-loaded", DS_LEVEL_WARN,
		"the module does not run: only files are exchanged, nothing is verified live"},
	[FINDING_MODULE_NOT_INSTALLED] = {"module-not-installed", DS_LEVEL_WARN,
		"the module has no installed file: only the running one is exchanged"},
	[FINDING_MODULE_IN_USE] = {"module-in-use", DS_LEVEL_REFUSE,
		"something other than a module holds the module"},
	[FINDING_MODULE_HAS_HOLDERS] = {"module-has-holders", DS_LEVEL_WARN,
		"modules that use this one are unloaded first and loaded again"},
	[FINDING_HOLDER_NOT_INSTALLED] = {"holder-not-installed", DS_LEVEL_REFUSE,
		"a holder could not be loaded again as it is"},
	[FINDING_HOLDER_SYMBOL] = {"holder-symbol", DS_LEVEL_REFUSE,
		"a holder needs a symbol that the candidate does not export alike"},
	[FINDING_RUNNING_NOT_ON_DISK] = {"running-not-on-disk", DS_LEVEL_REFUSE,
		"the code that runs is not the installed file"},
	[FINDING_INSTALL_COMMAND] = {"install-command", DS_LEVEL_WARN,
		"an install command for the module is in modprobe.d"},
	[FINDING_PARAM_DRIFT] = {"param-drift", DS_LEVEL_WARN,
		"a parameter in /sys differs from what is configured"},
	[FINDING_PARAM_UNKNOWN] = {"param-unknown", DS_LEVEL_REFUSE,
		"the candidate does not know a parameter given with --param"},
	[FINDING_PARAM_IGNORED] = {"param-ignored", DS_LEVEL_WARN,
		"the candidate does not know a configured parameter; the kernel will ignore it"},
	[FINDING_CANDIDATE_MISSING] = {"candidate-missing", DS_LEVEL_IMPOSSIBLE,
		"there is no such file"},
	[FINDING_CANDIDATE_UNREADABLE] = {"candidate-unreadable", DS_LEVEL_IMPOSSIBLE,
		"the file cannot be read"},
	[FINDING_CANDIDATE_NOT_REGULAR] = {"candidate-not-regular", DS_LEVEL_IMPOSSIBLE,
		"the candidate is not a regular file"},
	[FINDING_CANDIDATE_OWNER] = {"candidate-owner", DS_LEVEL_REFUSE,
		"the candidate is owned by neither root nor the caller"},
	[FINDING_CANDIDATE_WRITABLE] = {"candidate-writable", DS_LEVEL_REFUSE,
		"others may write the candidate or its directories"},
	[FINDING_CANDIDATE_EMPTY] = {"candidate-empty", DS_LEVEL_IMPOSSIBLE,
		"the candidate is empty"},
	[FINDING_CANDIDATE_TRUNCATED] = {"candidate-truncated", DS_LEVEL_IMPOSSIBLE,
		"the candidate ends too early"},
	[FINDING_CANDIDATE_DAMAGED] = {"candidate-damaged", DS_LEVEL_IMPOSSIBLE,
		"the candidate cannot be decompressed, or is too large"},
	[FINDING_CANDIDATE_NOT_MODULE] = {"candidate-not-module", DS_LEVEL_IMPOSSIBLE,
		"the candidate is not a kernel module"},
	[FINDING_MACHINE_MISMATCH] = {"machine-mismatch", DS_LEVEL_IMPOSSIBLE,
		"the candidate is for another machine"},
	[FINDING_NAME_MISMATCH] = {"name-mismatch", DS_LEVEL_IMPOSSIBLE,
		"the candidate is another module"},
	[FINDING_VERMAGIC_MISMATCH] = {"vermagic-mismatch", DS_LEVEL_REFUSE,
		"the candidate was built for another kernel or kernel configuration"},
	[FINDING_SYMBOL_MISSING] = {"symbol-missing", DS_LEVEL_REFUSE,
		"the candidate needs a symbol that nothing exports"},
	[FINDING_SYMBOL_CRC] = {"symbol-crc", DS_LEVEL_REFUSE,
		"the candidate was built against another version of a symbol"},
	[FINDING_DEPENDENCY_MISSING] = {"dependency-missing", DS_LEVEL_REFUSE,
		"the candidate depends on a module that is not there"},
	[FINDING_CANDIDATE_PERMANENT] = {"candidate-permanent", DS_LEVEL_REFUSE,
		"the candidate could not be unloaded: there would be no way back from it"},
	[FINDING_ALIAS_MISSING] = {"alias-missing", DS_LEVEL_REFUSE,
		"the candidate does not claim a device that the running driver drives"},
	[FINDING_UNPROVEN_DEVICE] = {"unproven-device", DS_LEVEL_WARN,
		"the authors of the candidate never tried it on hardware like this"},
	[FINDING_SIGNATURE_BROKEN] = {"signature-broken", DS_LEVEL_REFUSE,
		"the signature block of the candidate is damaged"},
	[FINDING_SIGNATURE_MISSING] = {"signature-missing", DS_LEVEL_REFUSE,
		"the kernel enforces signatures and the candidate has none"},
	[FINDING_SIGNATURE_UNKNOWN_KEY] = {"signature-unknown-key", DS_LEVEL_WARN,
		"the kernel takes signed modules only, and no key has the name of the signer"},
	[FINDING_UNSIGNED] = {"unsigned", DS_LEVEL_WARN,
		"the candidate is not signed: loading it taints the kernel"},
	[FINDING_LOCKDOWN] = {"lockdown", DS_LEVEL_REFUSE,
		"the kernel is locked down and the candidate is not signed"},
	[FINDING_MODULES_DISABLED] = {"modules-disabled", DS_LEVEL_IMPOSSIBLE,
		"no module can be loaded until reboot: kernel.modules_disabled is set"},
	[FINDING_NO_PRIVILEGE] = {"no-privilege", DS_LEVEL_IMPOSSIBLE, "a privilege is missing"},
	[FINDING_PLACE_READ_ONLY] = {"place-read-only", DS_LEVEL_IMPOSSIBLE,
		"the directory of the installed file is read-only"},
	[FINDING_PLACE_FULL] = {"place-full", DS_LEVEL_REFUSE,
		"the file system of the installed file has no room"},
	[FINDING_INSTALLED_UNUSABLE] = {"installed-unusable", DS_LEVEL_REFUSE,
		"the installed file is damaged: there is nothing to return to"},
	[FINDING_INSTALLED_SYMLINK] = {"installed-symlink", DS_LEVEL_IMPOSSIBLE,
		"the installed file is a symbolic link, as a rule to another kernel's module"},
	[FINDING_STALE_NEW] = {"stale-new", DS_LEVEL_REFUSE,
		"another file lies where the candidate would be staged"},
	[FINDING_OLD_NOT_REGULAR] = {"old-not-regular", DS_LEVEL_IMPOSSIBLE,
		"what lies where the replaced file would be kept is not a regular file"},
	[FINDING_INITRAMFS_HOLDS_OLD] = {"initramfs-holds-old", DS_LEVEL_WARN,
		"an initramfs holds another build and stays as it is"},
	[FINDING_INITRAMFS_STUCK] = {"initramfs-stuck", DS_LEVEL_REFUSE,
		"an initramfs holds the module and cannot be rebuilt"},
	[FINDING_INITRAMFS_UNKNOWN] = {"initramfs-unknown", DS_LEVEL_WARN,
		"nobody can tell whether an initramfs holds the module"},
	[FINDING_LINKS_DEPEND] = {"links-depend", DS_LEVEL_REFUSE,
		"links are deleted with the module and cannot be made again"},
	[FINDING_LINK_ELSEWHERE] = {"link-elsewhere", DS_LEVEL_REFUSE,
		"the link of a device is in another network namespace and would not return there"},
	[FINDING_LINK_BOUND] = {"link-bound", DS_LEVEL_REFUSE,
		"virtual functions or an RDMA device hang on a link and would be torn away"},
	[FINDING_NOT_RESTORED] = {"not-restored", DS_LEVEL_WARN,
		"something goes with the old driver and does not come back by itself"},
	[FINDING_HOST_BUSY] = {"host-busy", DS_LEVEL_REFUSE,
		"a package manager, depmod or an initramfs build is at work"},
	[FINDING_STORAGE_REMOTE] = {"storage-remote", DS_LEVEL_REFUSE,
		"the host's own files come over a link of this module, or may do so"},
	[FINDING_CARRIES_SSH] = {"carries-ssh", DS_LEVEL_WARN,
		"your SSH connection runs over a link of this module"},
	[FINDING_CARRIES_DEFAULT_ROUTE] = {"carries-default-route", DS_LEVEL_WARN,
		"the default route runs over a link of this module"},
	/* Of the worker itself, which tells it when it begins. */
	[FINDING_NOT_DETACHED] = {"not-detached", DS_LEVEL_WARN,
		"the swap was not taken out of the caller's session"},
	[FINDING_NO_PROOF] = {"no-proof", DS_LEVEL_REFUSE,
		"nothing would prove that you can still reach the host"},
	[FINDING_CHECK_FAILS] = {"check-fails", DS_LEVEL_REFUSE,
		"a command given with --check fails before anything was changed"},
	[FINDING_HOOK_UNTRUSTED] = {"hook-untrusted", DS_LEVEL_REFUSE,
		"someone other than root could have changed a hook; it is never run"},
	[FINDING_HOOK_OFF] = {"hook-off", DS_LEVEL_WARN,
		"a hook is not executable, and so is not run"},
	[FINDING_OPTION_UNUSED] = {"option-unused", DS_LEVEL_REFUSE,
		"no code is exchanged, and an option that was given speaks of nothing else"},
	[FINDING_COUNT] = {NULL, DS_LEVEL_WARN, NULL},
};
/* clang-format on */

static void (*const checks[])(struct checker *) = {
	check_kernel,
	check_module_state,
	check_running_code,
	check_module_users,
	check_candidate_file,
	check_candidate_image,
	check_candidate_fits,
	check_symbols,
	check_holder_symbols,
	check_dependencies,
	check_params,
	check_devices,
	check_proven,
	check_signature,
	check_policy,
	check_place,
	check_initramfs,
	check_storage,
	check_network,
	check_at_work,
	check_proof,
	check_commands,
	check_hooks,
	check_options,
};

void checker_find(
	struct checker *checker, enum finding_id id, const char *advice, const char *format, ...)
{
	struct ds_finding *finding = ds_list_add(&checker->findings->items);
	va_list args;

	if (!finding) {
		checker->is_out_of_memory = true;
		return;
	}
	finding->level = ds_finding_kinds[id].level;
	finding->is_overridden =
		finding->level == DS_LEVEL_REFUSE &&
		ds_strings_has(&checker->request->overrides, ds_finding_kinds[id].name);
	va_start(args, format);
	if (vasprintf(&finding->text, format, args) < 0)
		finding->text = NULL;
	va_end(args);
	if (!finding->text || ds_string_set(&finding->name, ds_finding_kinds[id].name) < 0 ||
		ds_string_set(&finding->advice, advice) < 0)
		checker->is_out_of_memory = true;
}

int ds_check(const struct ds_request *request, const struct ds_host *host,
	struct ds_findings *ret_findings, struct ds_error *error)
{
	struct checker checker = {.request = request, .host = host, .findings = ret_findings};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&checker);
	if (checker.is_out_of_memory) {
		ds_record_done(&ds_findings_record, ret_findings);
		return ds_error_set(error, -ENOMEM, "out of memory");
	}
	return 0;
}

const struct ds_finding *ds_findings_stop(const struct ds_findings *findings)
{
	for (size_t i = 0; i < findings->items.count; i++) {
		const struct ds_finding *finding = &findings->items.items[i];

		if (finding->level > DS_LEVEL_WARN && !finding->is_overridden)
			return finding;
	}
	return NULL;
}

const struct ds_finding *ds_findings_find(const struct ds_findings *findings, const char *name)
{
	for (size_t i = 0; i < findings->items.count; i++)
		if (strcmp(findings->items.items[i].name, name) == 0)
			return &findings->items.items[i];
	return NULL;
}

static const struct ds_field finding_fields[] = {
	DS_STRING(struct ds_finding, name),
	DS_ENUM(struct ds_finding, level, ds_level_names),
	DS_STRING(struct ds_finding, text),
	DS_STRING(struct ds_finding, advice),
	DS_BOOL(struct ds_finding, is_overridden),
	DS_FIELDS_END,
};
const struct ds_record ds_finding_record = {"finding", sizeof(struct ds_finding), finding_fields};

static const struct ds_field findings_fields[] = {
	DS_LIST_OF(struct ds_findings, items, &ds_finding_record),
	DS_FIELDS_END,
};
const struct ds_record ds_findings_record = {
	"findings", sizeof(struct ds_findings), findings_fields};
