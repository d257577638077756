// SPDX-License-Identifier: GPL-2.0-only
/*
 * A set of queues goes to work, is taken out of use, or is exchanged. Every
 * change of rings, channels, MTU or XDP builds a new set beside the old one and
 * only then touches the device; if the device does not take it, the old set
 * goes back into place.
 */
#include "vx.h"

static void vx_set_link_napi(struct vx_set *set, bool is_linked)
{
	struct net_device *netdev = set->dev->netdev;
	u32 i;

	for (i = 0; i < set->config.pairs; i++) {
		netif_queue_set_napi(netdev, i, NETDEV_QUEUE_TYPE_RX, is_linked ?
				     &set->rxq[i].channel->napi : NULL);
		netif_queue_set_napi(netdev, i, NETDEV_QUEUE_TYPE_TX, is_linked ?
				     &set->txq[i].channel->napi : NULL);
	}
}

/*
 * Once for each number of queues, as the interrupts: whatever the administrator
 * makes of it must survive a reset and a new MTU.
 */
static void vx_set_spread_xps(struct vx_set *set)
{
	struct vx_dev *dev = set->dev;
	int node = dev_to_node(&dev->pdev->dev);
	u32 i;

	if (set->config.pairs == dev->spread_pairs)
		return;
	dev->spread_pairs = set->config.pairs;
	if (set->config.pairs < 2)
		return;
	for (i = 0; i < set->config.pairs; i++)
		netif_set_xps_queue(dev->netdev,
				    cpumask_of(cpumask_local_spread(i, node)), i);
}

static void vx_set_enable_napi(struct vx_set *set)
{
	u32 i;

	for (i = 0; i < set->channel_count; i++) {
		set->channel[i].flags = 0;
		napi_enable(&set->channel[i].napi);
	}
}

static void vx_set_disable_napi(struct vx_set *set)
{
	u32 i;

	for (i = 0; i < set->channel_count; i++) {
		napi_disable(&set->channel[i].napi);
		hrtimer_cancel(&set->channel[i].timer);
	}
}

/* Puts dev->set to work. On failure the device is silent. */
int vx_up(struct vx_dev *dev)
{
	struct vx_set *set = dev->set;
	u32 i;
	int err;

	ASSERT_RTNL();
	err = vx_irq_request(dev, set);
	if (err) {
		if (!test_bit(VX_FLAG_DEAD, &dev->flags))
			netdev_err(dev->netdev, "cannot get an interrupt: error %d\n", err);
		return err;
	}
	memset(dev->timeout_reaped, 0, sizeof(dev->timeout_reaped));
	clear_bit(VX_FLAG_LEFT, &dev->flags);
	for (i = 0; i < set->config.pairs; i++) {
		vx_tx_ring_reset(&set->txq[i].ring);
		set->txq[i].is_broken = false;
		set->txq[i].watch_strikes = 0;
		vx_rxq_arm(&set->rxq[i]);
	}
	err = vx_device_activate(dev, set);
	if (err)
		goto err_release;

	vx_set_enable_napi(set);
	vx_set_link_napi(set, true);
	vx_set_spread_xps(set);
	for (i = 0; i < set->config.pairs; i++)
		dev->txq[i] = &set->txq[i];
	vx_knobs_reset(dev);
	vx_stats_begin(dev);
	smp_mb__before_atomic();	/* all of the above before the flag */
	set_bit(VX_FLAG_RUNNING, &dev->flags);
	/* only now, or a change that came just before the flag would be lost */
	vx_filters_apply(dev);
	if (test_and_clear_bit(VX_FLAG_DEAD, &dev->flags)) {
		netif_device_attach(dev->netdev);
		netdev_info(dev->netdev, "the device is back\n");
	}
	if (test_bit(VX_FLAG_UNHEALTHY, &dev->flags))
		vx_reset_request(dev, VX_RESET_RETRY);
	vx_device_update_link(dev);
	netif_tx_wake_all_queues(dev->netdev);
	vx_irq_unmask_all(dev, set);
	/* without buffers there is no packet, and without a packet no poll */
	for (i = 0; i < set->config.pairs; i++)
		if (set->rxq[i].is_starved)
			vx_channel_retry(set->rxq[i].channel);
	vx_watch_start(dev);
	return 0;

err_release:
	vx_irq_release(dev, set);
	return err;
}

