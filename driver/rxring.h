/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive rings of one queue: ring 0 holds the heads of packets, ring 1 the
 * continuations, one completion ring serves both. Pure arithmetic on memory,
 * like txring.h.
 *
 * A slot keeps its buffer until somebody takes it. Buffers that the device
 * skipped, or that belonged to a packet which was thrown away, are simply
 * still there when the ring is filled again, and are handed over once more.
 * Without memory those in later slots move up to where one is missing.
 *
 * What the device says is not trusted: an impossible completion is -EPROTO
 * and the queue is reset, an impossible packet is dropped and counted.
 */
#ifndef VX_RXRING_H
#define VX_RXRING_H

#include "txring.h"

#define VX_RX_RINGS	2
#define VX_RX_HEADS	0
#define VX_RX_BODIES	1

struct vx_rx_slot {
	void *buf;		/* NULL: taken */
	u64 addr;
};

struct vx_rx_ring {
	struct vx_hw_rxd *desc;
	struct vx_rx_slot *slot;
	u32 size;
	u32 unused;		/* so many slots are never handed over */
	u32 flags;		/* length and type of each descriptor */
	u32 stage;		/* next slot to write */
	u32 fill;		/* next slot to hand over; stage when all are */
	u32 gen;		/* generation of that one: VX_RXD_GEN or 0 */
	u32 done;		/* next slot that the device should complete */
};

/* The packet that is being put together: survives the end of a poll */
struct vx_rx_packet {
	bool is_open;		/* its head was taken, its end not yet seen */
	bool is_skipped;	/* thrown away up to its end */
	u32 bufs;
};

struct vx_rx_core {
	struct vx_rx_ring ring[VX_RX_RINGS];
	struct vx_rx_packet packet;
	struct vx_hw_rxc *comp;
	u32 comp_size;
	u32 comp_next;
	u32 comp_gen;		/* VX_COMP_GEN or 0 */
	u32 rqid[VX_RX_RINGS];
	u32 max_bufs;		/* of a packet */
};

/* One completion, decoded as far as rings and packets need it */
struct vx_rx_done {
	u32 ring;
	u32 index;
	u32 len;
	u32 d0;
	u32 hash;
	u32 d2;
	u32 d3;
};

enum vx_rx_action {
	VX_RX_KEEP,		/* the buffer stays in its slot */
	VX_RX_HEAD,		/* take it, it starts a packet */
	VX_RX_BODY,		/* take it, it continues the packet */
};

enum vx_rx_fault {
	VX_RX_FAULT_NONE,
	VX_RX_FAULT_DEVICE,	/* the device marked the packet as bad */
	VX_RX_FAULT_CRC,	/* the same, because of the frame's checksum */
	VX_RX_FAULT_ORDER,	/* start or end missing, or on the wrong ring */
	VX_RX_FAULT_LENGTH,	/* longer than the buffer, or too many buffers */
	VX_RX_FAULT_COUNT
};

struct vx_rx_step {
	enum vx_rx_action action;
	enum vx_rx_fault fault;
	bool drops_partial;	/* what was taken of a packet is void */
	bool completes;		/* the packet is whole after this buffer */
};

static inline void vx_rx_ring_reset(struct vx_rx_ring *r)
{
	memset(r->desc, 0, sizeof(*r->desc) * r->size);
	r->stage = 0;
	r->fill = 0;
	r->gen = VX_RXD_GEN;
	r->done = 0;
}

/* Forgets everything but the buffers in the slots */
static inline void vx_rx_core_reset(struct vx_rx_core *c)
{
	vx_rx_ring_reset(&c->ring[VX_RX_HEADS]);
	vx_rx_ring_reset(&c->ring[VX_RX_BODIES]);
	memset(c->comp, 0, sizeof(*c->comp) * c->comp_size);
	memset(&c->packet, 0, sizeof(c->packet));
	c->comp_next = 0;
	c->comp_gen = VX_COMP_GEN;
}

static inline u32 vx_rx_ring_armed(const struct vx_rx_ring *r)
{
	return vx_ring_distance(r->done, r->fill, r->size);
}

/* Slots that are ours but for one, which stays back: full must not look like empty */
static inline u32 vx_rx_ring_free(const struct vx_rx_ring *r)
{
	return r->size - 1 - vx_ring_distance(r->done, r->stage, r->size);
}

/* Slots that may be staged */
static inline u32 vx_rx_ring_room(const struct vx_rx_ring *r)
{
	return vx_rx_ring_free(r) - r->unused;
}

/* The slot to stage next; the caller puts a buffer in if it has none */
static inline struct vx_rx_slot *vx_rx_ring_next(struct vx_rx_ring *r)
{
	return &r->slot[r->stage];
}

/*
 * For a slot to stage that has no buffer and gets none: takes the next one that
 * a later slot has kept, or else the ring would stop here, and run dry with
 * buffers in it. @at is where the last one was found, at first the slot to
 * stage. False if no slot of ours has any left.
 */
static inline bool vx_rx_ring_move_up(struct vx_rx_ring *r, u32 *at)
{
	u32 ahead = vx_rx_ring_free(r) - vx_ring_distance(r->stage, *at, r->size);

	while (ahead--) {
		if (++*at == r->size)
			*at = 0;
		if (r->slot[*at].buf) {
			r->slot[r->stage] = r->slot[*at];
			r->slot[*at].buf = NULL;
			return true;
		}
	}
	return false;
}

