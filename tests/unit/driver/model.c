// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

const char *model_fault;

static struct model_tx *attached_tx;
static struct model_rx *attached_rx;

/* Completion words that the driver may see only after its read barrier. */
static struct pending {
	u32 *at;
	u32 value;
} pending[8192];
static u32 pending_count;

static void fault(const char *what)
{
	if (!model_fault)
		model_fault = what;
}

static void write_late(__le32 *at, u32 value)
{
	if (pending_count == sizeof(pending) / sizeof(pending[0]))
		abort();
	*at = 0xa5a5a5a5u; /* what a driver reads that does not wait */
	pending[pending_count++] = (struct pending){at, value};
}

void model_rmb(void)
{
	for (u32 i = 0; i < pending_count; i++)
		*pending[i].at = pending[i].value;
	pending_count = 0;
}

void model_loaded(const volatile void *at, size_t size)
{
	(void)at;
	(void)size;
}

void model_forget(void)
{
	attached_tx = NULL;
	attached_rx = NULL;
	pending_count = 0;
	model_fault = NULL;
}

/* ---- transmission ------------------------------------------------------------------------------------------------ */

static void tx_check_piece(const struct model_packet *p, const struct vx_hw_txd *d, bool is_first)
{
	if (!d->addr)
		fault("tx: descriptor without an address");
	if (d->d2 & BIT(16) || d->d2 & BIT(15) || d->d2 & BIT(17))
		fault("tx: type, outer checksum or inner bit set");
	if (d->d3 & BIT(14))
		fault("tx: reserved bit of d3 set");
	if (!is_first && (d->d2 >> VX_TXD_MSSCOF_SHIFT || d->d3 & (VX_TXD_HLEN_MASK | VX_TXD_OM_MASK | VX_TXD_TAG) ||
				 d->d3 >> VX_TXD_TCI_SHIFT))
		fault("tx: offload fields outside the first descriptor");
	if (!!(d->d3 & VX_TXD_EOP) != !!(d->d3 & VX_TXD_CQ))
		fault("tx: completion asked for elsewhere than at the end");
	if (p->count > VX_TX_MAX_DESC_TSO)
		fault("tx: more than 24 descriptors");
}

static void tx_check_packet(const struct model_packet *p)
{
	u32 om = p->d3 & VX_TXD_OM_MASK, hlen = p->d3 & VX_TXD_HLEN_MASK, msscof = p->d2 >> VX_TXD_MSSCOF_SHIFT;

	if (om == (1 << 10))
		fault("tx: encapsulation on a device of revision 1");
	if (om != VX_TXD_OM_TSO && p->count > VX_TX_MAX_DESC)
		fault("tx: more than 16 descriptors without TSO");
	if (om == VX_TXD_OM_CSUM && (msscof + 2 > p->bytes || msscof > VX_TX_MAX_CSUM_OFFSET || msscof < hlen))
		fault("tx: checksum field outside the packet");
	if (om == VX_TXD_OM_TSO && (!msscof || hlen > p->len[0] || hlen >= p->bytes))
		fault("tx: headers not in the first descriptor, or no segment size");
	if (om == VX_TXD_OM_NONE && (hlen || msscof))
		fault("tx: offload fields without an offload");
}

/* Takes all packets whose first descriptor is live. */
static void tx_look(struct model_tx *m)
{
	while ((m->seen[m->next].d2 & VX_TXD_GEN) == m->gen && !model_fault) {
		struct model_packet p = {.first = m->next, .d2 = m->seen[m->next].d2, .d3 = m->seen[m->next].d3};
		u32 i = m->next, gen = m->gen;

		for (;;) {
			const struct vx_hw_txd *d = &m->seen[i];
			u32 len = d->d2 & VX_TXD_LEN_MASK;

			if ((d->d2 & VX_TXD_GEN) != gen) {
				fault("tx: chain not whole when its first descriptor went live");
				return;
			}
			if (m->is_busy[i]) {
				fault("tx: descriptor reused before completion");
				return;
			}
			if (p.count < VX_TX_MAX_DESC_TSO) {
				p.addr[p.count] = d->addr;
				p.len[p.count] = len ? len : VX_TX_DESC_MAX_LEN;
			}
			p.bytes += len ? len : VX_TX_DESC_MAX_LEN;
			p.count++;
			tx_check_piece(&p, d, p.count == 1);
			m->is_busy[i] = true;
			p.last = i;
			if (++i == m->size) {
				i = 0;
				gen ^= VX_TXD_GEN;
			}
			if (d->d3 & VX_TXD_EOP)
				break;
			if (p.count >= m->size) {
				fault("tx: no end of packet");
				return;
			}
		}
		tx_check_packet(&p);
		m->next = i;
		m->gen = gen;
		if (m->packets == MODEL_PACKETS_MAX) {
			fault("tx: more packets than descriptors");
			return;
		}
		m->packet[m->packets++] = p;
		m->consumed++;
	}
}

