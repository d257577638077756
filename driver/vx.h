/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VX_H
#define VX_H

#include <linux/bitmap.h>
#ifdef VX_TEST_KNOBS
#include <linux/debugfs.h>
#endif
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/seqlock.h>
#include <linux/workqueue.h>
#include <net/xdp.h>

#include "compat.h"
#include "counters.h"
#include "hw.h"
#include "plan.h"
#include "rxring.h"
#include "txring.h"

#define VX_NAME			"vmxnet3"
#define VX_VERSION		"2.0.0"
#define VX_VERSION_NUMBER	0x02000000

#define VX_TX_SIZE_DEFAULT	512
#define VX_TX_SIZE_MIN		64
#define VX_RX_SIZE_DEFAULT	1024
#define VX_BODY_SIZE_DEFAULT	512
/* Ring 1 while a frame fits into one buffer */
#define VX_BODY_SIZE_IDLE	VX_RING_SIZE_MIN
/*
 * Armed there then, for the rest of a frame that is larger than the MTU: it is
 * dropped, and the ring should not look as if memory had run out. One more would
 * cost 64 pages, which is what a page pool takes at a time.
 */
#define VX_BODIES_IDLE		1
#define VX_TX_USECS_DEFAULT	200
#define VX_TX_USECS_MAX		1000
#define VX_RX_COPYBREAK		256
#define VX_MAC_TABLE_MAX	512
#define VX_TX_STOP_ROOM		VX_TX_MAX_DESC_TSO
#define VX_WATCHDOG		(5 * HZ)

struct vx_dev;

struct vx_dma {
	void *vaddr;
	dma_addr_t addr;
	size_t size;
};

struct vx_txq {
	struct vx_tx_ring ring;
	struct vx_dev *dev;
	struct vx_channel *channel;
	struct netdev_queue *nq;
	struct vx_counters *send;
	void __iomem *doorbell;
	struct vx_hw_txq *hw;
	u8 *data;
	dma_addr_t data_addr;
	u32 data_slot;
	u32 wake_room;
	u32 index;
	bool is_broken;		/* nothing more is believed until a reset */
	u32 xdp_posted;		/* frames of XDP; written by the sender */
	u32 xdp_reaped;		/* the same by the reaper */
	u32 watch_reaped;	/* where vx_watch_work() found it last */
	u32 watch_strikes;	/* how often in a row */
	struct vx_counters *reap;
	struct vx_dma desc_mem;
	struct vx_dma comp_mem;
	struct vx_dma data_mem;
};

struct vx_rxq {
	struct vx_rx_core core;
	struct vx_dev *dev;
	struct vx_channel *channel;
	struct page_pool *pool;
	struct sk_buff *skb;	/* what core.packet is about */
	struct vx_counters *recv;
	struct vx_hw_rxq *hw;
	void __iomem *doorbell[VX_RX_RINGS];
	struct vx_rx_layout layout;
	enum dma_data_direction dma_dir;
	u32 index;
	u32 xdp_pending;
	bool is_broken;
	bool is_starved;	/* the last refill found no memory */
	struct xdp_rxq_info xdp;
	struct vx_dma desc_mem[VX_RX_RINGS];
	struct vx_dma comp_mem;
};

#define VX_CHANNEL_ARMED	0	/* somebody will wake up the poll */

/* An interrupt vector and the poll that it starts */
struct vx_channel {
	struct napi_struct napi;
	struct vx_dev *dev;
	struct vx_txq *tx;	/* either may be missing */
	struct vx_rxq *rx;
	void __iomem *imr;
	unsigned long flags;
	struct hrtimer timer;
	u32 vector;
	bool is_lazy;		/* asks for interrupts only when it must wait */
	bool has_events;
	bool has_irq;
	char name[IFNAMSIZ + 16];
};

/* What ethtool, MTU and XDP can change, by building a new set of queues */
struct vx_config {
	u32 pairs;
	u32 tx_size;
	u32 rx_size;
	u32 body_size;
	u32 mtu;
	bool has_xdp;
};

/* All queues of one configuration, whether the device knows them or not */
struct vx_set {
	struct vx_dev *dev;
	struct vx_config config;
	struct vx_vector_plan plan;
	u32 channel_count;
	bool has_event_irq;
	struct vx_channel *channel;
	struct vx_txq *txq;
	struct vx_rxq *rxq;
};

