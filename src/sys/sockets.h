/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_SOCKETS_H
#define SYS_SOCKETS_H

/* The sockets of this network namespace, as sock_diag tells them. */

#include <stdbool.h>
#include <stdint.h>

#include "drvswap/error.h"

struct sys_socket {
	uint8_t family, protocol; /* AF_INET, IPPROTO_TCP ...; IPPROTO_RAW: any raw one */
	uint32_t ifindex;         /* what it is bound to; 0: nothing */
	uint32_t inode;           /* 0: its owner has closed it */
	uint16_t port;
	uint32_t local[4]; /* of IPv4 the first word; network order */
};

/* "TCP", "raw", "AF_XDP" */
const char *sys_socket_protocol(const struct sys_socket *socket);

struct sys_socket_visitor {
	int (*visit)(const struct sys_socket *socket, void *context);
	/* There are so many of a protocol, and this kernel does not tell of them. */
	int (*untold)(const char *protocol, unsigned int count, void *context);
	void *context;
};

/*
 * Each of TCP, UDP and raw IP, and of AF_XDP. A dump that was interrupted is taken again, and tells
 * again. Where there are some of a protocol the kernel may load its module that tells of them, as
 * it does for ss(8). -ENOMEM alone.
 */
int sys_sockets_each(const struct sys_socket_visitor *visitor);

#endif
