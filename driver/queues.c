// SPDX-License-Identifier: GPL-2.0-only
/* Sets of queues: their memory and how they hang together, not their work */
#include <linux/dma-mapping.h>

#include "vx.h"

int vx_dma_alloc(struct vx_dev *dev, struct vx_dma *mem, size_t size)
{
	mem->vaddr = dma_alloc_coherent(&dev->pdev->dev, size, &mem->addr,
					GFP_KERNEL | __GFP_NOWARN);
	if (!mem->vaddr)
		return -ENOMEM;
	mem->size = size;
	return 0;
}

void vx_dma_free(struct vx_dev *dev, struct vx_dma *mem)
{
	if (mem->vaddr)
		dma_free_coherent(&dev->pdev->dev, mem->size, mem->vaddr,
				  mem->addr);
	memset(mem, 0, sizeof(*mem));
}

static void vx_channel_init(struct vx_set *set, u32 i)
{
	struct vx_channel *ch = &set->channel[i];
	struct vx_dev *dev = set->dev;

	ch->dev = dev;
	ch->vector = i;
	ch->imr = dev->doorbells + VX_REG_IMR(i);
	ch->has_events = set->plan.mode == VX_VECTORS_SINGLE;
	ch->is_lazy = ch->tx && !ch->rx && READ_ONCE(dev->tx_usecs);
	vx_compat_timer_init(&ch->timer, vx_channel_timer);
	vx_compat_napi_add(dev->netdev, &ch->napi, vx_channel_poll);
}

/* First the channels that receive, then those that only send */
static void vx_set_wire(struct vx_set *set)
{
	bool is_split = set->plan.mode == VX_VECTORS_SPLIT;
	struct vx_dev *dev = set->dev;
	u32 pairs = set->config.pairs, i;

	for (i = 0; i < pairs; i++) {
		struct vx_channel *rx_ch = &set->channel[i];
		struct vx_channel *tx_ch = is_split ? rx_ch + pairs : rx_ch;
		struct vx_txq *txq = &set->txq[i];
		struct vx_rxq *rxq = &set->rxq[i];

		rx_ch->rx = rxq;
		tx_ch->tx = txq;
		rxq->dev = dev;
		rxq->index = i;
		rxq->channel = rx_ch;
		rxq->recv = &dev->stats[i].recv;
		rxq->doorbell[0] = dev->doorbells + VX_REG_RXPROD(i);
		rxq->doorbell[1] = dev->doorbells + VX_REG_RXPROD2(i);
		rxq->core.rqid[0] = i;
		rxq->core.rqid[1] = i + pairs;
		txq->dev = dev;
		txq->index = i;
		txq->channel = tx_ch;
		txq->send = &dev->stats[i].send;
		txq->reap = &dev->stats[i].reap;
		txq->doorbell = dev->doorbells + VX_REG_TXPROD(i);
		txq->nq = netdev_get_tx_queue(dev->netdev, i);
	}
	for (i = 0; i < set->channel_count; i++)
		vx_channel_init(set, i);
}

static struct vx_set *vx_set_alloc(struct vx_dev *dev,
				   const struct vx_config *config)
{
	struct vx_set *set = kzalloc(sizeof(*set), GFP_KERNEL);

	if (!set)
		return NULL;
	set->dev = dev;
	set->config = *config;
	set->plan = vx_plan_vectors(dev->vectors, config->pairs);
	if (set->plan.pairs < config->pairs)
		goto err_free;
	set->channel_count = set->plan.mode == VX_VECTORS_SPLIT ?
			     2 * config->pairs : config->pairs;
	set->channel = kcalloc(set->channel_count, sizeof(*set->channel),
			       GFP_KERNEL);
	set->txq = kcalloc(config->pairs, sizeof(*set->txq), GFP_KERNEL);
	set->rxq = kcalloc(config->pairs, sizeof(*set->rxq), GFP_KERNEL);
	if (set->channel && set->txq && set->rxq)
		return set;

	kfree(set->rxq);
	kfree(set->txq);
	kfree(set->channel);
err_free:
	kfree(set);
	return NULL;
}

int vx_set_create(struct vx_dev *dev, const struct vx_config *config,
		  struct vx_set **ret_set)
{
	struct vx_set *set = vx_set_alloc(dev, config);
	u32 i;
	int err;

	if (!set)
		return -ENOMEM;
	vx_set_wire(set);
	for (i = 0; i < config->pairs; i++) {
		err = vx_txq_create(&set->txq[i], config->tx_size);
		if (err)
			goto err_destroy;
		err = vx_rxq_create(&set->rxq[i], config);
		if (err)
			goto err_destroy;
	}
	*ret_set = set;
	return 0;

err_destroy:
	vx_set_destroy(set);
	return err;
}

/* Also takes a set whose creation stopped half-way */
void vx_set_destroy(struct vx_set *set)
{
	u32 i;

	for (i = set->config.pairs; i-- > 0;) {
		vx_rxq_destroy(&set->rxq[i]);
		vx_txq_destroy(&set->txq[i]);
	}
	for (i = 0; i < set->channel_count; i++)
		__netif_napi_del(&set->channel[i].napi);
	synchronize_net();	/* once for all of them */
	kfree(set->rxq);
	kfree(set->txq);
	kfree(set->channel);
	kfree(set);
}
