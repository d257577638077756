/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_FILE_H
#define SYS_FILE_H

/* Reading files and judging where they lie. Nothing here writes. */

#include "blob.h"
#include "drvswap/module.h"

/*
 * Describes what is at path: symbolic links in the directories are resolved, and one at the end
 * too where follow is set. A file that is not there or not readable is described as such. 0 or
 * -ENOMEM. With ret_stored, which may be NULL, a regular file is read whole.
 */
int sys_file_look(const char *path, bool follow, struct ds_file *ret_file,
	struct sys_blob *ret_stored, struct ds_error *error);

/* Why there is no image in what is stored. */
struct sys_fault {
	enum ds_image_fault kind; /* DS_IMAGE_OK: there is one */
	char *why;                /* allocated; NULL where the kind says it all */
};

/*
 * Reads and decompresses the module file at path. What cannot be decompressed, or grows too large,
 * is no error: the image then holds the bytes as stored, so that even a damaged file has a digest,
 * and ret_fault, which may be NULL, says why.
 */
int sys_file_image(const char *path, struct sys_blob *ret_image, struct sys_fault *ret_fault,
	struct ds_error *error);

/* The image in bytes as stored, by the same rule. */
int sys_stored_image(const struct sys_blob *stored, struct sys_blob *ret_image,
	struct sys_fault *ret_fault, struct ds_error *error);

/* Digest of the image in the file at path; -ENOENT where there is none. */
int sys_file_digest(const char *path, char ret_digest[SYS_DIGEST_BYTES], struct ds_error *error);

/* The same of a name in an open directory; path is what errors call it. */
int sys_file_digest_at(int dirfd, const char *name, const char *path,
	char ret_digest[SYS_DIGEST_BYTES], struct ds_error *error);

/*
 * The content of a small file of /proc or /sys without its last newline; NULL: not there, not
 * readable or no memory.
 */
char *sys_text_read(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The last part of the target of a symbolic link; NULL: no link. */
char *sys_link_name(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
