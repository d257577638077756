// SPDX-License-Identifier: GPL-2.0-only
/*
 * How received packets are spread over the queues. Key, table and fields are
 * the user's: they live here and go to the device at each activation.
 */
#include "vx.h"

#define VX_RSS_FIELDS_MIN	(VX_RSS_FIELD_TCP_IPV4 | VX_RSS_FIELD_TCP_IPV6)
#define VX_RSS_FIELDS_ALL	(VX_RSS_FIELDS_MIN | \
				 VX_RSS_FIELD_UDP_IPV4 | VX_RSS_FIELD_UDP_IPV6 | \
				 VX_RSS_FIELD_ESP_IPV4 | VX_RSS_FIELD_ESP_IPV6)

void vx_rss_init(struct vx_dev *dev)
{
	netdev_rss_key_fill(dev->rss.key, sizeof(dev->rss.key));
	dev->rss.fields = VX_RSS_FIELDS_MIN;
	dev->rss_active = dev->rss.fields;
	vx_rss_spread(dev, dev->config.pairs);
}

/* An even table, unless the user has made one */
void vx_rss_spread(struct vx_dev *dev, u32 queues)
{
	u32 i;

	if (netif_is_rxfh_configured(dev->netdev))
		return;
	for (i = 0; i < VX_RSS_TABLE_SIZE; i++)
		dev->rss.table[i] = ethtool_rxfh_indir_default(i, queues);
}

u32 vx_rss_key_size(struct net_device *netdev)
{
	return VX_RSS_KEY_SIZE;
}

u32 vx_rss_table_size(struct net_device *netdev)
{
	struct vx_dev *dev = netdev_priv(netdev);

	return dev->max_pairs > 1 ? VX_RSS_TABLE_SIZE : 0;
}

static void vx_rss_read(struct vx_dev *dev, u32 *indir, u8 *key)
{
	u32 i;

	if (indir)
		for (i = 0; i < VX_RSS_TABLE_SIZE; i++)
			indir[i] = dev->rss.table[i];
	if (key)
		memcpy(key, dev->rss.key, VX_RSS_KEY_SIZE);
}

