/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "code.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "compress.h"
#include "kmod.h"
#include "kmsg.h"
#include "parser.h"
#include "running.h"

/* include/uapi/linux/module.h, since 5.17; older headers do not have it. */
#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

#define KMSG_BYTES 600
#define RETRY_MS   20

/* --- words ------------------------------------------------------------------------------ */

/* What the errno of this call means; the same number means another thing elsewhere. */
static const char *insert_error_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} words[] = {
		{ENOENT, "unknown symbol"},
		{ENOEXEC, "not a module for this kernel, or damaged"},
		{EINVAL, "symbol version, parameter or format not accepted"},
		{EKEYREJECTED, "the signature is missing, invalid or by an unknown key"},
		{EBADMSG, "the signature block is damaged"},
		{EPERM, "not permitted: no privilege, modules disabled, or kernel lockdown"},
		{EACCES, "forbidden by the security policy (IMA or LSM)"},
		{EBUSY, "a module of that name is being unloaded, or a provider is not ready"},
		{EEXIST, "a module of that name is loaded"},
		{ENODEV, "the module found no device, or its init refused"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].code == code)
			return words[i].text;
	return strerror(code);
}

static const char *unload_error_text(int code)
{
	switch (code) {
	case EAGAIN:
		return "it is in use";
	case EBUSY:
		return "it is being loaded or unloaded, or cannot be unloaded";
	case EPERM:
		return "not permitted: no privilege, or modules disabled";
	default:
		return strerror(code);
	}
}

static int kernel_error(struct ds_error *error, int code, const char *tried, const char *what,
	const char *why, int kmsg)
{
	char words[KMSG_BYTES];

	sys_kmsg_take(kmsg, words, sizeof(words));
	return ds_error_set(error, -code, "%s %s: %s%s%s%s", tried, what, why,
		words[0] ? " (kernel: " : "", words, words[0] ? ")" : "");
}

/* --- insert ----------------------------------------------------------------------------- */

static bool holds(const struct sys_blob *stored, const char *digest)
{
	char found[SYS_DIGEST_BYTES];
	struct sys_blob image;
	struct ds_error ignored;
	bool is_same;

	if (sys_parser_decompress(stored, &image, &ignored) < 0)
		return false;
	is_same = sys_blob_digest(&image, found, &ignored) == 0 && strcmp(found, digest) == 0;
	sys_blob_done(&image);
	return is_same;
}

/* The flags that the file needs, stored as it is; -1: it does not hold what was checked. */
static int flags_for(int fd, const char *digest)
{
	struct sys_blob stored;
	struct ds_error ignored;
	struct stat status;
	int flags = -1;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
		sys_blob_read(fd, &stored, &ignored) < 0)
		return -1;
	if (holds(&stored, digest))
		flags = sys_compression_of(&stored) == DS_COMPRESSION_NONE
				? 0
				: MODULE_INIT_COMPRESSED_FILE;
	sys_blob_done(&stored);
	return flags;
}

/*
 * finit_module(2) from memory first: what was checked is what is inserted. LoadPin and IMA want
 * a file they know; then the file itself is offered, as it is stored, if it holds the same bytes.
 * Kernels that cannot decompress say EINVAL or EOPNOTSUPP: then the first answer is the true one.
 */
