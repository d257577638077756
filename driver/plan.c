// SPDX-License-Identifier: GPL-2.0-only
#include <linux/align.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "plan.h"

#define VX_BUF_ALIGN		64
#define VX_BUF_MAX_LEN		ALIGN_DOWN(VX_RX_DESC_MAX_LEN, VX_BUF_ALIGN)

/* More queues are worth more than vectors of their own for tx */
struct vx_vector_plan vx_plan_vectors(u32 available, u32 wanted_pairs)
{
	u32 pairs;

	for (pairs = wanted_pairs; pairs; pairs /= 2) {
		if (available >= 2 * pairs + 1)
			return (struct vx_vector_plan){
				.mode = VX_VECTORS_SPLIT,
				.pairs = pairs,
				.count = 2 * pairs + 1,
				.event = 2 * pairs,
			};
		if (available >= pairs + 1)
			return (struct vx_vector_plan){
				.mode = VX_VECTORS_PAIRED,
				.pairs = pairs,
				.count = pairs + 1,
				.event = pairs,
			};
	}
	return (struct vx_vector_plan){
		.mode = VX_VECTORS_SINGLE,
		.pairs = 1,
		.count = 1,
		.event = 0,
	};
}

void vx_plan_rx_layout(u32 mtu, u32 headroom, u32 tailroom, u32 page_size,
		       struct vx_rx_layout *ret_layout)
{
	u32 frame = mtu + ETH_HLEN + 2 * VLAN_HLEN;
	u32 room = min_t(u32, ALIGN_DOWN(page_size - headroom - tailroom, VX_BUF_ALIGN),
			 VX_BUF_MAX_LEN);

	ret_layout->headroom = headroom;
	ret_layout->body_len = min_t(u32, page_size, VX_BUF_MAX_LEN);
	if (frame <= room) {
		ret_layout->head_len = max_t(u32, ALIGN(frame, VX_BUF_ALIGN),
					     VX_RX_HEAD_MIN_LEN);
		ret_layout->bodies = 0;
		return;
	}
	ret_layout->head_len = room;
	ret_layout->bodies = (frame - room + ret_layout->body_len - 1) /
			     ret_layout->body_len;
}

u32 vx_plan_rx_mode(unsigned int iff_flags, u32 multicast_count,
		    u32 multicast_max)
{
	u32 mode = VX_RXMODE_UCAST;

	if (iff_flags & IFF_BROADCAST)
		mode |= VX_RXMODE_BCAST;
	if (iff_flags & IFF_PROMISC)
		mode |= VX_RXMODE_PROMISC;
	if ((iff_flags & IFF_ALLMULTI) || multicast_count > multicast_max)
		mode |= VX_RXMODE_ALLMULTI;
	else if (multicast_count)
		mode |= VX_RXMODE_MCAST;
	return mode;
}

void vx_plan_rss(struct vx_hw_rss *rss, const struct vx_rss_state *state,
		 u32 queues)
{
	u32 i;

	memset(rss, 0, sizeof(*rss));
	rss->hash_type = cpu_to_le16(VX_RSS_HASH_IPV4 | VX_RSS_HASH_TCP_IPV4 |
				     VX_RSS_HASH_IPV6 | VX_RSS_HASH_TCP_IPV6);
	rss->hash_func = cpu_to_le16(VX_RSS_FUNC_TOEPLITZ);
	rss->key_size = cpu_to_le16(VX_RSS_KEY_SIZE);
	rss->table_size = cpu_to_le16(VX_RSS_TABLE_SIZE);
	memcpy(rss->key, state->key, VX_RSS_KEY_SIZE);
	for (i = 0; i < VX_RSS_TABLE_SIZE; i++)
		rss->table[i] = state->table[i] % queues;
}

/* Bit @offset of the mask says that this byte of the pattern counts */
static void vx_wake_match(struct vx_hw_pm_filter *f, u32 offset,
			  const void *bytes, u32 len)
{
	u32 i;

	memcpy(f->pattern + offset, bytes, len);
	for (i = offset; i < offset + len; i++)
		f->mask[i / 8] |= 1 << (i % 8);
	f->pattern_size = offset + len;
	f->mask_size = (f->pattern_size + 7) / 8;
}

void vx_plan_wake(struct vx_hw_pm *pm, const struct vx_wake_request *request)
{
	static const u8 arp_type[] = { 0x08, 0x06 };
	static const u8 arp_request[] = { 0x00, 0x01 };
	u16 events = 0;
	u8 n = 0;

	memset(pm, 0, sizeof(*pm));
	if (request->magic)
		events |= VX_PM_WAKE_MAGIC;
	if (request->unicast)
		vx_wake_match(&pm->filter[n++], 0, request->mac, ETH_ALEN);
	if (request->arp) {
		struct vx_hw_pm_filter *f = &pm->filter[n++];

		vx_wake_match(f, 12, arp_type, sizeof(arp_type));
		vx_wake_match(f, 20, arp_request, sizeof(arp_request));
		vx_wake_match(f, 38, request->ipv4, sizeof(request->ipv4));
	}
	if (n)
		events |= VX_PM_WAKE_FILTER;
	pm->num_filters = n;
	pm->wake_events = cpu_to_le16(events);
}

/* A device that says nothing sensible has the slots of revision 1 */
u32 vx_plan_tx_slot_size(u32 reported)
{
	if (reported < VX_TX_SLOT_DEFAULT || reported > VX_TX_SLOT_MAX ||
	    reported % VX_TX_SLOT_ALIGN)
		return VX_TX_SLOT_DEFAULT;
	return reported;
}
