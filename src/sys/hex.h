/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_HEX_H
#define SYS_HEX_H

/* Bytes as the text of a record. */

#include <stddef.h>
#include <stdint.h>

/* Allocated; NULL when out of memory. */
char *sys_hex_write(const void *bytes, size_t count);

/* -EINVAL: no hex, or more than size bytes. */
int sys_hex_read(const char *hex, uint8_t *ret_bytes, size_t size, size_t *ret_count);

#endif
