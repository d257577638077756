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

/* Above all that exist: the kernel gives its own in a circle, and far from there. */
static uint32_t index_choose(const struct sys_links *links, const struct ds_link *want)
{
	if (!sys_links_by_index(links, (uint32_t)want->ifindex))
		return (uint32_t)want->ifindex;
	return (uint32_t)links->items[links->count - 1].link.ifindex + 1;
}

/* A link that has the MAC of the one below goes on following it; ipvlan has no other. */
static bool has_own_mac(const struct sys_links *links, const struct ds_link *want, uint32_t lower)
{
	const struct sys_link *below = sys_links_by_index(links, lower);

	return want->mac && strncmp(want->kind, "ipv", 3) != 0 &&
	       (want->is_mac_set || !below || !ds_string_equal(below->link.mac, want->mac));
}

static int message_fill(struct sys_message *message, const struct sys_links *links,
	const struct ds_link *want, uint32_t lower, const struct sys_index_of *index_of)
{
	uint8_t mac[MAC_BYTES];
	size_t count;

	sys_put_text(message, IFLA_IFNAME, want->name);
	sys_put_u32(message, IFLA_LINK, lower);
	sys_put_u32(message, IFLA_MTU, (uint32_t)want->mtu);
	if (has_own_mac(links, want, lower) &&
		sys_mac_parse(want->mac, mac, sizeof(mac), &count) == 0)
		sys_put(message, IFLA_ADDRESS, mac, count);
	return sys_kind_put(message, want, index_of);
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
	link.link.txqlen = -1;
	snprintf(link.kind, sizeof(link.kind), "%s", want->kind);
	if (code == 0)
		code = ds_string_set(&link.link.mac, want->mac);
	if (code == 0)
		code = sys_links_insert(links, &link);
	if (code < 0)
		sys_link_done(&link);
	return code;
}

uint32_t sys_upper_put(struct sys_queue *queue, struct sys_links *links, const struct ds_link *want,
	uint32_t lower, const struct sys_index_of *index_of)
{
	const struct sys_change change = {
		.describe = describe, .subject = want, .harmless = EEXIST};
	uint32_t ifindex = index_choose(links, want);
	struct sys_message *message =
		sys_queue_begin(queue, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));
	int code;

	header->ifi_index = (int)ifindex; /* an empty message has room for it */
	code = message_fill(message, links, want, lower, index_of);
	if (code == 0)
		code = predict(links, want, ifindex, lower);
	if (code < 0) {
		queue->failed(queue->context, &change, code, NULL);
		return 0;
	}
	sys_queue_add(queue, &change);
	return ifindex;
}
