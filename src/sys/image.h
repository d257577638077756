/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_IMAGE_H
#define SYS_IMAGE_H

#include "blob.h"
#include "drvswap/module.h"

/*
 * Reads the facts of an image: modinfo, identity, symbols with their CRCs, signature. What is no
 * module is no error: the image then says its fault. The digest is not touched. 0 or -ENOMEM.
 */
int sys_image_parse(
	const struct sys_blob *blob, struct ds_image *ret_image, struct ds_error *error);

/*
 * The signature block behind the ELF file (kernel/module/signing.c, 6.1): *ret_signed and the
 * signer's name. -EBADMSG: the marker is there, what is before it is no valid block. On success
 * *ret_elf_bytes is where the ELF file ends.
 */
int sys_signature_parse(
	const struct sys_blob *blob, size_t *ret_elf_bytes, bool *ret_signed, char **ret_signer);

/* Hex of the build-id in a notes section or file; NULL: none, or no memory. */
char *sys_build_id_of_notes(const void *notes, size_t size);

#endif
