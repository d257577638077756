// SPDX-License-Identifier: GPL-2.0-only
/* Probe, remove, and the operations of the net_device */
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "vx.h"

/* Asked, not remembered: queues for XDP outlive a program where others could not be had */
static bool vx_has_xdp(struct vx_dev *dev)
{
	return rcu_access_pointer(dev->xdp_prog);
}

static int vx_open(struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);
	int err;

	dev->config.has_xdp = vx_has_xdp(dev);
	err = vx_set_create(dev, &dev->config, &dev->set);
	if (err)
		return err;
	err = vx_up(dev);
	if (err) {
		vx_set_destroy(dev->set);
		dev->set = NULL;
	}
	return err;
}

static int vx_close(struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);

	if (vx_is_running(dev))
		vx_down(dev);
	netif_carrier_off(netdev);
	WRITE_ONCE(dev->link_speed, 0);
	/* a device that did not come back gets a new chance with the next open */
	if (test_and_clear_bit(VX_FLAG_DEAD, &dev->flags))
		netif_device_attach(netdev);
	if (dev->set)
		vx_set_destroy(dev->set);
	dev->set = NULL;
	return 0;
}

static int vx_change_mtu(struct net_device *netdev, int mtu)
{
	struct vx_dev *dev = netdev_priv(netdev);
	struct vx_config config = dev->config;
	int err;

	config.has_xdp = vx_has_xdp(dev);
	if (config.has_xdp && !vx_xdp_mtu_fits(mtu)) {
		netdev_warn(netdev, "MTU %d is too large while an XDP program is attached\n", mtu);
		return -EINVAL;
	}
	config.mtu = mtu;
	err = vx_reconfigure(dev, &config);
	if (err)
		return err;
	WRITE_ONCE(netdev->mtu, mtu);
	return 0;
}

/* Programs see what was on the wire: a tag beside the packet would be lost with XDP_TX */
static netdev_features_t vx_fix_features(struct net_device *netdev,
					 netdev_features_t features)
{
	struct vx_dev *dev = netdev_priv(netdev);

	return vx_has_xdp(dev) ? features & ~NETIF_F_HW_VLAN_CTAG_RX : features;
}

static int vx_set_features(struct net_device *netdev, netdev_features_t features)
{
	struct vx_dev *dev = netdev_priv(netdev);
	netdev_features_t changed = netdev->features ^ features;

	if (changed & NETIF_F_HW_VLAN_CTAG_FILTER) {
		dev->filters_vlans = features & NETIF_F_HW_VLAN_CTAG_FILTER;
		vx_filters_update_vlans(dev);
	}
	if ((changed & (NETIF_F_RXCSUM | NETIF_F_HW_VLAN_CTAG_RX)) && vx_is_running(dev))
		vx_device_update_features(dev, features);
	return 0;
}

static const struct net_device_ops vx_netdev_ops = {
	.ndo_open = vx_open,
	.ndo_stop = vx_close,
	.ndo_start_xmit = vx_start_xmit,
	.ndo_features_check = vx_features_check,
	.ndo_set_rx_mode = vx_set_rx_mode,
	.ndo_set_mac_address = vx_set_mac_address,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = vx_change_mtu,
	.ndo_fix_features = vx_fix_features,
	.ndo_set_features = vx_set_features,
	.ndo_get_stats64 = vx_get_stats64,
	.ndo_tx_timeout = vx_tx_timeout,
	.ndo_vlan_rx_add_vid = vx_vlan_add,
	.ndo_vlan_rx_kill_vid = vx_vlan_kill,
	.ndo_bpf = vx_bpf,
	.ndo_xdp_xmit = vx_xdp_xmit,
};

static void vx_init_features(struct vx_dev *dev)
{
	struct net_device *netdev = dev->netdev;

	netdev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_TSO |
			      NETIF_F_TSO6 | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX |
			      NETIF_F_HW_VLAN_CTAG_FILTER;
	if (dev->max_pairs > 1)
		netdev->hw_features |= NETIF_F_RXHASH;
	netdev->features = netdev->hw_features | NETIF_F_HIGHDMA;
	netdev->vlan_features =
		NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_HIGHDMA;
	dev->filters_vlans = true;
	vx_compat_xdp_advertise(netdev);
}

static void vx_init_netdev(struct vx_dev *dev)
{
	struct net_device *netdev = dev->netdev;

	netdev->netdev_ops = &vx_netdev_ops;
	netdev->ethtool_ops = &vx_ethtool_ops;
	netdev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	netdev->watchdog_timeo = VX_WATCHDOG;
	netdev->min_mtu = VX_MTU_MIN;
	netdev->max_mtu = VX_MTU_MAX;
	vx_init_features(dev);
	netif_carrier_off(netdev);
}

