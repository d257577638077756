// SPDX-License-Identifier: GPL-2.0-only
/* Transmission: from skb to descriptors, and back when the device is done */
#include <linux/dma-mapping.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>

#include "vx.h"

#define VX_TX_CLEAN_MAX		256	/* completions in one poll */

int vx_txq_create(struct vx_txq *txq, u32 size)
{
	struct vx_dev *dev = txq->dev;
	struct vx_tx_ring *r = &txq->ring;
	int err;

	txq->data_slot = dev->tx_slot_size;
	err = vx_dma_alloc(dev, &txq->desc_mem, size * sizeof(*r->desc));
	if (err)
		return err;
	err = vx_dma_alloc(dev, &txq->comp_mem, size * sizeof(*r->comp));
	if (err)
		return err;
	err = vx_dma_alloc(dev, &txq->data_mem, (size_t)size * txq->data_slot);
	if (err)
		return err;
	r->slot = kvcalloc(size, sizeof(*r->slot), GFP_KERNEL);
	if (!r->slot)
		return -ENOMEM;
	r->size = size;
	r->desc = txq->desc_mem.vaddr;
	r->comp = txq->comp_mem.vaddr;
	txq->data = txq->data_mem.vaddr;
	txq->data_addr = txq->data_mem.addr;
	txq->wake_room = max_t(u32, VX_TX_STOP_ROOM + 8, size / 4);
	vx_tx_ring_reset(r);
	return 0;
}

void vx_txq_destroy(struct vx_txq *txq)
{
	kvfree(txq->ring.slot);
	txq->ring.slot = NULL;
	vx_dma_free(txq->dev, &txq->data_mem);
	vx_dma_free(txq->dev, &txq->comp_mem);
	vx_dma_free(txq->dev, &txq->desc_mem);
}

static void vx_tx_unmap(struct device *dma, u64 addr, u32 len, u8 map)
{
	if (map == VX_TX_MAP_SINGLE)
		dma_unmap_single(dma, addr, len, DMA_TO_DEVICE);
	else if (map == VX_TX_MAP_PAGE)
		dma_unmap_page(dma, addr, len, DMA_TO_DEVICE);
}

struct vx_tx_done {
	u32 packets;
	u32 bytes;
};

/* Undoes one descriptor; the last one of a packet frees the packet */
static __always_inline void vx_tx_undo(struct vx_txq *txq,
				       struct vx_tx_slot *slot, int budget,
				       struct vx_tx_done *done)
{
	u8 kind = slot->kind;

	slot->kind = VX_TX_KIND_NONE;
	if (slot->map != VX_TX_MAP_NONE)
		vx_tx_unmap(&txq->dev->pdev->dev, slot->addr, slot->len, slot->map);
	if (kind == VX_TX_KIND_SKB) {
		struct sk_buff *skb = slot->owner;

		done->packets++;
		done->bytes += skb->len;
		napi_consume_skb(skb, budget);
	} else if (kind == VX_TX_KIND_XDP_FRAME) {
		txq->xdp_reaped++;
		xdp_return_frame(slot->owner);
	}
}

/* Throws away what the device was never to finish. Nobody else is around. */
void vx_txq_drain(struct vx_txq *txq)
{
	struct vx_tx_ring *r = &txq->ring;
	struct vx_tx_done done = {};

	while (vx_tx_ring_busy(r))
		vx_tx_undo(txq, vx_tx_ring_take(r), 0, &done);
	vx_tx_ring_reset(r);
	netdev_tx_reset_queue(txq->nq);
}

static void vx_tx_wake_if_room(struct vx_txq *txq)
{
	if (!netif_tx_queue_stopped(txq->nq))
		return;
	smp_mb();	/* the release of slots before this look at the queue */
	if (netif_tx_queue_stopped(txq->nq) && vx_is_running(txq->dev) &&
	    vx_tx_ring_free(&txq->ring) >= txq->wake_room) {
		netif_tx_wake_queue(txq->nq);
		vx_count(txq->reap, VX_REAP_WAKES, 1);
	}
}