/* A table is taken over live, a key only with the next activation */
static int vx_rss_write(struct vx_dev *dev, const u32 *indir, const u8 *key,
			u8 hfunc)
{
	struct vx_rss_state old = dev->rss;
	u32 i;
	int err;

	if (hfunc != ETH_RSS_HASH_NO_CHANGE && hfunc != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	if (indir)
		for (i = 0; i < VX_RSS_TABLE_SIZE; i++)
			dev->rss.table[i] = indir[i];
	if (key)
		memcpy(dev->rss.key, key, VX_RSS_KEY_SIZE);
	if (!vx_is_running(dev) || dev->config.pairs < 2)
		return 0;
	if (key) {
		err = vx_reset(dev);
		if (err)
			dev->rss = old;
		return err;
	}
	vx_plan_rss(&dev->area->rss, &dev->rss, dev->config.pairs);
	vx_cmd(dev, VX_CMD_UPDATE_RSS_TABLE);
	return 0;
}

#ifdef VX_HAVE_RXFH_PARAM
int vx_rss_get(struct net_device *netdev, struct ethtool_rxfh_param *rxfh)
{
	vx_rss_read(netdev_priv(netdev), rxfh->indir, rxfh->key);
	rxfh->hfunc = ETH_RSS_HASH_TOP;
	return 0;
}

int vx_rss_set(struct net_device *netdev, struct ethtool_rxfh_param *rxfh,
	       struct netlink_ext_ack *extack)
{
	return vx_rss_write(netdev_priv(netdev), rxfh->indir, rxfh->key,
			    rxfh->hfunc);
}
#else
int vx_rss_get(struct net_device *netdev, u32 *indir, u8 *key, u8 *hfunc)
{
	vx_rss_read(netdev_priv(netdev), indir, key);
	if (hfunc)
		*hfunc = ETH_RSS_HASH_TOP;
	return 0;
}

int vx_rss_set(struct net_device *netdev, const u32 *indir, const u8 *key,
	       const u8 hfunc)
{
	return vx_rss_write(netdev_priv(netdev), indir, key, hfunc);
}
#endif

#define VX_HASH_L3	(RXH_IP_SRC | RXH_IP_DST)
#define VX_HASH_L4	(RXH_L4_B_0_1 | RXH_L4_B_2_3)

/* The bit of SET_RSS_FIELDS that stands for a type of flow, 0 if there is none */
static u32 vx_rss_field(u32 flow_type)
{
	switch (flow_type) {
	case TCP_V4_FLOW:
		return VX_RSS_FIELD_TCP_IPV4;
	case TCP_V6_FLOW:
		return VX_RSS_FIELD_TCP_IPV6;
	case UDP_V4_FLOW:
		return VX_RSS_FIELD_UDP_IPV4;
	case UDP_V6_FLOW:
		return VX_RSS_FIELD_UDP_IPV6;
	case AH_ESP_V4_FLOW:
	case ESP_V4_FLOW:
		return VX_RSS_FIELD_ESP_IPV4;
	case AH_ESP_V6_FLOW:
	case ESP_V6_FLOW:
		return VX_RSS_FIELD_ESP_IPV6;
	default:
		return 0;
	}
}

static u64 vx_rss_fields_of(struct vx_dev *dev, u32 flow_type)
{
	u64 data = VX_HASH_L3;

	if (dev->rss_active & vx_rss_field(flow_type))
		data |= VX_HASH_L4;
	return data;
}

/*
 * Writes the wish, then believes what the device says it does. The wish stays:
 * the next activation may find a host that grants it.
 */
void vx_rss_apply_fields(struct vx_dev *dev)
{
	union vx_hw_cmd_arg arg = {};
	u32 active;

	arg.rss_fields = cpu_to_le32(dev->rss.fields);
	vx_cmd_with(dev, VX_CMD_SET_RSS_FIELDS, &arg, false);
	active = vx_cmd_get(dev, VX_CMD_GET_RSS_FIELDS);
	/* ones are no answer */
	dev->rss_active = active == ~0u ? dev->rss.fields :
					  active & VX_RSS_FIELDS_ALL;
}

static int vx_rss_change_fields(struct vx_dev *dev, u32 flow_type, u64 data)
{
	u32 field = vx_rss_field(flow_type);
	u32 old = dev->rss.fields, wanted = old & ~field;

	if (data != VX_HASH_L3 && data != (VX_HASH_L3 | VX_HASH_L4))
		return -EINVAL;
	if (!field)
		return data == VX_HASH_L3 ? 0 : -EINVAL;
	if (data & VX_HASH_L4)
		wanted |= field;
	if (wanted == old && wanted == dev->rss_active)
		return 0;
	/* revision 4 made it a choice, but never that of TCP */
	if (dev->revision < 4 || (wanted & VX_RSS_FIELDS_MIN) != VX_RSS_FIELDS_MIN)
		return -EOPNOTSUPP;
	dev->rss.fields = wanted;
	dev->rss_active = wanted;
	if (!vx_is_running(dev) || dev->config.pairs < 2)
		return 0;
	vx_rss_apply_fields(dev);
	if (dev->rss_active == wanted)
		return 0;
	dev->rss.fields = old;
	vx_rss_apply_fields(dev);
	return -EOPNOTSUPP;
}

int vx_rss_get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info,
		     u32 *rules)
{
	struct vx_dev *dev = netdev_priv(netdev);

	switch (info->cmd) {
	case ETHTOOL_GRXRINGS:
		info->data = dev->config.pairs;
		return 0;
	case ETHTOOL_GRXFH:
		info->data = vx_rss_fields_of(dev, info->flow_type);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

int vx_rss_set_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info)
{
	if (info->cmd != ETHTOOL_SRXFH)
		return -EOPNOTSUPP;
	return vx_rss_change_fields(netdev_priv(netdev), info->flow_type,
				    info->data);
}

#ifdef VX_HAVE_RXFH_FIELDS
int vx_rss_get_fields(struct net_device *netdev,
		      struct ethtool_rxfh_fields *fields)
{
	fields->data = vx_rss_fields_of(netdev_priv(netdev), fields->flow_type);
	return 0;
}

int vx_rss_set_fields(struct net_device *netdev,
		      const struct ethtool_rxfh_fields *fields,
		      struct netlink_ext_ack *extack)
{
	return vx_rss_change_fields(netdev_priv(netdev), fields->flow_type,
				    fields->data);
}
#endif
