// SPDX-License-Identifier: GPL-2.0-only
/* Suspend, resume, what may wake the machine up meanwhile, and resets by others */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>

#include "vx.h"

bool vx_wake_is_possible(struct vx_dev *dev)
{
	return device_can_wakeup(&dev->pdev->dev);
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
		memcpy(request.ipv4, &ifa->ifa_local, sizeof(request.ipv4));
	}
	vx_plan_wake(&dev->area->pm, &request);
	vx_cmd(dev, VX_CMD_UPDATE_PM);
}

/* Until vx_wake_up() nobody may touch the device, not even a retry */
static void vx_rest(struct vx_dev *dev, bool may_wake)
{
	rtnl_lock();
	netif_device_detach(dev->netdev);
	clear_bit(VX_FLAG_DEAD, &dev->flags);
	if (vx_is_running(dev)) {
		vx_pause(dev);
		/* also where nothing is to wake it: it may know of an earlier sleep's */
		if (may_wake && vx_wake_is_possible(dev))
			vx_wake_program(dev);
	}
	rtnl_unlock();
}

/* What the device was before is not known, and does not matter */
static int vx_wake_up(struct vx_dev *dev)
{
	int err = 0;

	rtnl_lock();
	vx_device_silence(dev);
	if (dev->set)
		err = vx_up(dev);
	if (err)
		vx_mark_dead(dev);
	else
		netif_device_attach(dev->netdev);
	rtnl_unlock();
	/*
	 * What the core saved could be restored once, and has been: vx_slot_reset()
	 * needs it again, also where it is for a retry to bring the device back.
	 */
	if (vx_device_is_present(dev))
		pci_save_state(dev->pdev);
	return err;
}

static int vx_suspend(struct device *device)
{
	vx_rest(pci_get_drvdata(to_pci_dev(device)), true);
	return 0;
}

static int vx_resume(struct device *device)
{
	return vx_wake_up(pci_get_drvdata(to_pci_dev(device)));
}

DEFINE_SIMPLE_DEV_PM_OPS(vx_pm_ops, vx_suspend, vx_resume);

/* Somebody resets the function: the PCI core keeps what the configuration was */
static void vx_reset_prepare(struct pci_dev *pdev)
{
	vx_rest(pci_get_drvdata(pdev), false);
}

static void vx_reset_done(struct pci_dev *pdev)
{
	vx_wake_up(pci_get_drvdata(pdev));
}

/* An error of the bus; the device may no longer answer */
static pci_ers_result_t vx_error_detected(struct pci_dev *pdev,
					  pci_channel_state_t state)
{
	struct vx_dev *dev = pci_get_drvdata(pdev);

	vx_rest(dev, false);
	/* it may stay so: who watches the link, as a bond does, is to know */
	netif_carrier_off(dev->netdev);
	WRITE_ONCE(dev->link_speed, 0);
	if (state == pci_channel_io_perm_failure)
		return PCI_ERS_RESULT_DISCONNECT;
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vx_slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	pci_save_state(pdev);	/* or it could be restored only once */
	return PCI_ERS_RESULT_RECOVERED;
}

static void vx_error_resume(struct pci_dev *pdev)
{
	vx_wake_up(pci_get_drvdata(pdev));
}

const struct pci_error_handlers vx_error_handlers = {
	.reset_prepare = vx_reset_prepare,
	.reset_done = vx_reset_done,
	.error_detected = vx_error_detected,
	.slot_reset = vx_slot_reset,
	.resume = vx_error_resume,
};
