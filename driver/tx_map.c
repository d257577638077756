// SPDX-License-Identifier: GPL-2.0-only
/* Transmission: from an skb to pieces that the device can read */
#include "tx.h"

/* Appends the pieces of a mapped buffer; each gets its own mapping */
static int vx_tx_map_linear(struct device *dma, void *data, u32 len,
			    struct vx_tx_seg *seg)
{
	int n = 0;

	while (len) {
		u32 piece = min_t(u32, len, VX_TX_DESC_MAX_LEN);
		dma_addr_t addr = vx_knobs_fail_tx_mapping(dma) ? DMA_MAPPING_ERROR :
				  dma_map_single(dma, data, piece, DMA_TO_DEVICE);

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
		dma_addr_t addr = vx_knobs_fail_tx_mapping(dma) ? DMA_MAPPING_ERROR :
				  skb_frag_dma_map(dma, frag, off, piece, DMA_TO_DEVICE);

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

/*
 * Turns the skb into segments: their number, or a negative error with nothing
 * left mapped. No descriptor has been written yet, so there is nothing to take
 * back in the ring.
 */
int vx_tx_map(struct vx_txq *txq, struct sk_buff *skb, struct vx_tx_seg *seg)
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
