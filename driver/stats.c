// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters. Ours live as long as the device; the hardware's start from zero
 * with each activation and are added to a base before the device is stopped.
 */
#include "vx.h"

struct vx_stat_name {
	const char *name;
	unsigned int at;
};

static const struct vx_stat_name vx_send_names[] = {
	{ "packets", VX_SEND_PACKETS },
	{ "bytes", VX_SEND_BYTES },
	{ "tso_packets", VX_SEND_TSO },
	{ "csum_packets", VX_SEND_CSUM },
	{ "doorbells", VX_SEND_DOORBELLS },
	{ "doorbells_repeated", VX_SEND_REPEATED },
	{ "stops", VX_SEND_STOPS },
	{ "busy", VX_SEND_BUSY },
	{ "linearized", VX_SEND_LINEARIZED },
	{ "drops", VX_SEND_DROPS },
	{ "map_errors", VX_SEND_MAP_ERRORS },
	{ "xdp_tx", VX_SEND_XDP_TX },
	{ "xdp_xmit", VX_SEND_XDP_XMIT },
	{ "xdp_full", VX_SEND_XDP_FULL },
	{ "xdp_bytes", VX_SEND_XDP_BYTES },
};

static_assert(ARRAY_SIZE(vx_send_names) == VX_SEND_COUNT);

static const struct vx_stat_name vx_reap_names[] = {
	{ "completed", VX_REAP_PACKETS },
	{ "wakes", VX_REAP_WAKES },
	{ "protocol_errors", VX_REAP_PROTOCOL },
};

static_assert(ARRAY_SIZE(vx_reap_names) == VX_REAP_COUNT);

static const struct vx_stat_name vx_recv_names[] = {
	{ "packets", VX_RECV_PACKETS },
	{ "bytes", VX_RECV_BYTES },
	{ "csum_packets", VX_RECV_CSUM },
	{ "drops", VX_RECV_DROPS },
	{ "no_memory", VX_RECV_NO_MEMORY },
	{ "errors", VX_RECV_ERRORS },
	{ "crc_errors", VX_RECV_CRC },
	{ "order_errors", VX_RECV_ORDER },
	{ "length_errors", VX_RECV_LENGTH },
	{ "protocol_errors", VX_RECV_PROTOCOL },
	{ "xdp_pass", VX_RECV_XDP_PASS },
	{ "xdp_drop", VX_RECV_XDP_DROP },
	{ "xdp_tx", VX_RECV_XDP_TX },
	{ "xdp_redirect", VX_RECV_XDP_REDIRECT },
	{ "xdp_aborted", VX_RECV_XDP_ABORTED },
	{ "xdp_bytes", VX_RECV_XDP_BYTES },
};

static_assert(ARRAY_SIZE(vx_recv_names) == VX_RECV_COUNT);

static const struct vx_stat_name vx_hw_tx_names[] = {
	{ "hw_tso_packets", VX_HW_TX_TSO_PACKETS },
	{ "hw_tso_bytes", VX_HW_TX_TSO_BYTES },
	{ "hw_ucast_packets", VX_HW_TX_UCAST_PACKETS },
	{ "hw_ucast_bytes", VX_HW_TX_UCAST_BYTES },
	{ "hw_mcast_packets", VX_HW_TX_MCAST_PACKETS },
	{ "hw_mcast_bytes", VX_HW_TX_MCAST_BYTES },
	{ "hw_bcast_packets", VX_HW_TX_BCAST_PACKETS },
	{ "hw_bcast_bytes", VX_HW_TX_BCAST_BYTES },
	{ "hw_errors", VX_HW_TX_ERRORS },
	{ "hw_discards", VX_HW_TX_DISCARDS },
};

static_assert(ARRAY_SIZE(vx_hw_tx_names) == VX_HW_TX_STAT_COUNT);

static const struct vx_stat_name vx_hw_rx_names[] = {
	{ "hw_lro_packets", VX_HW_RX_LRO_PACKETS },
	{ "hw_lro_bytes", VX_HW_RX_LRO_BYTES },
	{ "hw_ucast_packets", VX_HW_RX_UCAST_PACKETS },
	{ "hw_ucast_bytes", VX_HW_RX_UCAST_BYTES },
	{ "hw_mcast_packets", VX_HW_RX_MCAST_PACKETS },
	{ "hw_mcast_bytes", VX_HW_RX_MCAST_BYTES },
	{ "hw_bcast_packets", VX_HW_RX_BCAST_PACKETS },
	{ "hw_bcast_bytes", VX_HW_RX_BCAST_BYTES },
	{ "hw_no_buffer", VX_HW_RX_NO_BUFFER },
	{ "hw_errors", VX_HW_RX_ERRORS },
};

