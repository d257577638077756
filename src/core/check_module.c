/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The module as it is on the host: is it there, who uses it, is what runs what is installed. */

#include "check.h"

#include <stdlib.h>
#include <string.h>

static bool knows_symbols(const struct ds_host *host)
{
	for (size_t i = 0; i < host->requirements.count; i++)
		if (!host->requirements.items[i].is_known)
			return false;
	return true;
}

void check_kernel(struct checker *checker)
{
	const struct ds_kernel *kernel = &checker->host->kernel;

	if (!checker->request->kernel)
		return;
	if (kernel->is_offline)
		checker_find(checker, FINDING_KERNEL_OFFLINE, "Its next boot will use the file.",
			"%s is not the kernel that runs: nothing is loaded or verified live%s",
			kernel->release,
			knows_symbols(checker->host)
				? ""
				: ", and without its Module.symvers nobody knows whether it has "
				  "all symbols that the candidate needs");
	else if (checker_is_live(checker) && checker_has_candidate(checker) &&
		 ds_identity_compare(&checker->host->module.identity,
			 &checker->host->candidate_image.identity, NULL) != DS_SAME_YES)
		checker_find(checker, FINDING_KERNEL_RUNS,
			"Leave --kernel out: then what runs is exchanged as well.",
			"%s is the kernel that runs, and other code than the candidate's runs in "
			"it",
			kernel->release);
}

void check_module_state(struct checker *checker)
{
	const struct ds_host *host = checker->host;
	const char *name = host->module.name;
	bool is_installed = host->installed.type != DS_FILE_ABSENT;

	switch (host->module.state) {
	case DS_MODULE_BUILTIN:
		checker_find(checker, FINDING_MODULE_BUILTIN,
			"Only another kernel brings another driver.",
			"%s is built into this kernel and cannot be replaced", name);
		break;
	case DS_MODULE_COMING:
	case DS_MODULE_GOING:
		checker_find(checker, FINDING_MODULE_UNSETTLED,
			"Wait and try again; where it stays so (see dmesg), only a reboot helps.",
			"%s is %s: the kernel neither removes nor replaces it in this state", name,
			ds_module_state_names[host->module.state]);
		break;
	case DS_MODULE_ABSENT:
		if (is_installed && host->kernel.is_offline)
			break; /* kernel-offline said it */
		if (is_installed)
			checker_find(checker, FINDING_MODULE_NOT_LOADED,
				"It will be used when the module is loaded next.",
				"%s is not loaded: the file is only installed", name);
		else
			checker_find(checker, FINDING_MODULE_UNKNOWN,
				"Check the name with `modinfo`, or with `lsmod` where it runs; a "
				"module that this kernel never had is installed by its own "
				"package. `drvswap --help` lists the verbs.",
				"%s is neither loaded nor installed for the kernel %s", name,
				host->kernel.release);
		break;
	default:
		if (!is_installed)
			checker_find(checker, FINDING_MODULE_NOT_INSTALLED,
				"After a reboot it will be as it is today.",
				"%s has no file that modprobe would load: only the running module "
				"is "
				"exchanged",
				name);
	}
}

void check_running_code(struct checker *checker)
{
	const struct ds_host *host = checker->host;
	const char *by;

	if (!checker_exchanges_code(checker))
		return;
	if (host->installed.type == DS_FILE_ABSENT) {
		checker_find(checker, FINDING_RUNNING_NOT_ON_DISK,
			"With --override=running-not-on-disk there is no way back but a reboot.",
			"%s runs, but no installed file holds its code: a rollback could not load "
			"it",
			host->module.name);
		return;
	}
	if (host->installed_image.fault != DS_IMAGE_OK)
		return; /* installed-unusable says more */
	if (ds_identity_compare(&host->module.identity, &host->installed_image.identity, &by) !=
		DS_SAME_NO)
		return;
	checker_find(checker, FINDING_RUNNING_NOT_ON_DISK,
		"Reboot, or load the installed file, and try again; with "
		"--override=running-not-on-disk the plan names what a rollback would load.",
		"the %s that runs is not %s (the %s differs): a rollback would load code that "
		"never ran here",
		host->module.name, host->installed.path, by);
}

/* Only with force would the kernel remove such a module, and nobody knows what it leaves then. */
static void find_permanent(struct checker *checker, const char *name, bool is_permanent)
{
	if (is_permanent)
		checker_find(checker, FINDING_MODULE_PERMANENT,
			"Install the file as its package would, and reboot.",
			"%s has no exit function (\"[permanent]\" in /proc/modules): the kernel "
			"does "
			"not unload it",
			name);
}

static void find_foreign_refs(struct checker *checker, const char *name, int64_t foreign_refs)
{
	if (foreign_refs > 0)
		checker_find(checker, FINDING_MODULE_IN_USE,
			"Stop what uses it: a mounted file system, a program that holds its device "
			"open, an RDMA or storage service.",
			"%s is in use: references to it that belong to no module: %lld", name,
			(long long)foreign_refs);
}

void check_module_users(struct checker *checker)
{
	const struct ds_module *module = &checker->host->module;

	if (!checker_exchanges_code(checker))
		return;
	find_permanent(checker, module->name, module->is_permanent);
	find_foreign_refs(checker, module->name, module->foreign_refs);
	for (size_t i = 0; i < module->holders.count; i++) {
		const struct ds_holder *holder = &module->holders.items[i];

		checker_find(checker, FINDING_MODULE_HAS_HOLDERS, "",
			"%s uses %s: it is unloaded first and loaded again after", holder->name,
			module->name);
		find_permanent(checker, holder->name, holder->is_permanent);
		find_foreign_refs(checker, holder->name, holder->foreign_refs);
		if (!holder->path)
			checker_find(checker, FINDING_HOLDER_NOT_INSTALLED,
				"Install it, or unload it yourself.",
				"%s uses %s and has no installed file: it could not be loaded "
				"again",
				holder->name, module->name);
		else if (ds_identity_compare(&holder->identity, &holder->installed, NULL) ==
			 DS_SAME_NO)
			checker_find(checker, FINDING_HOLDER_NOT_INSTALLED,
				"Reload it from its file first.",
				"the %s that runs is not %s: loading it again would bring other "
				"code",
				holder->name, holder->path);
	}
	if (module->install_command)
		checker_find(checker, FINDING_INSTALL_COMMAND,
			"drvswap inserts the file itself and never runs that command.",
			"modprobe.d has an install command for %s: %s", module->name,
			module->install_command);
}
