/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions that need no device: how vectors are shared out, how a frame is
 * cut into buffers, which bits and blocks go into the shared memory.
 */
#ifndef VX_PLAN_H
#define VX_PLAN_H

#include "hw.h"

enum vx_vector_mode {
	VX_VECTORS_SPLIT,	/* one for each rx queue, one for each tx queue */
	VX_VECTORS_PAIRED,	/* one for each pair of queues */
	VX_VECTORS_SINGLE,	/* one for everything */
};

struct vx_vector_plan {
	enum vx_vector_mode mode;
	u32 pairs;
	u32 count;		/* vectors in use, that of events included */
	u32 event;
};

struct vx_rx_layout {
	u32 headroom;
	u32 head_len;
	u32 body_len;
	u32 bodies;		/* of a frame of full length */
};

struct vx_rss_state {
	u8 key[VX_RSS_KEY_SIZE];
	u8 table[VX_RSS_TABLE_SIZE];
	u32 fields;		/* VX_RSS_FIELD_*, revision 4 */
};

struct vx_wake_request {
	bool magic;
	bool unicast;
	bool arp;
	u8 mac[6];
	u8 ipv4[4];		/* of the ARP requests to wake up for */
};

struct vx_vector_plan vx_plan_vectors(u32 available, u32 wanted_pairs);
void vx_plan_rx_layout(u32 mtu, u32 headroom, u32 tailroom, u32 page_size,
		       struct vx_rx_layout *ret_layout);
u32 vx_plan_rx_mode(unsigned int iff_flags, u32 multicast_count,
		    u32 multicast_max);
void vx_plan_rss(struct vx_hw_rss *rss, const struct vx_rss_state *state,
		 u32 queues);
void vx_plan_wake(struct vx_hw_pm *pm, const struct vx_wake_request *request);
u32 vx_plan_tx_slot_size(u32 reported);

#endif