static_assert(ARRAY_SIZE(vx_hw_rx_names) == VX_HW_RX_STAT_COUNT);

static const char * const vx_device_names[] = {
	"resets", "reset_failures", "tx_timeouts", "late_completions",
};

#define VX_DEVICE_STATS		ARRAY_SIZE(vx_device_names)
#define VX_QUEUE_STATS		(VX_SEND_COUNT + VX_REAP_COUNT + VX_RECV_COUNT + \
				 VX_HW_TX_STAT_COUNT + VX_HW_RX_STAT_COUNT)

/* Has the device write its counters into the queue table */
static void vx_stats_refresh(struct vx_dev *dev)
{
	vx_cmd_if_running(dev, VX_CMD_GET_STATS);
	WRITE_ONCE(dev->hw_stats_time, jiffies);
}

static u64 vx_hw_tx_value(struct vx_dev *dev, u32 queue, u32 at)
{
	unsigned int start;
	u64 value;

	do {
		start = read_seqbegin(&dev->hw_stats_lock);
		value = dev->stats[queue].hw_tx_base[at];
		if (dev->has_hw_stats && queue < dev->config.pairs)
			value += le64_to_cpu(READ_ONCE(vx_hw_txq(dev, queue)->stats[at]));
	} while (read_seqretry(&dev->hw_stats_lock, start));
	return value;
}

static u64 vx_hw_rx_value(struct vx_dev *dev, u32 queue, u32 at)
{
	unsigned int start;
	u64 value;
	u32 pairs;

	do {
		start = read_seqbegin(&dev->hw_stats_lock);
		pairs = dev->config.pairs;
		value = dev->stats[queue].hw_rx_base[at];
		if (dev->has_hw_stats && queue < pairs)
			value += le64_to_cpu(READ_ONCE(vx_hw_rxq(dev, pairs, queue)->stats[at]));
	} while (read_seqretry(&dev->hw_stats_lock, start));
	return value;
}

/* After an activation, which has set the device's counters to zero */
void vx_stats_begin(struct vx_dev *dev)
{
	write_seqlock_bh(&dev->hw_stats_lock);
	dev->has_hw_stats = true;
	write_sequnlock_bh(&dev->hw_stats_lock);
}

/*
 * Before the device is stopped: its counters are gone afterwards. For whoever
 * reads, they go from the device to the base in one step.
 */
void vx_stats_fold(struct vx_dev *dev, struct vx_set *set)
{
	u32 pairs = set->config.pairs, i, k;

	vx_cmd(dev, VX_CMD_GET_STATS);
	write_seqlock_bh(&dev->hw_stats_lock);
	for (i = 0; i < pairs; i++) {
		struct vx_queue_stats *s = &dev->stats[i];

		for (k = 0; k < VX_HW_TX_STAT_COUNT; k++)
			s->hw_tx_base[k] += le64_to_cpu(vx_hw_txq(dev, i)->stats[k]);
		for (k = 0; k < VX_HW_RX_STAT_COUNT; k++)
			s->hw_rx_base[k] += le64_to_cpu(vx_hw_rxq(dev, pairs, i)->stats[k]);
	}
	dev->has_hw_stats = false;
	write_sequnlock_bh(&dev->hw_stats_lock);
}

static void vx_get_queue_stats64(struct vx_dev *dev, u32 i,
				 struct rtnl_link_stats64 *s)
{
	const struct vx_queue_stats *q = &dev->stats[i];
	u64 crc = vx_counter_read(&q->recv, VX_RECV_CRC);
	u64 length = vx_counter_read(&q->recv, VX_RECV_LENGTH);

