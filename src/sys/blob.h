/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_BLOB_H
#define SYS_BLOB_H

/* A file's content in memory that nothing can change any more: a sealed memfd, mapped. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drvswap/error.h"

/* More than any module has; a bound on what a damaged or hostile stream can make us allocate. */
#define SYS_BLOB_MAX_BYTES ((size_t)256 << 20)

struct sys_blob {
	int fd; /* sealed; fit for finit_module(2) */
	const unsigned char *bytes;
	size_t size;
};

/* For growing a blob: write() to fd, then seal it. */
int sys_blob_create(struct sys_blob *ret_blob, struct ds_error *error);
int sys_blob_write(struct sys_blob *blob, const void *bytes, size_t size, struct ds_error *error);
int sys_blob_seal(struct sys_blob *blob, struct ds_error *error);

/*
 * Seals what another process has written to fd, and takes its size from there. -EBADMSG: larger
 * than the bound, or that process holds on to it.
 */
int sys_blob_take(struct sys_blob *blob, struct ds_error *error);

/* Gives the next bytes of what is read, at most size: how many; 0 at the end; -errno. */
typedef ssize_t sys_blob_source(void *from, void *bytes, size_t size, struct ds_error *error);

/* Takes all that a source gives; -EFBIG above the bound. */
int sys_blob_fill(
	sys_blob_source *source, void *from, struct sys_blob *ret_blob, struct ds_error *error);

/* The same of an open file. */
int sys_blob_read(int fd, struct sys_blob *ret_blob, struct ds_error *error);

void sys_blob_done(struct sys_blob *blob);

/* SHA-256, 64 hex digits and a NUL. */
#define SYS_DIGEST_BYTES 65
int sys_blob_digest(
	const struct sys_blob *blob, char ret_digest[SYS_DIGEST_BYTES], struct ds_error *error);

#endif
