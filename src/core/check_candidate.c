/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The candidate: the file that holds it, the image in it, and whether it fits this kernel. */

#include "check.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

static void find_no_candidate(struct checker *checker)
{
	const char *path = checker->host->candidate.path;

	if (checker->request->candidate_from == DS_FROM_FILE)
		checker_find(checker, FINDING_CANDIDATE_MISSING, "Check the path.",
			"there is no file %s", checker->request->file);
	else if (checker->request->candidate_from == DS_FROM_BUNDLED)
		checker_find(checker, FINDING_CANDIDATE_MISSING,
			"Name a file: drvswap MODULE FILE. What is bundled, and how it is built, "
			"is in "
			"drvswap(8), BUNDLED DRIVER.",
			"no bundled driver %s is built for the kernel %s", checker->request->module,
			checker->host->kernel.release);
	else if (checker->request->candidate_from == DS_FROM_ORIGINAL)
		checker_find(checker, FINDING_CANDIDATE_MISSING,
			"The original is kept by the first swap of a module.",
			"no original of %s is kept for this kernel", checker->request->module);
	else
		checker_find(checker, FINDING_CANDIDATE_MISSING,
			"`drvswap status` shows what is kept.",
			"there is no %s: no swap left anything to return to",
			path ? path : "file with the name of the installed one and .old");
}

static void find_fault(struct checker *checker, enum ds_image_fault fault)
{
	static const struct {
		enum finding_id id;
		const char *text, *advice;
	} faults[DS_IMAGE_FAULT_COUNT] = {
		[DS_IMAGE_EMPTY] = {FINDING_CANDIDATE_EMPTY, "is empty", "Copy it again."},
		[DS_IMAGE_TOO_LARGE] = {FINDING_CANDIDATE_DAMAGED, "is larger than 256 MiB",
			"Strip its debug information (strip --strip-debug)."},
		[DS_IMAGE_BAD_COMPRESSION] = {FINDING_CANDIDATE_DAMAGED, "cannot be decompressed",
			"Copy it again."},
		[DS_IMAGE_NOT_ELF] = {FINDING_CANDIDATE_NOT_MODULE,
			"is not a kernel module: it is not an ELF file", "Name a .ko file."},
		[DS_IMAGE_TRUNCATED] = {FINDING_CANDIDATE_TRUNCATED,
			"ends too early: its headers point behind its end", "Copy it again."},
		[DS_IMAGE_NOT_MODULE] = {FINDING_CANDIDATE_NOT_MODULE,
			"is an ELF file, but not a kernel module", "Name a .ko file."},
		[DS_IMAGE_BAD_SIGNATURE_BLOCK] = {FINDING_SIGNATURE_BROKEN,
			"ends with a damaged signature block", "Sign it again."},
		[DS_IMAGE_DAMAGED] = {FINDING_CANDIDATE_DAMAGED, "cannot be read as a module",
			"Copy it again, and ask where it came from: no build tool makes such "
			"files."},
		[DS_IMAGE_UNREAD] = {FINDING_CANDIDATE_UNREADABLE, "was not read",
			"Module files are read without privileges alone: run drvswap where it may "
			"change its user and drop its capabilities."},
	};
	const char *detail = checker->host->candidate_image.fault_detail;
	const char *advice = faults[fault].advice;

	/* What a rollback would take is no copy of anything that could be made again. */
	if (fault != DS_IMAGE_UNREAD && checker->request->candidate_from == DS_FROM_PREVIOUS)
		advice = "`drvswap rollback --original`, or a swap to a file.";
	else if (fault != DS_IMAGE_UNREAD && checker->request->candidate_from == DS_FROM_ORIGINAL)
		advice = "Swap to a file: drvswap MODULE FILE.";

	checker_find(checker, faults[fault].id, advice, "%s %s%s%s%s",
		checker->host->candidate.path, faults[fault].text, detail ? " (" : "",
		detail ? detail : "", detail ? ")" : "");
}

void check_candidate_file(struct checker *checker)
{
	const struct ds_file *file = &checker->host->candidate;

	switch (file->type) {
	case DS_FILE_ABSENT:
		find_no_candidate(checker);
		return;
	case DS_FILE_UNREADABLE:
		if (file->access_errno == EFBIG) {
			find_fault(checker, DS_IMAGE_TOO_LARGE);
			return;
		}
		checker_find(checker, FINDING_CANDIDATE_UNREADABLE,
			"Check the path and its permissions.", "%s cannot be read: %s", file->path,
			strerror((int)file->access_errno));
		return;
	case DS_FILE_REGULAR:
		break;
	default:
		checker_find(checker, FINDING_CANDIDATE_NOT_REGULAR, "Name the module file itself.",
			"%s is a %s, not a regular file", file->path,
			file->type == DS_FILE_DIRECTORY ? "directory"
			: file->type == DS_FILE_FIFO    ? "FIFO"
							: "device or socket");
		return;
	}
	if (!file->is_owner_safe)
		checker_find(checker, FINDING_CANDIDATE_OWNER,
			"Whoever owns the file would put code into your kernel: chown it, or copy "
			"it.",
			"%s belongs to user %lld, who is neither root nor you", file->path,
			(long long)file->uid);
	if (file->mode & (S_IWGRP | S_IWOTH))
		checker_find(checker, FINDING_CANDIDATE_WRITABLE, "chmod go-w it.",
			"%s may be written by others (mode %04llo)", file->path,
			(unsigned long long)file->mode);
	else if (!file->is_place_safe)
		checker_find(checker, FINDING_CANDIDATE_WRITABLE,
			"Copy it to a directory that only root or you can write.",
			"a directory above %s may be written by others", file->path);
}

