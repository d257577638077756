// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test builds only: makes the device look hung by never ringing it, or as if
 * it did not come back, and does without the better kinds of interrupt, which
 * QEMU always has.
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "vx.h"

static char *irq_type = "";
module_param(irq_type, charp, 0444);
MODULE_PARM_DESC(irq_type, "Use only this kind of interrupt: msix, msi or intx");

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

void vx_knobs_create(struct vx_dev *dev)
{
	dev->knobs = debugfs_create_dir(pci_name(dev->pdev), NULL);
	debugfs_create_bool("swallow_doorbells", 0600, dev->knobs,
			    &dev->swallow_doorbells);
	debugfs_create_u32("refuse_activations", 0600, dev->knobs,
			   &dev->refuse_activations);
}

void vx_knobs_destroy(struct vx_dev *dev)
{
	debugfs_remove(dev->knobs);
}
