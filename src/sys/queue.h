/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_QUEUE_H
#define SYS_QUEUE_H

/*
 * Many changes in few system calls.
 *
 * The kernel takes the messages of one send in their order, goes on after one that fails, and
 * answers each; so even changes that build on each other travel together. A change whose answer
 * was lost is sent again: all that is queued must bear that, as "create, and EEXIST is fine" does.
 */

#include "message.h"
#include "netlink.h"

#define SYS_QUEUE_MESSAGES 128   /* their answers fit any socket's receive buffer */
#define SYS_QUEUE_BYTES    65536 /* sent at once */
#define SYS_MESSAGE_BYTES  32768 /* the longest: a route over a thousand legs */

/* What a queued message is for. The text is made only when it fails. */
struct sys_change {
	void (*describe)(const struct sys_change *change, char *ret_text, size_t size);
	const void *subject;
	const void *detail;
	int harmless; /* the errno that says "is so already"; 0: none */
};

struct sys_queue {
	struct sys_netlink *netlink;
	void (*failed)(void *context, const struct sys_change *change, int code, const char *words);
	void (*done)(void *context,
		const struct sys_change *change); /* the kernel changed something; may be NULL */
	void *context;
	char *bytes;
	size_t used, count;
	struct sys_message message; /* the one being written */
	struct {
		struct sys_change change;
		size_t offset;
		uint32_t sequence;
		bool is_answered;
	} items[SYS_QUEUE_MESSAGES];
};

int sys_queue_open(
	struct sys_queue *ret_queue, struct sys_netlink *netlink, struct ds_error *error);
void sys_queue_close(struct sys_queue *queue);

/* A message to write into; it goes nowhere until sys_queue_add(). */
struct sys_message *sys_queue_begin(struct sys_queue *queue, uint16_t type, uint16_t flags);
void sys_queue_add(struct sys_queue *queue, const struct sys_change *change);

/* Sends what waits; each failure is told to failed(). */
void sys_queue_flush(struct sys_queue *queue);

#endif