static void vx_init_config(struct vx_dev *dev)
{
	u32 i;

	dev->config = (struct vx_config){
		.pairs = rounddown_pow_of_two(min(num_online_cpus(), dev->max_pairs)),
		.tx_size = VX_TX_SIZE_DEFAULT,
		.rx_size = VX_RX_SIZE_DEFAULT,
		.body_size = VX_BODY_SIZE_DEFAULT,
		.mtu = ETH_DATA_LEN,
	};
	dev->tx_usecs = VX_TX_USECS_DEFAULT;
	dev->tx_slot_size = VX_TX_SLOT_DEFAULT;
	if (dev->revision >= 3)
		dev->tx_slot_size =
			vx_plan_tx_slot_size(vx_cmd_get(dev, VX_CMD_GET_TX_SLOT_SIZE) & 0xffff);
	for (i = 0; i < dev->max_pairs; i++) {
		u64_stats_init(&dev->stats[i].send.sync);
		u64_stats_init(&dev->stats[i].reap.sync);
		u64_stats_init(&dev->stats[i].recv.sync);
	}
	vx_rss_init(dev);
}

static void vx_init_mac(struct vx_dev *dev)
{
	u8 current_addr[ETH_ALEN], permanent[ETH_ALEN];

	vx_device_read_macs(dev, current_addr, permanent);
	ether_addr_copy(dev->netdev->perm_addr, permanent);
	if (is_valid_ether_addr(current_addr)) {
		eth_hw_addr_set(dev->netdev, current_addr);
	} else if (is_valid_ether_addr(permanent)) {
		eth_hw_addr_set(dev->netdev, permanent);
	} else {
		eth_hw_addr_random(dev->netdev);
		dev_warn(&dev->pdev->dev, "no valid MAC address, using %pM\n",
			 dev->netdev->dev_addr);
	}
}

/* Once: the PCI core counts, and others may have enabled it too */
static void vx_pci_disable(struct vx_dev *dev)
{
	if (dev->is_enabled)
		pci_disable_device(dev->pdev);
	dev->is_enabled = false;
}

/* BARs, DMA mask, registers: what the PCI bus has to give */
static int vx_pci_setup(struct vx_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	int bars = BIT(VX_BAR_DOORBELL) | BIT(VX_BAR_CONTROL);
	int err;

	err = pci_enable_device_mem(pdev);
	if (err)
		return dev_err_probe(&pdev->dev, err, "cannot enable the device\n");
	dev->is_enabled = true;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (err) {
		dev_err(&pdev->dev, "no usable DMA mask: error %d\n", err);
		goto err_disable;
	}
	err = pci_request_selected_regions(pdev, bars, VX_NAME);
	if (err) {
		dev_err(&pdev->dev, "cannot get the registers: error %d\n", err);
		goto err_disable;
	}
	err = -ENOMEM;
	dev->doorbells = pci_ioremap_bar(pdev, VX_BAR_DOORBELL);
	if (!dev->doorbells)
		goto err_release;
	dev->control = pci_ioremap_bar(pdev, VX_BAR_CONTROL);
	if (!dev->control)
		goto err_unmap;
	return 0;

err_unmap:
	iounmap(dev->doorbells);
err_release:
	pci_release_selected_regions(pdev, bars);
err_disable:
	vx_pci_disable(dev);
	return err;
}

static void vx_pci_teardown(struct vx_dev *dev)
{
	iounmap(dev->control);
	iounmap(dev->doorbells);
	pci_release_selected_regions(dev->pdev, BIT(VX_BAR_DOORBELL) | BIT(VX_BAR_CONTROL));
	vx_pci_disable(dev);
}

/* From here on the device is known, silent, and has vectors */
static int vx_device_setup(struct vx_dev *dev)
{
	int err;

	vx_device_silence(dev);
	/* only now: whoever had the device before us may have left it running */
	pci_set_master(dev->pdev);
	err = vx_device_negotiate(dev);
	if (err)
		return err;
	dev->max_pairs = min_t(u32, VX_MAX_TXQ, VX_MAX_RXQ);
	dev->area = dma_alloc_coherent(&dev->pdev->dev, sizeof(*dev->area),
				       &dev->area_addr, GFP_KERNEL);
	if (!dev->area)
		return -ENOMEM;
	err = vx_irq_alloc_vectors(dev);
	if (err)
		goto err_free_area;
	dev->stats = kcalloc(dev->max_pairs, sizeof(*dev->stats), GFP_KERNEL);
	if (!dev->stats) {
		err = -ENOMEM;
		goto err_free_vectors;
	}
	return 0;

err_free_vectors:
	vx_irq_free_vectors(dev);
err_free_area:
	dma_free_coherent(&dev->pdev->dev, sizeof(*dev->area), dev->area, dev->area_addr);
	return err;
}

