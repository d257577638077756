/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

/*
 * One netlink socket: send a request, read what it answers, know the kernel's words.
 *
 * The socket never blocks: the kernel answers a request before the send returns, and the rest of
 * a dump is made while it is read. So an answer that is not there was lost (ENOBUFS), and waiting
 * for it would be for ever.
 */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drvswap/error.h"

struct mnl_socket;
struct sys_netlink;

#define SYS_NETLINK_BUFFER_BYTES 65536 /* a link with many functions needs more than a page */

/* How bytes travel. Tests put a scripted wire in place of the kernel's socket. */
struct sys_netlink_wire {
	int (*send)(struct sys_netlink *netlink, const void *bytes, size_t size);
	ssize_t (*receive)(struct sys_netlink *netlink, void *buffer, size_t size);
};

struct sys_netlink {
	struct mnl_socket *socket;
	const struct sys_netlink_wire *wire;
	void *wire_context;
	uint32_t sequence;
	uint32_t port; /* ours: answers name it, and what other processes send us does not */
	char *buffer;  /* SYS_NETLINK_BUFFER_BYTES */
};

/* Who reads the answers. */
struct sys_visitor {
	int (*visit)(const struct nlmsghdr *message, void *context);
	void (*restart)(void *context); /* forgets what an interrupted dump told; may be NULL */
	void *context;
};

/* protocol: NETLINK_ROUTE ...; groups: multicast groups to join, as bits. */
int sys_netlink_open(
	struct sys_netlink *ret_netlink, int protocol, unsigned int groups, struct ds_error *error);

/* The same over a wire of the caller's own. */
int sys_netlink_open_wire(struct sys_netlink *ret_netlink, const struct sys_netlink_wire *wire,
	void *wire_context, struct ds_error *error);
void sys_netlink_close(struct sys_netlink *netlink);
int sys_netlink_fd(const struct sys_netlink *netlink);

/*
 * Sends the request (its flags and sequence number are set here) and hands every answer to the
 * visitor, to the end even where the visitor fails. what, as in "read the routes", begins the
 * error's sentence. A dump that the kernel calls interrupted, or that overran the socket, is
 * taken again from the start.
 */
int sys_netlink_dump(struct sys_netlink *netlink, struct nlmsghdr *request,
	const struct sys_visitor *visitor, const char *what, struct ds_error *error);
int sys_netlink_ask(struct sys_netlink *netlink, struct nlmsghdr *request,
	const struct sys_visitor *visitor, const char *what, struct ds_error *error);

/* Reads what waits. 0: all; -ENOBUFS: something was lost before the rest, which waits still. */
int sys_netlink_drain(struct sys_netlink *netlink, const struct sys_visitor *visitor);

/*
 * Reads the multicast messages that wait. 0: all read; -ENOBUFS: some were lost, so that only a
 * dump can tell the state. Those that waited are then gone as well: they are older than what was
 * lost, and until they are read the kernel tells the socket nothing new (net/netlink/af_netlink.c,
 * netlink_broadcast_deliver() and netlink_rcv_wake(), 6.1).
 */
int sys_netlink_news(struct sys_netlink *netlink, const struct sys_visitor *visitor);

/* false: an answer to somebody else, or to a request of ours that was given up. */
bool sys_netlink_is_answer(
	const struct sys_netlink *netlink, const struct nlmsghdr *message, uint32_t sequence);

/*
 * The code in an NLMSG_ERROR or NLMSG_DONE (0 or -errno) and the text of its extended ACK.
 * *ret_words points into the message; NULL where the kernel gave none.
 */
int sys_netlink_verdict(const struct nlmsghdr *message, const char **ret_words);

/* "what: the kernel's words (Invalid argument)"; returns code. */
int sys_netlink_error(struct ds_error *error, int code, const char *what, const char *words);

#endif
