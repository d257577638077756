/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_SECCOMP_H
#define SYS_SECCOMP_H

#include "drvswap/error.h"

/* Built with a sanitizer, which maps terabytes, and opens files to tell what it found. */
#if defined(__SANITIZE_ADDRESS__)
#define DS_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DS_IS_SANITIZED 1
#endif
#endif
#ifndef DS_IS_SANITIZED
#define DS_IS_SANITIZED 0
#endif

/*
 * From here on this process can compute, get memory, and use the descriptors that it has or is
 * handed: read, write, map, close. Any other system call fails with EPERM; no memory can be made
 * executable. 0 also where the kernel or the machine has no filters.
 */
int sys_seccomp_enter(struct ds_error *error);

#endif
