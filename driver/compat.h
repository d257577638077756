/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that knows that kernels differ. compat-probes.sh has asked
 * the kernel's headers; the rest of the driver uses what is defined here.
 */
#ifndef VX_COMPAT_H
#define VX_COMPAT_H

#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <net/devlink.h>

#include "compat-probes.h"

#ifdef VX_HAVE_PAGE_POOL_HELPERS
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

static inline void vx_compat_pool_owner(struct page_pool_params *params,
					struct net_device *netdev,
					struct napi_struct *napi,
					unsigned int queue)
{
#ifdef VX_HAVE_PAGE_POOL_NAPI
	params->napi = napi;
#endif
#ifdef VX_HAVE_PAGE_POOL_NETDEV
	params->netdev = netdev;
#endif
#ifdef VX_HAVE_PAGE_POOL_QUEUE
	params->queue_idx = queue;
#endif
}

static inline void vx_compat_xdp_advertise(struct net_device *netdev)
{
#ifdef VX_HAVE_XDP_FEATURES
	netdev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			       NETDEV_XDP_ACT_NDO_XMIT;
#endif
}

static inline void vx_compat_xdp_warn(struct net_device *netdev,
				      struct bpf_prog *prog, u32 act)
{
#ifdef VX_HAVE_XDP_WARN_DEV
	bpf_warn_invalid_xdp_action(netdev, prog, act);
#else
	bpf_warn_invalid_xdp_action(act);
#endif
}

#ifndef VX_HAVE_QUEUE_NAPI
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

static inline void netif_queue_set_napi(struct net_device *dev,
					unsigned int queue_index,
					enum netdev_queue_type type,
					struct napi_struct *napi)
{
}
#endif

/* Nothing that came before is still held back by GRO, be it merged or just queued */
static inline bool vx_compat_gro_is_empty(const struct napi_struct *napi)
{
#ifdef VX_HAVE_GRO_NODE
	return !napi->gro.bitmask && !napi->gro.rx_count;
#else
	return !napi->gro_bitmask && !napi->rx_count;
#endif
}

#ifndef VX_HAVE_NAPI_IRQ
static inline void netif_napi_set_irq(struct napi_struct *napi, int irq)
{
}
#endif

static inline void vx_compat_napi_add(struct net_device *netdev,
				      struct napi_struct *napi,
				      int (*poll)(struct napi_struct *, int))
{
#ifdef VX_HAVE_NAPI_ADD_3
	netif_napi_add(netdev, napi, poll);
#else
	netif_napi_add(netdev, napi, poll, NAPI_POLL_WEIGHT);
#endif
}

static inline void vx_compat_timer_init(struct hrtimer *timer,
					enum hrtimer_restart (*fn)(struct hrtimer *))
{
#ifdef VX_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
	timer->function = fn;
#endif
}

static inline int vx_compat_devlink_driver(struct devlink_info_req *req,
					   const char *name)
{
#ifdef VX_HAVE_DEVLINK_DRIVER_NAME
	return devlink_info_driver_name_put(req, name);
#else
	return 0;	/* the core does it */
#endif
}

/* The grace period of a reporter: an argument once, then one of its operations */
#ifdef VX_HAVE_DEVLINK_PERIOD_MEMBER
#define VX_COMPAT_REPORTER_GRACE(ms) .default_graceful_period = (ms),
#else
#define VX_COMPAT_REPORTER_GRACE(ms)
#endif

static inline struct devlink_health_reporter *
vx_compat_reporter_create(struct devlink *devlink,
			  const struct devlink_health_reporter_ops *ops,
			  u64 grace_ms, void *priv)
{
#ifdef VX_HAVE_DEVLINK_PERIOD_ARG
	return devlink_health_reporter_create(devlink, ops, grace_ms, priv);
#else
	return devlink_health_reporter_create(devlink, ops, priv);
#endif
}

#endif
