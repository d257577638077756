/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VX_COUNTERS_H
#define VX_COUNTERS_H

#include <linux/u64_stats_sync.h>

#include "hw.h"

/* Counters with one writer at a time */
#define VX_COUNTERS_MAX		16

struct vx_counters {
	struct u64_stats_sync sync;
	u64_stats_t value[VX_COUNTERS_MAX];
};

enum vx_send_stat {
	VX_SEND_PACKETS,
	VX_SEND_BYTES,
	VX_SEND_TSO,
	VX_SEND_CSUM,
	VX_SEND_DOORBELLS,
	VX_SEND_REPEATED,
	VX_SEND_STOPS,
	VX_SEND_BUSY,
	VX_SEND_LINEARIZED,
	VX_SEND_DROPS,
	VX_SEND_MAP_ERRORS,
	VX_SEND_XDP_TX,
	VX_SEND_XDP_XMIT,
	VX_SEND_XDP_FULL,
	VX_SEND_XDP_BYTES,
	VX_SEND_COUNT
};

static_assert(VX_SEND_COUNT <= VX_COUNTERS_MAX);

enum vx_reap_stat {
	VX_REAP_PACKETS,
	VX_REAP_WAKES,
	VX_REAP_PROTOCOL,
	VX_REAP_COUNT
};

enum vx_recv_stat {
	VX_RECV_PACKETS,
	VX_RECV_BYTES,
	VX_RECV_CSUM,
	VX_RECV_DROPS,
	VX_RECV_NO_MEMORY,
	VX_RECV_ERRORS,
	VX_RECV_CRC,
	VX_RECV_ORDER,
	VX_RECV_LENGTH,
	VX_RECV_PROTOCOL,
	VX_RECV_XDP_PASS,
	VX_RECV_XDP_DROP,
	VX_RECV_XDP_TX,
	VX_RECV_XDP_REDIRECT,
	VX_RECV_XDP_ABORTED,
	VX_RECV_XDP_BYTES,	/* of what a program dropped, sent or redirected */
	VX_RECV_COUNT
};

static_assert(VX_RECV_COUNT <= VX_COUNTERS_MAX);

/* Lives as long as the device, so that no counter goes back */
struct vx_queue_stats {
	struct vx_counters send;
	struct vx_counters reap;
	struct vx_counters recv;
	u64 hw_tx_base[VX_HW_TX_STAT_COUNT];
	u64 hw_rx_base[VX_HW_RX_STAT_COUNT];
};

static inline void vx_count(struct vx_counters *c, unsigned int what, u64 n)
{
	u64_stats_update_begin(&c->sync);
	u64_stats_add(&c->value[what], n);
	u64_stats_update_end(&c->sync);
}

static inline u64 vx_counter_read(const struct vx_counters *c, unsigned int what)
{
	unsigned int start;
	u64 value;

	do {
		start = u64_stats_fetch_begin(&c->sync);
		value = u64_stats_read(&c->value[what]);
	} while (u64_stats_fetch_retry(&c->sync, start));
	return value;
}

#endif
