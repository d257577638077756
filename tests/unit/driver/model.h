/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A strict model of the device's side of the rings.
 *
 * It sees memory as badly as the device may: a plain store of the driver reaches it only with the next write barrier,
 * a store through WRITE_ONCE at once. In the other direction the generation of a completion arrives before its
 * content, which is there only after the driver's read barrier. Whatever becomes visible is looked at immediately,
 * doorbell or not. The first broken rule is kept in `fault`.
 */
#ifndef DS_MODEL_H
#define DS_MODEL_H

#include "hw.h"

#define MODEL_RING_MAX    4096
#define MODEL_PACKETS_MAX 4096

struct model_packet {
	u32 first;
	u32 last;
	u32 count;
	u32 bytes;
	u32 d2; /* of its first descriptor */
	u32 d3;
	u64 addr[VX_TX_MAX_DESC_TSO];
	u32 len[VX_TX_MAX_DESC_TSO];
};

struct model_tx {
	const struct vx_hw_txd *ring;
	struct vx_hw_txc *comp;
	u32 size;
	struct vx_hw_txd seen[MODEL_RING_MAX];
	bool is_busy[MODEL_RING_MAX]; /* taken by the device, not completed */
	u32 next;
	u32 gen;
	u32 comp_next;
	u32 comp_gen;
	/* consumed, the oldest first; completed ones are removed */
	struct model_packet packet[MODEL_PACKETS_MAX];
	u32 packets;
	u64 consumed;
};

struct model_rx_ring {
	const struct vx_hw_rxd *ring;
	u32 size;
	bool is_body;
	struct vx_hw_rxd seen[MODEL_RING_MAX];
	u32 next;
	u32 gen;
};

struct model_rx {
	struct model_rx_ring ring[2];
	struct vx_hw_rxc *comp;
	u32 comp_size;
	u32 comp_next;
	u32 comp_gen;
	u32 queues;
	u32 queue;
};

extern const char *model_fault;

void model_forget(void);
void model_tx_attach(struct model_tx *m, const struct vx_hw_txd *ring, struct vx_hw_txc *comp, u32 size);
void model_rx_attach(struct model_rx *m, const struct vx_hw_rxd *heads, u32 head_count, const struct vx_hw_rxd *bodies,
	u32 body_count, struct vx_hw_rxc *comp, u32 comp_count, u32 queue, u32 queues);

/* Completes the oldest packet; false if there is none. */
bool model_tx_complete(struct model_tx *m);
/* One completion for all packets up to the one @newest places after the oldest. */
bool model_tx_complete_through(struct model_tx *m, u32 newest);
/* A completion that no device should write. */
void model_tx_lie(struct model_tx *m, u32 index);

u32 model_rx_armed(const struct model_rx *m, int ring);
/* Takes @skip descriptors without using them. */
void model_rx_skip(struct model_rx *m, int ring, u32 skip);
/* A packet of @len bytes over as many buffers as it takes: false if there are too few, and nothing happens. */
bool model_rx_deliver(struct model_rx *m, u32 len, u32 d0, u32 hash, u32 d2, u32 d3);
/* One buffer of @ring with a completion of these words (index, ring and generation are filled in). */
bool model_rx_buffer(struct model_rx *m, int ring, u32 d0, u32 hash, u32 d2, u32 d3);
/* Any completion at all. */
void model_rx_lie(struct model_rx *m, u32 d0, u32 d2, u32 d3);

#endif
