/* SPDX-License-Identifier: GPL-2.0-only */
/* What test builds add. In all others it is nothing. Included by vx.h. */
#ifndef VX_KNOBS_H
#define VX_KNOBS_H

#ifdef VX_TEST_KNOBS
void vx_knobs_create(struct vx_dev *dev);
void vx_knobs_destroy(struct vx_dev *dev);

static inline void vx_knobs_reset(struct vx_dev *dev)
{
	dev->swallow_doorbells = false;
}

static inline bool vx_knobs_swallow_doorbell(const struct vx_dev *dev)
{
	return READ_ONCE(dev->swallow_doorbells);
}

/* Under RTNL, as all activations are */
static inline bool vx_knobs_refuse_activation(struct vx_dev *dev)
{
	if (!dev->refuse_activations)
		return false;
	dev->refuse_activations--;
	return true;
}

unsigned int vx_knobs_irq_types(void);
#else
static inline void vx_knobs_create(struct vx_dev *dev)
{
}

static inline void vx_knobs_destroy(struct vx_dev *dev)
{
}

static inline void vx_knobs_reset(struct vx_dev *dev)
{
}

static inline bool vx_knobs_swallow_doorbell(const struct vx_dev *dev)
{
	return false;
}

static inline bool vx_knobs_refuse_activation(struct vx_dev *dev)
{
	return false;
}

static inline unsigned int vx_knobs_irq_types(void)
{
	return PCI_IRQ_ALL_TYPES;
}
#endif

#endif