/*
 * Without a budget it is netpoll that asks, perhaps with interrupts off: skbs
 * may be given back there, pages of a pool not. The completion is looked at
 * first: whatever it stands for has been counted before it was posted.
 */
static bool vx_tx_may_reap(const struct vx_txq *txq, int budget)
{
	if (likely(budget))
		return true;
	if (!vx_tx_ring_has_completion(&txq->ring))
		return false;
	dma_rmb();	/* the completion before the count */
	return READ_ONCE(txq->xdp_posted) == txq->xdp_reaped;
}

/* True when nothing completed is left over */
bool vx_tx_clean(struct vx_txq *txq, int budget)
{
	struct vx_tx_ring *r = &txq->ring;
	struct vx_tx_done done = {};
	int ret = 0, seen = 0;
	u32 last, at;

	if (txq->is_broken)
		return true;
	while (seen < VX_TX_CLEAN_MAX && vx_tx_may_reap(txq, budget)) {
		ret = vx_tx_ring_reap(r, &last);
		if (ret <= 0)
			break;
		do {
			at = r->reaped;
			vx_tx_undo(txq, vx_tx_ring_take(r), budget, &done);
		} while (at != last);
		seen++;
	}
	if (seen) {
		vx_tx_ring_release(r);
		netdev_tx_completed_queue(txq->nq, done.packets, done.bytes);
		vx_count(txq->reap, VX_REAP_PACKETS, done.packets);
		vx_tx_wake_if_room(txq);
	}
	if (ret < 0) {
		txq->is_broken = true;
		vx_count(txq->reap, VX_REAP_PROTOCOL, 1);
		vx_reset_request(txq->dev, VX_RESET_TX_PROTOCOL);
	}
	return ret <= 0;
}

/* Under the lock of the queue, so that an older index never follows a newer */
void vx_tx_ring_doorbell(struct vx_txq *txq)
{
	if (vx_knobs_swallow_doorbell(txq->dev))
		return;
	writel(txq->ring.fill, txq->doorbell);
}

/* Stops the queue; the reaper may have made room while that was going on */
static void vx_tx_stop(struct vx_txq *txq)
{
	netif_tx_stop_queue(txq->nq);
	vx_count(txq->send, VX_SEND_STOPS, 1);
	smp_mb();	/* the stop before this look at what was released */
	if (vx_tx_ring_free(&txq->ring) >= txq->wake_room)
		netif_tx_start_queue(txq->nq);
}

/* The early stop: there is always room for the longest packet */
void vx_tx_stop_if_full(struct vx_txq *txq)
{
	if (unlikely(vx_tx_ring_free(&txq->ring) < VX_TX_STOP_ROOM))
		vx_tx_stop(txq);
}

/* A packet that goes no further must not take the others' doorbell along */
static void vx_tx_flush_deferred(struct vx_txq *txq)
{
	if (!netdev_xmit_more() && txq->ring.deferred) {
		txq->ring.deferred = 0;
		vx_tx_ring_doorbell(txq);
		vx_channel_expect_tx(txq->channel, false);
	}
}

static u32 vx_tx_count_desc(const struct sk_buff *skb)
{
	u32 n = vx_tx_desc_count(skb_headlen(skb));
	int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		n += vx_tx_desc_count(skb_frag_size(&skb_shinfo(skb)->frags[i]));
	return n;
}

/* Appends the pieces of a mapped buffer; each gets its own mapping */
static int vx_tx_map_linear(struct device *dma, void *data, u32 len,
			    struct vx_tx_seg *seg)
{
	int n = 0;

	while (len) {
		u32 piece = min_t(u32, len, VX_TX_DESC_MAX_LEN);
		dma_addr_t addr = dma_map_single(dma, data, piece, DMA_TO_DEVICE);

		if (dma_mapping_error(dma, addr))
			break;
		seg[n++] = (struct vx_tx_seg){ addr, piece, VX_TX_MAP_SINGLE };
		data += piece;
		len -= piece;
	}
	if (!len)
		return n;
	while (n-- > 0)
		vx_tx_unmap(dma, seg[n].addr, seg[n].len, seg[n].map);
	return -ENOMEM;
}