/* All memory that the device reads at its leisure, in one piece */
struct vx_area {
	struct vx_hw_shared shared;
	u8 queue_table[sizeof(struct vx_hw_txq) * (VX_MAX_TXQ + VX_MAX_RXQ)]
		__aligned(VX_QUEUE_TABLE_ALIGN);
	struct vx_hw_rss rss __aligned(8);
	struct vx_hw_pm pm __aligned(8);
	struct vx_hw_coalesce coalesce __aligned(16);
	u8 mac_table[VX_MAC_TABLE_MAX][ETH_ALEN] __aligned(8);
};

static_assert(offsetof(struct vx_area, queue_table) % VX_QUEUE_TABLE_ALIGN == 0);

enum vx_reset_cause {
	VX_RESET_TX_TIMEOUT,
	VX_RESET_TX_PROTOCOL,
	VX_RESET_RX_PROTOCOL,
	VX_RESET_TX_STOPPED,
	VX_RESET_RX_STOPPED,
	VX_RESET_RETRY,
	VX_RESET_CAUSE_COUNT
};

#define VX_FLAG_RUNNING		0	/* the data path is live */
#define VX_FLAG_DEAD		1	/* an activation failed, a retry is due */
#define VX_FLAG_REMOVING	2
#define VX_FLAG_UNHEALTHY	3	/* the health reporter was left in error */
#define VX_FLAG_LEFT		4	/* and leaves the reset to a person */

struct vx_dev {
	struct net_device *netdev;
	struct pci_dev *pdev;
	void __iomem *doorbells;
	void __iomem *control;
	unsigned long flags;
	bool is_enabled;	/* as far as it was us who enabled it */
	struct vx_txq *txq[VX_MAX_TXQ];
	struct bpf_prog __rcu *xdp_prog;
	struct vx_set *set;	/* NULL while closed */
	struct vx_config config;
	u32 tx_usecs;
	u32 rx_rate;		/* interrupts a second, 0 for no limit */
	u32 spread_pairs;	/* for how many work was last spread over processors */
	bool limits_rx;		/* the user has said so: else the host decides */

	u32 revision;
	u32 mask_mode;
	u32 vectors;
	u32 max_pairs;
	u32 tx_slot_size;
	u32 link_speed;
	u32 msg_enable;

	spinlock_t cmd_lock;	/* the command register and its arguments */
	struct vx_area *area;
	dma_addr_t area_addr;

	struct vx_rss_state rss;
	u32 rss_active;		/* VX_RSS_FIELD_* as the device has taken them */
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	bool filters_vlans;	/* the user may switch it off */
	u32 wake;
	struct vx_queue_stats *stats;
	seqlock_t hw_stats_lock;	/* hw_*_base and what stands below */
	bool has_hw_stats;	/* the device's counters come on top of the bases */
	unsigned long hw_stats_time;

	struct delayed_work reset_work;
	struct delayed_work watch_work;
	unsigned long reset_causes;
	u64 resets;
	u64 reset_failures;
	u64 tx_timeouts;
	u64 late_completions;
	u32 timeout_reaped[VX_MAX_TXQ];

	struct devlink *devlink;
	struct devlink_health_reporter *reporter;
#ifdef VX_TEST_KNOBS
	struct dentry *knobs;
	bool swallow_doorbells;
	u32 refuse_activations;	/* so many of the next ones fail */
	u32 fail_tx_mapping;	/* which one from now on fails: 1 is the next */
	u32 fail_rx_mapping;
	u32 needless_irqs;
	struct debugfs_blob_wrapper shown_rss;
#endif
};

static inline bool vx_is_running(const struct vx_dev *dev)
{
	return test_bit(VX_FLAG_RUNNING, &dev->flags);
}

