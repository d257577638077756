/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>

#define SEND_ATTEMPTS 3

int sys_queue_open(struct sys_queue *ret_queue, struct sys_netlink *netlink, struct ds_error *error)
{
	char *bytes = malloc(SYS_QUEUE_BYTES);

	if (!bytes)
		return ds_error_set(error, -ENOMEM, "queue network changes: out of memory");
	*ret_queue = (struct sys_queue){.netlink = netlink, .bytes = bytes};
	return 0;
}

void sys_queue_close(struct sys_queue *queue)
{
	free(queue->bytes);
	*queue = (struct sys_queue){0};
}

struct sys_message *sys_queue_begin(struct sys_queue *queue, uint16_t type, uint16_t flags)
{
	if (queue->count == SYS_QUEUE_MESSAGES || queue->used + SYS_MESSAGE_BYTES > SYS_QUEUE_BYTES)
		sys_queue_flush(queue);
	queue->message = sys_message_begin(queue->bytes + queue->used, SYS_MESSAGE_BYTES, type,
		(uint16_t)(flags | NLM_F_REQUEST | NLM_F_ACK));
	return &queue->message;
}

void sys_queue_add(struct sys_queue *queue, const struct sys_change *change)
{
	struct nlmsghdr *header = queue->message.header;

	if (queue->message.is_cut) {
		queue->failed(queue->context, change, -EMSGSIZE, NULL);
		return;
	}
	header->nlmsg_seq = ++queue->netlink->sequence;
	queue->items[queue->count].change = *change;
	queue->items[queue->count].offset = queue->used;
	queue->items[queue->count].sequence = header->nlmsg_seq;
	queue->items[queue->count].is_answered = false;
	queue->count++;
	queue->used += sys_align(header->nlmsg_len);
}

static void queue_settle(struct sys_queue *queue, size_t index, int code, const char *words)
{
	const struct sys_change *change = &queue->items[index].change;

	queue->items[index].is_answered = true;
	if (code < 0 && code != -change->harmless)
		queue->failed(queue->context, change, code, words);
	else if (code == 0 && queue->done)
		queue->done(queue->context, change);
}

/* An answer finds its change by the sequence number: changes are numbered in a row. */
static void queue_take_answer(struct sys_queue *queue, const struct nlmsghdr *message)
{
	uint32_t index = message->nlmsg_seq - queue->items[0].sequence;
	const char *words;
	int code;

	if (message->nlmsg_type != NLMSG_ERROR || index >= queue->count ||
		queue->items[index].is_answered ||
		!sys_netlink_is_answer(queue->netlink, message, queue->items[index].sequence))
		return;
	code = sys_netlink_verdict(message, &words);
	queue_settle(queue, index, code, words);
}

static int visit_answer(const struct nlmsghdr *message, void *context)
{
	queue_take_answer(context, message);
	return 0;
}

static size_t queue_count_open(const struct sys_queue *queue)
{
	size_t open = 0;

	for (size_t i = 0; i < queue->count; i++)
		open += !queue->items[i].is_answered;
	return open;
}

/* What no answer came for, one by one: in the rare second round order matters more than speed. */
static int queue_send_open(struct sys_queue *queue)
{
	int code = 0;

	for (size_t i = 0; i < queue->count && code == 0; i++) {
		const struct nlmsghdr *header =
			(const void *)(queue->bytes + queue->items[i].offset);

		if (!queue->items[i].is_answered)
			code = queue->netlink->wire->send(
				queue->netlink, header, header->nlmsg_len);
	}
	return code;
}

void sys_queue_flush(struct sys_queue *queue)
{
	const struct sys_visitor visitor = {.visit = visit_answer, .context = queue};
	int code = 0;

	if (queue->count == 0)
		return;
	code = queue->netlink->wire->send(queue->netlink, queue->bytes, queue->used);
	for (int attempt = 1; code == 0 && attempt <= SEND_ATTEMPTS; attempt++) {
		/* ENOBUFS is told once and clears itself: the answers that fit still wait. */
		while (sys_netlink_drain(queue->netlink, &visitor) == -ENOBUFS)
			;
		if (queue_count_open(queue) == 0 || attempt == SEND_ATTEMPTS)
			break;
		code = queue_send_open(queue);
	}
	for (size_t i = 0; i < queue->count; i++) {
		if (!queue->items[i].is_answered)
			queue_settle(queue, i, code ? code : -ENOBUFS, NULL);
	}
	queue->count = 0;
	queue->used = 0;
}