static int vx_tx_map_frag(struct device *dma, const skb_frag_t *frag,
			  struct vx_tx_seg *seg)
{
	u32 len = skb_frag_size(frag), off = 0;
	int n = 0;

	while (off < len) {
		u32 piece = min_t(u32, len - off, VX_TX_DESC_MAX_LEN);
		dma_addr_t addr = skb_frag_dma_map(dma, frag, off, piece,
						   DMA_TO_DEVICE);

		if (dma_mapping_error(dma, addr))
			break;
		seg[n++] = (struct vx_tx_seg){ addr, piece, VX_TX_MAP_PAGE };
		off += piece;
	}
	if (off == len)
		return n;
	while (n-- > 0)
		vx_tx_unmap(dma, seg[n].addr, seg[n].len, seg[n].map);
	return -ENOMEM;
}

/* A copy into the slot of the next descriptor saves a mapping */
static __always_inline struct vx_tx_seg
vx_tx_copy(struct vx_txq *txq, const void *data, u32 len)
{
	u32 offset = txq->ring.fill * txq->data_slot;

	memcpy(txq->data + offset, data, len);
	return (struct vx_tx_seg){ txq->data_addr + offset, len, VX_TX_MAP_NONE };
}

/*
 * Turns the skb into segments: their number, or a negative error with nothing
 * left mapped. No descriptor has been written yet, so there is nothing to take
 * back in the ring.
 */
static int vx_tx_map(struct vx_txq *txq, struct sk_buff *skb,
		     struct vx_tx_seg *seg)
{
	struct device *dma = &txq->dev->pdev->dev;
	int n, ret, i;

	if (skb_headlen(skb) <= txq->data_slot && skb_headlen(skb)) {
		seg[0] = vx_tx_copy(txq, skb->data, skb_headlen(skb));
		n = 1;
	} else {
		n = vx_tx_map_linear(dma, skb->data, skb_headlen(skb), seg);
		if (n < 0)
			return n;
	}
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		ret = vx_tx_map_frag(dma, &skb_shinfo(skb)->frags[i], seg + n);
		if (ret < 0)
			goto err_unmap;
		n += ret;
	}
	return n;

err_unmap:
	while (n-- > 0)
		vx_tx_unmap(dma, seg[n].addr, seg[n].len, seg[n].map);
	return ret;
}

/* The device fills in lengths and checksums of each segment by itself */
static int vx_tx_prepare_tso(struct sk_buff *skb, struct vx_tx_offload *ret_off)
{
	u32 hlen = skb_tcp_all_headers(skb);
	int err;

	if (!vx_tx_tso_fits(hlen, skb_shinfo(skb)->gso_size, skb->len))
		return -EINVAL;
	err = skb_cow_head(skb, 0);
	if (err)
		return err;
	/* all headers in the first descriptor */
	if (!pskb_may_pull(skb, hlen))
		return -EINVAL;
	if (skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4) {
		struct iphdr *ip = ip_hdr(skb);

		ip->check = 0;
		tcp_hdr(skb)->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr, 0,
							 IPPROTO_TCP, 0);
	} else {
		tcp_v6_gso_csum_prep(skb);
	}
	*ret_off = vx_tx_offload_tso(hlen, skb_shinfo(skb)->gso_size);
	return 0;
}

/* TCP and UDP are all that the device is known to do well */
static bool vx_tx_csum_is_known(const struct sk_buff *skb)
{
	return skb->csum_offset == offsetof(struct tcphdr, check) ||
	       skb->csum_offset == offsetof(struct udphdr, check);
}

