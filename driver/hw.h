/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the device and the driver share: registers, commands, the layout of
 * the shared memory and of the descriptors. No code, no kernel state: the
 * userspace model test includes this file as it is.
 */
#ifndef VX_HW_H
#define VX_HW_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define VX_PCI_VENDOR		0x15ad
#define VX_PCI_DEVICE		0x07b0

/* BAR 0: doorbells and interrupt masks, one register every 8 bytes */
#define VX_BAR_DOORBELL		0
#define VX_REG_IMR(i)		(0x000 + 8 * (i))
#define VX_REG_TXPROD(q)	(0x600 + 8 * (q))
#define VX_REG_RXPROD(q)	(0x800 + 8 * (q))
#define VX_REG_RXPROD2(q)	(0xa00 + 8 * (q))

/* BAR 1: control */
#define VX_BAR_CONTROL		1
#define VX_REG_VRRS		0x00
#define VX_REG_UVRS		0x08
#define VX_REG_DSAL		0x10
#define VX_REG_DSAH		0x18
#define VX_REG_CMD		0x20
#define VX_REG_MACL		0x28
#define VX_REG_MACH		0x30
#define VX_REG_ICR		0x38	/* a read clears it */
#define VX_REG_ECR		0x40

/* Commands without a result */
#define VX_CMD_ACTIVATE		0xcafe0000	/* this one has: 0 is success */
#define VX_CMD_QUIESCE		0xcafe0001
#define VX_CMD_RESET		0xcafe0002
#define VX_CMD_UPDATE_RX_MODE	0xcafe0003
#define VX_CMD_UPDATE_MAC_TABLE	0xcafe0004
#define VX_CMD_UPDATE_VLAN	0xcafe0005
#define VX_CMD_UPDATE_RSS_TABLE	0xcafe0006
#define VX_CMD_UPDATE_PM	0xcafe0008
#define VX_CMD_UPDATE_FEATURES	0xcafe0009
#define VX_CMD_SET_COALESCE	0xcafe000e	/* revision 3 */
#define VX_CMD_SET_RSS_FIELDS	0xcafe0010	/* revision 4 */

/* Commands whose result is read from the same register */
#define VX_CMD_GET_QUEUE_STATUS	0xf00d0000	/* result in the queue table */
#define VX_CMD_GET_STATS	0xf00d0001	/* result in the queue table */
#define VX_CMD_GET_LINK		0xf00d0002
#define VX_CMD_GET_PERM_MAC_LO	0xf00d0003
#define VX_CMD_GET_PERM_MAC_HI	0xf00d0004
#define VX_CMD_GET_INTR_CONF	0xf00d0008
#define VX_CMD_GET_TX_SLOT_SIZE	0xf00d000a	/* revision 3 */
#define VX_CMD_GET_COALESCE	0xf00d000b	/* revision 3 */
#define VX_CMD_GET_RSS_FIELDS	0xf00d000c	/* revision 4 */

#define VX_LINK_UP		BIT(0)
#define VX_LINK_SPEED_SHIFT	16

#define VX_INTR_TYPE_MASK	0x3
#define VX_INTR_TYPE_AUTO	0
#define VX_INTR_TYPE_INTX	1
#define VX_INTR_TYPE_MSI	2
#define VX_INTR_TYPE_MSIX	3
#define VX_INTR_MODE_SHIFT	2
#define VX_INTR_MODE_MASK	0x3
#define VX_INTR_MODE_AUTO	0	/* the device masks what it delivers */
#define VX_INTR_MODE_ACTIVE	1
#define VX_INTR_MODE_LAZY	2

