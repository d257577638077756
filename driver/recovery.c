// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the device does not do its part: say once what is known, reset, and go
 * on. Whoever finds fault only asks for a reset; the work does it under RTNL,
 * so that it never meets an open, a close or a change of rings half-way.
 */
#include <linux/rtnetlink.h>

#include "vx.h"

#define VX_RETRY_DELAY		(2 * HZ)
#define VX_RETRY_DELAY_GONE	(30 * HZ)	/* the device does not answer at all */
#define VX_WATCH_PERIOD		(HZ / 2)
/* Looks, a period apart, at a queue that does not move: at once, and after 3 s */
#define VX_STRIKES_NUDGE	1
#define VX_STRIKES_HUNG		6

static const char * const vx_cause_names[] = {
	[VX_RESET_TX_TIMEOUT] = "tx timeout",
	[VX_RESET_TX_PROTOCOL] = "impossible tx completion",
	[VX_RESET_RX_PROTOCOL] = "impossible rx completion",
	[VX_RESET_TX_STOPPED] = "device stopped a tx queue",
	[VX_RESET_RX_STOPPED] = "device stopped an rx queue",
	[VX_RESET_RETRY] = "activation failed before",
};

static_assert(ARRAY_SIZE(vx_cause_names) == VX_RESET_CAUSE_COUNT);

const char *vx_reset_cause_name(enum vx_reset_cause cause)
{
	return vx_cause_names[cause];
}

/* Why the device says that it stopped a queue */
const char *vx_queue_error_name(u32 error)
{
	static const char * const names[] = {
		"no end of packet",
		"tx descriptor reused before completion",
		"packet too big or of too many descriptors",
		"descriptor type not supported",
		"rx buffer too small",
		"stress option",
		"mode switch failed",
		"invalid tx descriptor",
	};
	u32 at = error & ~BIT(31);

	if (!error)
		return "none";
	return (error & BIT(31)) && at < ARRAY_SIZE(names) ? names[at] : "unknown";
}

void vx_reset_request(struct vx_dev *dev, enum vx_reset_cause cause)
{
	if (test_bit(VX_FLAG_REMOVING, &dev->flags))
		return;
	set_bit(cause, &dev->reset_causes);
	if (cause == VX_RESET_RETRY)
		queue_delayed_work(system_freezable_wq, &dev->reset_work,
				   vx_device_is_present(dev) ? VX_RETRY_DELAY :
							       VX_RETRY_DELAY_GONE);
	else
		mod_delayed_work(system_freezable_wq, &dev->reset_work, 0);
}

/* What was asked for did not happen: once more, later */
static void vx_reset_repeat(struct vx_dev *dev, unsigned long causes)
{
	u32 i;

	for_each_set_bit(i, &causes, VX_RESET_CAUSE_COUNT)
		set_bit(i, &dev->reset_causes);
	if (!test_bit(VX_FLAG_REMOVING, &dev->flags))
		queue_delayed_work(system_freezable_wq, &dev->reset_work,
				   VX_RETRY_DELAY);
}

/* A poll that no interrupt asked for; with softirqs off, so that it runs at the end */
static void vx_poll_now(struct vx_channel *ch)
{
	local_bh_disable();
	napi_schedule(&ch->napi);
	local_bh_enable();
}

/* Everything that somebody who reads the log of a hang wants to know */
static void vx_dump_txq(struct vx_dev *dev, u32 i)
{
	struct vx_txq *txq = dev->txq[i];
	const struct vx_tx_ring *r = &txq->ring;
	struct vx_hw_txq *hw = vx_hw_txq(dev, i);

	netdev_err(dev->netdev,
		   "tx queue %u: sent up to %u (generation %u), given back up to %u of %u, next completion %u (%s), %u without doorbell\n",
		   i, READ_ONCE(r->fill), !!r->gen, r->reaped, r->size,
		   r->comp_next,
		   vx_tx_ring_has_completion(r) ? "is there" : "not there",
		   r->deferred);
	netdev_err(dev->netdev,
		   "tx queue %u: stack %s, interrupt %s, device %s, its error %#x (%s), threshold %u, deferred %u\n",
		   i, netif_xmit_stopped(txq->nq) ? "stopped" : "running",
		   readl(txq->channel->imr) & 1 ? "masked" : "unmasked",
		   hw->stopped ? "stopped" : "running", le32_to_cpu(hw->error),
		   vx_queue_error_name(le32_to_cpu(hw->error)),
		   le32_to_cpu(hw->threshold), le32_to_cpu(hw->num_deferred));
}

/*
 * A queue has made no progress for too long. If the device has done its work
 * and only nobody noticed, as after the pause of a virtual machine, a poll is
 * all it takes, once.
 */
