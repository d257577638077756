// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reception: from buffers to skbs. What a completion means is in rxring.h,
 * where the buffers come from in rxbufs.c.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <net/busy_poll.h>

#include "vx.h"

#define VX_RX_ARM_BATCH	32
#define VX_RX_POLL_GFP	(GFP_ATOMIC | __GFP_NOWARN)

static void vx_rx_sync_for_cpu(struct vx_rxq *rxq, const struct vx_rx_slot *slot,
			       u32 len)
{
	dma_sync_single_for_cpu(&rxq->dev->pdev->dev, slot->addr, len,
				rxq->dma_dir);
}

/* The buffer stays in its slot and goes to the device again */
static void vx_rx_sync_for_device(struct vx_rxq *rxq,
				  const struct vx_rx_slot *slot, u32 len)
{
	dma_sync_single_for_device(&rxq->dev->pdev->dev, slot->addr, len,
				   rxq->dma_dir);
}

static struct sk_buff *vx_rx_copy(struct vx_rxq *rxq, struct vx_rx_slot *slot,
				  const void *data, u32 len)
{
	struct sk_buff *skb = napi_alloc_skb(&rxq->channel->napi, len);

	if (likely(skb))
		skb_put_data(skb, data, len);
	vx_rx_sync_for_device(rxq, slot, len);
	return skb;
}

static struct sk_buff *vx_rx_build(struct vx_rxq *rxq, struct vx_rx_slot *slot,
				   void *data, u32 len, u32 metalen)
{
	void *start = page_address(slot->buf);
	struct sk_buff *skb;

	skb = napi_build_skb(start, PAGE_SIZE);
	if (unlikely(!skb)) {
		vx_rx_sync_for_device(rxq, slot, rxq->layout.head_len);
		return NULL;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, data - start);
	skb_put(skb, len);
	if (metalen)
		skb_metadata_set(skb, metalen);
	slot->buf = NULL;
	return skb;
}

/* With a ring running dry its last buffers stay, and their packets go */
static bool vx_rx_must_save(const struct vx_rxq *rxq, int which)
{
	const struct vx_rx_ring *r = &rxq->core.ring[which];

	return unlikely(rxq->is_starved) && vx_rx_ring_armed(r) < r->size / 4;
}

/*
 * The first buffer of a packet. Sets *ret_is_used where XDP had its way with
 * the packet, so that there is no skb and nothing went wrong.
 */
static struct sk_buff *vx_rx_head(struct vx_rxq *rxq, struct vx_rx_slot *slot,
				  const struct vx_rx_done *d,
				  const struct vx_rx_step *step,
				  struct bpf_prog *prog, bool *ret_is_used)
{
	void *data = page_address(slot->buf) + rxq->layout.headroom;
	u32 len = d->len, metalen = 0;

	*ret_is_used = false;
	vx_rx_sync_for_cpu(rxq, slot, len);
	if (prog) {
		enum vx_xdp_verdict verdict;
		struct xdp_buff xdp;

		if (unlikely(!step->completes)) {
			/* no program may be evaded by the length of a frame */
			vx_rx_sync_for_device(rxq, slot, rxq->layout.head_len);
			return NULL;
		}
		xdp_init_buff(&xdp, PAGE_SIZE, &rxq->xdp);
		xdp_prepare_buff(&xdp, page_address(slot->buf),
				 rxq->layout.headroom, len, true);
		verdict = vx_xdp_run(rxq, prog, &xdp);
		if (verdict != VX_XDP_PASS) {
			*ret_is_used = true;
			if (verdict == VX_XDP_TAKEN)
				slot->buf = NULL;
			else
				vx_rx_sync_for_device(rxq, slot,
						      rxq->layout.head_len);
			return NULL;
		}
		data = xdp.data;
		len = xdp.data_end - xdp.data;
		metalen = xdp.data - xdp.data_meta;
	}
	if (step->completes && !metalen && len <= VX_RX_COPYBREAK)
		return vx_rx_copy(rxq, slot, data, len);
	if (vx_rx_must_save(rxq, VX_RX_HEADS)) {
		vx_rx_sync_for_device(rxq, slot, rxq->layout.head_len);
		return NULL;
	}
	return vx_rx_build(rxq, slot, data, len, metalen);
}