void model_tx_attach(struct model_tx *m, const struct vx_hw_txd *ring, struct vx_hw_txc *comp, u32 size)
{
	memset(m, 0, sizeof(*m));
	m->ring = ring;
	m->comp = comp;
	m->size = size;
	m->gen = VX_TXD_GEN;
	m->comp_gen = VX_COMP_GEN;
	if (size % VX_RING_SIZE_ALIGN || size > VX_RING_SIZE_MAX)
		fault("tx: ring size");
	for (u32 i = 0; i < size; i++)
		if (ring[i].addr || ring[i].d2 || ring[i].d3 || comp[i].d0 || comp[i].d3)
			fault("tx: ring not zero at activation");
	attached_tx = m;
}

static void tx_write_completion(struct model_tx *m, u32 index)
{
	struct vx_hw_txc *c = &m->comp[m->comp_next];

	c->d3 = m->comp_gen;
	write_late(&c->d0, index);
	if (++m->comp_next == m->size) {
		m->comp_next = 0;
		m->comp_gen ^= VX_COMP_GEN;
	}
}

bool model_tx_complete_through(struct model_tx *m, u32 newest)
{
	if (newest >= m->packets)
		return false;
	for (u32 k = 0; k <= newest; k++) {
		u32 i = m->packet[k].first;

		for (u32 n = m->packet[k].count; n; n--) {
			m->is_busy[i] = false;
			i = i + 1 == m->size ? 0 : i + 1;
		}
	}
	tx_write_completion(m, m->packet[newest].last);
	m->packets -= newest + 1;
	memmove(m->packet, m->packet + newest + 1, m->packets * sizeof(m->packet[0]));
	return true;
}

bool model_tx_complete(struct model_tx *m)
{
	return model_tx_complete_through(m, 0);
}

void model_tx_lie(struct model_tx *m, u32 index)
{
	tx_write_completion(m, index);
}

/* ---- reception --------------------------------------------------------------------------------------------------- */

static void rx_check(const struct model_rx_ring *r, u32 i)
{
	const struct vx_hw_rxd *d = &r->seen[i];
	u32 len = d->d2 & VX_RXD_LEN_MASK;

	if (!d->addr)
		fault("rx: descriptor handed over without a buffer");
	if (!!(d->d2 & VX_RXD_BODY) != r->is_body)
		fault("rx: wrong type of descriptor for this ring");
	if (len < VX_RX_HEAD_MIN_LEN)
		fault("rx: buffer too short");
	if (d->d2 & ~(u32)(VX_RXD_LEN_MASK | VX_RXD_BODY | VX_RXD_GEN) || d->d3)
		fault("rx: reserved bits set");
}

static u32 rx_armed(const struct model_rx_ring *r)
{
	u32 i = r->next, gen = r->gen, n = 0;

	while (n < r->size && (r->seen[i].d2 & VX_RXD_GEN) == gen) {
		n++;
		if (++i == r->size) {
			i = 0;
			gen ^= (u32)VX_RXD_GEN;
		}
	}
	return n;
}

static void rx_look(struct model_rx *m)
{
	for (int k = 0; k < 2; k++) {
		const struct model_rx_ring *r = &m->ring[k];
		u32 armed = rx_armed(r), i = r->next;

		if (armed >= r->size)
			fault("rx: every descriptor handed over, full looks like empty");
		for (; armed; armed--) {
			rx_check(r, i);
			i = i + 1 == r->size ? 0 : i + 1;
		}
	}
}

void model_rx_attach(struct model_rx *m, const struct vx_hw_rxd *heads, u32 head_count, const struct vx_hw_rxd *bodies,
	u32 body_count, struct vx_hw_rxc *comp, u32 comp_count, u32 queue, u32 queues)
{
	memset(m, 0, sizeof(*m));
	m->ring[0] = (struct model_rx_ring){.ring = heads, .size = head_count, .gen = (u32)VX_RXD_GEN};
	m->ring[1] = (struct model_rx_ring){.ring = bodies, .size = body_count, .gen = (u32)VX_RXD_GEN, .is_body = true};
	m->comp = comp;
	m->comp_size = comp_count;
	m->comp_gen = (u32)VX_COMP_GEN;
	m->queue = queue;
	m->queues = queues;
	if (comp_count < head_count + body_count || comp_count > VX_RX_COMP_SIZE_MAX)
		fault("rx: completion ring too small");
	for (u32 i = 0; i < comp_count; i++)
		if (comp[i].d3)
			fault("rx: completion ring not zero at activation");
	attached_rx = m;
	model_wmb(); /* the doorbell register orders what was written before */
}

