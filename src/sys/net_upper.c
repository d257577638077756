/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links that were deleted with the module: from the record to RTM_NEWLINK. Their messages travel
 * in one batch with those that build on them, so their index must be known beforehand: it is
 * chosen by us, and the former one is the best choice, for rules by index stay true.
 */
#include "net_upper.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_kind.h"

#define MAC_BYTES 32

static void describe(const struct sys_change *change, char *ret_text, size_t size)
{
	const struct ds_link *want = change->subject;

	snprintf(ret_text, size, "make the %s link %s on %s", want->kind, want->name, want->lower);
}

bool sys_upper_is_change(const struct sys_change *change, const struct ds_link *want)
{
	return change->describe == describe && change->subject == want;
}

char *sys_upper_text(const struct sys_change *change)
{
	char *text = NULL;

	if (change->describe != describe ||
		ds_string_format(
			&text, "link %s", ((const struct ds_link *)change->subject)->name) < 0)
		return NULL;
	return text;
}

static uint32_t index_behind(const struct sys_links *links)
{
	return links->count ? (uint32_t)links->items[links->count - 1].link.ifindex + 1 : 1;
}

/*
 * Above all that exist: the kernel gives its own in a circle, and far from there. It must be free
 * in both namespaces, for the kernel looks for a link of that index where it was asked
 * (net/core/rtnetlink.c, __rtnl_newlink(), 6.1).
 */
static uint32_t index_choose(const struct sys_links *links, const struct sys_upper_base *base,
	const struct ds_link *want)
{
	uint32_t behind = index_behind(links), behind_there = index_behind(base->links);

	if (!sys_links_by_index(links, (uint32_t)want->ifindex) &&
		!sys_links_by_index(base->links, (uint32_t)want->ifindex))
		return (uint32_t)want->ifindex;
	return behind > behind_there ? behind : behind_there;
}

/* A link that has the MAC of the one below goes on following it; ipvlan has no other. */
static bool has_own_mac(const struct sys_upper_base *base, const struct ds_link *want)
{
	const struct sys_link *below = sys_links_by_index(base->links, base->lower);

	return want->mac && strncmp(want->kind, "ipv", 3) != 0 &&
	       (want->is_mac_set || !below || !ds_string_equal(below->link.mac, want->mac));
}

static int message_fill(
	struct sys_message *message, const struct sys_upper_base *base, const struct ds_link *want)
{
	uint8_t mac[MAC_BYTES];
	size_t count;

	sys_put_text(message, IFLA_IFNAME, want->name);
	sys_put_u32(message, IFLA_LINK, base->lower);
	sys_put_u32(message, IFLA_MTU, (uint32_t)want->mtu);
	sys_put_u32(message, IFLA_TXQLEN, (uint32_t)want->txqlen);
	if (want->tx_queues > 1)
		sys_put_u32(message, IFLA_NUM_TX_QUEUES, (uint32_t)want->tx_queues);
	if (want->rx_queues > 1)
		sys_put_u32(message, IFLA_NUM_RX_QUEUES, (uint32_t)want->rx_queues);
	if (base->netns_fd >= 0)
		sys_put_u32(message, IFLA_NET_NS_FD, (uint32_t)base->netns_fd);
	if (has_own_mac(base, want) && sys_mac_parse(want->mac, mac, sizeof(mac), &count) == 0)
		sys_put(message, IFLA_ADDRESS, mac, count);
	return sys_kind_put(message, want, base->index_of);
}

/* What the kernel will show once it has run the message, as far as what follows looks at it. */
static int predict(
	struct sys_links *links, const struct ds_link *want, uint32_t ifindex, uint32_t lower)
{
	struct sys_link link = {.lower_index = lower, .is_ours = true};
	int code = ds_string_set(&link.link.name, want->name);

	link.link.ifindex = ifindex;
	link.link.mtu = want->mtu;
	link.link.addr_gen_mode = -1;
	link.link.txqlen = want->txqlen;
	snprintf(link.kind, sizeof(link.kind), "%s", want->kind);
	if (code == 0)
		code = ds_string_set(&link.link.mac, want->mac);
	if (code == 0)
		code = sys_links_insert(links, &link);
	if (code < 0)
		sys_link_done(&link);
	return code;
}

uint32_t sys_upper_put(
	const struct sys_upper_base *base, struct sys_links *links, const struct ds_link *want)
{
	const struct sys_change change = {
		.describe = describe, .subject = want, .harmless = EEXIST};
	struct sys_queue *queue = base->queue;
	uint32_t ifindex = index_choose(links, base, want);
	struct sys_message *message =
		sys_queue_begin(queue, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));
	int code;

	header->ifi_index = (int)ifindex; /* an empty message has room for it */
	code = message_fill(message, base, want);
	if (code == 0)
		code = predict(links, want, ifindex, base->netns_fd >= 0 ? 0 : base->lower);
	if (code < 0) {
		queue->failed(queue->context, &change, code, NULL);
		return 0;
	}
	sys_queue_add(queue, &change);
	return ifindex;
}

static int visit_new(const struct nlmsghdr *message, void *context)
{
	struct sys_link *link = context;

	sys_link_done(link);
	return message->nlmsg_type == RTM_NEWLINK ? sys_link_decode(message, link) : 0;
}

static void see(struct sys_netlink *netlink, uint32_t ifindex, struct sys_link *ret_link)
{
	const struct sys_visitor visitor = {.visit = visit_new, .context = ret_link};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	struct ifinfomsg *header = sys_message_extra(&request, sizeof(*header));
	struct ds_error ignored;

	header->ifi_index = (int)ifindex; /* an empty message has room for it */
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	sys_netlink_ask(netlink, request.header, &visitor, "", &ignored);
}

/* 0, or -ENOMEM: it then stays unseen, and its files are read instead. */
static int take_over(const struct sys_link *seen, struct sys_link *link)
{
	link->message = malloc(seen->message->nlmsg_len);
	if (!link->message)
		return -ENOMEM;
	memcpy(link->message, seen->message, seen->message->nlmsg_len);
	link->link.addr_gen_mode = seen->link.addr_gen_mode;
	return 0;
}

void sys_uppers_see(struct sys_netlink *netlink, struct sys_links *links)
{
	struct sys_link seen __attribute__((cleanup(sys_link_done))) = {0};

	for (size_t i = 0; i < links->count; i++) {
		struct sys_link *link = &links->items[i];

		if (link->message)
			continue;
		if (!seen.message || strcmp(seen.kind, link->kind) != 0)
			see(netlink, (uint32_t)link->link.ifindex, &seen);
		if (seen.message)
			take_over(&seen, link);
	}
}
