// SPDX-License-Identifier: GPL-2.0-only
/* Transmission: from the stack to the ring and its doorbell */
#include "tx.h"

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
	/* with XDP it is not the qdisc's own run that stops: others have seen it stopped */
	if (vx_tx_ring_free(&txq->ring) >= txq->wake_room)
		netif_tx_wake_queue(txq->nq);
}

/* The early stop: there is always room for the longest packet */
void vx_tx_stop_if_full(struct vx_txq *txq)
{
	if (unlikely(vx_tx_ring_free(&txq->ring) < VX_TX_STOP_ROOM))
		vx_tx_stop(txq);
}

/* A packet that goes no further must not take the others' doorbell along */
static void vx_tx_flush_deferred(struct vx_txq *txq, bool more)
{
	if (!more && txq->ring.deferred) {
		txq->ring.deferred = 0;
		vx_tx_ring_doorbell(txq);
		vx_channel_expect_tx(txq->channel, false);
	}
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
	vx_tx_flush_deferred(txq, netdev_xmit_more());
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
	/* the stack keeps the packet, and whatever it wanted to send behind it */
	vx_tx_flush_deferred(txq, false);
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
