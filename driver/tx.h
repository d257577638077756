/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of transmission share and no other one needs */
#ifndef VX_TX_H
#define VX_TX_H

#include <linux/dma-mapping.h>

#include "vx.h"

static inline void vx_tx_unmap(struct device *dma, u64 addr, u32 len, u8 map)
{
	if (map == VX_TX_MAP_SINGLE)
		dma_unmap_single(dma, addr, len, DMA_TO_DEVICE);
	else if (map == VX_TX_MAP_PAGE)
		dma_unmap_page(dma, addr, len, DMA_TO_DEVICE);
}

/* A copy into the slot of the next descriptor saves a mapping */
static __always_inline struct vx_tx_seg
vx_tx_copy(struct vx_txq *txq, const void *data, u32 len)
{
	u32 offset = txq->ring.fill * txq->data_slot;

	memcpy(txq->data + offset, data, len);
	return (struct vx_tx_seg){ txq->data_addr + offset, len, VX_TX_MAP_NONE };
}

/* tx_shape.c */
int vx_tx_prepare(struct vx_txq *txq, struct sk_buff *skb,
		  struct vx_tx_offload *ret_off);

/* tx_map.c */
int vx_tx_map(struct vx_txq *txq, struct sk_buff *skb, struct vx_tx_seg *seg);

#endif
