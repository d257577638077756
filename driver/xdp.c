// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP in one buffer a frame. Frames leave by the tx queue of the same number,
 * which the stack uses too: always under that queue's lock.
 */
#include <linux/bpf_trace.h>
#include <linux/dma-mapping.h>

#include "vx.h"

#define VX_XDP_PENDING_TX	BIT(0)
#define VX_XDP_PENDING_REDIRECT	BIT(1)

bool vx_xdp_mtu_fits(u32 mtu)
{
	struct vx_rx_layout layout;

	vx_plan_rx_layout(mtu, XDP_PACKET_HEADROOM + NET_IP_ALIGN,
			  SKB_DATA_ALIGN(sizeof(struct skb_shared_info)),
			  PAGE_SIZE, &layout);
	return !layout.bodies;
}

static void vx_xdp_count(struct vx_counters *c, unsigned int what,
			 unsigned int bytes, u32 len)
{
	u64_stats_update_begin(&c->sync);
	u64_stats_inc(&c->value[what]);
	u64_stats_add(&c->value[bytes], len);
	u64_stats_update_end(&c->sync);
}

static int vx_xdp_map(struct vx_txq *txq, struct xdp_frame *frame,
		      struct vx_rxq *from, struct vx_tx_seg *ret_seg)
{
	struct device *dma = &txq->dev->pdev->dev;
	struct page *page = virt_to_page(frame->data);
	dma_addr_t addr;

	if (from) {
		/* a page of our own pool is mapped already */
		addr = page_pool_get_dma_addr(page) + offset_in_page(frame->data);
		dma_sync_single_for_device(dma, addr, frame->len,
					   DMA_BIDIRECTIONAL);
		*ret_seg = (struct vx_tx_seg){ addr, frame->len, VX_TX_MAP_NONE };
		return 0;
	}
	addr = vx_knobs_fail_tx_mapping(dma) ? DMA_MAPPING_ERROR :
	       dma_map_single(dma, frame->data, frame->len, DMA_TO_DEVICE);
	if (dma_mapping_error(dma, addr))
		return -ENOMEM;
	*ret_seg = (struct vx_tx_seg){ addr, frame->len, VX_TX_MAP_SINGLE };
	return 0;
}

/* Under the lock of the tx queue; the doorbell is the caller's business */
static int vx_xdp_send(struct vx_txq *txq, struct xdp_frame *frame,
		       struct vx_rxq *from)
{
	u32 len = frame->len;
	struct vx_tx_seg seg;
	int err;

	if (len < ETH_HLEN || xdp_frame_has_frags(frame))
		return -EINVAL;
	if (vx_tx_ring_free(&txq->ring) < VX_TX_STOP_ROOM) {
		vx_count(txq->send, VX_SEND_XDP_FULL, 1);
		return -ENOSPC;
	}
	err = vx_xdp_map(txq, frame, from, &seg);
	if (err) {
		vx_count(txq->send, VX_SEND_MAP_ERRORS, 1);
		return err;
	}
	WRITE_ONCE(txq->xdp_posted, txq->xdp_posted + 1);
	vx_tx_ring_post(&txq->ring, &seg, 1, (struct vx_tx_offload){}, frame,
			VX_TX_KIND_XDP_FRAME);
	vx_tx_stop_if_full(txq);
	txq->ring.deferred++;
	vx_xdp_count(txq->send, from ? VX_SEND_XDP_TX : VX_SEND_XDP_XMIT,
		     VX_SEND_XDP_BYTES, len);
	return 0;
}

static void vx_xdp_ring(struct vx_txq *txq)
{
	if (!txq->ring.deferred)
		return;
	txq->ring.deferred = 0;
	vx_tx_ring_doorbell(txq);
	vx_channel_expect_tx(txq->channel, netif_xmit_stopped(txq->nq));
}

/* Under the queue's lock: the queue, or NULL while the data path is down */
static struct vx_txq *vx_xdp_queue(struct vx_dev *dev, struct netdev_queue *nq,
				   u32 index)
{
	if (unlikely(!vx_is_running(dev) || !dev->txq[index]))
		return NULL;
	txq_trans_cond_update(nq);
	return dev->txq[index];
}

static enum vx_xdp_verdict vx_xdp_bounce(struct vx_rxq *rxq,
					 struct xdp_buff *xdp)
{
	struct netdev_queue *nq = netdev_get_tx_queue(rxq->dev->netdev, rxq->index);
	struct xdp_frame *frame = xdp_convert_buff_to_frame(xdp);
	struct vx_txq *txq;
	int err = -ENETDOWN;

	if (unlikely(!frame))
		return VX_XDP_KEEP;
	__netif_tx_lock(nq, smp_processor_id());
	txq = vx_xdp_queue(rxq->dev, nq, rxq->index);
	if (likely(txq))
		err = vx_xdp_send(txq, frame, rxq);
	__netif_tx_unlock(nq);
	if (unlikely(err))
		return VX_XDP_KEEP;
	rxq->xdp_pending |= VX_XDP_PENDING_TX;
	return VX_XDP_TAKEN;
}