/* Limits */
#define VX_REV_MAX		4	/* what this driver speaks */
#define VX_MAX_TXQ		8
#define VX_MAX_RXQ		8	/* the device takes 16, nobody needs them */
#define VX_MAX_VECTORS		25
#define VX_RING_BASE_ALIGN	512
#define VX_RING_SIZE_ALIGN	32
#define VX_RING_SIZE_MIN	32
#define VX_RING_SIZE_MAX	4096
#define VX_RX_COMP_SIZE_MAX	8192
#define VX_TX_DESC_MAX_LEN	16384
#define VX_RX_DESC_MAX_LEN	16383
#define VX_RX_HEAD_MIN_LEN	128
#define VX_TX_MAX_DESC		16
#define VX_TX_MAX_DESC_TSO	24
#define VX_TX_MAX_HLEN		1023	/* ten bits */
#define VX_TX_MAX_CSUM_OFFSET	1024
#define VX_TX_MAX_MSS		16383	/* fourteen bits */
#define VX_MTU_MIN		60
#define VX_MTU_MAX		9000
#define VX_TX_SLOT_DEFAULT	128
#define VX_TX_SLOT_MAX		2048
#define VX_TX_SLOT_ALIGN	64

#define VX_MAGIC		0xbabefee1
#define VX_GOS_64BIT		2
#define VX_GOS_32BIT		1
#define VX_GOS_LINUX		0x4

#define VX_FEATURE_RXCSUM	BIT(0)
#define VX_FEATURE_RSS		BIT(1)
#define VX_FEATURE_RXVLAN	BIT(2)

#define VX_RXMODE_UCAST		BIT(0)
#define VX_RXMODE_MCAST		BIT(1)
#define VX_RXMODE_BCAST		BIT(2)
#define VX_RXMODE_ALLMULTI	BIT(3)
#define VX_RXMODE_PROMISC	BIT(4)

#define VX_EVENT_RXQ_ERROR	BIT(0)
#define VX_EVENT_TXQ_ERROR	BIT(1)
#define VX_EVENT_LINK		BIT(2)
#define VX_EVENT_IMPL_CHANGE	BIT(3)
#define VX_EVENT_DEBUG		BIT(4)

#define VX_INTR_CTRL_DISABLE	BIT(0)
#define VX_CONF_VERSION		1

/* A configuration block that lives in memory of its own */
struct vx_hw_blockref {
	__le32 version;
	__le32 len;
	__le64 addr;
};

static_assert(sizeof(struct vx_hw_blockref) == 16);

union vx_hw_cmd_arg {
	struct vx_hw_blockref block;
	__le32 rss_fields;
};

static_assert(sizeof(union vx_hw_cmd_arg) == 16);

struct vx_hw_shared {
	__le32 magic;
	__le32 size;
	__le32 driver_version;
	__le32 gos;
	__le32 rev_supported;
	__le32 upt_supported;
	__le64 features;
	__le64 driver_data_addr;
	__le64 queue_table_addr;
	__le32 driver_data_len;
	__le32 queue_table_len;
	__le32 mtu;
	__le16 max_rx_sg;
	u8 num_txq;
	u8 num_rxq;
	u8 reserved0[16];
	u8 auto_mask;
	u8 num_vectors;
	u8 event_vector;
	u8 moderation[VX_MAX_VECTORS];
	__le32 intr_ctrl;
	u8 reserved1[8];
	__le32 rx_mode;
	__le16 mac_table_len;
	__le16 pad0;
	__le64 mac_table_addr;
	__le32 vlan[128];
	struct vx_hw_blockref rss;
	struct vx_hw_blockref pm;
	struct vx_hw_blockref plugin;
	__le32 events;		/* the device writes it, register ECR clears it */
	__le32 reserved2;
	union vx_hw_cmd_arg arg;
};