static int insert_image(const struct sys_blob *image, const struct ds_op *op, const char *params)
{
	cleanup_close int fd = -1;
	int flags, refusal;

	if (syscall(SYS_finit_module, image->fd, params, 0) == 0)
		return 0;
	refusal = -errno;
	if ((errno != EPERM && errno != EACCES) || !op->path || !op->digest)
		return refusal;
	fd = open(op->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	flags = flags_for(fd, op->digest);
	if (flags < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return refusal;
	if (syscall(SYS_finit_module, fd, params, flags) == 0)
		return 0;
	return errno == EINVAL || errno == EOPNOTSUPP ? refusal : -errno;
}

/* The kernel took what it was only asked about, for the module was gone: it leaves again. */
static int proof_was_taken(const struct ds_op *op, struct ds_error *error)
{
	bool is_gone = syscall(SYS_delete_module, op->module, O_NONBLOCK) == 0;

	ds_error_set(error, -ESTALE,
		"%s was unloaded by someone else meanwhile, so that the kernel took %s%s",
		op->module, op->path,
		is_gone ? "; it was unloaded again, and no driver runs now"
			: ", and it runs now, unverified");
	return ds_error_hint(error, "See `drvswap status`, and load the module that shall run.");
}

int sys_code_prove(struct sys *sys, const struct ds_op *op, struct ds_error *error)
{
	const struct sys_blob *image;
	int kmsg, r = sys_pin_get(sys, op->digest, op->path, &image, error);

	if (r < 0)
		return r;
	kmsg = sys_kmsg_open();
	r = insert_image(image, op, "");
	if (r == -EEXIST) {
		close(kmsg);
		return 0;
	}
	if (r == 0) {
		close(kmsg);
		return proof_was_taken(op, error);
	}
	kernel_error(error, -r, "the kernel would not take", op->path, insert_error_text(-r), kmsg);
	return ds_error_hint(error, "Nothing was touched. The words of the kernel say which build "
				    "it wants.");
}

/* 1: the code runs already; 0: it does not; negative: another module of that name runs. */
static int runs_already(const struct ds_op *op, struct ds_error *error)
{
	struct ds_identity running = {0};
	enum ds_same same;

	if (sys_running_state(op->module) != DS_MODULE_LIVE)
		return 0;
	sys_running_identity(op->module, &running, error);
	same = ds_identity_compare(&op->identity, &running, NULL);
	ds_record_done(&ds_identity_record, &running);
	return same == DS_SAME_NO ? -EEXIST : 1;
}

int sys_code_insert(struct sys *sys, const struct ds_op *op, struct ds_error *error)
{
	const struct sys_blob *image;
	int kmsg, r = runs_already(op, error);

	if (r == 1)
		return 0;
	if (r < 0)
		return ds_error_set(
			error, r, "another build of %s was loaded by someone else", op->module);
	r = sys_pin_get(sys, op->digest, op->path, &image, error);
	if (r < 0)
		return r;
	kmsg = sys_kmsg_open();
	r = insert_image(image, op, op->value ? op->value : "");
	/* udev may have been faster; what counts is which code runs. */
	if (r == -EEXIST && runs_already(op, error) == 1)
		r = 0;
	if (r == 0) {
		close(kmsg);
		return 0;
	}
	return kernel_error(error, -r, "insert", op->path, insert_error_text(-r), kmsg);
}

void sys_code_add_words(struct sys *sys, struct ds_error *error)
{
	char words[KMSG_BYTES];
	size_t length = strlen(error->text);

	sys_kmsg_take(sys->kmsg, words, sizeof(words));
	sys->kmsg = -1;
	if (words[0])
		snprintf(
			error->text + length, sizeof(error->text) - length, " (kernel: %s)", words);
}

/* --- unload ----------------------------------------------------------------------------- */

static bool is_ours_to_unload(const struct ds_op *op, struct ds_error *error)
{
	struct ds_identity running = {0};
	bool is_ours;

	if (sys_running_state(op->module) == DS_MODULE_ABSENT)
		return false;
	sys_running_identity(op->module, &running, error);
	/* While a module is coming or going the kernel does not tell; then the name decides. */
	is_ours = ds_identity_compare(&op->identity, &running, NULL) != DS_SAME_NO ||
		  (!op->identity.build_id && !op->identity.srcversion && !op->identity.version);
	ds_record_done(&ds_identity_record, &running);
	return is_ours;
}

/*
 * A reader in /sys or a running ioctl holds a reference for a moment, and the kernel has no event
 * for its end: this is the one place where waiting means asking again.
 */
static int remove_until(struct kmod_module *module, int64_t deadline_ms)
{
	int r;

	for (;;) {
		r = kmod_module_remove_module(module, KMOD_REMOVE_NOWAIT);
		if ((r != -EAGAIN && r != -EBUSY) || sys_now_ms() + RETRY_MS > deadline_ms)
			return r;
		poll(NULL, 0, RETRY_MS);
	}
}

/*
 * The kernel's EBUSY has two meanings: somebody uses the module, who may let go of it; or its init
 * or exit is not over, as for ever after an oops in it.
 */
static int unload_error(const struct ds_op *op, int code, int kmsg, struct ds_error *error)
{
	enum ds_module_state state = sys_running_state(op->module);

	kernel_error(error, -code, "unload", op->module, unload_error_text(-code), kmsg);
	if (code != -EBUSY || (state != DS_MODULE_COMING && state != DS_MODULE_GOING))
		return error->code;
	ds_error_prefix(error, "%s is neither loaded nor unloaded, and stays so", op->module);
	return error->code = -ENOTRECOVERABLE;
}

int sys_code_unload(
	struct sys *sys, const struct ds_op *op, int64_t deadline_ms, struct ds_error *error)
{
	struct kmod_ctx *kmod;
	struct kmod_module *module;
	int kmsg, r;

	(void)sys;
	if (!is_ours_to_unload(op, error))
		return 0;
	r = sys_kmod_open(NULL, &kmod, error);
	if (r < 0)
		return r;
	r = kmod_module_new_from_name(kmod, op->module, &module);
	if (r < 0) {
		kmod_unref(kmod);
		return ds_error_set(error, r, "%s: %s", op->module, strerror(-r));
	}
	kmsg = sys_kmsg_open();
	r = remove_until(module, deadline_ms);
	kmod_module_unref(module);
	kmod_unref(kmod);
	if (r == 0 || r == -ENOENT) {
		close(kmsg);
		return 0;
	}
	return unload_error(op, r, kmsg, error);
}

/* --- load ------------------------------------------------------------------------------- */

int sys_code_load(struct sys *sys, const struct ds_op *op, struct ds_error *error)
{
	struct kmod_ctx *kmod;
	struct kmod_module *module;
	int kmsg, r;

	(void)sys;
	if (sys_running_state(op->module) == DS_MODULE_LIVE)
		return 0;
	r = sys_kmod_open(NULL, &kmod, error);
	if (r < 0)
		return r;
	r = kmod_module_new_from_name(kmod, op->module, &module);
	if (r < 0) {
		kmod_unref(kmod);
		return ds_error_set(error, r, "%s: %s", op->module, strerror(-r));
	}
	kmsg = sys_kmsg_open();
	/* The options of modprobe.d are added by libkmod itself. */
	r = kmod_module_probe_insert_module(
		module, KMOD_PROBE_IGNORE_COMMAND, NULL, NULL, NULL, NULL);
	kmod_module_unref(module);
	kmod_unref(kmod);
	if (r >= 0) {
		close(kmsg);
		return 0;
	}
	return kernel_error(error, -r, "load", op->module, insert_error_text(-r), kmsg);
}
