// SPDX-License-Identifier: GPL-2.0-only
/* Transmission: what the device can do to a packet, and what the stack must do */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>

#include "tx.h"

static u32 vx_tx_count_desc(const struct sk_buff *skb)
{
	u32 n = vx_tx_desc_count(skb_headlen(skb));
	int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		n += vx_tx_desc_count(skb_frag_size(&skb_shinfo(skb)->frags[i]));
	return n;
}

/* The device fills in lengths and checksums of each segment by itself */
static int vx_tx_prepare_tso(struct sk_buff *skb, struct vx_tx_offload *ret_off)
{
	u32 hlen = skb_tcp_all_headers(skb);
	int err;

	if (!vx_tx_tso_fits(hlen, skb_shinfo(skb)->gso_size, skb->len))
		return -EINVAL;
	err = skb_cow_head(skb, 0);
	if (err)
		return err;
	/* all headers in the first descriptor */
	if (!pskb_may_pull(skb, hlen))
		return -EINVAL;
	if (skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4) {
		struct iphdr *ip = ip_hdr(skb);

		ip->check = 0;
		tcp_hdr(skb)->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr, 0,
							 IPPROTO_TCP, 0);
	} else {
		tcp_v6_gso_csum_prep(skb);
	}
	*ret_off = vx_tx_offload_tso(hlen, skb_shinfo(skb)->gso_size);
	return 0;
}

/* TCP and UDP are all that the device is known to do well */
static bool vx_tx_csum_is_known(const struct sk_buff *skb)
{
	return skb->csum_offset == offsetof(struct tcphdr, check) ||
	       skb->csum_offset == offsetof(struct udphdr, check);
}

static int vx_tx_prepare_csum(struct sk_buff *skb, struct vx_tx_offload *ret_off)
{
	u32 start = skb_checksum_start_offset(skb);
	u32 field = start + skb->csum_offset;

	if (!vx_tx_csum_is_known(skb) || !vx_tx_csum_fits(start, field, skb->len))
		return skb_checksum_help(skb);
	*ret_off = vx_tx_offload_csum(start, field);
	return 0;
}

/* Brings the skb into a shape that the device takes */
int vx_tx_prepare(struct vx_txq *txq, struct sk_buff *skb,
		  struct vx_tx_offload *ret_off)
{
	bool is_gso = skb_is_gso(skb);
	u32 limit = is_gso ? VX_TX_MAX_DESC_TSO : VX_TX_MAX_DESC;
	int err = 0;

	*ret_off = (struct vx_tx_offload){};
	if (unlikely(skb->len < ETH_HLEN))
		return -EINVAL;
	if (is_gso)
		err = vx_tx_prepare_tso(skb, ret_off);
	else if (skb->ip_summed == CHECKSUM_PARTIAL)
		err = vx_tx_prepare_csum(skb, ret_off);
	if (err)
		return err;
	if (unlikely(vx_tx_count_desc(skb) > limit)) {
		err = skb_linearize(skb);
		if (err)
			return err;
		vx_count(txq->send, VX_SEND_LINEARIZED, 1);
		if (vx_tx_count_desc(skb) > limit)
			return -EMSGSIZE;
	}
	return 0;
}

/* What the device cannot do for this packet, the stack does before we see it */
netdev_features_t vx_features_check(struct sk_buff *skb,
				    struct net_device *netdev,
				    netdev_features_t features)
{
	netdev_features_t offloads = NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK;

	features = vlan_features_check(skb, features);
	if (skb->encapsulation)
		return features & ~offloads;
	if (skb_is_gso(skb)) {
		/*
		 * The rest is not offered, and has no TCP header to look at. In
		 * too many pieces it would have to be copied into one.
		 */
		if (!skb_is_gso_tcp(skb) || !skb_transport_header_was_set(skb) ||
		    !vx_tx_tso_fits(skb_tcp_all_headers(skb),
				    skb_shinfo(skb)->gso_size, skb->len) ||
		    vx_tx_count_desc(skb) > VX_TX_MAX_DESC_TSO)
			features &= ~NETIF_F_GSO_MASK;
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		u32 start = skb_checksum_start_offset(skb);

		if (!vx_tx_csum_is_known(skb) ||
		    !vx_tx_csum_fits(start, start + skb->csum_offset, skb->len))
			features &= ~NETIF_F_CSUM_MASK;
	}
	return features;
}
