// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which frames the device lets through. What is wanted is kept here or in the
 * net_device and written again at each activation, which starts from nothing.
 */
#include "vx.h"

/* All ones in promiscuous mode, and when the user does not want to filter */
void vx_filters_fill_vlans(struct vx_dev *dev)
{
	bool is_open = (dev->netdev->flags & IFF_PROMISC) || !dev->filters_vlans;
	__le32 *table = dev->area->shared.vlan;
	u32 vid;

	memset(table, is_open ? 0xff : 0, sizeof(dev->area->shared.vlan));
	table[0] |= cpu_to_le32(1);	/* frames without a tag */
	if (is_open)
		return;
	for_each_set_bit(vid, dev->vlans, VLAN_N_VID)
		table[vid / 32] |= cpu_to_le32(BIT(vid % 32));
}

/* Under the address lock: the list of addresses must not change meanwhile */
static void vx_filters_write(struct vx_dev *dev)
{
	struct net_device *netdev = dev->netdev;
	struct vx_hw_shared *s = &dev->area->shared;
	u32 mode = vx_plan_rx_mode(netdev->flags, netdev_mc_count(netdev),
				   VX_MAC_TABLE_MAX);
	struct netdev_hw_addr *ha;
	u32 n = 0;

	if (mode & VX_RXMODE_MCAST)
		netdev_for_each_mc_addr(ha, netdev)
			ether_addr_copy(dev->area->mac_table[n++], ha->addr);
	s->mac_table_len = cpu_to_le16(n * ETH_ALEN);
	s->mac_table_addr = n ? cpu_to_le64(dev->area_addr +
				offsetof(struct vx_area, mac_table)) : 0;
	s->rx_mode = cpu_to_le32(mode);
	vx_filters_fill_vlans(dev);
	vx_cmd_if_running(dev, VX_CMD_UPDATE_RX_MODE);
	vx_cmd_if_running(dev, VX_CMD_UPDATE_VLAN);
	vx_cmd_if_running(dev, VX_CMD_UPDATE_MAC_TABLE);
}

void vx_filters_apply(struct vx_dev *dev)
{
	netif_addr_lock_bh(dev->netdev);
	vx_filters_write(dev);
	netif_addr_unlock_bh(dev->netdev);
}

/* Called under the address lock */
void vx_set_rx_mode(struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);

	if (vx_is_running(dev))
		vx_filters_write(dev);
}

void vx_filters_update_vlans(struct vx_dev *dev)
{
	if (!vx_is_running(dev))
		return;
	netif_addr_lock_bh(dev->netdev);
	vx_filters_fill_vlans(dev);
	vx_cmd_if_running(dev, VX_CMD_UPDATE_VLAN);
	netif_addr_unlock_bh(dev->netdev);
}

int vx_vlan_add(struct net_device *netdev, __be16 proto, u16 vid)
{
	struct vx_dev *dev = netdev_priv(netdev);

	set_bit(vid, dev->vlans);
	vx_filters_update_vlans(dev);
	return 0;
}

int vx_vlan_kill(struct net_device *netdev, __be16 proto, u16 vid)
{
	struct vx_dev *dev = netdev_priv(netdev);

	clear_bit(vid, dev->vlans);
	vx_filters_update_vlans(dev);
	return 0;
}

int vx_set_mac_address(struct net_device *netdev, void *addr)
{
	struct vx_dev *dev = netdev_priv(netdev);
	int err = eth_prepare_mac_addr_change(netdev, addr);

	if (err)
		return err;
	eth_commit_mac_addr_change(netdev, addr);
	vx_device_write_mac(dev, netdev->dev_addr);
	return 0;
}
