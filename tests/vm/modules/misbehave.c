// SPDX-License-Identifier: GPL-2.0-only
/*
 * One way to misbehave, linked into an otherwise good NIC driver.
 *
 * build-modules compiles the distribution's vmxnet3, renames a handful of the kernel functions that its
 * objects import (see `wrapped` there) to the ds_ functions below, and links both. So the driver under
 * test is a real one on a real device, and goes wrong at exactly one point, chosen by a BAD_ macro.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

int ds_pci_register_driver(struct pci_driver *drv, struct module *owner, const char *name);
void ds_pci_unregister_driver(struct pci_driver *drv);
int ds_register_netdev(struct net_device *dev);
void ds_unregister_netdev(struct net_device *dev);
void ds_netif_carrier_on(struct net_device *dev);

#if defined(BAD_INIT_SLEEPS)
static unsigned int delay_s = 30;
#elif defined(BAD_DROPS_LATER) || defined(BAD_CARRIER_LOST) || defined(BAD_WARNS_LATER)
static unsigned int delay_s = 10;
#else
static unsigned int delay_s = 3;
#endif
module_param(delay_s, uint, 0444);
MODULE_PARM_DESC(delay_s, "seconds, where the misbehaviour has to do with time");

static void __maybe_unused oops(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 1);
}

/* ---- probe ------------------------------------------------------------------------------------ */

#if defined(BAD_PROBE_FAILS) || defined(BAD_PROBE_FAILS_SECOND) || defined(BAD_PROBE_OOPSES) || \
	defined(BAD_PROBE_WARNS)
static int (*good_probe)(struct pci_dev *pdev, const struct pci_device_id *id);

static int bad_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
#if defined(BAD_PROBE_FAILS)
	dev_err(&pdev->dev, "drvswap test: probe fails\n");
	return -EIO;
#elif defined(BAD_PROBE_FAILS_SECOND)
	static atomic_t probed = ATOMIC_INIT(0);

	if (atomic_inc_return(&probed) > 1) {
		dev_err(&pdev->dev, "drvswap test: probe of all but the first device fails\n");
		return -EIO;
	}
#elif defined(BAD_PROBE_OOPSES)
	oops();
#else
	WARN(1, "drvswap test: a warning in probe\n");
#endif
	return good_probe(pdev, id);
}
#endif

/* ---- init and exit ---------------------------------------------------------------------------- */

#ifdef BAD_NO_ALIAS
/* No such vendor: the driver loads and finds nothing to drive. */
static const struct pci_device_id other_ids[] = { { PCI_DEVICE(0xfffe, 0xfffe) }, {} };
MODULE_DEVICE_TABLE(pci, other_ids);
#endif

int ds_pci_register_driver(struct pci_driver *drv, struct module *owner, const char *name)
{
#if defined(BAD_INIT_FAILS)
	pr_err("drvswap test: init fails\n");
	return -EIO;
#elif defined(BAD_INIT_SLEEPS)
	/* Not interruptible, like a driver that waits for firmware. */
	msleep(delay_s * 1000);
#elif defined(BAD_INIT_OOPSES)
	oops();
#elif defined(BAD_INIT_PANICS)
	panic("drvswap test: panic in init");
#elif defined(BAD_NO_ALIAS)
	drv->id_table = other_ids;
#elif defined(BAD_PROBE_FAILS) || defined(BAD_PROBE_FAILS_SECOND) || defined(BAD_PROBE_OOPSES) || \
	defined(BAD_PROBE_WARNS)
	good_probe = drv->probe;
	drv->probe = bad_probe;
#elif defined(BAD_UNKNOWN_SYMBOL)
	extern void ds_symbol_that_nobody_exports(void);

	ds_symbol_that_nobody_exports();
#endif
	return __pci_register_driver(drv, owner, name);
}

void ds_pci_unregister_driver(struct pci_driver *drv)
{
#ifdef BAD_EXIT_LOOPS
	for (;;)
		msleep(1000);
#endif
	pci_unregister_driver(drv);
}

/* ---- carrier, and what else comes late -------------------------------------------------------- */

#if defined(BAD_CARRIER_LATE) || defined(BAD_CARRIER_LOST) || defined(BAD_WARNS_LATER)
static struct net_device *late_dev;