static_assert(offsetof(struct vx_hw_shared, features) == 24);
static_assert(offsetof(struct vx_hw_shared, queue_table_addr) == 40);
static_assert(offsetof(struct vx_hw_shared, queue_table_len) == 52);
static_assert(offsetof(struct vx_hw_shared, mtu) == 56);
static_assert(offsetof(struct vx_hw_shared, max_rx_sg) == 60);
static_assert(offsetof(struct vx_hw_shared, num_rxq) == 63);
static_assert(offsetof(struct vx_hw_shared, auto_mask) == 80);
static_assert(offsetof(struct vx_hw_shared, moderation) == 83);
static_assert(offsetof(struct vx_hw_shared, intr_ctrl) == 108);
static_assert(offsetof(struct vx_hw_shared, rx_mode) == 120);
static_assert(offsetof(struct vx_hw_shared, mac_table_addr) == 128);
static_assert(offsetof(struct vx_hw_shared, vlan) == 136);
static_assert(offsetof(struct vx_hw_shared, rss) == 648);
static_assert(offsetof(struct vx_hw_shared, pm) == 664);
static_assert(offsetof(struct vx_hw_shared, plugin) == 680);
static_assert(offsetof(struct vx_hw_shared, events) == 696);
static_assert(offsetof(struct vx_hw_shared, arg) == 704);
static_assert(sizeof(struct vx_hw_shared) == 720);

#define VX_QUEUE_TABLE_ALIGN	128
#define VX_HW_STATS_WORDS	10

struct vx_hw_txq {
	__le32 num_deferred;	/* the host clears it whenever it likes */
	__le32 threshold;
	__le64 reserved0;
	__le64 ring_addr;
	__le64 slot_addr;
	__le64 comp_addr;
	__le64 driver_data_addr;
	__le64 reserved1;
	__le32 ring_size;
	__le32 slot_count;
	__le32 comp_size;
	__le32 driver_data_len;
	u8 vector;
	u8 pad0;
	__le16 slot_size;
	u8 pad1[4];
	u8 stopped;
	u8 pad2[3];
	__le32 error;
	__le64 stats[VX_HW_STATS_WORDS];
	u8 pad3[88];
};

static_assert(offsetof(struct vx_hw_txq, ring_addr) == 16);
static_assert(offsetof(struct vx_hw_txq, slot_addr) == 24);
static_assert(offsetof(struct vx_hw_txq, comp_addr) == 32);
static_assert(offsetof(struct vx_hw_txq, ring_size) == 56);
static_assert(offsetof(struct vx_hw_txq, slot_count) == 60);
static_assert(offsetof(struct vx_hw_txq, comp_size) == 64);
static_assert(offsetof(struct vx_hw_txq, vector) == 72);
static_assert(offsetof(struct vx_hw_txq, slot_size) == 74);
static_assert(offsetof(struct vx_hw_txq, stopped) == 80);
static_assert(offsetof(struct vx_hw_txq, error) == 84);
static_assert(offsetof(struct vx_hw_txq, stats) == 88);
static_assert(sizeof(struct vx_hw_txq) == 256);

struct vx_hw_rxq {
	u8 wants_doorbell;
	u8 reserved0[15];
	__le64 ring_addr[2];
	__le64 comp_addr;
	__le64 driver_data_addr;
	__le64 data_addr;
	__le32 ring_size[2];
	__le32 comp_size;
	__le32 driver_data_len;
	u8 vector;
	u8 pad0;
	__le16 data_slot_size;
	u8 pad1[4];
	u8 stopped;
	u8 pad2[3];
	__le32 error;
	__le64 stats[VX_HW_STATS_WORDS];
	u8 pad3[88];
};

static_assert(offsetof(struct vx_hw_rxq, ring_addr) == 16);
static_assert(offsetof(struct vx_hw_rxq, comp_addr) == 32);
static_assert(offsetof(struct vx_hw_rxq, data_addr) == 48);
static_assert(offsetof(struct vx_hw_rxq, ring_size) == 56);
static_assert(offsetof(struct vx_hw_rxq, comp_size) == 64);
static_assert(offsetof(struct vx_hw_rxq, vector) == 72);
static_assert(offsetof(struct vx_hw_rxq, data_slot_size) == 74);
static_assert(offsetof(struct vx_hw_rxq, stopped) == 80);
static_assert(offsetof(struct vx_hw_rxq, error) == 84);
static_assert(offsetof(struct vx_hw_rxq, stats) == 88);
static_assert(sizeof(struct vx_hw_rxq) == 256);

