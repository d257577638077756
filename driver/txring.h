/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A transmit ring and its completion ring: indices, generations, ownership.
 * Pure arithmetic on memory: knows neither skbs nor DMA mappings, so that
 * the userspace model test runs this very code.
 *
 * The device looks at descriptors whenever it likes, doorbell or not, and may
 * complete a packet as soon as its first descriptor carries the live
 * generation. All bookkeeping therefore precedes that one store.
 */
#ifndef VX_TXRING_H
#define VX_TXRING_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#include "hw.h"

/* Ring the doorbell after that many packets even if more are announced */
#define VX_TX_MAX_DEFERRED	64

enum vx_tx_map {
	VX_TX_MAP_NONE,		/* a slot of the data ring, a page of a pool */
	VX_TX_MAP_SINGLE,
	VX_TX_MAP_PAGE,
};

enum vx_tx_kind {
	VX_TX_KIND_NONE,	/* not the last descriptor of a packet */
	VX_TX_KIND_SKB,
	VX_TX_KIND_XDP_FRAME,
};

/* One piece of a packet, ready for the device */
struct vx_tx_seg {
	u64 addr;
	u32 len;
	enum vx_tx_map map;
};

/* What to undo when the device is done with a descriptor */
struct vx_tx_slot {
	void *owner;		/* set in the last slot of a packet */
	u64 addr;
	u16 len;
	u8 map;
	u8 kind;
};

/* Bits of the first descriptor beyond address, length and generation */
struct vx_tx_offload {
	u32 d2;
	u32 d3;
};

struct vx_tx_ring {
	struct vx_hw_txd *desc;
	struct vx_tx_slot *slot;
	u32 size;
	/* written by the sender, under the lock of the tx queue */
	u32 fill;		/* next descriptor to write */
	u32 gen;		/* generation of that one: VX_TXD_GEN or 0 */
	u32 deferred;		/* packets since the last doorbell */
	/* written by the reaper, one at a time */
	struct vx_hw_txc *comp;
	u32 comp_next;
	u32 comp_gen;		/* VX_COMP_GEN or 0 */
	u32 reaped;		/* next slot to give back */
	u32 clean;		/* what the sender may count as free */
};

static inline u32 vx_ring_distance(u32 from, u32 to, u32 size)
{
	return to >= from ? to - from : to + size - from;
}

static inline bool vx_ring_size_valid(u32 size)
{
	return size >= VX_RING_SIZE_MIN && size <= VX_RING_SIZE_MAX &&
	       size % VX_RING_SIZE_ALIGN == 0;
}

/* Back to the state in which every activation must find the ring */
static inline void vx_tx_ring_reset(struct vx_tx_ring *r)
{
	memset(r->desc, 0, sizeof(*r->desc) * r->size);
	memset(r->comp, 0, sizeof(*r->comp) * r->size);
	memset(r->slot, 0, sizeof(*r->slot) * r->size);
	r->fill = 0;
	r->gen = VX_TXD_GEN;
	r->deferred = 0;
	r->comp_next = 0;
	r->comp_gen = VX_COMP_GEN;
	r->reaped = 0;
	r->clean = 0;
}

/* One descriptor stays unused: a full ring must not look like an empty one */
static inline u32 vx_tx_ring_free(const struct vx_tx_ring *r)
{
	/* pairs with vx_tx_ring_release() */
	u32 clean = smp_load_acquire(&r->clean);

	return r->size - 1 - vx_ring_distance(clean, r->fill, r->size);
}

/* Descriptors handed over and not given back, as the reaper sees it */
static inline u32 vx_tx_ring_busy(const struct vx_tx_ring *r)
{
	return vx_ring_distance(r->reaped, READ_ONCE(r->fill), r->size);
}

/* The bookkeeping of one descriptor; @i is its index */
static inline void vx_tx_ring_note(struct vx_tx_ring *r, u32 i,
				   const struct vx_tx_seg *seg,
				   void *owner, enum vx_tx_kind kind)
{
	struct vx_tx_slot *s = &r->slot[i];

	s->owner = owner;
	s->addr = seg->addr;
	s->len = seg->len;
	s->map = seg->map;
	s->kind = kind;
}

/* The same as vx_tx_ring_post() for a packet in one piece */
static inline void vx_tx_ring_post_one(struct vx_tx_ring *r,
				       const struct vx_tx_seg *seg,
				       struct vx_tx_offload off,
				       void *owner, enum vx_tx_kind kind)
{
	struct vx_hw_txd *d = &r->desc[r->fill];
	u32 d2 = (seg->len & VX_TXD_LEN_MASK) | off.d2 | r->gen;
	u32 next = r->fill + 1;

	/* the generation of the last round is still there: not the device's */
	d->addr = cpu_to_le64(seg->addr);
	d->d3 = cpu_to_le32(off.d3 | VX_TXD_EOP | VX_TXD_CQ);
	vx_tx_ring_note(r, r->fill, seg, owner, kind);
	if (next == r->size) {
		next = 0;
		r->gen ^= VX_TXD_GEN;
	}
	WRITE_ONCE(r->fill, next);

	dma_wmb();	/* all of it before the generation bit */
	WRITE_ONCE(d->d2, cpu_to_le32(d2));
}

/*
 * Writes a packet of @n segments and hands it over. The caller has made sure
 * that @n descriptors are free and that each segment has 1 to 16384 bytes.
 */
