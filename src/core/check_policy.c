/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the kernel's policy will say. It is the judge: the signature itself is verified by asking
 * it (the insertion that must answer EEXIST), these checks only tell the plain cases early.
 */

#include "check.h"

#include <string.h>

/* Key descriptions are "common name: key id" (crypto/asymmetric_keys/x509_public_key.c, 6.1). */
static bool has_key_of(const ds_strings *keys, const char *signer)
{
	size_t length = strlen(signer);

	for (size_t i = 0; i < keys->count; i++)
		if (strncmp(keys->items[i], signer, length) == 0 &&
			(keys->items[i][length] == ':' || keys->items[i][length] == '\0'))
			return true;
	return false;
}

void check_signature(struct checker *checker)
{
	const struct ds_kernel *kernel = &checker->host->kernel;
	const struct ds_image *image = &checker->host->candidate_image;

	if (!checker_has_candidate(checker))
		return;
	if (!image->is_signed) {
		if (kernel->is_sig_enforced)
			checker_find(checker, FINDING_SIGNATURE_MISSING,
				"Sign it with a key that the kernel trusts (kmodsign, sign-file).",
				"this kernel takes signed modules only, and the candidate is not "
				"signed");
		else if (kernel->lockdown < DS_LOCKDOWN_INTEGRITY)
			checker_find(checker, FINDING_UNSIGNED, "",
				"the candidate is not signed: loading it taints the kernel");
		return;
	}
	/* Without a list of keys nothing can be said about the signer. */
	if (kernel->is_sig_enforced && image->signer && kernel->keys.count > 0 &&
		!has_key_of(&kernel->keys, image->signer))
		checker_find(checker, FINDING_SIGNATURE_UNKNOWN_KEY,
			"Enrol the key (mokutil --import), or sign with one that the kernel has.",
			"the candidate is signed by \"%s\", and the kernel has no key of that name",
			image->signer);
}

void check_policy(struct checker *checker)
{
	const struct ds_kernel *kernel = &checker->host->kernel;
	bool is_live = checker_is_live(checker);

	if (is_live && kernel->is_modules_disabled)
		checker_find(checker, FINDING_MODULES_DISABLED, "Only a reboot lifts it.",
			"kernel.modules_disabled is 1: this kernel loads and unloads no module any "
			"more");
	if (is_live && kernel->lockdown >= DS_LOCKDOWN_INTEGRITY &&
		checker_has_candidate(checker) && !checker->host->candidate_image.is_signed)
		checker_find(checker, FINDING_LOCKDOWN,
			"Sign it with a key that the kernel trusts.",
			"the kernel is locked down (%s) and takes no unsigned module",
			ds_lockdown_names[kernel->lockdown]);
	if (is_live && !kernel->can_load_modules)
		checker_find(checker, FINDING_NO_PRIVILEGE,
			"Run it as root, outside of containers.",
			"CAP_SYS_MODULE is missing: modules cannot be loaded or unloaded");
	if (is_live && checker->host->network.links.count > 0 && !kernel->can_admin_network)
		checker_find(checker, FINDING_NO_PRIVILEGE, "Run it as root.",
			"CAP_NET_ADMIN is missing: the network could not be restored");
	if (!kernel->can_write_files)
		checker_find(checker, FINDING_NO_PRIVILEGE, "Run it as root.",
			"CAP_DAC_OVERRIDE is missing: the installed file cannot be replaced");
}
