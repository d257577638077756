// SPDX-License-Identifier: GPL-2.0-only
/* Registers and commands: the only file that speaks with BAR 1 */
#include <linux/delay.h>
#include <linux/log2.h>

#include "vx.h"

static u32 vx_read(struct vx_dev *dev, u32 reg)
{
	return ioread32(dev->control + reg);
}

static void vx_write(struct vx_dev *dev, u32 reg, u32 value)
{
	iowrite32(value, dev->control + reg);
}

/* A device that was pulled out answers every read with ones */
bool vx_device_is_present(struct vx_dev *dev)
{
	return pci_device_is_present(dev->pdev);
}

/*
 * For commands without a result. The register is not read back: a command is
 * carried out by the write, and QEMU complains about needless reads.
 */
void vx_cmd(struct vx_dev *dev, u32 cmd)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->cmd_lock, flags);
	vx_write(dev, VX_REG_CMD, cmd);
	spin_unlock_irqrestore(&dev->cmd_lock, flags);
}

/*
 * For callers that nothing keeps from running beside vx_down(): a device that
 * has forgotten the shared memory must not be told to write there.
 */
void vx_cmd_if_running(struct vx_dev *dev, u32 cmd)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->cmd_lock, flags);
	if (vx_is_running(dev))
		vx_write(dev, VX_REG_CMD, cmd);
	spin_unlock_irqrestore(&dev->cmd_lock, flags);
}

u32 vx_cmd_get(struct vx_dev *dev, u32 cmd)
{
	unsigned long flags;
	u32 result;

	spin_lock_irqsave(&dev->cmd_lock, flags);
	vx_write(dev, VX_REG_CMD, cmd);
	result = vx_read(dev, VX_REG_CMD);
	spin_unlock_irqrestore(&dev->cmd_lock, flags);
	return result;
}

u32 vx_cmd_with(struct vx_dev *dev, u32 cmd, const union vx_hw_cmd_arg *arg,
		bool has_result)
{
	unsigned long flags;
	u32 result = 0;

	spin_lock_irqsave(&dev->cmd_lock, flags);
	dev->area->shared.arg = *arg;
	vx_write(dev, VX_REG_CMD, cmd);
	if (has_result)
		result = vx_read(dev, VX_REG_CMD);
	spin_unlock_irqrestore(&dev->cmd_lock, flags);
	return result;
}

/* The write of the high half latches both */
static void vx_device_set_shared(struct vx_dev *dev, u64 addr)
{
	vx_write(dev, VX_REG_DSAL, lower_32_bits(addr));
	vx_write(dev, VX_REG_DSAH, upper_32_bits(addr));
}

/*
 * Whatever ran before us, firmware or another kernel: no DMA from here on. The
 * results say nothing, but a read has every write before it reach the device.
 */
void vx_device_silence(struct vx_dev *dev)
{
	vx_cmd_get(dev, VX_CMD_QUIESCE);
	vx_cmd_get(dev, VX_CMD_RESET);
	vx_device_set_shared(dev, 0);
	vx_irq_mask_all(dev);
}

/* Stops DMA and interrupts, but the device still knows the shared memory */
void vx_device_quiesce(struct vx_dev *dev)
{
	vx_cmd_get(dev, VX_CMD_QUIESCE);
	WRITE_ONCE(dev->area->shared.intr_ctrl,
		   cpu_to_le32(VX_INTR_CTRL_DISABLE));
	vx_irq_mask_all(dev);
}

/* Again at each activation: a device that has lost its power has forgotten it */
static void vx_device_select_revision(struct vx_dev *dev)
{
	vx_write(dev, VX_REG_VRRS, BIT(dev->revision - 1));
	vx_write(dev, VX_REG_UVRS, 1);
}

int vx_device_negotiate(struct vx_dev *dev)
{
	u32 offered = vx_read(dev, VX_REG_VRRS);
	u32 known = offered & (BIT(VX_REV_MAX) - 1);

	if (offered == ~0u || !known) {
		dev_err(&dev->pdev->dev,
			"no device revision in common: offered %#x, known 1 to %d\n",
			offered, VX_REV_MAX);
		return -ENODEV;
	}
	dev->revision = ilog2(known) + 1;

	offered = vx_read(dev, VX_REG_UVRS);
	if (!(offered & 1)) {
		dev_err(&dev->pdev->dev,
			"no UPT version in common: offered %#x, known 1\n",
			offered);
		return -ENODEV;
	}
	vx_device_select_revision(dev);
	return 0;
}

static void vx_device_unpack_mac(u32 low, u32 high, u8 *ret_addr)
{
	ret_addr[0] = low;
	ret_addr[1] = low >> 8;
	ret_addr[2] = low >> 16;
	ret_addr[3] = low >> 24;
	ret_addr[4] = high;
	ret_addr[5] = high >> 8;
}