/* Words of the statistics of a tx queue, and of an rx queue */
enum vx_hw_tx_stat {
	VX_HW_TX_TSO_PACKETS,
	VX_HW_TX_TSO_BYTES,
	VX_HW_TX_UCAST_PACKETS,
	VX_HW_TX_UCAST_BYTES,
	VX_HW_TX_MCAST_PACKETS,
	VX_HW_TX_MCAST_BYTES,
	VX_HW_TX_BCAST_PACKETS,
	VX_HW_TX_BCAST_BYTES,
	VX_HW_TX_ERRORS,
	VX_HW_TX_DISCARDS,
	VX_HW_TX_STAT_COUNT
};

static_assert(VX_HW_TX_STAT_COUNT == VX_HW_STATS_WORDS);

enum vx_hw_rx_stat {
	VX_HW_RX_LRO_PACKETS,
	VX_HW_RX_LRO_BYTES,
	VX_HW_RX_UCAST_PACKETS,
	VX_HW_RX_UCAST_BYTES,
	VX_HW_RX_MCAST_PACKETS,
	VX_HW_RX_MCAST_BYTES,
	VX_HW_RX_BCAST_PACKETS,
	VX_HW_RX_BCAST_BYTES,
	VX_HW_RX_NO_BUFFER,
	VX_HW_RX_ERRORS,
	VX_HW_RX_STAT_COUNT
};

static_assert(VX_HW_RX_STAT_COUNT == VX_HW_STATS_WORDS);

#define VX_RSS_HASH_IPV4	BIT(0)
#define VX_RSS_HASH_TCP_IPV4	BIT(1)
#define VX_RSS_HASH_IPV6	BIT(2)
#define VX_RSS_HASH_TCP_IPV6	BIT(3)
#define VX_RSS_FUNC_TOEPLITZ	1
#define VX_RSS_KEY_SIZE		40
#define VX_RSS_TABLE_SIZE	128

struct vx_hw_rss {
	__le16 hash_type;
	__le16 hash_func;
	__le16 key_size;
	__le16 table_size;
	u8 key[VX_RSS_KEY_SIZE];
	u8 table[VX_RSS_TABLE_SIZE];
};

static_assert(offsetof(struct vx_hw_rss, key) == 8);
static_assert(offsetof(struct vx_hw_rss, table) == 48);
static_assert(sizeof(struct vx_hw_rss) == 176);

/* Argument of SET_RSS_FIELDS, result of GET_RSS_FIELDS */
#define VX_RSS_FIELD_TCP_IPV4	BIT(0)
#define VX_RSS_FIELD_TCP_IPV6	BIT(1)
#define VX_RSS_FIELD_UDP_IPV4	BIT(2)
#define VX_RSS_FIELD_UDP_IPV6	BIT(3)
#define VX_RSS_FIELD_ESP_IPV4	BIT(4)
#define VX_RSS_FIELD_ESP_IPV6	BIT(5)

#define VX_PM_WAKE_MAGIC	BIT(0)
#define VX_PM_WAKE_FILTER	BIT(1)
#define VX_PM_MAX_FILTERS	6
#define VX_PM_MASK_SIZE		16
#define VX_PM_PATTERN_SIZE	128

struct vx_hw_pm_filter {
	u8 mask_size;
	u8 pattern_size;
	u8 mask[VX_PM_MASK_SIZE];	/* one bit for each byte of the pattern */
	u8 pattern[VX_PM_PATTERN_SIZE];
	u8 pad[6];
};

static_assert(sizeof(struct vx_hw_pm_filter) == 152);

struct vx_hw_pm {
	__le16 wake_events;
	u8 num_filters;
	u8 pad[5];
	struct vx_hw_pm_filter filter[VX_PM_MAX_FILTERS];
};

static_assert(offsetof(struct vx_hw_pm, filter) == 8);
static_assert(sizeof(struct vx_hw_pm) == 920);

