// SPDX-License-Identifier: GPL-2.0-only
/* Transmission: a queue's memory, and what the device is done with */
#include "tx.h"

#define VX_TX_CLEAN_MAX		256	/* completions in one poll */

int vx_txq_create(struct vx_txq *txq, u32 size)
{
	struct vx_dev *dev = txq->dev;
	struct vx_tx_ring *r = &txq->ring;
	int err;

	err = vx_dma_alloc(dev, &txq->desc_mem, size * sizeof(*r->desc));
	if (err)
		return err;
	err = vx_dma_alloc(dev, &txq->comp_mem, size * sizeof(*r->comp));
	if (err)
		return err;
	/* large in one piece, and no more than a help: without it each packet is mapped */
	if (!vx_dma_alloc(dev, &txq->data_mem, (size_t)size * dev->tx_slot_size))
		txq->data_slot = dev->tx_slot_size;
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
	slot->map = VX_TX_MAP_NONE;
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
