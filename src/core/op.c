/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Operations, steps and plans as records, and an operation in words. */

#include "drvswap/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ds_op_kind_names[] = {"none", "file-hold", "file-release", "file-copy",
	"file-stage", "file-exchange", "file-rename", "file-remove", "file-expect", "depmod",
	"initramfs-build", "initramfs-exchange", "initramfs-restore", "initramfs-remove",
	"autoload-stop", "autoload-allow", "host-compare", "module-prove", "module-load",
	"module-insert", "module-unload", "devices-wait", "network-restore", "network-settings",
	"network-ready", "network-owners", "links-wait", "sysctl", "sysfs", "hook", "verify",
	"confirm", "proof-key", "proof-ack", NULL};
const char *const ds_phase_names[] = {"prepare", "trial", "commit", "clean", NULL};

_Static_assert(sizeof(ds_op_kind_names) / sizeof(char *) == DS_OP_KIND_COUNT + 1, "");
_Static_assert(sizeof(ds_phase_names) / sizeof(char *) == DS_PHASE_COUNT + 1, "");

static const struct ds_field op_fields[] = {
	DS_ENUM(struct ds_op, kind, ds_op_kind_names),
	DS_STRING(struct ds_op, module),
	DS_STRING(struct ds_op, path),
	DS_STRING(struct ds_op, other),
	DS_STRING(struct ds_op, digest),
	DS_STRING(struct ds_op, value),
	DS_RECORD(struct ds_op, identity, &ds_identity_record),
	DS_FIELDS_END,
};
const struct ds_record ds_op_record = {"op", sizeof(struct ds_op), op_fields};

static const struct ds_field step_fields[] = {
	DS_ENUM(struct ds_step, phase, ds_phase_names),
	DS_RECORD(struct ds_step, op, &ds_op_record),
	DS_RECORD(struct ds_step, undo, &ds_op_record),
	DS_FIELDS_END,
};
const struct ds_record ds_step_record = {"step", sizeof(struct ds_step), step_fields};

static const struct ds_field plan_fields[] = {
	DS_LIST_OF(struct ds_plan, steps, &ds_step_record),
	DS_STRING(struct ds_plan, module),
	DS_RECORD(struct ds_plan, from, &ds_identity_record),
	DS_RECORD(struct ds_plan, to, &ds_identity_record),
	DS_STRING(struct ds_plan, from_digest),
	DS_STRING(struct ds_plan, to_digest),
	DS_STRING(struct ds_plan, installed_path),
	DS_BOOL(struct ds_plan, reboots_if_stuck),
	DS_STRING(struct ds_plan, if_stuck),
	DS_BOOL(struct ds_plan, is_live),
	DS_FIELDS_END,
};
const struct ds_record ds_plan_record = {"plan", sizeof(struct ds_plan), plan_fields};

bool ds_plan_is_empty(const struct ds_plan *plan)
{
	return plan->steps.count == 0;
}

/*
 * One row a kind. A letter behind '%' stands for a member: %m module, %p path, %o other, %v value.
 * "with PARAMETERS" is only said where there are some.
 */
static const char *const patterns[DS_OP_KIND_COUNT] = {
	[DS_OP_NONE] = "%v",
	[DS_OP_FILE_HOLD] = "keep package managers out: hold %p",
	[DS_OP_FILE_RELEASE] = "let go of %p",
	[DS_OP_FILE_COPY] = "keep a copy of %o as %p",
	[DS_OP_FILE_STAGE] = "write the candidate to %p",
	[DS_OP_FILE_EXCHANGE] = "exchange %p with %o",
	[DS_OP_FILE_RENAME] = "rename %o to %p",
	[DS_OP_FILE_REMOVE] = "remove %p",
	[DS_OP_FILE_EXPECT] = "check that %p is still what was looked at",
	[DS_OP_INITRAMFS_BUILD] = "build %p with %v, and look for %m in it",
	[DS_OP_INITRAMFS_EXCHANGE] = "exchange %p with %o",
	[DS_OP_INITRAMFS_RESTORE] = "exchange %p with %o",
	[DS_OP_INITRAMFS_REMOVE] = "remove %p",
	[DS_OP_AUTOLOAD_STOP] = "keep udev and modprobe from loading %m (%p)",
	[DS_OP_AUTOLOAD_ALLOW] = "let udev and modprobe load %m again (%p)",
	[DS_OP_DEPMOD] = "run depmod -a %v and look %m up afresh",
	[DS_OP_HOST_COMPARE] = "compare the host with what was observed",
	[DS_OP_MODULE_PROVE] = "ask the kernel whether it would take %p",
	[DS_OP_MODULE_LOAD] = "load %m from %p",
	[DS_OP_MODULE_INSERT] = "insert %m from %p",
	[DS_OP_MODULE_UNLOAD] = "unload %m",
	[DS_OP_DEVICES_WAIT] = "wait until %m drives %v",
	[DS_OP_NETWORK_RESTORE] = "restore the network of %v",
	[DS_OP_NETWORK_SETTINGS] = "restore the settings of %v",
	[DS_OP_NETWORK_READY] = "wait until the kernel is ready to use %v",
	[DS_OP_NETWORK_OWNERS] = ("wait until the owners of the network have settled, and fill "
				  "what they leave out: %v"),
	[DS_OP_LINKS_WAIT] = "wait for the carrier of %v",
	[DS_OP_SYSCTL] = "set %p to %v",
	[DS_OP_SYSFS] = "set %p to %v",
	[DS_OP_HOOK] = "run the %v hook %p",
	[DS_OP_VERIFY] = "verify what runs, the devices, links, addresses, routes and gateways",
	[DS_OP_CONFIRM] = "wait %v s for `drvswap confirm`, and verify all the while",
	[DS_OP_PROOF_KEY] = ("proof: wait %v s for the Enter key at your terminal, and verify all "
			     "the while"),
	[DS_OP_PROOF_ACK] = ("proof: wait %v s until your SSH client acknowledges what is sent "
			     "after the swap, and verify all the while"),
};

