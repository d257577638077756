// SPDX-License-Identifier: GPL-2.0-only
/* Reception: from buffers to skbs. What a completion means is in rxring.h. */
#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "vx.h"

#define VX_RX_TAILROOM	SKB_DATA_ALIGN(sizeof(struct skb_shared_info))
#define VX_RX_ARM_BATCH	32
#define VX_RX_POLL_GFP	(GFP_ATOMIC | __GFP_NOWARN)
#define VX_RX_INIT_GFP	(GFP_KERNEL | __GFP_NOWARN)

static int vx_rxq_create_pool(struct vx_rxq *rxq, const struct vx_config *config)
{
	struct vx_dev *dev = rxq->dev;
	bool has_bodies = rxq->layout.bodies;
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = config->rx_size + (has_bodies ? config->body_size : 0),
		.nid = dev_to_node(&dev->pdev->dev),
		.dev = &dev->pdev->dev,
		.dma_dir = rxq->dma_dir,
		.offset = has_bodies ? 0 : rxq->layout.headroom,
		.max_len = has_bodies ? PAGE_SIZE : rxq->layout.head_len,
	};

	vx_compat_pool_owner(&params, dev->netdev, &rxq->channel->napi,
			     rxq->index);
	rxq->pool = page_pool_create(&params);
	if (IS_ERR(rxq->pool)) {
		int err = PTR_ERR(rxq->pool);

		rxq->pool = NULL;
		return err;
	}
	return 0;
}

static int vx_rxq_create_rings(struct vx_rxq *rxq, const struct vx_config *config)
{
	u32 size[VX_RX_RINGS] = {
		config->rx_size,
		rxq->layout.bodies ? config->body_size : VX_BODY_SIZE_IDLE,
	};
	struct vx_rx_core *core = &rxq->core;
	int i, err;

	for (i = 0; i < VX_RX_RINGS; i++) {
		struct vx_rx_ring *r = &core->ring[i];

		err = vx_dma_alloc(rxq->dev, &rxq->desc_mem[i],
				   size[i] * sizeof(*r->desc));
		if (err)
			return err;
		r->slot = kvcalloc(size[i], sizeof(*r->slot), GFP_KERNEL);
		if (!r->slot)
			return -ENOMEM;
		r->desc = rxq->desc_mem[i].vaddr;
		r->size = size[i];
	}
	core->comp_size = size[0] + size[1];
	err = vx_dma_alloc(rxq->dev, &rxq->comp_mem,
			   core->comp_size * sizeof(*core->comp));
	if (err)
		return err;
	core->comp = rxq->comp_mem.vaddr;
	core->max_bufs = 1 + rxq->layout.bodies;
	core->ring[VX_RX_HEADS].flags = rxq->layout.head_len;
	core->ring[VX_RX_BODIES].flags = rxq->layout.body_len | VX_RXD_BODY;
	return 0;
}

static int vx_rxq_register_xdp(struct vx_rxq *rxq)
{
	int err;

	err = xdp_rxq_info_reg(&rxq->xdp, rxq->dev->netdev, rxq->index,
			       rxq->channel->napi.napi_id);
	if (err)
		return err;
	err = xdp_rxq_info_reg_mem_model(&rxq->xdp, MEM_TYPE_PAGE_POOL, rxq->pool);
	if (err)
		xdp_rxq_info_unreg(&rxq->xdp);
	return err;
}

static bool vx_rx_new_buffer(struct vx_rxq *rxq, int which, gfp_t gfp,
			     struct vx_rx_slot *slot)
{
	u32 offset = which == VX_RX_HEADS ? rxq->layout.headroom : 0;
	struct page *page = page_pool_alloc_pages(rxq->pool, gfp);

	if (unlikely(!page))
		return false;
	slot->buf = page;
	slot->addr = page_pool_get_dma_addr(page) + offset;
	return true;
}

/*
 * Fills every free slot of a ring. Once memory has run out, with the buffers
 * that there are, and the answer is false.
 */
static bool vx_rx_refill_ring(struct vx_rxq *rxq, int which, gfp_t gfp)
{
	struct vx_rx_ring *r = &rxq->core.ring[which];
	u32 room = vx_rx_ring_room(r), kept_at = 0;
	bool has_memory = true;

	for (; room; room--) {
		struct vx_rx_slot *slot = vx_rx_ring_next(r);

		if (!slot->buf && has_memory) {
			has_memory = vx_rx_new_buffer(rxq, which, gfp, slot);
			kept_at = r->stage;
		}
		if (!slot->buf && !vx_rx_ring_move_up(r, &kept_at))
			break;
		vx_rx_ring_stage(r);
	}
	if (vx_rx_ring_arm(r) && rxq->hw && READ_ONCE(rxq->hw->wants_doorbell))
		writel(r->fill, rxq->doorbell[which]);
	return has_memory;
}

