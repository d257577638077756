/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Gateways are asked by the kernel itself, with no raw packet of ours: an entry that has an address
 * is set to NUD_PROBE, one that has none is "used" (NTF_USE), and the kernel then asks three times
 * and tells the neighbour group what came of it (net/core/neighbour.c, 6.1: neigh_add(),
 * neigh_timer_handler(); the three are ucast_solicit and mcast_solicit, a second apart).
 */
#include "neighbour.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

#define STATES_VALID   (NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY | NUD_PERMANENT | NUD_NOARP)
#define STATES_UNASKED (NUD_PERMANENT | NUD_NOARP)

/* One question under way. */
struct question {
	struct ds_gateway *gateway;
	int ifindex;
	uint8_t address[sizeof(struct in6_addr)];
	size_t address_bytes;
	uint16_t state; /* NUD_* */
};

struct asking {
	struct sys_netlink netlink, monitor;
	struct question *questions;
	size_t count;
};

static void asking_done(struct asking *asking)
{
	sys_netlink_close(&asking->netlink);
	sys_netlink_close(&asking->monitor);
	free(asking->questions);
}

static struct sys_message neighbour_message(
	const struct question *question, void *buffer, size_t size, uint16_t type, uint16_t flags)
{
	struct sys_message message = sys_message_begin(buffer, size, type, flags);
	struct ndmsg *header = sys_message_extra(&message, sizeof(*header));

	if (header) {
		header->ndm_family = (unsigned char)question->gateway->family;
		header->ndm_ifindex = question->ifindex;
	}
	sys_put(&message, NDA_DST, question->address, question->address_bytes);
	return message;
}

static bool is_about(const struct question *question, const struct ndmsg *header,
	const struct nlattr *destination)
{
	return header->ndm_ifindex == question->ifindex &&
	       header->ndm_family == question->gateway->family && destination &&
	       sys_attr_bytes(destination) >= question->address_bytes &&
	       memcmp((const char *)destination + NLA_HDRLEN, question->address,
		       question->address_bytes) == 0;
}

static int visit_state(const struct nlmsghdr *message, void *context)
{
	const struct ndmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[NDA_DST + 1];
	struct question *question = context;

	if (!header || message->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, NDA_DST);
	if (is_about(question, header, at[NDA_DST]))
		question->state = header->ndm_state;
	return 0;
}

static void read_state(struct asking *asking, struct question *question)
{
	const struct sys_visitor visitor = {.visit = visit_state, .context = question};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		neighbour_message(question, buffer, sizeof(buffer), RTM_GETNEIGH, 0);
	struct ds_error ignored; /* no entry is no state */

	question->state = NUD_NONE;
	sys_netlink_ask(&asking->netlink, request.header, &visitor, "", &ignored);
}

/*
 * false: the kernel will not ask. Without NLM_F_REPLACE, which would make the kernel forget that an
 * IPv6 neighbour is a router.
 */
static bool make_kernel_ask(struct asking *asking, struct question *question)
{
	bool has_address = question->state & STATES_VALID;
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = neighbour_message(
		question, buffer, sizeof(buffer), RTM_NEWNEIGH, has_address ? 0 : NLM_F_CREATE);
	struct ndmsg *header = (struct ndmsg *)(request.header + 1);
	struct ds_error ignored;

	header->ndm_state = has_address ? NUD_PROBE : NUD_NONE;
	header->ndm_flags = has_address ? 0 : NTF_USE;
	return sys_netlink_ask(&asking->netlink, request.header, NULL, "", &ignored) == 0;
}

/* Where the entry changes between the look and the request, the request fails: once more. */
static bool begin(struct asking *asking, struct question *question)
{
	for (int attempt = 0; attempt < 3; attempt++) {
		read_state(asking, question);
		if (question->state & STATES_UNASKED)
			return false;
		if (make_kernel_ask(asking, question))
			return true;
	}
	return false;
}

static bool question_start(struct question *question, struct ds_gateway *gateway)
{
	*question = (struct question){
		.gateway = gateway,
		.ifindex = (int)if_nametoindex(gateway->link),
		.address_bytes = gateway->family == AF_INET ? sizeof(struct in_addr)
							    : sizeof(struct in6_addr),
	};
	return inet_pton((int)gateway->family, gateway->address, question->address) == 1;
}

/* The kernel's verdict on one of ours; a failed one is asked again at once. */
static void hear_verdict(struct asking *asking, struct question *question, uint16_t state)
{
	if (state & NUD_REACHABLE)
		question->gateway->answer = DS_ANSWER_YES;
	else if (state & NUD_FAILED && question->gateway->answer == DS_ANSWER_NO)
		begin(asking, question);
}

static int visit_news(const struct nlmsghdr *message, void *context)
{
	const struct ndmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[NDA_DST + 1];
	struct asking *asking = context;

	if (!header || message->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, NDA_DST);
	for (size_t i = 0; i < asking->count; i++)
		if (is_about(&asking->questions[i], header, at[NDA_DST]))
			hear_verdict(asking, &asking->questions[i], header->ndm_state);
	return 0;
}

/* Messages were lost: the entries themselves tell. */
static void look_again(struct asking *asking)
{
	for (size_t i = 0; i < asking->count; i++) {
		struct question *question = &asking->questions[i];

		if (question->gateway->answer != DS_ANSWER_NO)
			continue;
		read_state(asking, question);
		hear_verdict(asking, question, question->state);
	}
}

static bool is_over(const struct asking *asking)
{
	for (size_t i = 0; i < asking->count; i++)
		if (asking->questions[i].gateway->answer == DS_ANSWER_NO)
			return false;
	return true;
}

static void await_verdicts(struct asking *asking, int64_t deadline_ms)
{
	const struct sys_visitor visitor = {.visit = visit_news, .context = asking};

	while (!is_over(asking)) {
		struct pollfd wait = {.fd = sys_netlink_fd(&asking->monitor), .events = POLLIN};
		int64_t left_ms = deadline_ms - sys_net_now_ms();

		if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) == 0)
			return;
		if (sys_netlink_news(&asking->monitor, &visitor) < 0)
			look_again(asking);
	}
}

static int asking_open(struct asking *asking, size_t count, struct ds_error *error)
{
	int r = sys_netlink_open(&asking->netlink, NETLINK_ROUTE, 0, error);

	if (r == 0)
		r = sys_netlink_open(&asking->monitor, NETLINK_ROUTE, RTMGRP_NEIGH, error);
	asking->questions = calloc(count, sizeof(*asking->questions));
	return asking->questions ? r : ds_error_set(error, -ENOMEM, "out of memory");
}

/* The subscription comes before the first question, so that no verdict falls in between. */
int sys_gateways_ask(
	struct ds_gateway *gateways, size_t count, int64_t deadline_ms, struct ds_error *error)
{
	struct asking asking __attribute__((cleanup(asking_done))) = {0};
	int r = count > 0 ? asking_open(&asking, count, error) : 0;

	if (r < 0 || count == 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < count; i++) {
		struct question *question = &asking.questions[asking.count];

		gateways[i].answer = DS_ANSWER_NONE;
		if (!question_start(question, &gateways[i]))
			continue;
		/* NO until the kernel says otherwise; one whose link is gone cannot be asked. */
		if (question->ifindex == 0 || begin(&asking, question))
			gateways[i].answer = DS_ANSWER_NO;
		asking.count += question->ifindex != 0;
	}
	await_verdicts(&asking, deadline_ms);
	return 0;
}