static void vx_tx_hung(struct vx_dev *dev, struct vx_txq *txq)
{
	struct net_device *netdev = dev->netdev;
	u32 queue = txq->index;

	dev->tx_timeouts++;
	if (!vx_device_is_present(dev)) {
		/* for good, then it is removed; or it was away for a moment */
		netdev_err(netdev, "tx queue %u: the device is gone\n", queue);
		vx_reset_request(dev, VX_RESET_TX_TIMEOUT);
		return;
	}
	if (vx_tx_ring_has_completion(&txq->ring) && !txq->is_broken &&
	    dev->timeout_reaped[queue] != txq->ring.reaped + 1) {
		dev->timeout_reaped[queue] = txq->ring.reaped + 1;
		dev->late_completions++;
		netdev_warn(netdev, "tx queue %u: completions were waiting, polling now\n",
			    queue);
		vx_poll_now(txq->channel);
		/* should that not help either, the watch comes back */
		txq->watch_strikes = VX_STRIKES_NUDGE;
		return;
	}
	if (txq->watch_strikes <= VX_STRIKES_HUNG) {
		vx_cmd(dev, VX_CMD_GET_QUEUE_STATUS);
		vx_dump_txq(dev, queue);
	}
	vx_reset_request(dev, VX_RESET_TX_TIMEOUT);
}

/* The stack's watchdog: it looks at queues that are stopped */
void vx_tx_timeout(struct net_device *netdev, unsigned int queue)
{
	struct vx_dev *dev = netdev_priv(netdev);

	if (vx_is_running(dev) && queue < VX_MAX_TXQ && dev->txq[queue])
		vx_tx_hung(dev, dev->txq[queue]);
}

/* Perhaps the device missed a doorbell, or we an interrupt: costs nothing */
static void vx_watch_nudge(struct vx_txq *txq)
{
	__netif_tx_lock_bh(txq->nq);
	vx_tx_ring_doorbell(txq);
	vx_count(txq->send, VX_SEND_REPEATED, 1);
	__netif_tx_unlock_bh(txq->nq);
	vx_poll_now(txq->channel);
}

/*
 * Our own watch: with little traffic a queue is never stopped, so that the
 * stack's watchdog would let it hang for ever. Counts how often in a row it
 * finds work that makes no progress: time that the machine was paused is not
 * taken for time that the device had, and neither is time without a link.
 */
void vx_watch_work(struct work_struct *work)
{
	struct vx_dev *dev = container_of(to_delayed_work(work), struct vx_dev,
					  watch_work);
	u32 i;

	for (i = 0; i < VX_MAX_TXQ && dev->txq[i]; i++) {
		struct vx_txq *txq = dev->txq[i];
		u32 reaped = READ_ONCE(txq->ring.reaped);

		if (!vx_tx_ring_busy(&txq->ring) || reaped != txq->watch_reaped ||
		    !netif_carrier_ok(dev->netdev)) {
			txq->watch_reaped = reaped;
			txq->watch_strikes = 0;
			continue;
		}
		txq->watch_strikes++;
		if (txq->watch_strikes == VX_STRIKES_NUDGE)
			vx_watch_nudge(txq);
		else if (txq->watch_strikes % VX_STRIKES_HUNG == 0)
			vx_tx_hung(dev, txq);
	}
	vx_watch_start(dev);
}

void vx_watch_start(struct vx_dev *dev)
{
	queue_delayed_work(system_freezable_wq, &dev->watch_work,
			   VX_WATCH_PERIOD);
}

/* The work takes no RTNL, so this may be called under it */
void vx_watch_stop(struct vx_dev *dev)
{
	cancel_delayed_work_sync(&dev->watch_work);
}

/* A device can raise this event as often as it likes */
static void vx_queue_stopped(struct vx_dev *dev, const char *side, u32 i,
			     u32 error, enum vx_reset_cause cause)
{
	if (net_ratelimit())
		netdev_err(dev->netdev, "the device stopped %s queue %u: %#x (%s)\n",
			   side, i, error, vx_queue_error_name(error));
	vx_reset_request(dev, cause);
}

static void vx_events_queue_error(struct vx_dev *dev)
{
	u32 pairs = dev->config.pairs, i;

	vx_cmd(dev, VX_CMD_GET_QUEUE_STATUS);
	for (i = 0; i < pairs; i++) {
		struct vx_hw_txq *tx = vx_hw_txq(dev, i);
		struct vx_hw_rxq *rx = vx_hw_rxq(dev, pairs, i);

		if (tx->stopped)
			vx_queue_stopped(dev, "tx", i, le32_to_cpu(tx->error),
					 VX_RESET_TX_STOPPED);
		if (rx->stopped)
			vx_queue_stopped(dev, "rx", i, le32_to_cpu(rx->error),
					 VX_RESET_RX_STOPPED);
	}
}

