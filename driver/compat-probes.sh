#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes a header that says what the kernel offers. Distributions port interfaces back, so
# versions say little: each question is a few lines of C that compile or do not.
# usage: compat-probes.sh HEADER COMPILER [FLAGS...]
set -eu
header=$1
shift

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

compiles()
{
	"$@" -DKBUILD_MODNAME='"probe"' -DKBUILD_BASENAME='"probe"' \
		-Werror -Wno-unused-function -Wno-missing-prototypes -Wno-missing-declarations \
		-fsyntax-only "$dir/probe.c" >"$dir/log" 2>&1
}

# If this does not compile, no answer means anything.
printf '#include <linux/module.h>\n#include <linux/netdevice.h>\n' >"$dir/probe.c"
compiles "$@" || { cat "$dir/log" >&2; exit 1; }

{
	echo '/* Written by compat-probes.sh */'
	name=
	while IFS= read -r line; do
		case $line in
		'== '*)
			name=${line#== }
			: >"$dir/probe.c"
			;;
		'')
			if [ -n "$name" ] && compiles "$@"; then
				echo "#define $name 1"
			fi
			name=
			;;
		*)
			printf '%s\n' "$line" >>"$dir/probe.c"
			;;
		esac
	done <<-'PROBES'
	== VX_HAVE_PAGE_POOL_HELPERS
	#include <net/page_pool/helpers.h>

	== VX_HAVE_PAGE_POOL_NAPI
	#include <linux/netdevice.h>
	#include <net/page_pool/helpers.h>
	struct napi_struct *f(struct page_pool_params *p) { return p->napi; }

	== VX_HAVE_PAGE_POOL_NETDEV
	#include <linux/netdevice.h>
	#include <net/page_pool/helpers.h>
	struct net_device *f(struct page_pool_params *p) { return p->netdev; }

	== VX_HAVE_PAGE_POOL_QUEUE
	#include <linux/netdevice.h>
	#include <net/page_pool/helpers.h>
	unsigned int f(struct page_pool_params *p) { return p->queue_idx; }

	== VX_HAVE_RXFH_PARAM
	#include <linux/ethtool.h>
	int f(struct net_device *d, struct ethtool_rxfh_param *p);
	const struct ethtool_ops ops = { .get_rxfh = f };

	== VX_HAVE_RXFH_FIELDS
	#include <linux/ethtool.h>
	int f(struct net_device *d, struct ethtool_rxfh_fields *p);
	const struct ethtool_ops ops = { .get_rxfh_fields = f };

	== VX_HAVE_XDP_FEATURES
	#include <linux/netdevice.h>
	void f(struct net_device *d) { d->xdp_features = NETDEV_XDP_ACT_BASIC; }

	== VX_HAVE_XDP_WARN_DEV
	#include <linux/filter.h>
	void f(struct net_device *d, struct bpf_prog *p) { bpf_warn_invalid_xdp_action(d, p, 0); }

	== VX_HAVE_QUEUE_NAPI
	#include <linux/netdevice.h>
	void f(struct net_device *d) { netif_queue_set_napi(d, 0, NETDEV_QUEUE_TYPE_RX, NULL); }

	== VX_HAVE_GRO_NODE
	#include <linux/netdevice.h>
	int f(struct napi_struct *n) { return n->gro.bitmask || n->gro.rx_count; }

	== VX_HAVE_NAPI_IRQ
	#include <linux/netdevice.h>
	void f(struct napi_struct *n) { netif_napi_set_irq(n, 1); }

	== VX_HAVE_NAPI_ADD_3
	#include <linux/netdevice.h>
	void f(struct net_device *d, struct napi_struct *n) { netif_napi_add(d, n, NULL); }

	== VX_HAVE_HRTIMER_SETUP
	#include <linux/hrtimer.h>
	void f(struct hrtimer *t) { hrtimer_setup(t, NULL, CLOCK_MONOTONIC, HRTIMER_MODE_REL); }

	== VX_HAVE_DEVLINK_DRIVER_NAME
	#include <net/devlink.h>
	int f(struct devlink_info_req *r) { return devlink_info_driver_name_put(r, ""); }

	== VX_HAVE_DEVLINK_PERIOD_ARG
	#include <net/devlink.h>
	void *f(struct devlink *d) { return devlink_health_reporter_create(d, NULL, 0, NULL); }

	== VX_HAVE_DEVLINK_PERIOD_MEMBER
	#include <net/devlink.h>
	const struct devlink_health_reporter_ops f = { .default_graceful_period = 1 };

	PROBES
} >"$header.tmp"
mv "$header.tmp" "$header"
