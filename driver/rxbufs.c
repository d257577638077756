// SPDX-License-Identifier: GPL-2.0-only
/* An rx queue and its buffers: made, filled, armed, given back */
#include <linux/mm.h>

#include "vx.h"

#define VX_RX_TAILROOM	SKB_DATA_ALIGN(sizeof(struct skb_shared_info))
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
	if (!rxq->layout.bodies)
		core->ring[VX_RX_BODIES].unused =
			VX_BODY_SIZE_IDLE - 1 - VX_BODIES_IDLE;
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
	struct page *page;

	/* the pool maps its pages, and has none to give where that fails */
	if (vx_knobs_fail_rx_mapping(rxq->dev))
		return false;
	page = page_pool_alloc_pages(rxq->pool, gfp);
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

		/* where few slots are in use, a buffer that was kept is taken along */
		if (!slot->buf && r->unused) {
			kept_at = r->stage;
			vx_rx_ring_move_up(r, &kept_at);
		}
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
void vx_rx_refill(struct vx_rxq *rxq, gfp_t gfp)
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