static void vx_device_teardown(struct vx_dev *dev)
{
	kfree(dev->stats);
	vx_device_silence(dev);
	/*
	 * Where the device has message interrupts, the PCI core then leaves the
	 * line interrupt alone, which this driver never used: having ACPI switch
	 * it off, and on again for the driver that comes next, takes most of the
	 * time that a host is without network when drivers are exchanged. The
	 * registers stay in reach, only the device's own accesses end.
	 */
	vx_pci_disable(dev);
	vx_irq_free_vectors(dev);
	dma_free_coherent(&dev->pdev->dev, sizeof(*dev->area), dev->area, dev->area_addr);
}

static int vx_register(struct vx_dev *dev)
{
	int err;

	err = netif_set_real_num_tx_queues(dev->netdev, dev->config.pairs);
	if (err)
		return err;
	err = netif_set_real_num_rx_queues(dev->netdev, dev->config.pairs);
	if (err)
		return err;
	err = vx_devlink_register(dev);
	if (err)
		return err;
	err = register_netdev(dev->netdev);
	if (err)
		vx_devlink_unregister(dev);
	return err;
}

static int vx_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct vx_dev *dev;
	int err;

	netdev = alloc_etherdev_mqs(sizeof(*dev), VX_MAX_TXQ, VX_MAX_RXQ);
	if (!netdev)
		return -ENOMEM;
	dev = netdev_priv(netdev);
	dev->netdev = netdev;
	dev->pdev = pdev;
	dev->msg_enable = NETIF_MSG_DRV | NETIF_MSG_LINK;
	spin_lock_init(&dev->cmd_lock);
	seqlock_init(&dev->hw_stats_lock);
	INIT_DELAYED_WORK(&dev->reset_work, vx_reset_work);
	INIT_DELAYED_WORK(&dev->watch_work, vx_watch_work);
	SET_NETDEV_DEV(netdev, &pdev->dev);
	pci_set_drvdata(pdev, dev);

	err = vx_pci_setup(dev);
	if (err)
		goto err_free_netdev;
	err = vx_device_setup(dev);
	if (err)
		goto err_pci_teardown;
	vx_init_netdev(dev);
	vx_init_config(dev);
	vx_init_mac(dev);
	err = vx_register(dev);
	if (err)
		goto err_device_teardown;
	pci_save_state(pdev);	/* for a reset of the bus: vx_slot_reset() */
	vx_knobs_create(dev);
	netdev_info(netdev, "device revision %u, %u of %u queue pairs, %u vectors\n",
		    dev->revision, dev->config.pairs, dev->max_pairs, dev->vectors);
	return 0;

err_device_teardown:
	vx_device_teardown(dev);
err_pci_teardown:
	vx_pci_teardown(dev);
err_free_netdev:
	free_netdev(netdev);
	return err;
}

static void vx_remove(struct pci_dev *pdev)
{
	struct vx_dev *dev = pci_get_drvdata(pdev);

	vx_knobs_destroy(dev);
	unregister_netdev(dev->netdev);
	set_bit(VX_FLAG_REMOVING, &dev->flags);
	cancel_delayed_work_sync(&dev->reset_work);
	vx_devlink_unregister(dev);
	vx_device_teardown(dev);
	vx_pci_teardown(dev);
	free_netdev(dev->netdev);
}

/* Whoever runs next, firmware or a kernel by kexec, must not see our DMA */
static void vx_shutdown(struct pci_dev *pdev)
{
	struct vx_dev *dev = pci_get_drvdata(pdev);

	rtnl_lock();
	/* no retry may bring back to life what is put to rest here */
	set_bit(VX_FLAG_REMOVING, &dev->flags);
	netif_device_detach(dev->netdev);
	if (vx_is_running(dev))
		vx_down(dev);
	else
		vx_device_silence(dev);
	rtnl_unlock();
	pci_clear_master(pdev);
}

static const struct pci_device_id vx_pci_ids[] = {{PCI_DEVICE(VX_PCI_VENDOR, VX_PCI_DEVICE)}, {}};
MODULE_DEVICE_TABLE(pci, vx_pci_ids);

static struct pci_driver vx_pci_driver = {
	.name = VX_NAME,
	.id_table = vx_pci_ids,
	.probe = vx_probe,
	.remove = vx_remove,
	.shutdown = vx_shutdown,
	.err_handler = &vx_error_handlers,
	.driver.pm = pm_sleep_ptr(&vx_pm_ops),
};
module_pci_driver(vx_pci_driver);

MODULE_DESCRIPTION("VMware vmxnet3 virtual network adapter, drvswap's driver");
MODULE_AUTHOR("The drvswap authors");
MODULE_LICENSE("GPL v2");
MODULE_VERSION(VX_VERSION);
/* Read by drvswap, which warns on any other host. Nobody has run this driver on ESXi yet. */
MODULE_INFO(tried_on, "dmi:*:svnQEMU:*");
