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

/* Counts down, and is true once: when it comes to nothing */
static inline bool vx_knobs_now(u32 *left)
{
	u32 n = READ_ONCE(*left);

	if (likely(!n))
		return false;
	WRITE_ONCE(*left, n - 1);
	return n == 1;
}

/* Under the lock of the tx queue: no mapping was made, as if there was no room */
static inline bool vx_knobs_fail_tx_mapping(struct device *dma)
{
	struct vx_dev *dev = dev_get_drvdata(dma);

	return vx_knobs_now(&dev->fail_tx_mapping);
}

/* In the poll of the rx queue */
static inline bool vx_knobs_fail_rx_mapping(struct vx_dev *dev)
{
	return vx_knobs_now(&dev->fail_rx_mapping);
}

/* An interrupt whose poll is on its way already should have been masked */
static inline void vx_knobs_count_irq(struct vx_channel *ch)
{
	if (test_bit(NAPI_STATE_SCHED, &ch->napi.state))
		WRITE_ONCE(ch->dev->needless_irqs, ch->dev->needless_irqs + 1);
}

unsigned int vx_knobs_irq_types(void);
u32 vx_knobs_mask_mode(u32 mode);
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

static inline bool vx_knobs_fail_tx_mapping(struct device *dma)
{
	return false;
}

static inline bool vx_knobs_fail_rx_mapping(struct vx_dev *dev)
{
	return false;
}

static inline void vx_knobs_count_irq(struct vx_channel *ch)
{
}

static inline unsigned int vx_knobs_irq_types(void)
{
	return PCI_IRQ_ALL_TYPES;
}

static inline u32 vx_knobs_mask_mode(u32 mode)
{
	return mode;
}
#endif

#endif
