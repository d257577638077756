/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the kernel's policy will say. It is the judge: the signature itself is verified by asking
 * it (the insertion that must answer EEXIST), these checks only tell the plain cases early.
 */

#include "check.h"

#include <string.h>

/*
 * Key descriptions are "organisation: common name: key id", with or without the organisation
 * (x509_fabricate_name(), crypto/asymmetric_keys/x509_cert_parser.c, 6.1).
 */
static bool is_named(const char *key, const char *signer)
{
	size_t length = strlen(signer);

	for (const char *at = strstr(key, signer); at && length > 0; at = strstr(at + 1, signer))
		if ((at == key || (at - key >= 2 && strncmp(at - 2, ": ", 2) == 0)) &&
			(at[length] == ':' || at[length] == '\0'))
			return true;
	return false;
}

static bool has_key_of(const ds_strings *keys, const char *signer)
{
	for (size_t i = 0; i < keys->count; i++)
		if (is_named(keys->items[i], signer))
			return true;
	return false;
}

/*
 * A signature names who issued the certificate, a key its subject, and which keyrings count
 * differs from one distribution to the next: only the kernel knows, so that this is no refusal.
 * Without a list of keys nothing can be said about the signer.
 */
static void check_signer(struct checker *checker)
{
	const struct ds_kernel *kernel = &checker->host->kernel;
	const char *signer = checker->host->candidate_image.signer;

	if (!signer || kernel->keys.count == 0 || has_key_of(&kernel->keys, signer))
		return;
	if (kernel->is_sig_enforced || kernel->lockdown >= DS_LOCKDOWN_INTEGRITY)
		checker_find(checker, FINDING_SIGNATURE_UNKNOWN_KEY,
			checker_is_live(checker)
				? "The kernel itself is asked before the outage. Where it refuses, "
				  "enrol the key (mokutil --import)."
				: "Where the kernel refuses it, enrol the key (mokutil --import).",
			"the candidate is signed by \"%s\", this kernel takes signed modules "
			"only, "
			"and no key in /proc/keys has that name",
			signer);
}

void check_signature(struct checker *checker)
{
	const struct ds_kernel *kernel = &checker->host->kernel;

	if (!checker_has_candidate(checker))
		return;
	if (checker->host->candidate_image.is_signed)
		check_signer(checker);
	else if (kernel->is_sig_enforced)
		checker_find(checker, FINDING_SIGNATURE_MISSING,
			"Sign it with a key that the kernel trusts (kmodsign, sign-file).",
			"this kernel takes signed modules only, and the candidate is not signed");
	else if (kernel->lockdown < DS_LOCKDOWN_INTEGRITY)
		checker_find(checker, FINDING_UNSIGNED, "",
			"the candidate is not signed: loading it taints the kernel");
}

void check_policy(struct checker *checker)
{
	const struct ds_kernel *kernel = &checker->host->kernel;
	bool is_exchange = checker_exchanges_code(checker);

	if (is_exchange && kernel->is_modules_disabled)
		checker_find(checker, FINDING_MODULES_DISABLED, "Only a reboot lifts it.",
			"kernel.modules_disabled is 1: this kernel loads and unloads no module any "
			"more");
	if (is_exchange && kernel->lockdown >= DS_LOCKDOWN_INTEGRITY &&
		checker_has_candidate(checker) && !checker->host->candidate_image.is_signed)
		checker_find(checker, FINDING_LOCKDOWN,
			"Sign it with a key that the kernel trusts.",
			"the kernel is locked down (%s) and takes no unsigned module",
			ds_lockdown_names[kernel->lockdown]);
	if (is_exchange && !kernel->can_load_modules)
		checker_find(checker, FINDING_NO_PRIVILEGE,
			"Run it as root, outside of containers.",
			"CAP_SYS_MODULE is missing: modules cannot be loaded or unloaded");
	if (is_exchange && ds_network_has_links(&checker->host->network) &&
		!kernel->can_admin_network)
		checker_find(checker, FINDING_NO_PRIVILEGE, "Run it as root.",
			"CAP_NET_ADMIN is missing: the network could not be restored");
	if (!kernel->can_write_files)
		checker_find(checker, FINDING_NO_PRIVILEGE, "Run it as root.",
			"CAP_DAC_OVERRIDE is missing: the installed file cannot be replaced");
}
