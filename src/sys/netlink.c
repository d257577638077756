/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "message.h"

#define DUMP_ATTEMPTS 16
#define ERRNO_MAX     4095 /* include/linux/err.h: MAX_ERRNO */

/* How a request ended. */
struct ending {
	bool is_over;
	bool is_interrupted; /* the dump mixes two states of the kernel */
	int code;
	char words[256];
};

static int kernel_send(struct sys_netlink *netlink, const void *bytes, size_t size)
{
	return mnl_socket_sendto(netlink->socket, bytes, size) < 0 ? -errno : 0;
}

static ssize_t kernel_receive(struct sys_netlink *netlink, void *buffer, size_t size)
{
	ssize_t got = mnl_socket_recvfrom(netlink->socket, buffer, size);

	return got < 0 ? -errno : got;
}

static const struct sys_netlink_wire kernel_wire = {kernel_send, kernel_receive};

/* Each of these only makes answers better, and an old kernel may lack it: no error. */
static void socket_ask_for_words(struct mnl_socket *socket)
{
	static const int options[] = {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK};
	int on = 1;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		mnl_socket_setsockopt(socket, options[i], &on, sizeof(on));
}

int sys_netlink_open_wire(struct sys_netlink *ret_netlink, const struct sys_netlink_wire *wire,
	void *wire_context, struct ds_error *error)
{
	char *buffer = malloc(SYS_NETLINK_BUFFER_BYTES);

	if (!buffer)
		return ds_error_set(error, -ENOMEM, "open a netlink socket: out of memory");
	*ret_netlink = (struct sys_netlink){
		.wire = wire,
		.wire_context = wire_context,
		.buffer = buffer,
	};
	return 0;
}

int sys_netlink_open(
	struct sys_netlink *ret_netlink, int protocol, unsigned int groups, struct ds_error *error)
{
	struct mnl_socket *socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int code;

	if (!socket)
		return sys_netlink_error(error, -errno, "open a netlink socket", NULL);
	if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0) {
		code = sys_netlink_error(error, -errno, "bind a netlink socket", NULL);
		mnl_socket_close(socket);
		return code;
	}
	socket_ask_for_words(socket);
	code = sys_netlink_open_wire(ret_netlink, &kernel_wire, NULL, error);
	if (code < 0) {
		mnl_socket_close(socket);
		return code;
	}
	ret_netlink->socket = socket;
	ret_netlink->port = mnl_socket_get_portid(socket);
	return 0;
}

void sys_netlink_close(struct sys_netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	free(netlink->buffer);
	*netlink = (struct sys_netlink){0};
}

int sys_netlink_fd(const struct sys_netlink *netlink)
{
	return mnl_socket_get_fd(netlink->socket);
}

int sys_netlink_error(struct ds_error *error, int code, const char *what, const char *words)
{
	if (words && *words)
		return ds_error_set(error, code, "%s: %s (%s)", what, words, strerror(-code));
	return ds_error_set(error, code, "%s: %s", what, strerror(-code));
}

/* Where the attributes of an ACK begin: behind the request, unless the kernel left it out. */
static size_t verdict_header_bytes(const struct nlmsghdr *message)
{
	const struct nlmsgerr *verdict = mnl_nlmsg_get_payload(message);
	size_t bytes;

	if (message->nlmsg_type == NLMSG_DONE)
		return sizeof(int);
	bytes = sizeof(*verdict);
	if (!(message->nlmsg_flags & NLM_F_CAPPED) && verdict->error &&
		verdict->msg.nlmsg_len > sizeof(verdict->msg))
		bytes += verdict->msg.nlmsg_len - sizeof(verdict->msg);
	return bytes;
}

int sys_netlink_verdict(const struct nlmsghdr *message, const char **ret_words)
{
	const struct nlattr *at[NLMSGERR_ATTR_MSG + 1];
	size_t least = message->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
	int code;

	*ret_words = NULL;
	if (mnl_nlmsg_get_payload_len(message) < least)
		return message->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
	if (message->nlmsg_flags & NLM_F_ACK_TLVS) {
		sys_attrs_of(message, verdict_header_bytes(message), at, NLMSGERR_ATTR_MSG);
		*ret_words = sys_attr_text(at[NLMSGERR_ATTR_MSG]);
	}
	return code > 0 || code < -ERRNO_MAX ? -EBADMSG : code;
}

static void ending_write(struct ending *ending, const struct nlmsghdr *message)
{
	const char *words;

	ending->is_over = true;
	ending->code = sys_netlink_verdict(message, &words);
	if (words) {
		strncpy(ending->words, words, sizeof(ending->words) - 1);
		ending->words[sizeof(ending->words) - 1] = '\0';
	}
}

static bool message_is_last(const struct nlmsghdr *message)
{
	return message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
}

/*
 * The message at that offset, NULL where no whole one is there. mnl_nlmsg_ok() compares lengths as
 * int, and lets one of two gigabytes pass (libmnl 1.0.4, 1.0.5).
 */
