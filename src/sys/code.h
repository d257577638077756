/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_CODE_H
#define SYS_CODE_H

/* Putting code into the kernel and taking it out again. */

#include "sys.h"

/*
 * Asks whether the kernel would take the image: while a module of that name is live, the
 * insertion must answer EEXIST, which it does only after signature, policy and vermagic were
 * found good (load_module(), kernel/module/main.c, 6.1 and 6.12).
 */
int sys_code_prove(struct sys *sys, const struct ds_op *op, struct ds_error *error);

/* Inserts the image with op->value as its parameters, unless that very code runs already. */
int sys_code_insert(struct sys *sys, const struct ds_op *op, struct ds_error *error);

/*
 * Unloads the module, unless it is gone or runs with another identity than op says (then it is
 * not ours to unload). Tries again until the deadline while something holds it for a moment.
 */
int sys_code_unload(
	struct sys *sys, const struct ds_op *op, int64_t deadline_ms, struct ds_error *error);

/* Loads a dependency or holder as modprobe would, but never runs an install command. */
int sys_code_load(struct sys *sys, const struct ds_op *op, struct ds_error *error);

#endif