/*
 * Takes dev->set out of use. Its buffers for reception stay in place, and the
 * device still knows the shared memory, but does nothing with it.
 */
void vx_pause(struct vx_dev *dev)
{
	struct vx_set *set = dev->set;
	u32 i;

	ASSERT_RTNL();
	clear_bit(VX_FLAG_RUNNING, &dev->flags);
	vx_watch_stop(dev);
	/* or older kernels take an idle queue that is stopped for one that hangs */
	for (i = 0; i < dev->netdev->num_tx_queues; i++)
		txq_trans_cond_update(netdev_get_tx_queue(dev->netdev, i));
	netif_tx_disable(dev->netdev);
	vx_stats_fold(dev, set);
	vx_device_quiesce(dev);
	vx_set_link_napi(set, false);
	vx_set_disable_napi(set);
	/* a poll that was under way has unmasked its vector at its end */
	vx_irq_mask_all(dev);
	/* a poll that had begun before may have woken a queue */
	netif_tx_disable(dev->netdev);
	memset(dev->txq, 0, sizeof(dev->txq));
	vx_irq_release(dev, set);
	for (i = 0; i < set->config.pairs; i++) {
		vx_txq_drain(&set->txq[i]);
		vx_rxq_drain(&set->rxq[i]);
	}
	/* whatever was complained of went with the rings */
	xchg(&dev->reset_causes, 0);
}

/* The same, and the device forgets the memory, so that it may be freed */
void vx_down(struct vx_dev *dev)
{
	vx_pause(dev);
	vx_device_silence(dev);
}

static int vx_set_real_queues(struct vx_dev *dev, u32 pairs)
{
	int err;

	err = netif_set_real_num_tx_queues(dev->netdev, pairs);
	if (err)
		return err;
	err = netif_set_real_num_rx_queues(dev->netdev, pairs);
	if (err)
		netif_set_real_num_tx_queues(dev->netdev, dev->config.pairs);
	return err;
}

/* Changes @config of a device that is not in use: nothing can go wrong later */
static int vx_reconfigure_idle(struct vx_dev *dev, const struct vx_config *config)
{
	int err = vx_set_real_queues(dev, config->pairs);

	if (err)
		return err;
	dev->config = *config;
	vx_rss_spread(dev, config->pairs);
	return 0;
}

/* All or nothing: after a failure the old configuration is at work again */
int vx_reconfigure(struct vx_dev *dev, const struct vx_config *config)
{
	struct vx_config old_config = dev->config;
	struct vx_set *old = dev->set, *new;
	int err, err_old;

	ASSERT_RTNL();
	if (!old)
		return vx_reconfigure_idle(dev, config);
	/* asleep, being reset by somebody, or dead */
	if (!netif_device_present(dev->netdev))
		return -ENODEV;
	err = vx_set_create(dev, config, &new);
	if (err)
		return err;
	if (vx_is_running(dev))
		vx_down(dev);
	err = vx_reconfigure_idle(dev, config);
	if (err)
		goto err_restore;
	dev->set = new;
	err = vx_up(dev);
	if (err)
		goto err_restore;
	vx_set_destroy(old);
	return 0;

err_restore:
	dev->set = old;
	err_old = vx_reconfigure_idle(dev, &old_config);
	/* what runs or is to run again is this, whatever the stack thinks */
	dev->config = old_config;
	if (err_old || vx_up(dev))
		vx_mark_dead(dev);
	vx_set_destroy(new);
	return err;
}
