/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_PARSER_H
#define SYS_PARSER_H

/*
 * Module files are read by a child without privileges, for a damaged or hostile one may find an
 * error in a decompressor, in libelf, in OpenSSL or in our own code. It gets sealed memory, gives
 * back memory or a record, and owns nothing else (confine.h). One child serves all the files of
 * this process; a child that died is replaced with the next file.
 */

#include "blob.h"
#include "drvswap/module.h"

/*
 * As sys_decompress(). A child that fails is -EBADMSG: the bytes made it fail. One that could not
 * give up its privileges is -EACCES: it was shown no bytes.
 */
int sys_parser_decompress(
	const struct sys_blob *stored, struct sys_blob *ret_image, struct ds_error *error);

/* As sys_image_parse(). A child that fails is the fault DS_IMAGE_DAMAGED, one that
 * kept its privileges DS_IMAGE_UNREAD. */
int sys_parser_parse(
	const struct sys_blob *image, struct ds_image *ret_image, struct ds_error *error);

/*
 * Ends the child. For when it has read what others wrote: had it been taken over, it could answer
 * wrongly for the next file.
 */
void sys_parser_end(void);

#endif