enum vx_xdp_verdict vx_xdp_run(struct vx_rxq *rxq, struct bpf_prog *prog,
			       struct xdp_buff *xdp)
{
	struct net_device *netdev = rxq->dev->netdev;
	u32 len = xdp->data_end - xdp->data;
	enum vx_xdp_verdict verdict;
	u32 act = bpf_prog_run_xdp(prog, xdp);

	switch (act) {
	case XDP_PASS:
		vx_count(rxq->recv, VX_RECV_XDP_PASS, 1);
		return VX_XDP_PASS;
	case XDP_DROP:
		vx_xdp_count(rxq->recv, VX_RECV_XDP_DROP, VX_RECV_XDP_BYTES, len);
		return VX_XDP_KEEP;
	case XDP_TX:
		verdict = vx_xdp_bounce(rxq, xdp);
		if (verdict == VX_XDP_TAKEN) {
			vx_xdp_count(rxq->recv, VX_RECV_XDP_TX,
				     VX_RECV_XDP_BYTES, len);
			return verdict;
		}
		break;
	case XDP_REDIRECT:
		if (!xdp_do_redirect(netdev, xdp, prog)) {
			vx_xdp_count(rxq->recv, VX_RECV_XDP_REDIRECT,
				     VX_RECV_XDP_BYTES, len);
			rxq->xdp_pending |= VX_XDP_PENDING_REDIRECT;
			return VX_XDP_TAKEN;
		}
		break;
	default:
		vx_compat_xdp_warn(netdev, prog, act);
		break;
	case XDP_ABORTED:
		break;
	}
	trace_xdp_exception(netdev, prog, act);
	vx_count(rxq->recv, VX_RECV_XDP_ABORTED, 1);
	return VX_XDP_KEEP;
}

/* At the end of a poll: one doorbell, one flush for all of it */
void vx_xdp_flush(struct vx_rxq *rxq)
{
	if (rxq->xdp_pending & VX_XDP_PENDING_REDIRECT)
		xdp_do_flush();
	if (rxq->xdp_pending & VX_XDP_PENDING_TX) {
		struct netdev_queue *nq = netdev_get_tx_queue(rxq->dev->netdev,
							      rxq->index);
		struct vx_txq *txq;

		__netif_tx_lock(nq, smp_processor_id());
		txq = vx_xdp_queue(rxq->dev, nq, rxq->index);
		if (txq)
			vx_xdp_ring(txq);
		__netif_tx_unlock(nq);
	}
	rxq->xdp_pending = 0;
}

int vx_xdp_xmit(struct net_device *netdev, int n, struct xdp_frame **frames,
		u32 flags)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 index = smp_processor_id() % READ_ONCE(netdev->real_num_tx_queues);
	struct netdev_queue *nq = netdev_get_tx_queue(netdev, index);
	struct vx_txq *txq;
	int sent = 0;

	if (unlikely(flags & ~XDP_XMIT_FLAGS_MASK))
		return -EINVAL;
	__netif_tx_lock(nq, smp_processor_id());
	txq = vx_xdp_queue(dev, nq, index);
	while (likely(txq) && sent < n && !vx_xdp_send(txq, frames[sent], NULL))
		sent++;
	if (txq && (flags & XDP_XMIT_FLUSH))
		vx_xdp_ring(txq);
	__netif_tx_unlock(nq);
	return txq ? sent : -ENETDOWN;
}

static int vx_xdp_setup(struct vx_dev *dev, struct bpf_prog *prog,
			struct netlink_ext_ack *extack)
{
	struct vx_config config = dev->config;
	struct bpf_prog *old = rtnl_dereference(dev->xdp_prog);
	int err;

	if (prog && !vx_xdp_mtu_fits(config.mtu)) {
		NL_SET_ERR_MSG(extack, "The MTU is too large: with XDP a frame must fit a page");
		return -EOPNOTSUPP;
	}
	/* buffers get headroom, and may be sent from: other queues altogether */
	if (!prog != !old) {
		if (!prog)
			RCU_INIT_POINTER(dev->xdp_prog, NULL);
		config.has_xdp = prog;
		err = vx_reconfigure(dev, &config);
		/* without a program the queues for XDP will do as well */
		if (err && prog) {
			rcu_assign_pointer(dev->xdp_prog, old);
			if (err == -ENOMEM)
				NL_SET_ERR_MSG(extack, "No memory for queues that XDP can use");
			return err;
		}
	}
	rcu_assign_pointer(dev->xdp_prog, prog);
	if (old)
		bpf_prog_put(old);
	if (!prog != !old)
		netdev_update_features(dev->netdev);
	return 0;
}

int vx_bpf(struct net_device *netdev, struct netdev_bpf *bpf)
{
	switch (bpf->command) {
	case XDP_SETUP_PROG:
		return vx_xdp_setup(netdev_priv(netdev), bpf->prog, bpf->extack);
	default:
		return -EINVAL;
	}
}
