// SPDX-License-Identifier: GPL-2.0-only
/* Test builds only: makes the device look hung by never ringing it */
#include <linux/debugfs.h>

#include "vx.h"

void vx_knobs_create(struct vx_dev *dev)
{
	dev->knobs = debugfs_create_dir(pci_name(dev->pdev), NULL);
	debugfs_create_bool("swallow_doorbells", 0600, dev->knobs,
			    &dev->swallow_doorbells);
}

void vx_knobs_destroy(struct vx_dev *dev)
{
	debugfs_remove(dev->knobs);
}