static inline void vx_rx_ring_stage(struct vx_rx_ring *r)
{
	r->desc[r->stage].addr = cpu_to_le64(r->slot[r->stage].addr);
	if (++r->stage == r->size)
		r->stage = 0;
}

/* Hands over all that was staged; true if there was anything */
static inline bool vx_rx_ring_arm(struct vx_rx_ring *r)
{
	if (r->fill == r->stage)
		return false;
	dma_wmb();	/* all addresses before the first generation bit */
	while (r->fill != r->stage) {
		WRITE_ONCE(r->desc[r->fill].d2, cpu_to_le32(r->flags | r->gen));
		if (++r->fill == r->size) {
			r->fill = 0;
			r->gen ^= VX_RXD_GEN;
		}
	}
	return true;
}

/* 1 and the next completion, 0 if there is none, -EPROTO if it is impossible */
static inline int vx_rx_core_next(struct vx_rx_core *c, struct vx_rx_done *ret)
{
	struct vx_hw_rxc *rxc = &c->comp[c->comp_next];
	struct vx_rx_ring *r;
	u32 rqid;

	ret->d3 = le32_to_cpu(READ_ONCE(rxc->d3));
	if ((ret->d3 & VX_COMP_GEN) != c->comp_gen)
		return 0;
	dma_rmb();	/* generation first, content after it */
	ret->d0 = le32_to_cpu(READ_ONCE(rxc->d0));
	ret->hash = le32_to_cpu(READ_ONCE(rxc->hash));
	ret->d2 = le32_to_cpu(READ_ONCE(rxc->d2));
	ret->index = ret->d0 & VX_RXC_INDEX_MASK;
	ret->len = ret->d2 & VX_RXC_LEN_MASK;

	rqid = (ret->d0 >> VX_RXC_RQID_SHIFT) & VX_RXC_RQID_MASK;
	if (rqid == c->rqid[VX_RX_HEADS])
		ret->ring = VX_RX_HEADS;
	else if (rqid == c->rqid[VX_RX_BODIES])
		ret->ring = VX_RX_BODIES;
	else
		return -EPROTO;

	r = &c->ring[ret->ring];
	if (ret->index >= r->size ||
	    vx_ring_distance(r->done, ret->index, r->size) >= vx_rx_ring_armed(r))
		return -EPROTO;

	/* what lies between was skipped and is ours again, buffer included */
	r->done = ret->index + 1 == r->size ? 0 : ret->index + 1;
	if (++c->comp_next == c->comp_size) {
		c->comp_next = 0;
		c->comp_gen ^= VX_COMP_GEN;
	}
	return 1;
}

static inline enum vx_rx_fault vx_rx_core_check(const struct vx_rx_core *c,
						const struct vx_rx_done *d)
{
	const struct vx_rx_packet *p = &c->packet;
	bool sop = d->d0 & VX_RXC_SOP;
	bool is_head = d->ring == VX_RX_HEADS;

	if (sop != is_head)
		return VX_RX_FAULT_ORDER;
	if (!sop && !p->is_open)
		return VX_RX_FAULT_ORDER;
	if (d->len > (c->ring[d->ring].flags & VX_RXD_LEN_MASK))
		return VX_RX_FAULT_LENGTH;
	if (!sop && d->len && p->bufs >= c->max_bufs)
		return VX_RX_FAULT_LENGTH;
	if ((d->d0 & VX_RXC_EOP) && (d->d2 & VX_RXC_ERROR))
		return d->d3 & VX_RXC_FCS_OK ? VX_RX_FAULT_DEVICE :
					       VX_RX_FAULT_CRC;
	return VX_RX_FAULT_NONE;
}

/* What a completion means for the packet that is being put together */
static inline struct vx_rx_step vx_rx_core_step(struct vx_rx_core *c,
						const struct vx_rx_done *d)
{
	struct vx_rx_step step = { .action = VX_RX_KEEP };
	struct vx_rx_packet *p = &c->packet;
	bool sop = d->d0 & VX_RXC_SOP, eop = d->d0 & VX_RXC_EOP;

	if (likely(sop && eop && !p->is_open && d->len &&
		   vx_rx_core_check(c, d) == VX_RX_FAULT_NONE)) {
		p->is_skipped = false;
		step.action = VX_RX_HEAD;
		step.completes = true;
		return step;
	}

	if (sop) {
		if (p->is_open) {
			step.fault = VX_RX_FAULT_ORDER;
			step.drops_partial = true;
			p->is_open = false;
		}
		p->is_skipped = false;
	} else if (p->is_skipped) {
		p->is_skipped = !eop;
		return step;
	}

	if (sop && eop && !d->len && !(d->d2 & VX_RXC_ERROR))
		return step;

	if (vx_rx_core_check(c, d) != VX_RX_FAULT_NONE) {
		step.fault = vx_rx_core_check(c, d);
		step.drops_partial |= p->is_open;
		p->is_open = false;
		p->is_skipped = !eop;
		return step;
	}

	if (sop) {
		step.action = VX_RX_HEAD;
		p->bufs = 1;
	} else if (d->len) {
		step.action = VX_RX_BODY;
		p->bufs++;
	}
	step.completes = eop;
	p->is_open = !eop;
	return step;
}

/* The caller could not take the packet's head: let the rest of it pass by */
static inline void vx_rx_core_abandon(struct vx_rx_core *c)
{
	c->packet.is_skipped = c->packet.is_open;
	c->packet.is_open = false;
}

#endif
