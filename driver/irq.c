// SPDX-License-Identifier: GPL-2.0-only
/* Vectors, their masks, and the poll that an interrupt starts */
#include "vx.h"

int vx_irq_alloc_vectors(struct vx_dev *dev)
{
	u32 conf = vx_cmd_get(dev, VX_CMD_GET_INTR_CONF);
	unsigned int types = vx_knobs_irq_types();
	int wanted, got;

	dev->mask_mode = vx_knobs_mask_mode((conf >> VX_INTR_MODE_SHIFT) &
					    VX_INTR_MODE_MASK);
	switch (conf & VX_INTR_TYPE_MASK) {
	case VX_INTR_TYPE_INTX:
		types &= ~(PCI_IRQ_MSI | PCI_IRQ_MSIX);
		break;
	case VX_INTR_TYPE_MSI:
		types &= ~PCI_IRQ_MSIX;
		break;
	}

	wanted = 2 * dev->max_pairs + 1;
	got = -ENOSPC;
	if (types & PCI_IRQ_MSIX)
		got = pci_alloc_irq_vectors(dev->pdev, 2, wanted, PCI_IRQ_MSIX);
	if (got < 0)
		got = pci_alloc_irq_vectors(dev->pdev, 1, 1,
					    types & ~PCI_IRQ_MSIX);
	if (got < 0) {
		dev_err(&dev->pdev->dev, "no interrupt vector: error %d\n", got);
		return got;
	}
	dev->vectors = got;
	dev->max_pairs = vx_plan_vectors(got, dev->max_pairs).pairs;
	return 0;
}

void vx_irq_free_vectors(struct vx_dev *dev)
{
	pci_free_irq_vectors(dev->pdev);
}

static void vx_irq_mask(struct vx_dev *dev, u32 vector)
{
	writel(1, dev->doorbells + VX_REG_IMR(vector));
}

static void vx_irq_unmask(struct vx_dev *dev, u32 vector)
{
	writel(0, dev->doorbells + VX_REG_IMR(vector));
}

void vx_irq_mask_all(struct vx_dev *dev)
{
	u32 i;

	for (i = 0; i < VX_MAX_VECTORS; i++)
		vx_irq_mask(dev, i);
}

/*
 * A vector that serves transmission alone stays masked until somebody waits
 * for it: vx_channel_expect_tx().
 */
void vx_irq_unmask_all(struct vx_dev *dev, struct vx_set *set)
{
	u32 i;

	WRITE_ONCE(dev->area->shared.intr_ctrl, 0);
	for (i = 0; i < set->channel_count; i++)
		if (!set->channel[i].is_lazy)
			writel(0, set->channel[i].imr);
	if (set->plan.mode != VX_VECTORS_SINGLE)
		vx_irq_unmask(dev, set->plan.event);
}

static irqreturn_t vx_irq_channel(int irq, void *data)
{
	struct vx_channel *ch = data;

	vx_knobs_count_irq(ch);
	if (ch->dev->mask_mode != VX_INTR_MODE_AUTO)
		writel(1, ch->imr);
	napi_schedule_irqoff(&ch->napi);
	return IRQ_HANDLED;
}

static irqreturn_t vx_irq_events(int irq, void *data)
{
	struct vx_dev *dev = data;
	u32 vector = dev->set->plan.event;

	if (dev->mask_mode != VX_INTR_MODE_AUTO)
		vx_irq_mask(dev, vector);
	vx_events_collect(dev);
	/* once the device is on its way down, masked means masked */
	if (vx_is_running(dev))
		vx_irq_unmask(dev, vector);
	return IRQ_HANDLED;
}

/* The read of the cause takes the line down; it is 0 if it is not ours */
static irqreturn_t vx_irq_intx(int irq, void *data)
{
	struct vx_channel *ch = data;
	u32 cause = readl(ch->dev->control + VX_REG_ICR);

	if (!cause || cause == ~0u)
		return IRQ_NONE;
	return vx_irq_channel(irq, data);
}

static int vx_irq_request_channel(struct vx_dev *dev, struct vx_channel *ch)
{
	bool is_intx = !dev->pdev->msi_enabled && !dev->pdev->msix_enabled;
	int irq = pci_irq_vector(dev->pdev, ch->vector);
	const char *kind = ch->rx ? ch->tx ? "rxtx" : "rx" : "tx";
	u32 index = ch->rx ? ch->rx->index : ch->tx->index;
	int err;

	snprintf(ch->name, sizeof(ch->name), "%s-%s-%u", dev->netdev->name,
		 kind, index);
	err = request_irq(irq, is_intx ? vx_irq_intx : vx_irq_channel,
			  is_intx ? IRQF_SHARED : 0, ch->name, ch);
	if (err)
		return err;
	ch->has_irq = true;
	netif_napi_set_irq(&ch->napi, irq);
	if (dev->set->config.pairs > 1) {
		int cpu = cpumask_local_spread(index, dev_to_node(&dev->pdev->dev));

		/* the first time only: see vx_set_spread_xps() */
		if (dev->set->config.pairs != dev->spread_pairs)
			irq_set_affinity_and_hint(irq, cpumask_of(cpu));
		else
			irq_update_affinity_hint(irq, cpumask_of(cpu));
	}
	return 0;
}