#define VX_MODERATION_ADAPTIVE	8	/* 0 none, 1 to 7 more and more */

#define VX_COALESCE_DISABLED	0
#define VX_COALESCE_ADAPTIVE	1
#define VX_COALESCE_STATIC	2
#define VX_COALESCE_RATE	3
#define VX_COALESCE_RATE_MIN	100
#define VX_COALESCE_RATE_MAX	100000

struct vx_hw_coalesce {
	__le32 mode;
	__le32 arg[3];		/* rate, or tx depth, tx comp depth, rx depth */
};

static_assert(sizeof(struct vx_hw_coalesce) == 16);

/* Transmit descriptor */
struct vx_hw_txd {
	__le64 addr;
	__le32 d2;
	__le32 d3;
};

static_assert(sizeof(struct vx_hw_txd) == 16);

#define VX_TXD_LEN_MASK		0x3fff		/* 0 stands for 16384 */
#define VX_TXD_GEN		BIT(14)
#define VX_TXD_MSSCOF_SHIFT	18
#define VX_TXD_HLEN_MASK	0x3ff		/* from here on in d3 */
#define VX_TXD_OM_NONE		(0 << 10)
#define VX_TXD_OM_CSUM		(2 << 10)
#define VX_TXD_OM_TSO		(3 << 10)
#define VX_TXD_OM_MASK		(3 << 10)
#define VX_TXD_EOP		BIT(12)
#define VX_TXD_CQ		BIT(13)
#define VX_TXD_TAG		BIT(15)
#define VX_TXD_TCI_SHIFT	16

/* Transmit completion */
struct vx_hw_txc {
	__le32 d0;
	__le32 d1;
	__le32 d2;
	__le32 d3;
};

static_assert(sizeof(struct vx_hw_txc) == 16);

#define VX_TXC_INDEX_MASK	0xfff
#define VX_COMP_GEN		BIT(31)		/* d3 of either completion */

/* Receive descriptor */
struct vx_hw_rxd {
	__le64 addr;
	__le32 d2;
	__le32 d3;
};

static_assert(sizeof(struct vx_hw_rxd) == 16);

#define VX_RXD_LEN_MASK		0x3fff
#define VX_RXD_BODY		BIT(14)
#define VX_RXD_GEN		BIT(31)

/* Receive completion */
struct vx_hw_rxc {
	__le32 d0;
	__le32 hash;
	__le32 d2;
	__le32 d3;
};

static_assert(sizeof(struct vx_hw_rxc) == 16);

#define VX_RXC_INDEX_MASK	0xfff		/* d0 */
#define VX_RXC_INNER		GENMASK(13, 12)	/* what it says is of inner headers */
#define VX_RXC_EOP		BIT(14)
#define VX_RXC_SOP		BIT(15)
#define VX_RXC_RQID_SHIFT	16
#define VX_RXC_RQID_MASK	0x3ff
#define VX_RXC_RSS_SHIFT	26
#define VX_RXC_RSS_MASK		0xf
#define VX_RXC_NO_CSUM		BIT(30)
#define VX_RXC_LEN_MASK		0x3fff		/* d2 */
#define VX_RXC_ERROR		BIT(14)
#define VX_RXC_TAG		BIT(15)
#define VX_RXC_TCI_SHIFT	16
#define VX_RXC_L4_OK		BIT(16)		/* d3 */
#define VX_RXC_UDP		BIT(17)
#define VX_RXC_TCP		BIT(18)
#define VX_RXC_IP_OK		BIT(19)
#define VX_RXC_IPV6		BIT(20)
#define VX_RXC_IPV4		BIT(21)
#define VX_RXC_FRAGMENT		BIT(22)
#define VX_RXC_FCS_OK		BIT(23)
#define VX_RXC_TYPE_SHIFT	24
#define VX_RXC_TYPE_MASK	0x7f
#define VX_RXC_TYPE_LRO		4

#endif
