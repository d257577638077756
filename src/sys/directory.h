/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_DIRECTORY_H
#define SYS_DIRECTORY_H

#include <stdbool.h>

#include "drvswap/error.h"

/*
 * Opens a directory of ours (SYS_STATE_DIR, SYS_RUN_DIR), making it with mode 0700 where may_create
 * is set. It is no link, belongs to us, and nobody else can write to it: names below it are then
 * what we made them. A descriptor, or a negative errno.
 */
int sys_directory_open(const char *path, bool may_create, struct ds_error *error);

/*
 * Would it be refused? -EPERM, with the sentence. What is not there, or cannot be seen, is no
 * reason. For those who must know before they begin, root or not: it is root's, or refused.
 */
int sys_directory_check(const char *path, struct ds_error *error);

#endif