static bool vx_rx_body(struct vx_rxq *rxq, struct vx_rx_slot *slot, u32 len)
{
	struct sk_buff *skb = rxq->skb;

	if (vx_rx_must_save(rxq, VX_RX_BODIES) ||
	    skb_shinfo(skb)->nr_frags >= MAX_SKB_FRAGS)
		return false;
	vx_rx_sync_for_cpu(rxq, slot, len);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, slot->buf, 0, len,
			PAGE_SIZE);
	slot->buf = NULL;
	return true;
}

static void vx_rx_set_hash(struct sk_buff *skb, const struct vx_rx_done *d)
{
	static const u8 types[VX_RXC_RSS_MASK + 1] = {
		[1] = PKT_HASH_TYPE_L3,		/* IPv4 */
		[2] = PKT_HASH_TYPE_L4,		/* TCP over IPv4 */
		[3] = PKT_HASH_TYPE_L3,		/* IPv6 */
		[4] = PKT_HASH_TYPE_L4,		/* TCP over IPv6 */
		[5] = PKT_HASH_TYPE_L4,		/* UDP over IPv4 */
		[6] = PKT_HASH_TYPE_L4,		/* UDP over IPv6 */
		[7] = PKT_HASH_TYPE_L3,		/* ESP over IPv4 */
		[8] = PKT_HASH_TYPE_L3,		/* ESP over IPv6 */
	};
	u32 kind = (d->d0 >> VX_RXC_RSS_SHIFT) & VX_RXC_RSS_MASK;
	u32 type = (d->d3 >> VX_RXC_TYPE_SHIFT) & VX_RXC_TYPE_MASK;

	/* with LRO completions the word means something else */
	if (types[kind] && type != VX_RXC_TYPE_LRO)
		skb_set_hash(skb, d->hash, types[kind]);
}

static bool vx_rx_csum_is_good(const struct vx_rx_done *d)
{
	if ((d->d0 & (VX_RXC_NO_CSUM | VX_RXC_INNER)) || !(d->d3 & VX_RXC_L4_OK) ||
	    (d->d3 & VX_RXC_FRAGMENT) || !(d->d3 & (VX_RXC_TCP | VX_RXC_UDP)))
		return false;
	if (d->d3 & VX_RXC_IPV4)
		return d->d3 & VX_RXC_IP_OK;
	return d->d3 & VX_RXC_IPV6;
}

/*
 * Short packets but for TCP are hardly ever merged, and looking for what they
 * could be merged with costs a fifth of their way through the stack. They may go
 * past GRO, but past nothing that it holds: no packet overtakes another.
 */
static bool vx_rx_skips_gro(struct vx_rxq *rxq, const struct vx_rx_done *d,
			    const struct sk_buff *skb)
{
	return skb->len <= VX_RX_COPYBREAK && !(d->d3 & VX_RXC_TCP) &&
	       vx_compat_gro_is_empty(&rxq->channel->napi);
}

/* All that is said of a packet stands in its last completion */
static void vx_rx_deliver(struct vx_rxq *rxq, const struct vx_rx_done *d)
{
	struct net_device *netdev = rxq->dev->netdev;
	struct sk_buff *skb = rxq->skb;

	rxq->skb = NULL;
	if (netdev->features & NETIF_F_RXHASH)
		vx_rx_set_hash(skb, d);
	if ((netdev->features & NETIF_F_RXCSUM) && vx_rx_csum_is_good(d)) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		vx_count(rxq->recv, VX_RECV_CSUM, 1);
	}
	if (d->d2 & VX_RXC_TAG)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       d->d2 >> VX_RXC_TCI_SHIFT);
	skb_record_rx_queue(skb, rxq->index);
	skb->protocol = eth_type_trans(skb, netdev);
	if (vx_rx_skips_gro(rxq, d, skb)) {
		/* GRO would do so: sockets learn by it whom to poll */
		skb_mark_napi_id(skb, &rxq->channel->napi);
		netif_receive_skb(skb);
	} else {
		napi_gro_receive(&rxq->channel->napi, skb);
	}
}