/* In hard interrupt context, or from the poll that shares its vector */
void vx_events_collect(struct vx_dev *dev)
{
	u32 events = le32_to_cpu(READ_ONCE(dev->area->shared.events));

	if (!events || !vx_is_running(dev))
		return;
	writel(events, dev->control + VX_REG_ECR);
	if (events & VX_EVENT_LINK)
		vx_device_update_link(dev);
	if (events & (VX_EVENT_TXQ_ERROR | VX_EVENT_RXQ_ERROR))
		vx_events_queue_error(dev);
}

/* The device did not come back: nothing may be sent to it until it does */
void vx_mark_dead(struct vx_dev *dev)
{
	bool is_present = vx_device_is_present(dev);

	dev->reset_failures++;
	set_bit(VX_FLAG_UNHEALTHY, &dev->flags);
	netif_carrier_off(dev->netdev);
	WRITE_ONCE(dev->link_speed, 0);
	netif_device_detach(dev->netdev);
	if (!test_and_set_bit(VX_FLAG_DEAD, &dev->flags))
		netdev_err(dev->netdev, "the device does not come back, trying again every %d seconds\n",
			   (is_present ? VX_RETRY_DELAY : VX_RETRY_DELAY_GONE) / HZ);
	vx_reset_request(dev, VX_RESET_RETRY);
}

/* From scratch with the same queues */
int vx_reset(struct vx_dev *dev)
{
	bool is_dead = test_bit(VX_FLAG_DEAD, &dev->flags);
	int err;

	ASSERT_RTNL();
	if (!dev->set || !(vx_is_running(dev) || is_dead) ||
	    test_bit(VX_FLAG_REMOVING, &dev->flags))
		return 0;
	if (vx_is_running(dev))
		vx_down(dev);
	dev->resets++;
	err = vx_device_is_present(dev) ? vx_up(dev) : -ENODEV;
	if (err)
		vx_mark_dead(dev);
	return err;
}

int vx_reset_locked(struct vx_dev *dev)
{
	int err;

	rtnl_lock();
	err = vx_reset(dev);
	rtnl_unlock();
	return err;
}

/* The reset of a device that did not come back, unless it has meanwhile */
static void vx_retry(struct vx_dev *dev)
{
	rtnl_lock();
	if (test_bit(VX_FLAG_DEAD, &dev->flags))
		vx_reset(dev);
	rtnl_unlock();
}

/*
 * A reporter in error recovers nothing more by itself. Whatever came to a good
 * end without it, a retry or a new open, is told to it here: not under RTNL.
 */
static void vx_reporter_mend(struct vx_dev *dev)
{
	if (vx_is_running(dev) &&
	    test_and_clear_bit(VX_FLAG_UNHEALTHY, &dev->flags))
		vx_devlink_healthy(dev);
}

/* Through the health reporter, which counts, keeps a dump, and calls vx_reset() */
void vx_reset_work(struct work_struct *work)
{
	struct vx_dev *dev = container_of(to_delayed_work(work), struct vx_dev,
					  reset_work);
	unsigned long causes = xchg(&dev->reset_causes, 0);
	bool was_refused;
	char what[96] = "";
	u64 resets;
	int err;
	u32 i;

	was_refused = test_bit(VX_FLAG_UNHEALTHY, &dev->flags);
	/* the reporter repeats nothing that failed: that is up to us */
	if (test_bit(VX_FLAG_DEAD, &dev->flags)) {
		vx_retry(dev);
		causes = 0;
	}
	/* a new open, or a resume, was faster than the retry */
	causes &= ~BIT(VX_RESET_RETRY);
	vx_reporter_mend(dev);
	/* it may have been closed since somebody asked */
	if (!causes || !vx_is_running(dev))
		return;
	for_each_set_bit(i, &causes, VX_RESET_CAUSE_COUNT) {
		if (what[0])
			strlcat(what, ", ", sizeof(what));
		strlcat(what, vx_reset_cause_name(i), sizeof(what));
	}
	resets = dev->resets;
	err = vx_devlink_report(dev, what);
	if (err == -ECANCELED) {
		/* its grace period; a broken queue would wait for ever */
		if (!was_refused)
			netdev_warn(dev->netdev, "%s: the health reporter does not allow a reset now, asking again every %d seconds\n",
				    what, VX_RETRY_DELAY / HZ);
		set_bit(VX_FLAG_UNHEALTHY, &dev->flags);
		vx_reset_repeat(dev, causes);
	} else if (!err && dev->resets == resets && vx_is_running(dev) &&
		   !test_and_set_bit(VX_FLAG_LEFT, &dev->flags)) {
		netdev_warn(dev->netdev, "%s: the health reporter leaves the reset to you: devlink health recover\n",
			    what);
	}
}
