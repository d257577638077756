// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver and version over netlink, and the health of transmission. The order
 * of locks is devlink's before RTNL.
 */
#include <linux/rtnetlink.h>

#include "vx.h"

/* A device that fails at once after each reset must not have RTNL all the time */
#define VX_GRACE_MS	1000

struct vx_devlink {
	struct vx_dev *dev;
};

static int vx_devlink_info(struct devlink *devlink, struct devlink_info_req *req,
			   struct netlink_ext_ack *extack)
{
	struct vx_devlink *priv = devlink_priv(devlink);
	char revision[12];
	int err;

	err = vx_compat_devlink_driver(req, VX_NAME);
	if (err)
		return err;
	snprintf(revision, sizeof(revision), "%u", priv->dev->revision);
	err = devlink_info_version_fixed_put(req, "hw.revision", revision);
	if (err)
		return err;
	return devlink_info_version_running_put(req, "driver", VX_VERSION);
}

static const struct devlink_ops vx_devlink_ops = {
	.info_get = vx_devlink_info,
};

static void vx_health_put_txq(struct devlink_fmsg *fmsg, struct vx_dev *dev, u32 i)
{
	const struct vx_txq *txq = &dev->set->txq[i];
	const struct vx_tx_ring *r = &txq->ring;
	const struct vx_hw_txq *hw = vx_hw_txq(dev, i);

	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "queue", i);
	devlink_fmsg_u32_pair_put(fmsg, "size", r->size);
	devlink_fmsg_u32_pair_put(fmsg, "fill", READ_ONCE(r->fill));
	devlink_fmsg_u32_pair_put(fmsg, "generation", !!r->gen);
	devlink_fmsg_u32_pair_put(fmsg, "reaped", READ_ONCE(r->reaped));
	devlink_fmsg_u32_pair_put(fmsg, "next completion", READ_ONCE(r->comp_next));
	devlink_fmsg_bool_pair_put(fmsg, "completion waiting",
				   vx_tx_ring_has_completion(r));
	devlink_fmsg_u32_pair_put(fmsg, "without doorbell", READ_ONCE(r->deferred));
	devlink_fmsg_bool_pair_put(fmsg, "stack stopped", netif_xmit_stopped(txq->nq));
	devlink_fmsg_u32_pair_put(fmsg, "interrupt mask",
				  readl(txq->channel->imr) & 1);
	devlink_fmsg_u32_pair_put(fmsg, "device threshold",
				  le32_to_cpu(hw->threshold));
	devlink_fmsg_u32_pair_put(fmsg, "device deferred",
				  le32_to_cpu(hw->num_deferred));
	devlink_fmsg_bool_pair_put(fmsg, "device stopped", hw->stopped);
	devlink_fmsg_string_pair_put(fmsg, "device error",
				     vx_queue_error_name(le32_to_cpu(hw->error)));
	devlink_fmsg_obj_nest_end(fmsg);
}

static int vx_health_put(struct vx_dev *dev, struct devlink_fmsg *fmsg)
{
	u32 i;

	rtnl_lock();
	devlink_fmsg_u64_pair_put(fmsg, "resets", dev->resets);
	devlink_fmsg_u64_pair_put(fmsg, "reset failures", dev->reset_failures);
	devlink_fmsg_u64_pair_put(fmsg, "tx timeouts", dev->tx_timeouts);
	devlink_fmsg_u64_pair_put(fmsg, "late completions", dev->late_completions);
	devlink_fmsg_arr_pair_nest_start(fmsg, "tx queues");
	if (vx_is_running(dev)) {
		vx_cmd(dev, VX_CMD_GET_QUEUE_STATUS);
		for (i = 0; i < dev->config.pairs; i++)
			vx_health_put_txq(fmsg, dev, i);
	}
	devlink_fmsg_arr_pair_nest_end(fmsg);
	rtnl_unlock();
	return 0;
}

static int vx_health_diagnose(struct devlink_health_reporter *reporter,
			      struct devlink_fmsg *fmsg,
			      struct netlink_ext_ack *extack)
{
	return vx_health_put(devlink_health_reporter_priv(reporter), fmsg);
}

static int vx_health_dump(struct devlink_health_reporter *reporter,
			  struct devlink_fmsg *fmsg, void *priv_ctx,
			  struct netlink_ext_ack *extack)
{
	return vx_health_put(devlink_health_reporter_priv(reporter), fmsg);
}

/* @priv_ctx is what vx_devlink_report() was told, NULL when a person asks */
static int vx_health_recover(struct devlink_health_reporter *reporter,
			     void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct vx_dev *dev = devlink_health_reporter_priv(reporter);

	netdev_warn(dev->netdev, "resetting: %s\n",
		    priv_ctx ? (const char *)priv_ctx : "asked for by devlink");
	return vx_reset_locked(dev);
}

static const struct devlink_health_reporter_ops vx_health_ops = {
	.name = "tx",
	.recover = vx_health_recover,
	.dump = vx_health_dump,
	.diagnose = vx_health_diagnose,
	VX_COMPAT_REPORTER_GRACE(VX_GRACE_MS)
};

/* -ECANCELED: nothing was recovered, the reporter wants no more of it now */
int vx_devlink_report(struct vx_dev *dev, char *what)
{
	return devlink_health_report(dev->reporter, what, what);
}

/* A recovery that failed at first came to a good end after all */
void vx_devlink_healthy(struct vx_dev *dev)
{
	devlink_health_reporter_state_update(dev->reporter,
					     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}

int vx_devlink_register(struct vx_dev *dev)
{
	struct devlink *devlink = devlink_alloc(&vx_devlink_ops,
						sizeof(struct vx_devlink),
						&dev->pdev->dev);
	struct vx_devlink *priv;
	int err;

	if (!devlink)
		return -ENOMEM;
	priv = devlink_priv(devlink);
	priv->dev = dev;
	dev->devlink = devlink;
	dev->reporter = vx_compat_reporter_create(devlink, &vx_health_ops,
						  VX_GRACE_MS, dev);
	if (IS_ERR(dev->reporter)) {
		err = PTR_ERR(dev->reporter);
		dev->reporter = NULL;
		devlink_free(devlink);
		return err;
	}
	devlink_register(devlink);
	return 0;
}

void vx_devlink_unregister(struct vx_dev *dev)
{
	devlink_unregister(dev->devlink);
	devlink_health_reporter_destroy(dev->reporter);
	devlink_free(dev->devlink);
}