static void vx_rx_count_fault(struct vx_rxq *rxq, enum vx_rx_fault fault)
{
	static const u8 counters[VX_RX_FAULT_COUNT] = {
		[VX_RX_FAULT_DEVICE] = VX_RECV_ERRORS,
		[VX_RX_FAULT_CRC] = VX_RECV_CRC,
		[VX_RX_FAULT_ORDER] = VX_RECV_ORDER,
		[VX_RX_FAULT_LENGTH] = VX_RECV_LENGTH,
	};

	vx_count(rxq->recv, counters[fault], 1);
}

/* The packet in progress cannot be saved */
static void vx_rx_give_up(struct vx_rxq *rxq)
{
	vx_rxq_drain(rxq);
	vx_rx_core_abandon(&rxq->core);
	vx_count(rxq->recv, VX_RECV_DROPS, 1);
}

/* Bytes delivered to the stack, 0 if there is no whole packet yet */
static u32 vx_rx_handle(struct vx_rxq *rxq, const struct vx_rx_done *d,
			struct bpf_prog *prog)
{
	struct vx_rx_step step = vx_rx_core_step(&rxq->core, d);
	struct vx_rx_slot *slot = &rxq->core.ring[d->ring].slot[d->index];
	bool is_used = false;
	u32 bytes;

	if (unlikely(step.fault))
		vx_rx_count_fault(rxq, step.fault);
	if (unlikely(step.drops_partial))
		vx_rxq_drain(rxq);
	if (step.action == VX_RX_HEAD) {
		if (unlikely(d->len < ETH_HLEN)) {
			vx_rx_count_fault(rxq, VX_RX_FAULT_LENGTH);
			vx_rx_core_abandon(&rxq->core);
			return 0;
		}
		rxq->skb = vx_rx_head(rxq, slot, d, &step, prog, &is_used);
		if (is_used)
			return 0;
		if (unlikely(!rxq->skb)) {
			vx_rx_give_up(rxq);
			return 0;
		}
	} else if (step.action == VX_RX_BODY) {
		if (unlikely(!vx_rx_body(rxq, slot, d->len))) {
			vx_rx_give_up(rxq);
			return 0;
		}
	}
	if (!step.completes)
		return 0;
	bytes = rxq->skb->len;
	vx_rx_deliver(rxq, d);
	return bytes;
}

static void vx_rx_distrust(struct vx_rxq *rxq)
{
	rxq->is_broken = true;
	vx_count(rxq->recv, VX_RECV_PROTOCOL, 1);
	vx_reset_request(rxq->dev, VX_RESET_RX_PROTOCOL);
}

/* Packets that the device had for us, at most @budget */
int vx_rx_poll(struct vx_rxq *rxq, int budget)
{
	struct bpf_prog *prog = rcu_dereference_bh(rxq->dev->xdp_prog);
	u32 packets = 0, bytes = 0, completions = 0;
	int ret = 0, work = 0;
	struct vx_rx_done d;

	if (unlikely(rxq->is_broken))
		return 0;
	while (work < budget) {
		u32 len;

		ret = vx_rx_core_next(&rxq->core, &d);
		if (ret <= 0)
			break;
		len = vx_rx_handle(rxq, &d, prog);
		packets += !!len;
		bytes += len;
		if (d.d0 & VX_RXC_EOP)
			work++;
		if (++completions % VX_RX_ARM_BATCH == 0)
			vx_rx_refill(rxq, VX_RX_POLL_GFP);
		if (unlikely(completions >= rxq->core.comp_size))
			work = budget;
	}
	if (unlikely(ret < 0))
		vx_rx_distrust(rxq);
	if (rxq->xdp_pending)
		vx_xdp_flush(rxq);
	if (completions || rxq->is_starved)
		vx_rx_refill(rxq, VX_RX_POLL_GFP);
	if (packets) {
		u64_stats_update_begin(&rxq->recv->sync);
		u64_stats_add(&rxq->recv->value[VX_RECV_PACKETS], packets);
		u64_stats_add(&rxq->recv->value[VX_RECV_BYTES], bytes);
		u64_stats_update_end(&rxq->recv->sync);
	}
	return work;
}
