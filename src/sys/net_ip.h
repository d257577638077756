/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_IP_H
#define SYS_NET_IP_H

/* IP addresses between netlink's bytes and the text of the records. */

#include "message.h"

#define SYS_IP_BYTES 16

/* Bytes of an address of the family, 0 where it is not IP. */
size_t sys_ip_bytes(int64_t family);

/* Allocates the text; NULL attribute or wrong size leaves *ret_text NULL. 0 or -ENOMEM. */
int sys_ip_read(int64_t family, const struct nlattr *attr, char **ret_text);
int sys_ip_read_bytes(int64_t family, const void *bytes, size_t size, char **ret_text);

/* -EINVAL: not an address of the family. */
int sys_ip_parse(int64_t family, const char *text, uint8_t ret_bytes[SYS_IP_BYTES]);

/* Puts the attribute; a NULL text puts nothing. -EINVAL as above. */
int sys_ip_put(struct sys_message *message, uint16_t type, int64_t family, const char *text);

#endif