/* device.c: registers, commands, activation */
int vx_device_negotiate(struct vx_dev *dev);
void vx_device_silence(struct vx_dev *dev);
void vx_device_quiesce(struct vx_dev *dev);
int vx_device_activate(struct vx_dev *dev, struct vx_set *set);
void vx_device_read_macs(struct vx_dev *dev, u8 *ret_current, u8 *ret_permanent);
void vx_device_write_mac(struct vx_dev *dev, const u8 *addr);
void vx_cmd(struct vx_dev *dev, u32 cmd);
void vx_cmd_if_running(struct vx_dev *dev, u32 cmd);
u32 vx_cmd_get(struct vx_dev *dev, u32 cmd);
u32 vx_cmd_with(struct vx_dev *dev, u32 cmd, const union vx_hw_cmd_arg *arg,
		bool has_result);
void vx_device_update_features(struct vx_dev *dev, netdev_features_t features);
bool vx_device_update_link(struct vx_dev *dev);
int vx_device_update_coalesce(struct vx_dev *dev);
u32 vx_device_read_rx_rate(struct vx_dev *dev);
bool vx_device_is_present(struct vx_dev *dev);
struct vx_hw_txq *vx_hw_txq(struct vx_dev *dev, u32 index);
struct vx_hw_rxq *vx_hw_rxq(struct vx_dev *dev, u32 pairs, u32 index);

/* irq.c */
int vx_irq_alloc_vectors(struct vx_dev *dev);
void vx_irq_free_vectors(struct vx_dev *dev);
int vx_irq_request(struct vx_dev *dev, struct vx_set *set);
void vx_irq_release(struct vx_dev *dev, struct vx_set *set);
void vx_irq_mask_all(struct vx_dev *dev);
void vx_irq_unmask_all(struct vx_dev *dev, struct vx_set *set);
int vx_channel_poll(struct napi_struct *napi, int budget);
enum hrtimer_restart vx_channel_timer(struct hrtimer *timer);
void vx_channel_expect_tx(struct vx_channel *ch, bool is_stopped);
void vx_channel_retry(struct vx_channel *ch);

/* queues.c: sets of queues */
int vx_set_create(struct vx_dev *dev, const struct vx_config *config,
		  struct vx_set **ret_set);
void vx_set_destroy(struct vx_set *set);
int vx_dma_alloc(struct vx_dev *dev, struct vx_dma *mem, size_t size);
void vx_dma_free(struct vx_dev *dev, struct vx_dma *mem);

/* updown.c */
int vx_up(struct vx_dev *dev);
void vx_pause(struct vx_dev *dev);
void vx_down(struct vx_dev *dev);
int vx_reconfigure(struct vx_dev *dev, const struct vx_config *config);

/* tx_reap.c */
int vx_txq_create(struct vx_txq *txq, u32 size);
void vx_txq_destroy(struct vx_txq *txq);
void vx_txq_drain(struct vx_txq *txq);
bool vx_tx_clean(struct vx_txq *txq, int budget);

/* tx_shape.c */
netdev_features_t vx_features_check(struct sk_buff *skb,
				    struct net_device *netdev,
				    netdev_features_t features);

/* tx.c */
netdev_tx_t vx_start_xmit(struct sk_buff *skb, struct net_device *netdev);
void vx_tx_ring_doorbell(struct vx_txq *txq);
void vx_tx_stop_if_full(struct vx_txq *txq);

/* rxbufs.c */
int vx_rxq_create(struct vx_rxq *rxq, const struct vx_config *config);
void vx_rxq_destroy(struct vx_rxq *rxq);
void vx_rxq_drain(struct vx_rxq *rxq);
void vx_rxq_arm(struct vx_rxq *rxq);
void vx_rxq_announce(struct vx_rxq *rxq);
void vx_rx_refill(struct vx_rxq *rxq, gfp_t gfp);

/* rx.c */
int vx_rx_poll(struct vx_rxq *rxq, int budget);

/* xdp.c */
enum vx_xdp_verdict {
	VX_XDP_PASS,
	VX_XDP_KEEP,		/* dropped: the page stays in its slot */
	VX_XDP_TAKEN,		/* the page belongs to somebody else now */
};

int vx_bpf(struct net_device *netdev, struct netdev_bpf *bpf);
int vx_xdp_xmit(struct net_device *netdev, int n, struct xdp_frame **frames,
		u32 flags);
enum vx_xdp_verdict vx_xdp_run(struct vx_rxq *rxq, struct bpf_prog *prog,
			       struct xdp_buff *xdp);
