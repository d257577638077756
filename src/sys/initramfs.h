/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_INITRAMFS_H
#define SYS_INITRAMFS_H

/* The images that the next boot starts from: finding them, looking into them, making them anew. */

#include "blob.h"
#include "drvswap/host.h"
#include "drvswap/plan.h"

struct sys;

/* All images of this kernel, and what of the module is in them. */
int sys_initramfs_look(struct ds_host *host, struct ds_error *error);

/*
 * Reads the whole image and finds the file of a module in it: its path, allocated, NULL where it
 * is not in there, and its bytes as stored. -EBADMSG: the image is damaged, ends too early or is
 * packed in a way that nobody here can read.
 */
int sys_initramfs_find(const char *path, const char *module, char **ret_path,
	struct sys_blob *ret_stored, struct ds_error *error);

/* The operations of the plan, see enum ds_op_kind. */
int sys_initramfs_build(const struct ds_op *op, const char *release, struct ds_error *error);
int sys_initramfs_exchange(
	struct sys *sys, const struct ds_op *op, const char *release, struct ds_error *error);
int sys_initramfs_restore(
	struct sys *sys, const struct ds_op *op, const char *release, struct ds_error *error);
int sys_initramfs_remove(const struct ds_op *op, struct ds_error *error);

/* What of the module is in the image; empty where it is not in there. */
struct sys_initramfs_module {
	char *path, *digest;
	struct ds_identity identity;
};
int sys_initramfs_module(const char *path, const char *module,
	struct sys_initramfs_module *ret_module, struct ds_error *error);
void sys_initramfs_module_done(struct sys_initramfs_module *module);

#endif