void check_candidate_image(struct checker *checker)
{
	const struct ds_image *image = &checker->host->candidate_image;

	if (checker->host->candidate.type == DS_FILE_REGULAR && image->fault != DS_IMAGE_OK)
		find_fault(checker, image->fault);
}

/* The flags behind the release: "6.1.0-56-amd64 SMP preempt mod_unload modversions ". */
static const char *vermagic_flags(const char *vermagic)
{
	return vermagic + strcspn(vermagic, " ");
}

static bool has_versions(const struct ds_image *image)
{
	for (size_t i = 0; i < image->imports.count; i++)
		if (image->imports.items[i].has_crc)
			return true;
	return false;
}

/*
 * As the kernel compares (same_magic(), kernel/module/version.c, 6.1): a module that carries CRCs
 * is only asked for the flags, for its CRCs say more than the name of a release.
 */
static bool vermagic_fits(const struct ds_kernel *kernel, const struct ds_image *image)
{
	size_t release = strlen(kernel->release);
	bool is_same_release =
		strncmp(image->vermagic, kernel->release, release) == 0 &&
		(image->vermagic[release] == ' ' || image->vermagic[release] == '\0');

	if (!has_versions(image) && !is_same_release)
		return false;
	return !kernel->vermagic ||
	       strcmp(vermagic_flags(kernel->vermagic), vermagic_flags(image->vermagic)) == 0;
}

/* The machine of a module that is installed for the kernel that is meant; NULL: none tells. */
static const char *installed_machine(const struct ds_host *host)
{
	const struct ds_image *images[] = {&host->installed_image, &host->previous_image};

	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		if (images[i]->fault == DS_IMAGE_OK && images[i]->machine)
			return images[i]->machine;
	return NULL;
}

/*
 * ELF says best what the kernel is made of. `uname -m` has other names, and for some machines we
 * have none: such a one is left to the kernel, which refuses what is not its own.
 */
static bool check_machine(struct checker *checker)
{
	const char *machine = checker->host->candidate_image.machine;
	const char *wanted = installed_machine(checker->host);

	if (!machine ||
		(!wanted && strncmp(machine, DS_MACHINE_UNNAMED, strlen(DS_MACHINE_UNNAMED)) == 0))
		return true;
	if (!wanted)
		wanted = checker->host->kernel.machine;
	if (ds_string_equal(machine, wanted))
		return true;
	checker_find(checker, FINDING_MACHINE_MISMATCH, "Get the build for this machine.",
		"the candidate is for %s, the kernel for %s", machine, wanted ? wanted : "?");
	return false;
}

void check_candidate_fits(struct checker *checker)
{
	const struct ds_image *image = &checker->host->candidate_image;
	const struct ds_kernel *kernel = &checker->host->kernel;

	if (!checker_has_candidate(checker) || !check_machine(checker))
		return;
	if (!ds_string_equal(image->name, checker->host->module.name))
		checker_find(checker, FINDING_NAME_MISMATCH,
			"The name in the file counts, not the name of the file.",
			"the candidate is the module %s, not %s", image->name ? image->name : "?",
			checker->host->module.name);
	if (image->is_permanent && checker_exchanges_code(checker))
		checker_find(checker, FINDING_CANDIDATE_PERMANENT,
			"Get a build with an exit function, or install the file and reboot.",
			"the candidate has no exit function: once it runs, the kernel does not "
			"unload it, and nothing could be rolled back");
	if (image->vermagic && !vermagic_fits(kernel, image))
		checker_find(checker, FINDING_VERMAGIC_MISMATCH,
			kernel->is_offline ? "Build it against the headers of that kernel."
					   : "Build it against the headers of the running kernel.",
			"the candidate was built for \"%s\", %s kernel is \"%s\"", image->vermagic,
			kernel->is_offline ? "that" : "this",
			kernel->vermagic ? kernel->vermagic : kernel->release);
}

static bool claims(const struct ds_image *image, const struct ds_device *device)
{
	for (size_t i = 0; i < image->aliases.count; i++)
		if (fnmatch(image->aliases.items[i], device->modalias, 0) == 0)
			return true;
	return false;
}

void check_devices(struct checker *checker)
{
	const struct ds_host *host = checker->host;

	if (!checker_has_candidate(checker))
		return;
	for (size_t i = 0; i < host->devices.count; i++) {
		const struct ds_device *device = &host->devices.items[i];

		if (!device->modalias || device->override || claims(&host->candidate_image, device))
			continue;
		checker_find(checker, FINDING_ALIAS_MISSING,
			"It would be left without a driver; get a build that supports it.",
			"the candidate does not claim the device %s (%s)", device->address,
			device->modalias);
	}
}

/*
 * A driver may say where it was tried ("tried_on" in its modinfo). Elsewhere it is not known to be
 * bad, but nobody has seen it work: one who swaps it there should be able to fall back.
 */
void check_proven(struct checker *checker)
{
	const ds_strings *tried_on = &checker->host->candidate_image.tried_on;
	const char *hardware = checker->host->kernel.hardware;

	if (!checker_has_candidate(checker) || tried_on->count == 0)
		return;
	for (size_t i = 0; hardware && i < tried_on->count; i++)
		if (fnmatch(tried_on->items[i], hardware, 0) == 0)
			return;
	checker_find(checker, FINDING_UNPROVEN_DEVICE,
		checker->request->confirm_s > 0
			? "It goes back unless you confirm."
			: "Add --confirm, so that it goes back unless you say that it works.",
		"the candidate was tried on %s only, and this host is %s", tried_on->items[0],
		hardware ? hardware : "of unknown make");
}