static void misbehave_late(struct work_struct *work)
{
#if defined(BAD_CARRIER_LATE)
	netif_carrier_on(late_dev);
#elif defined(BAD_CARRIER_LOST)
	netif_carrier_off(late_dev);
#else
	WARN(1, "drvswap test: a late warning\n");
#endif
}

static DECLARE_DELAYED_WORK(late_work, misbehave_late);

static void misbehave_later(struct net_device *dev)
{
	late_dev = dev;
	schedule_delayed_work(&late_work, delay_s * HZ);
}
#endif

void ds_netif_carrier_on(struct net_device *dev)
{
#if defined(BAD_NO_CARRIER)
	netif_carrier_off(dev);
#elif defined(BAD_CARRIER_LATE)
	misbehave_later(dev);
#else
	netif_carrier_on(dev);
#endif
}

/* ---- transmit --------------------------------------------------------------------------------- */

#if defined(BAD_DROPS_ALL) || defined(BAD_DROPS_LATER) || defined(BAD_TX_HANGS)
static struct net_device_ops bad_ops;
static const struct net_device_ops *good_ops;
static unsigned long loaded_at;

static netdev_tx_t bad_xmit(struct sk_buff *skb, struct net_device *dev)
{
#if defined(BAD_DROPS_LATER)
	if (time_before(jiffies, loaded_at + delay_s * HZ))
		return good_ops->ndo_start_xmit(skb, dev);
#elif defined(BAD_TX_HANGS)
	/* A queue that was stopped and is never woken is what the kernel's transmit watchdog looks for. */
	netif_stop_subqueue(dev, skb_get_queue_mapping(skb));
#endif
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}
#endif

#ifdef BAD_OPEN_HANGS
static struct net_device_ops open_ops;

/* Under the lock of all links, which whoever asks about a link then waits for. */
static int bad_open(struct net_device *dev)
{
	for (;;)
		msleep(1000);
	return 0;
}
#endif

#ifdef BAD_SLOWER
static struct ethtool_ops slower_ops;
static const struct ethtool_ops *good_ethtool;

static int slower_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	int err = good_ethtool->get_link_ksettings(dev, settings);

	settings->base.speed = SPEED_100;
	settings->base.duplex = DUPLEX_HALF;
	return err;
}
#endif

int ds_register_netdev(struct net_device *dev)
{
	int err;

#ifdef BAD_SLOWER
	good_ethtool = dev->ethtool_ops;
	slower_ops = *good_ethtool;
	slower_ops.get_link_ksettings = slower_ksettings;
	dev->ethtool_ops = &slower_ops;
#endif

#ifdef BAD_OPEN_HANGS
	open_ops = *dev->netdev_ops;
	open_ops.ndo_open = bad_open;
	dev->netdev_ops = &open_ops;
#endif
#if defined(BAD_DROPS_ALL) || defined(BAD_DROPS_LATER) || defined(BAD_TX_HANGS)
	good_ops = dev->netdev_ops;
	bad_ops = *good_ops;
	bad_ops.ndo_start_xmit = bad_xmit;
	dev->netdev_ops = &bad_ops;
	loaded_at = jiffies;
#endif
#ifdef BAD_OTHER_MAC
	{
		static const u8 other[ETH_ALEN] = { 0x02, 0x00, 0x5e, 0x10, 0x00, 0x01 };

		eth_hw_addr_set(dev, other);
	}
#endif
#ifdef BAD_FEWER_FEATURES
	dev->hw_features &= ~(NETIF_F_ALL_TSO | NETIF_F_RXCSUM | NETIF_F_LRO);
	dev->features &= ~(NETIF_F_ALL_TSO | NETIF_F_RXCSUM | NETIF_F_LRO);
#endif
	err = register_netdev(dev);
	if (err)
		return err;
#ifdef BAD_NO_CARRIER
	netif_carrier_off(dev);
#endif
#if defined(BAD_CARRIER_LOST) || defined(BAD_WARNS_LATER)
	misbehave_later(dev);
#endif
#ifdef BAD_EXIT_HANGS
	/* A reference that is never put: unregistering waits for ever and says so in the log. */
	dev_hold(dev);
#endif
	return 0;
}

void ds_unregister_netdev(struct net_device *dev)
{
#if defined(BAD_CARRIER_LATE) || defined(BAD_CARRIER_LOST) || defined(BAD_WARNS_LATER)
	cancel_delayed_work_sync(&late_work);
#endif
	unregister_netdev(dev);
}
