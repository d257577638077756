/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_CONFINE_H
#define SYS_CONFINE_H

#include "drvswap/error.h"

/*
 * Takes from this process, for ever, all that parsing bytes does not need: descriptors but the one
 * kept, which becomes number 3; root, groups and capabilities; memory, files and processes without
 * bound; and every system call that is not in a short list. What a kernel does not have (seccomp
 * filters are a configuration choice) is left out; what it has and refuses is an error.
 */
#define SYS_CONFINED_FD 3
int sys_confine(int kept_fd, struct ds_error *error);

#endif
