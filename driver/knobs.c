// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test builds only: makes the device look hung by never ringing it, or as if
 * it did not come back; does without the better kinds of interrupt, which QEMU
 * always has; lets mappings fail, and the device do what QEMU's never does.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "vx.h"

static char *irq_type = "";
module_param(irq_type, charp, 0444);
MODULE_PARM_DESC(irq_type, "Use only this kind of interrupt: msix, msi or intx");

static char *mask_mode = "";
module_param(mask_mode, charp, 0444);
MODULE_PARM_DESC(mask_mode, "As if the device wanted its interrupts masked so: active or lazy");

unsigned int vx_knobs_irq_types(void)
{
	if (!strcmp(irq_type, "msix"))
		return PCI_IRQ_MSIX;
	if (!strcmp(irq_type, "msi"))
		return PCI_IRQ_MSI;
	if (!strcmp(irq_type, "intx"))
		return PCI_IRQ_ALL_TYPES & ~(PCI_IRQ_MSI | PCI_IRQ_MSIX);
	return PCI_IRQ_ALL_TYPES;
}

u32 vx_knobs_mask_mode(u32 mode)
{
	if (!strcmp(mask_mode, "active"))
		return VX_INTR_MODE_ACTIVE;
	if (!strcmp(mask_mode, "lazy"))
		return VX_INTR_MODE_LAZY;
	return mode;
}

#define VX_BREAK_TX_STOPPED	BIT(0)
#define VX_BREAK_RX_STOPPED	BIT(1)
#define VX_BREAK_TX_COMPLETION	BIT(2)
#define VX_BREAK_RX_COMPLETION	BIT(3)
#define VX_BREAK_ERROR		0x80000002

/* The device stops its first queues with an error, and says so */
static void vx_knobs_stop_queues(struct vx_dev *dev, u64 what)
{
	struct vx_hw_txq *tx = vx_hw_txq(dev, 0);
	struct vx_hw_rxq *rx = vx_hw_rxq(dev, dev->config.pairs, 0);
	u32 events = 0;

	if (what & VX_BREAK_TX_STOPPED) {
		tx->stopped = 1;
		tx->error = cpu_to_le32(VX_BREAK_ERROR);
		events |= VX_EVENT_TXQ_ERROR;
	}
	if (what & VX_BREAK_RX_STOPPED) {
		rx->stopped = 1;
		rx->error = cpu_to_le32(VX_BREAK_ERROR);
		events |= VX_EVENT_RXQ_ERROR;
	}
	local_irq_disable();
	WRITE_ONCE(dev->area->shared.events, cpu_to_le32(events));
	vx_events_collect(dev);
	local_irq_enable();
}

/* The device completes what it was never given */
static void vx_knobs_forge(struct vx_dev *dev, u64 what)
{
	struct vx_tx_ring *r = &dev->set->txq[0].ring;
	struct vx_rx_core *core = &dev->set->rxq[0].core;

	local_bh_disable();
	if (what & VX_BREAK_TX_COMPLETION) {
		r->comp[r->comp_next].d0 = cpu_to_le32(VX_TXC_INDEX_MASK);
		dma_wmb();	/* content first, as devices do it */
		WRITE_ONCE(r->comp[r->comp_next].d3, cpu_to_le32(r->comp_gen));
		napi_schedule(&dev->set->txq[0].channel->napi);
	}
	if (what & VX_BREAK_RX_COMPLETION) {
		core->comp[core->comp_next].d0 =
			cpu_to_le32(VX_RXC_RQID_MASK << VX_RXC_RQID_SHIFT);
		dma_wmb();	/* the same */
		WRITE_ONCE(core->comp[core->comp_next].d3,
			   cpu_to_le32(core->comp_gen));
		napi_schedule(&dev->set->rxq[0].channel->napi);
	}
	local_bh_enable();
}

static int vx_knobs_break(void *data, u64 what)
{
	struct vx_dev *dev = data;
	int err = 0;

	rtnl_lock();
	if (!vx_is_running(dev))
		err = -ENETDOWN;
	else if (what & (VX_BREAK_TX_STOPPED | VX_BREAK_RX_STOPPED))
		vx_knobs_stop_queues(dev, what);
	else
		vx_knobs_forge(dev, what);
	rtnl_unlock();
	return err;
}

DEFINE_DEBUGFS_ATTRIBUTE(vx_knobs_break_ops, NULL, vx_knobs_break, "%llu\n");

void vx_knobs_create(struct vx_dev *dev)
{
	dev->knobs = debugfs_create_dir(pci_name(dev->pdev), NULL);
	debugfs_create_bool("swallow_doorbells", 0600, dev->knobs,
			    &dev->swallow_doorbells);
	debugfs_create_u32("refuse_activations", 0600, dev->knobs,
			   &dev->refuse_activations);
	debugfs_create_u32("fail_tx_mapping", 0600, dev->knobs,
			   &dev->fail_tx_mapping);
	debugfs_create_u32("fail_rx_mapping", 0600, dev->knobs,
			   &dev->fail_rx_mapping);
	debugfs_create_u32("needless_irqs", 0400, dev->knobs,
			   &dev->needless_irqs);
	debugfs_create_file_unsafe("break", 0200, dev->knobs, dev,
				   &vx_knobs_break_ops);
	/* what the last activation or change has given to the device */
	dev->shown_rss.data = &dev->area->rss;
	dev->shown_rss.size = sizeof(dev->area->rss);
	debugfs_create_blob("rss", 0400, dev->knobs, &dev->shown_rss);
}

void vx_knobs_destroy(struct vx_dev *dev)
{
	debugfs_remove(dev->knobs);
}
