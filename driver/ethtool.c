// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ethtool.h>

#include "vx.h"

#define VX_REGS_VERSION		1
#define VX_REGS_DEVICE		8
#define VX_REGS_QUEUE		16

static void vx_get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct vx_dev *dev = netdev_priv(netdev);

	strscpy(info->driver, VX_NAME, sizeof(info->driver));
	strscpy(info->version, VX_VERSION, sizeof(info->version));
	strscpy(info->bus_info, pci_name(dev->pdev), sizeof(info->bus_info));
}

static int vx_get_link_ksettings(struct net_device *netdev,
				 struct ethtool_link_ksettings *cmd)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 speed = READ_ONCE(dev->link_speed);

	ethtool_link_ksettings_zero_link_mode(cmd, supported);
	ethtool_link_ksettings_zero_link_mode(cmd, advertising);
	ethtool_link_ksettings_add_link_mode(cmd, supported, TP);
	ethtool_link_ksettings_add_link_mode(cmd, supported, 10000baseT_Full);
	ethtool_link_ksettings_add_link_mode(cmd, supported, 1000baseT_Full);
	cmd->base.port = PORT_TP;
	cmd->base.autoneg = AUTONEG_DISABLE;
	cmd->base.speed = speed ?: SPEED_UNKNOWN;
	cmd->base.duplex = speed ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	return 0;
}

static u32 vx_get_msglevel(struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);

	return dev->msg_enable;
}

static void vx_set_msglevel(struct net_device *netdev, u32 level)
{
	struct vx_dev *dev = netdev_priv(netdev);

	dev->msg_enable = level;
}

static void vx_get_ringparam(struct net_device *netdev,
			     struct ethtool_ringparam *ring,
			     struct kernel_ethtool_ringparam *kernel_ring,
			     struct netlink_ext_ack *extack)
{
	struct vx_dev *dev = netdev_priv(netdev);

	ring->tx_max_pending = VX_RING_SIZE_MAX;
	ring->rx_max_pending = VX_RING_SIZE_MAX;
	ring->rx_jumbo_max_pending = VX_RING_SIZE_MAX;
	ring->tx_pending = dev->config.tx_size;
	ring->rx_pending = dev->config.rx_size;
	ring->rx_jumbo_pending = dev->config.body_size;
}

static int vx_set_ringparam(struct net_device *netdev,
			    struct ethtool_ringparam *ring,
			    struct kernel_ethtool_ringparam *kernel_ring,
			    struct netlink_ext_ack *extack)
{
	struct vx_dev *dev = netdev_priv(netdev);
	struct vx_config config = dev->config;

	config.tx_size = ALIGN(ring->tx_pending, VX_RING_SIZE_ALIGN);
	config.rx_size = ALIGN(ring->rx_pending, VX_RING_SIZE_ALIGN);
	config.body_size = ALIGN(ring->rx_jumbo_pending, VX_RING_SIZE_ALIGN);
	if (config.tx_size < VX_TX_SIZE_MIN ||
	    !vx_ring_size_valid(config.tx_size) ||
	    !vx_ring_size_valid(config.rx_size) ||
	    !vx_ring_size_valid(config.body_size)) {
		NL_SET_ERR_MSG(extack, "Ring sizes go from 64 (tx) or 32 (rx, rx-jumbo) to 4096");
		return -EINVAL;
	}
	return vx_reconfigure(dev, &config);
}

static void vx_get_channels(struct net_device *netdev, struct ethtool_channels *ch)
{
	struct vx_dev *dev = netdev_priv(netdev);

	ch->max_combined = dev->max_pairs;
	ch->combined_count = dev->config.pairs;
}

static bool vx_rss_table_fits(struct vx_dev *dev, u32 queues)
{
	u32 i;

	for (i = 0; i < VX_RSS_TABLE_SIZE; i++)
		if (dev->rss.table[i] >= queues)
			return false;
	return true;
}

