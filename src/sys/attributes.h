/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_ATTRIBUTES_H
#define SYS_ATTRIBUTES_H

#include "drvswap/error.h"

/*
 * Gives the open file fd (path only names it in errors) the mode, owner, security label, ACL and
 * other extended attributes of the open file like. security.ima and security.evm are left out:
 * they sign content, and would make the file unreadable where they are enforced.
 */
int sys_attributes_copy(int like, int fd, const char *path, struct ds_error *error);

#endif