/* What doing it without would be a crash: letters as above, and 'd' for the digest. */
static const char *const needs[DS_OP_KIND_COUNT] = {
	[DS_OP_FILE_COPY] = "pod",
	[DS_OP_FILE_STAGE] = "pod",
	[DS_OP_FILE_EXCHANGE] = "pod",
	[DS_OP_FILE_RENAME] = "pod",
	[DS_OP_FILE_REMOVE] = "pd",
	[DS_OP_FILE_EXPECT] = "pd",
	[DS_OP_DEPMOD] = "mpv",
	[DS_OP_INITRAMFS_BUILD] = "mpodv",
	[DS_OP_INITRAMFS_EXCHANGE] = "mpod",
	[DS_OP_INITRAMFS_RESTORE] = "mpod",
	[DS_OP_INITRAMFS_REMOVE] = "mpd",
	[DS_OP_AUTOLOAD_STOP] = "mp",
	[DS_OP_AUTOLOAD_ALLOW] = "p",
	[DS_OP_MODULE_PROVE] = "pd",
	[DS_OP_MODULE_LOAD] = "m",
	[DS_OP_MODULE_INSERT] = "md",
	[DS_OP_MODULE_UNLOAD] = "m",
	[DS_OP_SYSCTL] = "pv",
	[DS_OP_SYSFS] = "pv",
	[DS_OP_HOOK] = "pvo",
};

bool ds_op_is_proof(const struct ds_op *op)
{
	return op->kind == DS_OP_CONFIRM || op->kind == DS_OP_PROOF_KEY ||
	       op->kind == DS_OP_PROOF_ACK;
}

bool ds_op_is_whole(const struct ds_op *op)
{
	const struct {
		char letter;
		const char *text;
	} members[] = {
		{'m', op->module},
		{'p', op->path},
		{'o', op->other},
		{'v', op->value},
		{'d', op->digest},
	};

	for (size_t i = 0; needs[op->kind] && i < sizeof(members) / sizeof(members[0]); i++)
		if (!members[i].text && strchr(needs[op->kind], members[i].letter))
			return false;
	return true;
}

/* The name alone of a file that lies beside the installed one. */
static const char *shorten(const char *path, const char *installed_path)
{
	const char *slash = installed_path ? strrchr(installed_path, '/') : NULL;
	size_t length = slash ? (size_t)(slash - installed_path) + 1 : 0;

	return length && strncmp(path, installed_path, length) == 0 ? path + length : path;
}

static const char *member(const struct ds_op *op, char letter)
{
	const char *text = letter == 'm'   ? op->module
			   : letter == 'p' ? op->path
			   : letter == 'v' ? op->value
					   : op->other;

	return text ? text : "";
}

char *ds_op_text(const struct ds_op *op, const char *installed_path)
{
	bool has_params = (op->kind == DS_OP_MODULE_INSERT || op->kind == DS_OP_MODULE_LOAD) &&
			  op->value && *op->value;
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (const char *p = patterns[op->kind]; *p; p++) {
		if (*p == '%')
			fputs(shorten(member(op, *++p), installed_path), stream);
		else
			fputc(*p, stream);
	}
	if (has_params)
		fprintf(stream, " with %s", op->value);
	if (op->kind == DS_OP_MODULE_INSERT && op->other)
		fputs(", or else by modprobe", stream);
	if (op->kind == DS_OP_VERIFY && op->value)
		fprintf(stream, "; run %s", op->value);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