static int vx_tx_prepare_csum(struct sk_buff *skb, struct vx_tx_offload *ret_off)
{
	u32 start = skb_checksum_start_offset(skb);
	u32 field = start + skb->csum_offset;

	if (!vx_tx_csum_is_known(skb) || !vx_tx_csum_fits(start, field, skb->len))
		return skb_checksum_help(skb);
	*ret_off = vx_tx_offload_csum(start, field);
	return 0;
}

/* Brings the skb into a shape that the device takes */
static int vx_tx_prepare(struct vx_txq *txq, struct sk_buff *skb,
			 struct vx_tx_offload *ret_off)
{
	bool is_gso = skb_is_gso(skb);
	u32 limit = is_gso ? VX_TX_MAX_DESC_TSO : VX_TX_MAX_DESC;
	int err = 0;

	*ret_off = (struct vx_tx_offload){};
	if (unlikely(skb->len < ETH_HLEN))
		return -EINVAL;
	if (is_gso)
		err = vx_tx_prepare_tso(skb, ret_off);
	else if (skb->ip_summed == CHECKSUM_PARTIAL)
		err = vx_tx_prepare_csum(skb, ret_off);
	if (err)
		return err;
	if (unlikely(vx_tx_count_desc(skb) > limit)) {
		err = skb_linearize(skb);
		if (err)
			return err;
		vx_count(txq->send, VX_SEND_LINEARIZED, 1);
		if (vx_tx_count_desc(skb) > limit)
			return -EMSGSIZE;
	}
	return 0;
}

static __always_inline void vx_tx_account(struct vx_txq *txq, u32 packets,
					  u32 bytes, u32 om)
{
	struct vx_counters *c = txq->send;

	u64_stats_update_begin(&c->sync);
	u64_stats_add(&c->value[VX_SEND_PACKETS], packets);
	u64_stats_add(&c->value[VX_SEND_BYTES], bytes);
	if (om == VX_TXD_OM_TSO)
		u64_stats_inc(&c->value[VX_SEND_TSO]);
	else if (om == VX_TXD_OM_CSUM)
		u64_stats_inc(&c->value[VX_SEND_CSUM]);
	u64_stats_update_end(&c->sync);
}

/* After the post: stop in time, and ring unless more is to come at once */
static __always_inline void vx_tx_finish(struct vx_txq *txq, u32 packets,
					 u32 room, bool is_last)
{
	bool is_stopped;

	if (unlikely(room < VX_TX_STOP_ROOM))
		vx_tx_stop(txq);
	is_stopped = netif_xmit_stopped(txq->nq);
	if (!vx_tx_ring_doorbell_due(&txq->ring, packets, !is_last && !is_stopped)) {
		WRITE_ONCE(txq->hw->num_deferred, cpu_to_le32(txq->ring.deferred));
		return;
	}
	vx_tx_ring_doorbell(txq);
	vx_count(txq->send, VX_SEND_DOORBELLS, 1);
	vx_channel_expect_tx(txq->channel, is_stopped);
}

static u32 vx_tx_tag(const struct sk_buff *skb)
{
	if (!skb_vlan_tag_present(skb))
		return 0;
	return VX_TXD_TAG | (u32)skb_vlan_tag_get(skb) << VX_TXD_TCI_SHIFT;
}

static noinline netdev_tx_t vx_tx_drop(struct vx_txq *txq, struct sk_buff *skb)
{
	vx_count(txq->send, VX_SEND_DROPS, 1);
	dev_kfree_skb_any(skb);
	vx_tx_flush_deferred(txq);
	return NETDEV_TX_OK;
}

/* Anything but a small packet in one piece */
static noinline netdev_tx_t vx_tx_send_large(struct vx_txq *txq,
					     struct sk_buff *skb, u32 room)
{
	struct vx_tx_seg seg[VX_TX_MAX_DESC_TSO];
	struct vx_tx_offload off;
	u32 packets = 1, bytes;
	bool is_last;
	int n;