void vx_device_read_macs(struct vx_dev *dev, u8 *ret_current, u8 *ret_permanent)
{
	vx_device_unpack_mac(vx_read(dev, VX_REG_MACL),
			     vx_read(dev, VX_REG_MACH), ret_current);
	vx_device_unpack_mac(vx_cmd_get(dev, VX_CMD_GET_PERM_MAC_LO),
			     vx_cmd_get(dev, VX_CMD_GET_PERM_MAC_HI),
			     ret_permanent);
}

/* The write of the high half latches both */
void vx_device_write_mac(struct vx_dev *dev, const u8 *addr)
{
	vx_write(dev, VX_REG_MACL, addr[0] | addr[1] << 8 | addr[2] << 16 |
				   (u32)addr[3] << 24);
	vx_write(dev, VX_REG_MACH, addr[4] | addr[5] << 8);
}

struct vx_hw_txq *vx_hw_txq(struct vx_dev *dev, u32 index)
{
	return (struct vx_hw_txq *)dev->area->queue_table + index;
}

/* The rx part follows the tx part, wherever that ends */
struct vx_hw_rxq *vx_hw_rxq(struct vx_dev *dev, u32 pairs, u32 index)
{
	return (struct vx_hw_rxq *)vx_hw_txq(dev, pairs) + index;
}

static u64 vx_device_features(netdev_features_t features,
			      const struct vx_config *config)
{
	u64 bits = 0;

	if (features & NETIF_F_RXCSUM)
		bits |= VX_FEATURE_RXCSUM;
	/* see vx_fix_features(), which comes only after the activation */
	if ((features & NETIF_F_HW_VLAN_CTAG_RX) && !config->has_xdp)
		bits |= VX_FEATURE_RXVLAN;
	if (config->pairs > 1)
		bits |= VX_FEATURE_RSS;
	return bits;
}

void vx_device_update_features(struct vx_dev *dev, netdev_features_t features)
{
	u64 bits = vx_device_features(features, &dev->config);

	dev->area->shared.features = cpu_to_le64(bits);
	vx_cmd(dev, VX_CMD_UPDATE_FEATURES);
}

static struct vx_hw_blockref vx_area_block(struct vx_dev *dev, const void *at,
					   size_t len)
{
	return (struct vx_hw_blockref){
		.version = cpu_to_le32(VX_CONF_VERSION),
		.len = cpu_to_le32(len),
		.addr = cpu_to_le64(dev->area_addr + (at - (void *)dev->area)),
	};
}

static void vx_device_fill_shared(struct vx_dev *dev, struct vx_set *set)
{
	struct vx_hw_shared *s = &dev->area->shared;
	u32 pairs = set->config.pairs;

	memset(s, 0, sizeof(*s));
	s->magic = cpu_to_le32(VX_MAGIC);
	s->size = cpu_to_le32(sizeof(*s));
	s->driver_version = cpu_to_le32(VX_VERSION_NUMBER);
	s->gos = cpu_to_le32(VX_GOS_LINUX | (IS_ENABLED(CONFIG_64BIT) ?
			     VX_GOS_64BIT : VX_GOS_32BIT));
	s->rev_supported = cpu_to_le32(1);
	s->upt_supported = cpu_to_le32(1);
	s->features = cpu_to_le64(vx_device_features(dev->netdev->features,
						     &set->config));
	s->queue_table_addr = cpu_to_le64(dev->area_addr +
			offsetof(struct vx_area, queue_table));
	s->queue_table_len = cpu_to_le32(2 * pairs * sizeof(struct vx_hw_txq));
	s->mtu = cpu_to_le32(set->config.mtu);
	s->max_rx_sg = cpu_to_le16(1 + set->rxq[0].layout.bodies);
	s->num_txq = pairs;
	s->num_rxq = pairs;
	s->auto_mask = dev->mask_mode == VX_INTR_MODE_AUTO;
	s->num_vectors = set->plan.count;
	s->event_vector = set->plan.event;
	memset(s->moderation, VX_MODERATION_ADAPTIVE, sizeof(s->moderation));
	s->intr_ctrl = cpu_to_le32(VX_INTR_CTRL_DISABLE);
	vx_filters_fill_vlans(dev);
	if (pairs > 1) {
		vx_plan_rss(&dev->area->rss, &dev->rss, pairs);
		s->rss = vx_area_block(dev, &dev->area->rss,
				       sizeof(dev->area->rss));
	}
	s->pm = vx_area_block(dev, &dev->area->pm, sizeof(dev->area->pm));
}

static void vx_device_fill_txq(struct vx_txq *txq)
{
	struct vx_hw_txq *hw = txq->hw;

	memset(hw, 0, sizeof(*hw));
	hw->ring_addr = cpu_to_le64(txq->desc_mem.addr);
	hw->slot_addr = cpu_to_le64(txq->data_mem.addr);
	hw->comp_addr = cpu_to_le64(txq->comp_mem.addr);
	hw->ring_size = cpu_to_le32(txq->ring.size);
	hw->slot_count = cpu_to_le32(txq->data_slot ? txq->ring.size : 0);
	hw->comp_size = cpu_to_le32(txq->ring.size);
	hw->vector = txq->channel->vector;
	hw->slot_size = cpu_to_le16(txq->data_slot);
}

