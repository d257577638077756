/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_INSTALL_H
#define SYS_INSTALL_H

/*
 * The file operations of a plan. Each is idempotent and durable: when it returns 0, what it
 * states is the case on the disk. Digests are those of images (see struct ds_image).
 */

#include "blob.h"

/*
 * Puts image at path, stored in the compression of the file at like, with its mode, owner,
 * security label and extended attributes; all but security.ima and security.evm, which bind the
 * content. -EEXIST where path holds another image.
 */
int sys_install_stage(const char *path, const char *like, const struct sys_blob *image,
	const char *digest, struct ds_error *error);

/* Exchanges path and other in one step, unless path holds digest already. */
int sys_install_exchange(
	const char *path, const char *other, const char *digest, struct ds_error *error);

/* Renames other to path, which must not exist, unless path holds digest and other is gone. */
int sys_install_rename(
	const char *path, const char *other, const char *digest, struct ds_error *error);

/* Removes path where it holds digest; -EEXIST where it holds something else. */
int sys_install_remove(const char *path, const char *digest, struct ds_error *error);

/* -ESTALE unless path holds digest or, where that is not NULL, or_digest. */
int sys_install_expect(
	const char *path, const char *digest, const char *or_digest, struct ds_error *error);

/* Copies other to path as it is stored, with its attributes; makes the directories above. */
int sys_install_copy(
	const char *path, const char *other, const char *digest, struct ds_error *error);

#endif