	if (unlikely(vx_tx_prepare(txq, skb, &off)))
		return vx_tx_drop(txq, skb);
	n = vx_tx_map(txq, skb, seg);
	if (unlikely(n < 0)) {
		vx_count(txq->send, VX_SEND_MAP_ERRORS, 1);
		return vx_tx_drop(txq, skb);
	}
	bytes = skb->len;
	if (skb_is_gso(skb)) {
		packets = max_t(u32, skb_shinfo(skb)->gso_segs, 1);
		bytes += (packets - 1) * (off.d3 & VX_TXD_HLEN_MASK);
	}
	vx_tx_account(txq, packets, bytes, off.d3 & VX_TXD_OM_MASK);
	off.d3 |= vx_tx_tag(skb);
	skb_tx_timestamp(skb);
	/* from the post on the skb may be gone at any moment */
	is_last = __netdev_tx_sent_queue(txq->nq, skb->len, netdev_xmit_more());
	vx_tx_ring_post(&txq->ring, seg, n, off, skb, VX_TX_KIND_SKB);
	vx_tx_finish(txq, packets, room - n, is_last);
	return NETDEV_TX_OK;
}

static bool vx_tx_is_small(const struct vx_txq *txq, const struct sk_buff *skb)
{
	return skb->len <= txq->data_slot && !skb->data_len &&
	       skb->ip_summed != CHECKSUM_PARTIAL && skb->len >= ETH_HLEN &&
	       !skb_is_gso(skb);
}

static noinline netdev_tx_t vx_tx_refuse(struct vx_txq *txq)
{
	vx_count(txq->send, VX_SEND_BUSY, 1);
	vx_tx_stop(txq);
	vx_tx_flush_deferred(txq);
	vx_channel_expect_tx(txq->channel, true);
	return NETDEV_TX_BUSY;
}

netdev_tx_t vx_start_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);
	struct vx_txq *txq = dev->txq[skb_get_queue_mapping(skb) % VX_MAX_TXQ];
	struct vx_tx_seg seg;
	bool is_last;
	u32 room;

	if (unlikely(!txq || !vx_is_running(dev))) {
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	room = vx_tx_ring_free(&txq->ring);
	if (unlikely(room < VX_TX_STOP_ROOM))
		return vx_tx_refuse(txq);
	if (!vx_tx_is_small(txq, skb))
		return vx_tx_send_large(txq, skb, room);

	seg = vx_tx_copy(txq, skb->data, skb->len);
	vx_tx_account(txq, 1, skb->len, VX_TXD_OM_NONE);
	skb_tx_timestamp(skb);
	is_last = __netdev_tx_sent_queue(txq->nq, skb->len, netdev_xmit_more());
	vx_tx_ring_post_one(&txq->ring, &seg,
			    (struct vx_tx_offload){ .d3 = vx_tx_tag(skb) },
			    skb, VX_TX_KIND_SKB);
	vx_tx_finish(txq, 1, room - 1, is_last);
	return NETDEV_TX_OK;
}

/* What the device cannot do for this packet, the stack does before we see it */
netdev_features_t vx_features_check(struct sk_buff *skb,
				    struct net_device *netdev,
				    netdev_features_t features)
{
	netdev_features_t offloads = NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK;

	features = vlan_features_check(skb, features);
	if (skb->encapsulation)
		return features & ~offloads;
	if (skb_is_gso(skb)) {
		/*
		 * The rest is not offered, and has no TCP header to look at. In
		 * too many pieces it would have to be copied into one.
		 */
		if (!skb_is_gso_tcp(skb) || !skb_transport_header_was_set(skb) ||
		    !vx_tx_tso_fits(skb_tcp_all_headers(skb),
				    skb_shinfo(skb)->gso_size, skb->len) ||
		    vx_tx_count_desc(skb) > VX_TX_MAX_DESC_TSO)
			features &= ~NETIF_F_GSO_MASK;
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		u32 start = skb_checksum_start_offset(skb);

		if (!vx_tx_csum_is_known(skb) ||
		    !vx_tx_csum_fits(start, start + skb->csum_offset, skb->len))
			features &= ~NETIF_F_CSUM_MASK;
	}
	return features;
}