	s->tx_packets += vx_counter_read(&q->send, VX_SEND_PACKETS) +
			 vx_counter_read(&q->send, VX_SEND_XDP_TX) +
			 vx_counter_read(&q->send, VX_SEND_XDP_XMIT);
	s->tx_bytes += vx_counter_read(&q->send, VX_SEND_BYTES) +
		       vx_counter_read(&q->send, VX_SEND_XDP_BYTES);
	s->tx_dropped += vx_counter_read(&q->send, VX_SEND_DROPS);
	s->tx_errors += vx_hw_tx_value(dev, i, VX_HW_TX_ERRORS);
	s->rx_packets += vx_counter_read(&q->recv, VX_RECV_PACKETS) +
			 vx_counter_read(&q->recv, VX_RECV_XDP_DROP) +
			 vx_counter_read(&q->recv, VX_RECV_XDP_TX) +
			 vx_counter_read(&q->recv, VX_RECV_XDP_REDIRECT);
	s->rx_bytes += vx_counter_read(&q->recv, VX_RECV_BYTES) +
		       vx_counter_read(&q->recv, VX_RECV_XDP_BYTES);
	s->rx_dropped += vx_counter_read(&q->recv, VX_RECV_DROPS);
	s->rx_crc_errors += crc;
	s->rx_length_errors += length;
	s->rx_errors += crc + length +
			vx_counter_read(&q->recv, VX_RECV_ERRORS) +
			vx_counter_read(&q->recv, VX_RECV_ORDER);
	s->rx_missed_errors += vx_hw_rx_value(dev, i, VX_HW_RX_NO_BUFFER);
}

/* The device is asked once a second at most: each time is a trip to the host */
void vx_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *s)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 i;

	if (time_after(jiffies, READ_ONCE(dev->hw_stats_time) + HZ))
		vx_stats_refresh(dev);
	for (i = 0; i < dev->max_pairs; i++)
		vx_get_queue_stats64(dev, i, s);
}

int vx_stats_count(struct net_device *netdev, int sset)
{
	struct vx_dev *dev = netdev_priv(netdev);

	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return VX_DEVICE_STATS + dev->max_pairs * VX_QUEUE_STATS;
}

static void vx_stats_name_group(u8 **at, const char *side, u32 queue,
				const struct vx_stat_name *names, u32 count)
{
	u32 k;

	for (k = 0; k < count; k++)
		ethtool_sprintf(at, "%s%u_%s", side, queue, names[k].name);
}

void vx_stats_strings(struct net_device *netdev, u32 sset, u8 *data)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 0; i < VX_DEVICE_STATS; i++)
		ethtool_sprintf(&data, "%s", vx_device_names[i]);
	for (i = 0; i < dev->max_pairs; i++) {
		vx_stats_name_group(&data, "tx", i, vx_send_names, VX_SEND_COUNT);
		vx_stats_name_group(&data, "tx", i, vx_reap_names, VX_REAP_COUNT);
		vx_stats_name_group(&data, "tx", i, vx_hw_tx_names,
				    VX_HW_TX_STAT_COUNT);
		vx_stats_name_group(&data, "rx", i, vx_recv_names, VX_RECV_COUNT);
		vx_stats_name_group(&data, "rx", i, vx_hw_rx_names,
				    VX_HW_RX_STAT_COUNT);
	}
}

static u64 *vx_stats_read_group(u64 *data, const struct vx_counters *c,
				const struct vx_stat_name *names, u32 count)
{
	u32 k;

	for (k = 0; k < count; k++)
		*data++ = vx_counter_read(c, names[k].at);
	return data;
}

void vx_stats_values(struct net_device *netdev, struct ethtool_stats *stats,
		     u64 *data)
{
	struct vx_dev *dev = netdev_priv(netdev);
	u32 i, k;

	vx_stats_refresh(dev);
	*data++ = dev->resets;
	*data++ = dev->reset_failures;
	*data++ = dev->tx_timeouts;
	*data++ = dev->late_completions;
	for (i = 0; i < dev->max_pairs; i++) {
		const struct vx_queue_stats *q = &dev->stats[i];

		data = vx_stats_read_group(data, &q->send, vx_send_names,
					   VX_SEND_COUNT);
		data = vx_stats_read_group(data, &q->reap, vx_reap_names,
					   VX_REAP_COUNT);
		for (k = 0; k < VX_HW_TX_STAT_COUNT; k++)
			*data++ = vx_hw_tx_value(dev, i, vx_hw_tx_names[k].at);
		data = vx_stats_read_group(data, &q->recv, vx_recv_names,
					   VX_RECV_COUNT);
		for (k = 0; k < VX_HW_RX_STAT_COUNT; k++)
			*data++ = vx_hw_rx_value(dev, i, vx_hw_rx_names[k].at);
	}
}
