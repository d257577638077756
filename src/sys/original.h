/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_ORIGINAL_H
#define SYS_ORIGINAL_H

/*
 * Where the original of an installed file is kept: below the state directory by its place below the
 * directory of its kernel's modules. A file of the same name elsewhere (updates/ before kernel/) is
 * another file, with an original of its own. Allocated; NULL: out of memory.
 */
char *sys_original_path(const char *release, const char *installed);

#endif