static int vx_set_channels(struct net_device *netdev, struct ethtool_channels *ch)
{
	struct vx_dev *dev = netdev_priv(netdev);
	struct vx_config config = dev->config;

	/* below revision 6 the device wants a power of two */
	if (ch->rx_count || ch->tx_count || ch->other_count ||
	    !is_power_of_2(ch->combined_count))
		return -EINVAL;
	if (netif_is_rxfh_configured(netdev) &&
	    !vx_rss_table_fits(dev, ch->combined_count))
		return -EINVAL;
	config.pairs = ch->combined_count;
	return vx_reconfigure(dev, &config);
}

/* Ours, or what the host says of its own */
static u32 vx_rx_usecs(struct vx_dev *dev)
{
	u32 rate = dev->limits_rx ? dev->rx_rate : vx_device_read_rx_rate(dev);

	return rate ? USEC_PER_SEC / rate : 0;
}

static int vx_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *ec,
			   struct kernel_ethtool_coalesce *kec,
			   struct netlink_ext_ack *extack)
{
	struct vx_dev *dev = netdev_priv(netdev);

	ec->tx_coalesce_usecs = dev->tx_usecs;
	ec->rx_coalesce_usecs = vx_rx_usecs(dev);
	ec->use_adaptive_rx_coalesce = dev->revision >= 3 && !dev->limits_rx;
	return 0;
}

/* Adaptive is what the host makes of it. A time that is new ends that. */
static void vx_set_rx_limit(struct vx_dev *dev, u32 rate, bool is_adaptive)
{
	dev->limits_rx = !is_adaptive;
	dev->rx_rate = is_adaptive ? 0 : rate;
	if (vx_is_running(dev))
		vx_device_update_coalesce(dev);
}

/* Those of tx are the driver's own, those of rx the device's: revision 3 */
static int vx_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *ec,
			   struct kernel_ethtool_coalesce *kec,
			   struct netlink_ext_ack *extack)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 rx = ec->rx_coalesce_usecs, tx = ec->tx_coalesce_usecs;
	u32 rate = rx ? USEC_PER_SEC / rx : 0, old_tx = dev->tx_usecs;
	bool is_adaptive = ec->use_adaptive_rx_coalesce;
	bool is_new_rx = rx != vx_rx_usecs(dev);
	int err;

	if ((rx || is_adaptive) && dev->revision < 3) {
		NL_SET_ERR_MSG(extack, "This revision of the device does not limit rx interrupts");
		return -EOPNOTSUPP;
	}
	if (tx > VX_TX_USECS_MAX ||
	    (rx && is_new_rx && (rate < VX_COALESCE_RATE_MIN ||
				 rate > VX_COALESCE_RATE_MAX))) {
		NL_SET_ERR_MSG(extack, "tx-usecs goes up to 1000, rx-usecs from 10 to 10000");
		return -EINVAL;
	}
	WRITE_ONCE(dev->tx_usecs, tx);
	/* whether a channel uses its timer is decided when it is made */
	if (!tx != !old_tx) {
		err = vx_reconfigure(dev, &dev->config);
		if (err) {
			WRITE_ONCE(dev->tx_usecs, old_tx);
			return err;
		}
	}
	if (is_new_rx)
		vx_set_rx_limit(dev, rate, false);
	else if (dev->revision >= 3 && is_adaptive == dev->limits_rx)
		vx_set_rx_limit(dev, rate, is_adaptive);
	return 0;
}

static int vx_get_regs_len(struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);

	return (VX_REGS_DEVICE + dev->max_pairs * VX_REGS_QUEUE) * sizeof(u32);
}