static const struct nlmsghdr *message_at(
	const struct sys_netlink *netlink, size_t size, size_t offset)
{
	const struct nlmsghdr *message = (const void *)(netlink->buffer + offset);

	if (offset > size || size - offset < sizeof(*message) ||
		message->nlmsg_len < sizeof(*message) || message->nlmsg_len > size - offset)
		return NULL;
	return message;
}

static size_t behind(size_t offset, const struct nlmsghdr *message)
{
	return offset + sys_align(message->nlmsg_len);
}

bool sys_netlink_is_answer(
	const struct sys_netlink *netlink, const struct nlmsghdr *message, uint32_t sequence)
{
	return message->nlmsg_seq == sequence && message->nlmsg_pid == netlink->port;
}

/* One datagram; the first failure of the visitor stays in *failure. */
static void read_datagram(struct sys_netlink *netlink, size_t size,
	const struct sys_visitor *visitor, struct ending *ending, int *failure)
{
	const struct nlmsghdr *message;

	for (size_t at = 0; (message = message_at(netlink, size, at)); at = behind(at, message)) {
		if (!sys_netlink_is_answer(netlink, message, netlink->sequence))
			continue;
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			ending->is_interrupted = true;
		if (message_is_last(message)) {
			ending_write(ending, message);
			return;
		}
		if (message->nlmsg_type >= NLMSG_MIN_TYPE && visitor && !*failure)
			*failure = visitor->visit(message, visitor->context);
	}
}

static int read_answers(
	struct sys_netlink *netlink, const struct sys_visitor *visitor, struct ending *ending)
{
	int failure = 0;

	*ending = (struct ending){0};
	while (!ending->is_over) {
		ssize_t got =
			netlink->wire->receive(netlink, netlink->buffer, SYS_NETLINK_BUFFER_BYTES);

		if (got == -ENOBUFS) /* read on: the kernel runs one dump per socket at a time */
			ending->is_interrupted = true;
		if (got == -EINTR || got == -ENOBUFS)
			continue;
		if (got <= 0)
			return got ? (int)got : -EIO;
		read_datagram(netlink, (size_t)got, visitor, ending, &failure);
	}
	return failure;
}

static int request_send(struct sys_netlink *netlink, struct nlmsghdr *request, unsigned int flags)
{
	request->nlmsg_flags |= (uint16_t)(NLM_F_REQUEST | flags);
	request->nlmsg_seq = ++netlink->sequence;
	return netlink->wire->send(netlink, request, request->nlmsg_len);
}

static int request_run(struct sys_netlink *netlink, struct nlmsghdr *request, unsigned int flags,
	const struct sys_visitor *visitor, struct ending *ending)
{
	int code = request_send(netlink, request, flags);

	if (code == 0)
		code = read_answers(netlink, visitor, ending);
	return code;
}

int sys_netlink_ask(struct sys_netlink *netlink, struct nlmsghdr *request,
	const struct sys_visitor *visitor, const char *what, struct ds_error *error)
{
	struct ending ending = {0};
	int code = request_run(netlink, request, NLM_F_ACK, visitor, &ending);

	if (code < 0)
		return sys_netlink_error(error, code, what, NULL);
	if (ending.code < 0)
		return sys_netlink_error(error, ending.code, what, ending.words);
	return 0;
}

/* Is it worth taking the dump again? */
static bool dump_was_cut(int code, const struct ending *ending)
{
	return code == -EAGAIN || (code == 0 && ending->is_interrupted);
}

int sys_netlink_dump(struct sys_netlink *netlink, struct nlmsghdr *request,
	const struct sys_visitor *visitor, const char *what, struct ds_error *error)
{
	struct ending ending = {0};

	for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
		int code;

		if (attempt && visitor->restart)
			visitor->restart(visitor->context);
		code = request_run(netlink, request, NLM_F_DUMP, visitor, &ending);
		if (dump_was_cut(code, &ending))
			continue;
		if (code < 0)
			return sys_netlink_error(error, code, what, NULL);
		if (ending.code < 0)
			return sys_netlink_error(error, ending.code, what, ending.words);
		return 0;
	}
	return ds_error_set(
		error, -EAGAIN, "%s: changed %d times while it was read", what, DUMP_ATTEMPTS);
}

int sys_netlink_drain(struct sys_netlink *netlink, const struct sys_visitor *visitor)
{
	for (;;) {
		ssize_t got =
			netlink->wire->receive(netlink, netlink->buffer, SYS_NETLINK_BUFFER_BYTES);
		const struct nlmsghdr *message;

		if (got == -EINTR)
			continue;
		if (got == -EAGAIN)
			return 0;
		if (got <= 0)
			return got ? (int)got : -EIO;
		for (size_t at = 0; (message = message_at(netlink, (size_t)got, at));
			at = behind(at, message)) {
			int code = visitor->visit(message, visitor->context);

			if (code < 0)
				return code;
		}
	}
}

static int ignore_message(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

int sys_netlink_news(struct sys_netlink *netlink, const struct sys_visitor *visitor)
{
	const struct sys_visitor nobody = {.visit = ignore_message};
	int code = sys_netlink_drain(netlink, visitor);

	if (code == -ENOBUFS)
		while (sys_netlink_drain(netlink, &nobody) == -ENOBUFS)
			;
	return code;
}