/* A refill that found no memory is repeated until it does */
static void vx_rx_refill(struct vx_rxq *rxq, gfp_t gfp)
{
	bool is_full = vx_rx_refill_ring(rxq, VX_RX_HEADS, gfp);

	is_full &= vx_rx_refill_ring(rxq, VX_RX_BODIES, gfp);
	if (unlikely(!is_full))
		vx_count(rxq->recv, VX_RECV_NO_MEMORY, 1);
	rxq->is_starved = !is_full;
}

/* The first filling: all slots, or none of this set is used */
static int vx_rxq_fill(struct vx_rxq *rxq)
{
	int i;

	vx_rx_core_reset(&rxq->core);
	for (i = 0; i < VX_RX_RINGS; i++)
		if (!vx_rx_refill_ring(rxq, i, VX_RX_INIT_GFP))
			return -ENOMEM;
	return 0;
}

int vx_rxq_create(struct vx_rxq *rxq, const struct vx_config *config)
{
	u32 headroom = config->has_xdp ? XDP_PACKET_HEADROOM : NET_SKB_PAD;
	int err;

	rxq->dma_dir = config->has_xdp ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE;
	vx_plan_rx_layout(config->mtu, headroom + NET_IP_ALIGN, VX_RX_TAILROOM,
			  PAGE_SIZE, &rxq->layout);
	err = vx_rxq_create_rings(rxq, config);
	if (err)
		return err;
	err = vx_rxq_create_pool(rxq, config);
	if (err)
		return err;
	err = vx_rxq_register_xdp(rxq);
	if (err)
		return err;
	return vx_rxq_fill(rxq);
}

static void vx_rxq_free_buffers(struct vx_rxq *rxq)
{
	int i;
	u32 k;

	for (i = 0; i < VX_RX_RINGS; i++) {
		struct vx_rx_ring *r = &rxq->core.ring[i];

		for (k = 0; r->slot && k < r->size; k++)
			if (r->slot[k].buf)
				page_pool_put_full_page(rxq->pool, r->slot[k].buf,
							false);
		kvfree(r->slot);
		r->slot = NULL;
	}
}

/* Also takes a queue whose creation stopped half-way */
void vx_rxq_destroy(struct vx_rxq *rxq)
{
	int i;

	vx_rxq_free_buffers(rxq);
	if (xdp_rxq_info_is_reg(&rxq->xdp))
		xdp_rxq_info_unreg(&rxq->xdp);
	if (rxq->pool)
		page_pool_destroy(rxq->pool);
	rxq->pool = NULL;
	vx_dma_free(rxq->dev, &rxq->comp_mem);
	for (i = 0; i < VX_RX_RINGS; i++)
		vx_dma_free(rxq->dev, &rxq->desc_mem[i]);
}

/* A packet that was begun will not be finished */
void vx_rxq_drain(struct vx_rxq *rxq)
{
	if (rxq->skb)
		dev_kfree_skb_any(rxq->skb);
	rxq->skb = NULL;
}

/* Before each activation: rings in their first state, all buffers armed. May sleep. */
void vx_rxq_arm(struct vx_rxq *rxq)
{
	vx_rxq_drain(rxq);
	rxq->is_broken = false;
	rxq->xdp_pending = 0;
	rxq->hw = NULL;	/* until the device knows this queue */
	vx_rx_core_reset(&rxq->core);
	vx_rx_refill(rxq, VX_RX_INIT_GFP);
}

/* After the activation: where the rings stand, for devices that want to hear */
void vx_rxq_announce(struct vx_rxq *rxq)
{
	int i;

	for (i = 0; i < VX_RX_RINGS; i++)
		writel(rxq->core.ring[i].fill, rxq->doorbell[i]);
}

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
	if ((d->d0 & VX_RXC_NO_CSUM) || !(d->d3 & VX_RXC_L4_OK) ||
	    (d->d3 & VX_RXC_FRAGMENT) || !(d->d3 & (VX_RXC_TCP | VX_RXC_UDP)))
		return false;
	if (d->d3 & VX_RXC_IPV4)
		return d->d3 & VX_RXC_IP_OK;
	return d->d3 & VX_RXC_IPV6;
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
	/* always: what took another way would overtake packets that GRO holds */
	napi_gro_receive(&rxq->channel->napi, skb);
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