void vx_xdp_flush(struct vx_rxq *rxq);
bool vx_xdp_mtu_fits(u32 mtu);

/* filters.c */
void vx_set_rx_mode(struct net_device *netdev);
int vx_vlan_add(struct net_device *netdev, __be16 proto, u16 vid);
int vx_vlan_kill(struct net_device *netdev, __be16 proto, u16 vid);
void vx_filters_fill_vlans(struct vx_dev *dev);
void vx_filters_apply(struct vx_dev *dev);
void vx_filters_update_vlans(struct vx_dev *dev);
int vx_set_mac_address(struct net_device *netdev, void *addr);

/* rss.c */
void vx_rss_init(struct vx_dev *dev);
void vx_rss_spread(struct vx_dev *dev, u32 queues);
u32 vx_rss_key_size(struct net_device *netdev);
u32 vx_rss_table_size(struct net_device *netdev);
#ifdef VX_HAVE_RXFH_PARAM
int vx_rss_get(struct net_device *netdev, struct ethtool_rxfh_param *rxfh);
int vx_rss_set(struct net_device *netdev, struct ethtool_rxfh_param *rxfh,
	       struct netlink_ext_ack *extack);
#else
int vx_rss_get(struct net_device *netdev, u32 *indir, u8 *key, u8 *hfunc);
int vx_rss_set(struct net_device *netdev, const u32 *indir, const u8 *key,
	       const u8 hfunc);
#endif
int vx_rss_get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info,
		     u32 *rules);
int vx_rss_set_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info);
#ifdef VX_HAVE_RXFH_FIELDS
int vx_rss_get_fields(struct net_device *netdev,
		      struct ethtool_rxfh_fields *fields);
int vx_rss_set_fields(struct net_device *netdev,
		      const struct ethtool_rxfh_fields *fields,
		      struct netlink_ext_ack *extack);
#endif
void vx_rss_apply_fields(struct vx_dev *dev);

/* stats.c */
void vx_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *s);
void vx_stats_begin(struct vx_dev *dev);
void vx_stats_fold(struct vx_dev *dev, struct vx_set *set);
int vx_stats_count(struct net_device *netdev, int sset);
void vx_stats_strings(struct net_device *netdev, u32 sset, u8 *data);
void vx_stats_values(struct net_device *netdev, struct ethtool_stats *stats,
		     u64 *data);

/* ethtool.c */
extern const struct ethtool_ops vx_ethtool_ops;

/* power.c */
extern const struct dev_pm_ops vx_pm_ops;
extern const struct pci_error_handlers vx_error_handlers;
bool vx_wake_is_possible(struct vx_dev *dev);

/* recovery.c: what to do when the device does not do its part */
void vx_tx_timeout(struct net_device *netdev, unsigned int queue);
void vx_events_collect(struct vx_dev *dev);
void vx_reset_request(struct vx_dev *dev, enum vx_reset_cause cause);
void vx_reset_work(struct work_struct *work);
void vx_watch_start(struct vx_dev *dev);
void vx_watch_stop(struct vx_dev *dev);
void vx_watch_work(struct work_struct *work);
int vx_reset(struct vx_dev *dev);
int vx_reset_locked(struct vx_dev *dev);
void vx_mark_dead(struct vx_dev *dev);
const char *vx_reset_cause_name(enum vx_reset_cause cause);
const char *vx_queue_error_name(u32 error);

/* devlink.c */
#if IS_ENABLED(CONFIG_NET_DEVLINK)
int vx_devlink_register(struct vx_dev *dev);
void vx_devlink_unregister(struct vx_dev *dev);
int vx_devlink_report(struct vx_dev *dev, char *what);
void vx_devlink_healthy(struct vx_dev *dev);
#else
static inline int vx_devlink_register(struct vx_dev *dev)
{
	return 0;
}

static inline void vx_devlink_unregister(struct vx_dev *dev)
{
}

static inline int vx_devlink_report(struct vx_dev *dev, char *what)
{
	netdev_warn(dev->netdev, "resetting: %s\n", what);
	return vx_reset_locked(dev);
}

static inline void vx_devlink_healthy(struct vx_dev *dev)
{
}
#endif

#include "knobs.h"

#endif
