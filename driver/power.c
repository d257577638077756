// SPDX-License-Identifier: GPL-2.0-only
/* Suspend, resume, and what may wake the machine up meanwhile */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>

#include "vx.h"

bool vx_wake_is_possible(struct vx_dev *dev)
{
	return dev->pdev->pm_cap;
}

static void vx_wake_program(struct vx_dev *dev)
{
	struct vx_wake_request request = {
		.magic = dev->wake & WAKE_MAGIC,
		.unicast = dev->wake & WAKE_UCAST,
	};
	struct in_device *in_dev = __in_dev_get_rtnl(dev->netdev);
	struct in_ifaddr *ifa = in_dev ? rtnl_dereference(in_dev->ifa_list) : NULL;

	ether_addr_copy(request.mac, dev->netdev->dev_addr);
	if ((dev->wake & WAKE_ARP) && ifa) {
		request.arp = true;
		memcpy(request.ipv4, &ifa->ifa_address, sizeof(request.ipv4));
	}
	vx_plan_wake(&dev->area->pm, &request);
	vx_cmd(dev, VX_CMD_UPDATE_PM);
}

static int vx_suspend(struct device *device)
{
	struct vx_dev *dev = pci_get_drvdata(to_pci_dev(device));

	rtnl_lock();
	netif_device_detach(dev->netdev);
	if (vx_is_running(dev)) {
		vx_pause(dev);
		if (dev->wake && vx_wake_is_possible(dev))
			vx_wake_program(dev);
	}
	rtnl_unlock();
	return 0;
}

static int vx_resume(struct device *device)
{
	struct vx_dev *dev = pci_get_drvdata(to_pci_dev(device));
	int err = 0;

	rtnl_lock();
	vx_device_silence(dev);
	vx_device_select_revision(dev);
	if (dev->set)
		err = vx_up(dev);
	if (err)
		vx_mark_dead(dev);
	else
		netif_device_attach(dev->netdev);
	rtnl_unlock();
	return err;
}

DEFINE_SIMPLE_DEV_PM_OPS(vx_pm_ops, vx_suspend, vx_resume);