static inline void vx_tx_ring_post(struct vx_tx_ring *r,
				   const struct vx_tx_seg *seg, u32 n,
				   struct vx_tx_offload off,
				   void *owner, enum vx_tx_kind kind)
{
	u32 first = r->fill, i = first, gen = r->gen, k;
	u32 head = (seg[0].len & VX_TXD_LEN_MASK) | off.d2 | gen;

	for (k = 0; k < n; k++) {
		struct vx_hw_txd *d = &r->desc[i];
		bool is_last = k == n - 1;
		u32 d2 = (seg[k].len & VX_TXD_LEN_MASK) | gen;
		u32 d3 = 0;

		if (k == 0) {
			/* still the old generation: not yet the device's */
			d2 = head ^ VX_TXD_GEN;
			d3 = off.d3;
		}
		if (is_last)
			d3 |= VX_TXD_EOP | VX_TXD_CQ;
		d->addr = cpu_to_le64(seg[k].addr);
		WRITE_ONCE(d->d2, cpu_to_le32(d2));
		d->d3 = cpu_to_le32(d3);

		vx_tx_ring_note(r, i, &seg[k], is_last ? owner : NULL,
				is_last ? kind : VX_TX_KIND_NONE);
		if (++i == r->size) {
			i = 0;
			gen ^= VX_TXD_GEN;
		}
	}
	r->gen = gen;
	WRITE_ONCE(r->fill, i);

	dma_wmb();	/* the whole chain before its first generation bit */
	WRITE_ONCE(r->desc[first].d2, cpu_to_le32(head));
}

/*
 * Whether the doorbell is due. Counts on its own: the counter in the shared
 * memory is the host's to clear at any moment, and a driver that believed it
 * would leave packets behind.
 */
static inline bool vx_tx_ring_doorbell_due(struct vx_tx_ring *r, u32 packets,
					   bool more)
{
	r->deferred += packets;
	if (more && r->deferred < VX_TX_MAX_DEFERRED)
		return false;
	r->deferred = 0;
	return true;
}

/*
 * Looks for the next completion: 1 and the last slot of what it completes, 0
 * if there is none, -EPROTO if the device names a descriptor that was never
 * posted or that does not end a packet.
 */
static inline int vx_tx_ring_reap(struct vx_tx_ring *r, u32 *ret_last)
{
	struct vx_hw_txc *c = &r->comp[r->comp_next];
	u32 last;

	if ((le32_to_cpu(READ_ONCE(c->d3)) & VX_COMP_GEN) != r->comp_gen)
		return 0;
	dma_rmb();	/* generation first, content after it */
	last = le32_to_cpu(READ_ONCE(c->d0)) & VX_TXC_INDEX_MASK;
	/* of what was handed over, and the end of a packet: others have no kind */
	if (last >= r->size ||
	    vx_ring_distance(r->reaped, last, r->size) >= vx_tx_ring_busy(r) ||
	    r->slot[last].kind == VX_TX_KIND_NONE)
		return -EPROTO;
	if (++r->comp_next == r->size) {
		r->comp_next = 0;
		r->comp_gen ^= VX_COMP_GEN;
	}
	*ret_last = last;
	return 1;
}

/* The oldest slot not yet given back; the caller undoes what it holds */
static inline struct vx_tx_slot *vx_tx_ring_take(struct vx_tx_ring *r)
{
	struct vx_tx_slot *s = &r->slot[r->reaped];

	if (++r->reaped == r->size)
		r->reaped = 0;
	return s;
}

/* Lets the sender have what was taken */
static inline void vx_tx_ring_release(struct vx_tx_ring *r)
{
	/* pairs with vx_tx_ring_free() */
	smp_store_release(&r->clean, r->reaped);
}

/* Whether the device has completed something that nobody has reaped */
static inline bool vx_tx_ring_has_completion(const struct vx_tx_ring *r)
{
	return (le32_to_cpu(READ_ONCE(r->comp[r->comp_next].d3)) & VX_COMP_GEN) ==
	       r->comp_gen;
}

/* Descriptors that @len bytes in one piece take */
static inline u32 vx_tx_desc_count(u32 len)
{
	return (len + VX_TX_DESC_MAX_LEN - 1) / VX_TX_DESC_MAX_LEN;
}

static inline struct vx_tx_offload vx_tx_offload_csum(u32 start, u32 field)
{
	return (struct vx_tx_offload){
		.d2 = field << VX_TXD_MSSCOF_SHIFT,
		.d3 = start | VX_TXD_OM_CSUM,
	};
}

static inline struct vx_tx_offload vx_tx_offload_tso(u32 hlen, u32 mss)
{
	return (struct vx_tx_offload){
		.d2 = mss << VX_TXD_MSSCOF_SHIFT,
		.d3 = hlen | VX_TXD_OM_TSO,
	};
}

static inline bool vx_tx_csum_fits(u32 start, u32 field, u32 len)
{
	return start <= VX_TX_MAX_HLEN && field <= VX_TX_MAX_CSUM_OFFSET &&
	       field + 2 <= len;
}

static inline bool vx_tx_tso_fits(u32 hlen, u32 mss, u32 len)
{
	return hlen <= VX_TX_MAX_HLEN && mss && mss <= VX_TX_MAX_MSS &&
	       hlen < len;
}

#endif