static void vx_device_fill_rxq(struct vx_rxq *rxq)
{
	struct vx_hw_rxq *hw = rxq->hw;
	int i;

	memset(hw, 0, sizeof(*hw));
	for (i = 0; i < VX_RX_RINGS; i++) {
		hw->ring_addr[i] = cpu_to_le64(rxq->desc_mem[i].addr);
		hw->ring_size[i] = cpu_to_le32(rxq->core.ring[i].size);
	}
	hw->comp_addr = cpu_to_le64(rxq->comp_mem.addr);
	hw->comp_size = cpu_to_le32(rxq->core.comp_size);
	hw->vector = rxq->channel->vector;
}

/*
 * Hands the rings of @set over, in their initial state. Nothing is received
 * before vx_filters_apply(). On failure the device has forgotten all of it.
 */
int vx_device_activate(struct vx_dev *dev, struct vx_set *set)
{
	u32 pairs = set->config.pairs, status, i;

	for (i = 0; i < pairs; i++) {
		set->txq[i].hw = vx_hw_txq(dev, i);
		set->rxq[i].hw = vx_hw_rxq(dev, pairs, i);
		vx_device_fill_txq(&set->txq[i]);
		vx_device_fill_rxq(&set->rxq[i]);
	}
	vx_device_fill_shared(dev, set);
	vx_device_select_revision(dev);
	vx_device_write_mac(dev, dev->netdev->dev_addr);
	vx_device_set_shared(dev, dev->area_addr);

	status = vx_cmd_get(dev, VX_CMD_ACTIVATE);
	if (vx_knobs_refuse_activation(dev))
		status = 1;
	if (status) {
		/* the retries for a dead device are many */
		if (!test_bit(VX_FLAG_DEAD, &dev->flags))
			netdev_err(dev->netdev, "the device refused activation: status %#x, mtu %u, %u queue pairs\n",
				   status, set->config.mtu, pairs);
		vx_device_silence(dev);
		return status == ~0u ? -ENODEV : -EIO;
	}
	/* QEMU falls back to the permanent address when it is activated */
	vx_device_write_mac(dev, dev->netdev->dev_addr);
	if (dev->limits_rx)
		vx_device_update_coalesce(dev);
	if (dev->revision >= 4 && pairs > 1)
		vx_rss_apply_fields(dev);
	for (i = 0; i < pairs; i++)
		vx_rxq_announce(&set->rxq[i]);
	return 0;
}

/* Safe in any context. True if the carrier changed. */
bool vx_device_update_link(struct vx_dev *dev)
{
	u32 link = vx_cmd_get(dev, VX_CMD_GET_LINK);
	bool is_up = link != ~0u && (link & VX_LINK_UP);

	WRITE_ONCE(dev->link_speed, is_up ? link >> VX_LINK_SPEED_SHIFT : 0);
	if (is_up == netif_carrier_ok(dev->netdev))
		return false;
	if (is_up)
		netif_carrier_on(dev->netdev);
	else
		netif_carrier_off(dev->netdev);
	return true;
}

/* Tells the device how many interrupts a second it may raise: revision 3 */
int vx_device_update_coalesce(struct vx_dev *dev)
{
	struct vx_hw_coalesce *c = &dev->area->coalesce;
	union vx_hw_cmd_arg arg = { .block = vx_area_block(dev, c, sizeof(*c)) };

	if (dev->revision < 3)
		return -EOPNOTSUPP;
	memset(c, 0, sizeof(*c));
	if (!dev->limits_rx) {
		c->mode = cpu_to_le32(VX_COALESCE_ADAPTIVE);
	} else if (dev->rx_rate) {
		c->mode = cpu_to_le32(VX_COALESCE_RATE);
		c->arg[0] = cpu_to_le32(dev->rx_rate);
	} else {
		c->mode = cpu_to_le32(VX_COALESCE_DISABLED);
	}
	vx_cmd_with(dev, VX_CMD_SET_COALESCE, &arg, false);
	return 0;
}

/* The limit that is in effect, 0 if there is none or it is not a rate. Under RTNL. */
u32 vx_device_read_rx_rate(struct vx_dev *dev)
{
	struct vx_hw_coalesce *c = &dev->area->coalesce;
	union vx_hw_cmd_arg arg = { .block = vx_area_block(dev, c, sizeof(*c)) };

	if (dev->revision < 3 || !vx_is_running(dev))
		return 0;
	memset(c, 0, sizeof(*c));
	vx_cmd_with(dev, VX_CMD_GET_COALESCE, &arg, true);
	return le32_to_cpu(c->mode) == VX_COALESCE_RATE ? le32_to_cpu(c->arg[0]) : 0;
}
