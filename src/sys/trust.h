/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_TRUST_H
#define SYS_TRUST_H

#include <stdbool.h>

#include "drvswap/error.h"

/*
 * Could anybody but root have put there, or changed, the program with that absolute path? It is a
 * regular file, it and each directory above it belong to root, nobody else may write to any of
 * them, and none is a link. -EPERM with the sentence that says what is wrong; -ENOENT: there is no
 * such file. *ret_is_off: nobody may execute it.
 */
int sys_trust_program(const char *path, bool *ret_is_off, struct ds_error *error);

#endif