int vx_irq_request(struct vx_dev *dev, struct vx_set *set)
{
	u32 i;
	int err;

	for (i = 0; i < set->channel_count; i++) {
		err = vx_irq_request_channel(dev, &set->channel[i]);
		if (err)
			goto err_release;
	}
	if (set->plan.mode != VX_VECTORS_SINGLE) {
		err = request_irq(pci_irq_vector(dev->pdev, set->plan.event),
				  vx_irq_events, 0, dev->netdev->name, dev);
		if (err)
			goto err_release;
		set->has_event_irq = true;
	}
	return 0;

err_release:
	vx_irq_release(dev, set);
	return err;
}

void vx_irq_release(struct vx_dev *dev, struct vx_set *set)
{
	u32 i;

	if (set->has_event_irq)
		free_irq(pci_irq_vector(dev->pdev, set->plan.event), dev);
	set->has_event_irq = false;
	for (i = set->channel_count; i-- > 0;) {
		struct vx_channel *ch = &set->channel[i];
		int irq = pci_irq_vector(dev->pdev, ch->vector);

		if (!ch->has_irq)
			continue;
		irq_update_affinity_hint(irq, NULL);
		netif_napi_set_irq(&ch->napi, -1);
		free_irq(irq, ch);
		ch->has_irq = false;
	}
}

/*
 * Sent packets must be given back some day, but nobody is in a hurry: one
 * timer for all that is sent meanwhile costs less than one interrupt for each
 * doorbell. With the queue stopped somebody does wait, and the interrupt is
 * switched on. Whoever sets the flag sees to it that a poll comes; the poll
 * clears the flag before it looks at the ring for the last time.
 */
void vx_channel_expect_tx(struct vx_channel *ch, bool is_stopped)
{
	if (!ch->is_lazy)
		return;
	smp_mb();	/* the ring's new fill before the flag's old value */
	if (is_stopped) {
		set_bit(VX_CHANNEL_ARMED, &ch->flags);
		writel(0, ch->imr);
	} else if (!test_bit(VX_CHANNEL_ARMED, &ch->flags) &&
		   !test_and_set_bit(VX_CHANNEL_ARMED, &ch->flags)) {
		hrtimer_start(&ch->timer,
			      ns_to_ktime(READ_ONCE(ch->dev->tx_usecs) * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_PINNED);
	}
}

/* Polls again soon although no interrupt will come: memory ran out */
void vx_channel_retry(struct vx_channel *ch)
{
	hrtimer_start(&ch->timer, ms_to_ktime(10), HRTIMER_MODE_REL_PINNED);
}

enum hrtimer_restart vx_channel_timer(struct hrtimer *timer)
{
	struct vx_channel *ch = container_of(timer, struct vx_channel, timer);

	napi_schedule(&ch->napi);
	return HRTIMER_NORESTART;
}

/* The poll is over: the next interrupt may come, if one is wanted */
static void vx_channel_rearm(struct vx_channel *ch)
{
	if (!ch->is_lazy) {
		writel(0, ch->imr);
		return;
	}
	clear_bit(VX_CHANNEL_ARMED, &ch->flags);
	smp_mb__after_atomic();	/* the flag before the ring's fill */
	if (vx_tx_ring_busy(&ch->tx->ring) && !ch->tx->is_broken &&
	    !test_and_set_bit(VX_CHANNEL_ARMED, &ch->flags))
		writel(0, ch->imr);
}

int vx_channel_poll(struct napi_struct *napi, int budget)
{
	struct vx_channel *ch = container_of(napi, struct vx_channel, napi);
	bool is_done = true;
	int work = 0;

	if (ch->has_events)
		vx_events_collect(ch->dev);
	if (ch->tx)
		is_done = vx_tx_clean(ch->tx, budget);
	if (!budget)
		return 0;
	if (ch->rx) {
		work = vx_rx_poll(ch->rx, budget);
		if (ch->rx->is_starved)
			vx_channel_retry(ch);
	}
	if (!is_done || work >= budget)
		return budget;
	if (napi_complete_done(napi, work))
		vx_channel_rearm(ch);
	return work;
}