u32 model_rx_armed(const struct model_rx *m, int ring)
{
	return rx_armed(&m->ring[ring]);
}

static u32 rx_take(struct model_rx_ring *r)
{
	u32 index = r->next;

	if (++r->next == r->size) {
		r->next = 0;
		r->gen ^= (u32)VX_RXD_GEN;
	}
	return index;
}

void model_rx_skip(struct model_rx *m, int ring, u32 skip)
{
	while (skip-- && rx_armed(&m->ring[ring]))
		rx_take(&m->ring[ring]);
}

static void rx_write(struct model_rx *m, u32 d0, u32 hash, u32 d2, u32 d3)
{
	struct vx_hw_rxc *c = &m->comp[m->comp_next];

	c->d3 = (d3 & ~(u32)VX_COMP_GEN) | m->comp_gen;
	write_late(&c->d0, d0);
	write_late(&c->hash, hash);
	write_late(&c->d2, d2);
	if (++m->comp_next == m->comp_size) {
		m->comp_next = 0;
		m->comp_gen ^= (u32)VX_COMP_GEN;
	}
}

void model_rx_lie(struct model_rx *m, u32 d0, u32 d2, u32 d3)
{
	rx_write(m, d0, 0, d2, d3);
}

bool model_rx_buffer(struct model_rx *m, int ring, u32 d0, u32 hash, u32 d2, u32 d3)
{
	u32 rqid = m->queue + (u32)ring * m->queues, index;

	if (!rx_armed(&m->ring[ring]))
		return false;
	index = rx_take(&m->ring[ring]);
	rx_write(m, d0 | index | rqid << VX_RXC_RQID_SHIFT, hash, d2, d3);
	return true;
}

bool model_rx_deliver(struct model_rx *m, u32 len, u32 d0, u32 hash, u32 d2, u32 d3)
{
	u32 room = m->ring[0].seen[m->ring[0].next].d2 & VX_RXD_LEN_MASK;
	u32 body = m->ring[1].seen[m->ring[1].next].d2 & VX_RXD_LEN_MASK, left = len;
	int ring = 0;

	if (!rx_armed(&m->ring[0]))
		return false;
	if (len > room && (!body || rx_armed(&m->ring[1]) < (len - room + body - 1) / body))
		return false;
	do {
		u32 piece = left < (ring ? body : room) ? left : (ring ? body : room);

		left -= piece;
		/* what is said of the packet is said in its last completion */
		model_rx_buffer(m, ring, (ring ? 0 : VX_RXC_SOP) | (left ? 0 : d0 | VX_RXC_EOP), left ? 0 : hash,
			piece | (left ? 0 : d2), left ? 0 : d3);
		ring = 1;
	} while (left);
	return true;
}

/* ---- what becomes visible ---------------------------------------------------------------------------------------- */

static bool copy_word(const volatile void *at, const void *ring, void *seen, size_t bytes, size_t size)
{
	uintptr_t a = (uintptr_t)at, base = (uintptr_t)ring;

	if (a < base || a >= base + bytes)
		return false;
	memcpy((char *)seen + (a - base), (const char *)ring + (a - base), size);
	return true;
}

void model_stored(const volatile void *at, size_t size)
{
	if (attached_tx &&
		copy_word(at, attached_tx->ring, attached_tx->seen, attached_tx->size * sizeof(struct vx_hw_txd), size))
		tx_look(attached_tx);
	for (int k = 0; attached_rx && k < 2; k++) {
		struct model_rx_ring *r = &attached_rx->ring[k];

		if (copy_word(at, r->ring, r->seen, r->size * sizeof(struct vx_hw_rxd), size))
			rx_look(attached_rx);
	}
}

void model_wmb(void)
{
	if (attached_tx) {
		for (u32 i = 0; i < attached_tx->size; i++)
			if (attached_tx->is_busy[i] &&
				memcmp(&attached_tx->seen[i], &attached_tx->ring[i], sizeof(attached_tx->seen[i])) != 0)
				fault("tx: descriptor changed while the device has it");
		memcpy(attached_tx->seen, attached_tx->ring, attached_tx->size * sizeof(struct vx_hw_txd));
		tx_look(attached_tx);
	}
	for (int k = 0; attached_rx && k < 2; k++) {
		struct model_rx_ring *r = &attached_rx->ring[k];

		memcpy(r->seen, r->ring, r->size * sizeof(struct vx_hw_rxd));
	}
	if (attached_rx)
		rx_look(attached_rx);
}