static void vx_get_queue_regs(struct vx_dev *dev, u32 i, u32 *at)
{
	const struct vx_tx_ring *tx = &dev->set->txq[i].ring;
	const struct vx_rx_core *rx = &dev->set->rxq[i].core;

	at[0] = tx->size;
	at[1] = READ_ONCE(tx->fill);
	at[2] = READ_ONCE(tx->reaped);
	at[3] = READ_ONCE(tx->comp_next);
	at[4] = !!tx->gen;
	at[5] = le32_to_cpu(dev->set->txq[i].hw->threshold);
	at[6] = readl(dev->set->txq[i].channel->imr);
	at[7] = rx->ring[VX_RX_HEADS].size;
	at[8] = READ_ONCE(rx->ring[VX_RX_HEADS].fill);
	at[9] = READ_ONCE(rx->ring[VX_RX_HEADS].done);
	at[10] = rx->ring[VX_RX_BODIES].size;
	at[11] = READ_ONCE(rx->ring[VX_RX_BODIES].fill);
	at[12] = READ_ONCE(rx->ring[VX_RX_BODIES].done);
	at[13] = READ_ONCE(rx->comp_next);
	at[14] = dev->set->rxq[i].hw->wants_doorbell;
	at[15] = readl(dev->set->rxq[i].channel->imr);
}

/* Not the interrupt cause: to read it is to lose it */
static void vx_get_regs(struct net_device *netdev, struct ethtool_regs *regs, void *p)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 *at = p, i;

	memset(p, 0, vx_get_regs_len(netdev));
	regs->version = VX_REGS_VERSION;
	at[0] = ioread32(dev->control + VX_REG_VRRS);
	at[1] = ioread32(dev->control + VX_REG_UVRS);
	at[2] = ioread32(dev->control + VX_REG_MACL);
	at[3] = ioread32(dev->control + VX_REG_MACH);
	at[4] = dev->revision;
	at[5] = vx_is_running(dev);
	at[6] = dev->mask_mode;
	at[7] = dev->config.pairs;
	if (!vx_is_running(dev))
		return;
	for (i = 0; i < dev->config.pairs; i++)
		vx_get_queue_regs(dev, i, at + VX_REGS_DEVICE + i * VX_REGS_QUEUE);
}

static void vx_get_wol(struct net_device *netdev, struct ethtool_wolinfo *wol)
{
	struct vx_dev *dev = netdev_priv(netdev);

	if (!vx_wake_is_possible(dev))
		return;
	wol->supported = WAKE_UCAST | WAKE_ARP | WAKE_MAGIC;
	wol->wolopts = dev->wake;
}

static int vx_set_wol(struct net_device *netdev, struct ethtool_wolinfo *wol)
{
	struct vx_dev *dev = netdev_priv(netdev);
	int err;

	if (!vx_wake_is_possible(dev) ||
	    (wol->wolopts & ~(WAKE_UCAST | WAKE_ARP | WAKE_MAGIC)))
		return -EOPNOTSUPP;
	err = device_set_wakeup_enable(&dev->pdev->dev, wol->wolopts);
	if (err)
		return err;
	dev->wake = wol->wolopts;
	return 0;
}

const struct ethtool_ops vx_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS |
				     ETHTOOL_COALESCE_USE_ADAPTIVE_RX,
	.get_drvinfo = vx_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = vx_get_link_ksettings,
	.get_msglevel = vx_get_msglevel,
	.set_msglevel = vx_set_msglevel,
	.get_ringparam = vx_get_ringparam,
	.set_ringparam = vx_set_ringparam,
	.get_channels = vx_get_channels,
	.set_channels = vx_set_channels,
	.get_coalesce = vx_get_coalesce,
	.set_coalesce = vx_set_coalesce,
	.get_strings = vx_stats_strings,
	.get_sset_count = vx_stats_count,
	.get_ethtool_stats = vx_stats_values,
	.get_regs_len = vx_get_regs_len,
	.get_regs = vx_get_regs,
	.get_wol = vx_get_wol,
	.set_wol = vx_set_wol,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_rxnfc = vx_rss_get_rxnfc,
	.set_rxnfc = vx_rss_set_rxnfc,
	.get_rxfh_key_size = vx_rss_key_size,
	.get_rxfh_indir_size = vx_rss_table_size,
	.get_rxfh = vx_rss_get,
	.set_rxfh = vx_rss_set,
#ifdef VX_HAVE_RXFH_FIELDS
	.get_rxfh_fields = vx_rss_get_fields,
	.set_rxfh_fields = vx_rss_set_fields,
#endif
};
