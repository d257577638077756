/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_COMPRESS_H
#define SYS_COMPRESS_H

/* Module files are stored plain, or as .xz, .gz or .zst: those that kmod and the kernel read. */

#include "blob.h"
#include "drvswap/module.h"

/* By the first bytes, as libkmod tells them, never by the name. */
enum ds_compression sys_compression_of(const struct sys_blob *stored);

/*
 * Decompresses into a new sealed blob; a plain one is copied. -EBADMSG: the stream is damaged or
 * cut, or uses what the library cannot read; -EFBIG: larger than SYS_BLOB_MAX_BYTES.
 */
int sys_decompress(
	const struct sys_blob *stored, struct sys_blob *ret_image, struct ds_error *error);

/* The same into a blob that is there and not sealed yet. */
int sys_decompress_into(
	const struct sys_blob *stored, struct sys_blob *image, struct ds_error *error);

/*
 * Compresses so that the kernel's own decompressor can read it too: xz with CRC32 and a
 * dictionary of 1 MiB, as scripts/Makefile.modinst does (Linux 6.1).
 */
int sys_compress(const struct sys_blob *image, enum ds_compression compression,
	struct sys_blob *ret_stored, struct ds_error *error);

#endif
