// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver's receive rings against the model of the device: model.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model.h"
#include "rxring.h"

#define HEAD_LEN 1536
#define BODY_LEN 4096
#define QUEUE	 1
#define QUEUES	 4

static struct vx_rx_core core;
static struct model_rx model;

/* The driver around the rings, as far as they can tell: buffers have numbers and are in one place each. */
static uintptr_t next_buffer;
static uint32_t buffers_out; /* taken by packets that are not delivered or dropped yet */
static uint32_t memory_left; /* how many more buffers the pool has */

static struct {
	uint32_t packets;
	uint32_t partial; /* buffers of the packet in progress */
	uint32_t len;
	uint32_t last_len;
	uint32_t last_bufs;
	uint32_t last_hash;
	uint32_t dropped_partials;
	uint32_t faults[VX_RX_FAULT_COUNT];
} got;

#define assert_no_fault()                                                                                              \
	do {                                                                                                           \
		if (model_fault)                                                                                       \
			fail_msg("%s", model_fault);                                                                   \
	} while (0)

static void refill(void)
{
	for (int k = 0; k < 2; k++) {
		struct vx_rx_ring *r = &core.ring[k];
		bool has_memory = true;
		uint32_t kept_at = 0;

		for (uint32_t room = vx_rx_ring_room(r); room; room--) {
			struct vx_rx_slot *slot = vx_rx_ring_next(r);

			if (!slot->buf && r->unused) {
				kept_at = r->stage;
				vx_rx_ring_move_up(r, &kept_at);
			}
			if (!slot->buf && has_memory) {
				kept_at = r->stage;
				has_memory = memory_left;
				if (has_memory) {
					memory_left--;
					slot->buf = (void *)++next_buffer;
					slot->addr = next_buffer << 12;
				}
			}
			if (!slot->buf && !vx_rx_ring_move_up(r, &kept_at))
				break;
			vx_rx_ring_stage(r);
		}
		vx_rx_ring_arm(r);
	}
	assert_no_fault();
}

static void teardown_rings(void)
{
	for (int k = 0; k < 2; k++) {
		free(core.ring[k].desc);
		free(core.ring[k].slot);
	}
	free(core.comp);
	memset(&core, 0, sizeof(core));
}

static int teardown(void **state)
{
	(void)state;
	teardown_rings();
	return 0;
}

static void attach(void)
{
	vx_rx_core_reset(&core);
	refill();
	model_rx_attach(&model, core.ring[0].desc, core.ring[0].size, core.ring[1].desc, core.ring[1].size, core.comp,
		core.comp_size, QUEUE, QUEUES);
	assert_no_fault();
}

static void start_sparing(uint32_t heads, uint32_t bodies, uint32_t unused, uint32_t max_bufs)
{
	uint32_t size[2] = {heads, bodies};

	model_forget();
	teardown_rings();
	for (int k = 0; k < 2; k++) {
		core.ring[k].size = size[k];
		core.ring[k].desc = malloc(size[k] * sizeof(*core.ring[k].desc));
		core.ring[k].slot = calloc(size[k], sizeof(*core.ring[k].slot));
		memset(core.ring[k].desc, 0x5a, size[k] * sizeof(*core.ring[k].desc));
		core.rqid[k] = QUEUE + (uint32_t)k * QUEUES;
	}
	core.ring[0].flags = HEAD_LEN;
	core.ring[1].flags = BODY_LEN | VX_RXD_BODY;
	core.ring[1].unused = unused;
	core.comp_size = heads + bodies;
	core.comp = malloc(core.comp_size * sizeof(*core.comp));
	memset(core.comp, 0x5a, core.comp_size * sizeof(*core.comp));
	core.max_bufs = max_bufs;
	memset(&got, 0, sizeof(got));
	next_buffer = 0;
	buffers_out = 0;
	memory_left = UINT32_MAX;
	attach();
}

static void start(uint32_t heads, uint32_t bodies, uint32_t max_bufs)
{
	start_sparing(heads, bodies, 0, max_bufs);
}

static void drop_partial(void)
{
	buffers_out -= got.partial;
	got.partial = 0;
	got.len = 0;
}

/* As the driver's poll does it. @take_fails: there is no skb for the head of this packet. */
static int handle_one(bool take_fails)
{
	struct vx_rx_done d;
	struct vx_rx_step step;
	struct vx_rx_slot *slot;
	int ret = vx_rx_core_next(&core, &d);

	if (ret <= 0)
		return ret;
	step = vx_rx_core_step(&core, &d);
	slot = &core.ring[d.ring].slot[d.index];
	got.faults[step.fault]++;
	if (step.drops_partial) {
		got.dropped_partials++;
		drop_partial();
	}
	if (step.action != VX_RX_KEEP) {
		if (take_fails) {
			drop_partial();
			vx_rx_core_abandon(&core);
			return 1;
		}
		assert_non_null(slot->buf);
		slot->buf = NULL;
		buffers_out++;
		if (step.action == VX_RX_HEAD)
			assert_int_equal(got.partial, 0);
		else
			assert_true(got.partial > 0);
		got.partial++;
		got.len += d.len;
	}
	if (step.completes) {
		assert_true(got.partial > 0);
		assert_in_range(got.partial, 1, core.max_bufs);
		got.packets++;
		got.last_len = got.len;
		got.last_bufs = got.partial;
		got.last_hash = d.hash;
		drop_partial();
	}
	return 1;
}

static int poll_all(void)
{
	int ret;

	while ((ret = handle_one(false)) > 0)
		;
	refill();
	return ret;
}

static void expect_packet(uint32_t len, uint32_t bufs)
{
	uint32_t before = got.packets;

	assert_int_equal(poll_all(), 0);
	assert_int_equal(got.packets, before + 1);
	assert_int_equal(got.last_len, len);
	assert_int_equal(got.last_bufs, bufs);
	assert_int_equal(buffers_out, 0);
	assert_no_fault();
}

static void frames_of_all_lengths(void **state)
{
	(void)state;
	start(64, 64, 3);
	for (uint32_t len = 14; len <= HEAD_LEN + 2 * BODY_LEN; len += 7) {
		uint32_t bufs = len <= HEAD_LEN ? 1 : len <= HEAD_LEN + BODY_LEN ? 2 : 3;

		assert_true(model_rx_deliver(&model, len, 0, len, 0, 0));
		expect_packet(len, bufs);
		assert_int_equal(got.last_hash, len);
	}
}

static void one_slot_stays_back(void **state)
{
	(void)state;
	start(64, 32, 3);
	assert_int_equal(model_rx_armed(&model, 0), 63);
	assert_int_equal(model_rx_armed(&model, 1), 31);
	for (int i = 0; i < 200; i++) {
		while (model_rx_deliver(&model, 1000, 0, 0, 0, 0))
			;
		assert_int_equal(model_rx_armed(&model, 0), 0);
		assert_int_equal(poll_all(), 0);
		assert_int_equal(model_rx_armed(&model, 0), 63);
	}
	assert_int_equal(got.packets, 200 * 63);
}

/* Nothing of a packet may be lost when a poll ends in its middle. */
static void packets_straddle_polls(void **state)
{
	(void)state;
	start(64, 64, 3);
	for (int i = 0; i < 500; i++) {
		uint32_t before = got.packets;

		assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP, 0, HEAD_LEN, 0));
		assert_int_equal(poll_all(), 0);
		assert_true(model_rx_buffer(&model, 1, 0, 0, BODY_LEN, 0));
		assert_int_equal(poll_all(), 0);
		assert_int_equal(poll_all(), 0);
		assert_int_equal(got.packets, before);
		assert_int_equal(got.partial, 2);
		assert_true(model_rx_buffer(&model, 1, VX_RXC_EOP, 0, 5, 0));
		expect_packet(HEAD_LEN + BODY_LEN + 5, 3);
	}
}

/* The head could not be taken: the rest of that packet passes by, also in later polls, and the next one is whole. */
static void a_head_without_memory(void **state)
{
	(void)state;
	start(64, 64, 3);
	for (int i = 0; i < 100; i++) {
		assert_true(model_rx_deliver(&model, HEAD_LEN + BODY_LEN + 5, 0, 0, 0, 0));
		assert_int_equal(handle_one(true), 1);
		refill();
		assert_int_equal(poll_all(), 0);
		assert_int_equal(got.packets, 0);
	}
	/* its buffers were used again; the slots that stay back got theirs */
	assert_int_equal(next_buffer, 64 + 64);
	assert_true(model_rx_deliver(&model, HEAD_LEN + 1, 0, 0, 0, 0));
	expect_packet(HEAD_LEN + 1, 2);
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	assert_int_equal(handle_one(true), 1);
	assert_true(model_rx_deliver(&model, 200, 0, 0, 0, 0));
	expect_packet(200, 1);
	assert_int_equal(got.faults[VX_RX_FAULT_ORDER], 0);
}

/* The pool is empty: the ring runs short but what is there goes round, and all of it is back when memory is. */
static void a_pool_without_memory(void **state)
{
	(void)state;
	start(64, 32, 3);
	memory_left = 0;
	for (int i = 0; i < 63; i++)
		assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	assert_int_equal(poll_all(), 0);
	assert_int_equal(got.packets, 63);
	assert_int_equal(model_rx_armed(&model, 0), 0);
	memory_left = 10;
	refill();
	assert_int_equal(model_rx_armed(&model, 0), 10);
	memory_left = UINT32_MAX;
	refill();
	assert_int_equal(model_rx_armed(&model, 0), 63);
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	expect_packet(100, 1);
}

static void skipped_descriptors_come_back(void **state)
{
	(void)state;
	start(64, 32, 3);
	for (uint32_t i = 0; i < 300; i++) {
		uintptr_t before = next_buffer;

		model_rx_skip(&model, 0, i % 20);
		model_rx_skip(&model, 1, i % 7);
		assert_true(model_rx_deliver(&model, HEAD_LEN + 10, 0, 0, 0, 0));
		expect_packet(HEAD_LEN + 10, 2);
		assert_int_equal(next_buffer, before + 2);
		assert_int_equal(model_rx_armed(&model, 0), 63);
		assert_int_equal(model_rx_armed(&model, 1), 31);
	}
}

static void empty_completions(void **state)
{
	(void)state;
	start(64, 32, 3);
	/* a buffer that the device gives back unused */
	assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP | VX_RXC_EOP, 0, 0, 0));
	assert_int_equal(poll_all(), 0);
	assert_int_equal(got.packets, 0);
	assert_int_equal(got.faults[VX_RX_FAULT_NONE], 1);
	/* an end that carries only what is to be said of the packet */
	assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP, 0, 900, 0));
	assert_true(model_rx_buffer(&model, 1, VX_RXC_EOP, 77, 0, 0));
	expect_packet(900, 1);
	assert_int_equal(got.last_hash, 77);
}

static void packets_that_the_device_calls_bad(void **state)
{
	(void)state;
	start(64, 32, 3);
	assert_true(model_rx_deliver(&model, 100, 0, 0, VX_RXC_ERROR, 0));
	assert_true(model_rx_deliver(&model, 100, 0, 0, VX_RXC_ERROR, VX_RXC_FCS_OK));
	assert_true(model_rx_deliver(&model, HEAD_LEN + 100, 0, 0, VX_RXC_ERROR, VX_RXC_FCS_OK));
	assert_int_equal(poll_all(), 0);
	assert_int_equal(got.packets, 0);
	assert_int_equal(got.faults[VX_RX_FAULT_CRC], 1);
	assert_int_equal(got.faults[VX_RX_FAULT_DEVICE], 2);
	assert_int_equal(got.dropped_partials, 1);
	assert_int_equal(buffers_out, 0);
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	expect_packet(100, 1);
}

/* Each of these packets is impossible. It is dropped and counted, and the next one comes through. */
static void impossible_packets(void **state)
{
	(void)state;
	start(64, 64, 3);
	/* no end */
	assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP, 0, HEAD_LEN, 0));
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	expect_packet(100, 1);
	assert_int_equal(got.faults[VX_RX_FAULT_ORDER], 1);
	assert_int_equal(got.dropped_partials, 1);
	/* no start */
	assert_true(model_rx_buffer(&model, 1, 0, 0, 50, 0));
	assert_true(model_rx_buffer(&model, 1, VX_RXC_EOP, 0, 50, 0));
	assert_true(model_rx_deliver(&model, 101, 0, 0, 0, 0));
	expect_packet(101, 1);
	assert_int_equal(got.faults[VX_RX_FAULT_ORDER], 2);
	/* a start among the bodies, a continuation among the heads */
	assert_true(model_rx_buffer(&model, 1, VX_RXC_SOP | VX_RXC_EOP, 0, 50, 0));
	assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP, 0, 50, 0));
	assert_true(model_rx_buffer(&model, 0, VX_RXC_EOP, 0, 50, 0));
	assert_true(model_rx_deliver(&model, 102, 0, 0, 0, 0));
	expect_packet(102, 1);
	assert_int_equal(got.faults[VX_RX_FAULT_ORDER], 4);
	/* more than the buffer holds */
	assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP | VX_RXC_EOP, 0, HEAD_LEN + 1, 0));
	assert_true(model_rx_deliver(&model, 103, 0, 0, 0, 0));
	expect_packet(103, 1);
	assert_int_equal(got.faults[VX_RX_FAULT_LENGTH], 1);
	/* more buffers than a frame can have */
	assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP, 0, HEAD_LEN, 0));
	for (int i = 0; i < 20; i++)
		assert_true(model_rx_buffer(&model, 1, 0, 0, BODY_LEN, 0));
	assert_true(model_rx_buffer(&model, 1, VX_RXC_EOP, 0, BODY_LEN, 0));
	assert_true(model_rx_deliver(&model, 104, 0, 0, 0, 0));
	expect_packet(104, 1);
	assert_int_equal(got.faults[VX_RX_FAULT_LENGTH], 2);
	assert_int_equal(model_rx_armed(&model, 0), 63);
	assert_int_equal(model_rx_armed(&model, 1), 63);
}

static void expect_distrust(uint32_t d0)
{
	start(64, 32, 3);
	model_rx_lie(&model, d0 | VX_RXC_SOP | VX_RXC_EOP, 100, 0);
	assert_int_equal(poll_all(), -EPROTO);
	assert_int_equal(got.packets, 0);
	/* and a reset makes it good */
	model_forget();
	attach();
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	expect_packet(100, 1);
}

static void impossible_completions_are_refused(void **state)
{
	const uint32_t heads = QUEUE << VX_RXC_RQID_SHIFT, bodies = (QUEUE + QUEUES) << VX_RXC_RQID_SHIFT;

	(void)state;
	expect_distrust(heads | 63);	/* the slot that stays back */
	expect_distrust(heads | 64);	/* beyond the ring */
	expect_distrust(heads | 0xfff);
	expect_distrust(bodies | 32);
	expect_distrust(0);			      /* the ring of another queue */
	expect_distrust((QUEUE + 2 * QUEUES) << VX_RXC_RQID_SHIFT); /* data ring, never switched on */
	expect_distrust(0x3ffu << VX_RXC_RQID_SHIFT);
	/* beyond the ring, when the ring has moved on */
	start(64, 32, 3);
	for (uint32_t i = 1; i <= 10; i++)
		assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	assert_int_equal(poll_all(), 0);
	model_rx_lie(&model, heads | 64 | VX_RXC_SOP | VX_RXC_EOP, 100, 0);
	assert_int_equal(poll_all(), -EPROTO);
	/* the same buffer twice */
	start(64, 32, 3);
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	model_rx_lie(&model, heads | VX_RXC_SOP | VX_RXC_EOP, 100, 0);
	assert_int_equal(poll_all(), -EPROTO);
	assert_int_equal(got.packets, 1);
}

static uint32_t buffers_in(int ring)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < core.ring[ring].size; i++)
		n += core.ring[ring].slot[i].buf != NULL;
	return n;
}

/* Buffers that were kept behind slots without one go to the device all the same, each of them once. */
static void a_starving_ring_does_not_run_dry(void **state)
{
	bool was_seen[64 + 1] = {false};
	uint32_t seed = 1;

	(void)state;
	start(64, 32, 3);
	memory_left = 0;
	/* the first twenty leave the ring, the next twenty are dropped and stay */
	for (int i = 0; i < 40; i++) {
		assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
		assert_int_equal(handle_one(i >= 20), 1);
	}
	assert_int_equal(model_rx_armed(&model, 0), 63 - 40);
	refill();
	assert_int_equal(model_rx_armed(&model, 0), 63 - 20);
	assert_int_equal(buffers_in(0), 63 - 20);
	/* some of the packets are taken, others are dropped, at all places of the ring, until there is one buffer left */
	while (buffers_in(0) > 1) {
		seed = seed * 1664525u + 1013904223u;
		model_rx_skip(&model, 0, seed >> 28 & 1);
		if (!model_rx_armed(&model, 0))
			break;
		assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
		assert_int_equal(handle_one(seed >> 16 & 15), 1);
		if (seed >> 24 & 1)
			refill();
		assert_no_fault();
	}
	refill();
	for (uint32_t i = 0; i < 64; i++) {
		uintptr_t number = (uintptr_t)core.ring[0].slot[i].buf;

		assert_in_range(number, 0, 64);
		assert_false(number && was_seen[number]);
		was_seen[number] = true;
	}
	/* for as long as one buffer is left, there is reception */
	for (int i = 0; i < 200; i++) {
		assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
		assert_int_equal(handle_one(true), 1);
		refill();
		assert_int_equal(model_rx_armed(&model, 0), buffers_in(0));
	}
	memory_left = UINT32_MAX;
	refill();
	assert_int_equal(model_rx_armed(&model, 0), 63);
	assert_true(model_rx_deliver(&model, 100, 0, 0, 0, 0));
	expect_packet(100, 1);
}

/*
 * Jumbo frames with buffers for their heads only: the device ends them in the head with an error, or leaves them without
 * an end. They are dropped whole, what fits into a head comes through, and once there is memory again so do they.
 */
static void bodies_run_dry_alone(void **state)
{
	const uint32_t jumbo = HEAD_LEN + BODY_LEN + 5;
	uint32_t packets, errors;

	(void)state;
	start(256, 32, 3);
	memory_left = 0;
	while (model_rx_deliver(&model, jumbo, 0, 0, 0, 0))
		;
	assert_int_equal(poll_all(), 0);
	packets = got.packets;
	assert_int_equal(packets, 15);
	assert_int_equal(model_rx_armed(&model, 1), 1); /* less than one of them takes */
	assert_int_equal(model_rx_armed(&model, 0), 255 - 15);
	for (int i = 0; i < 600; i++) {
		errors = got.faults[VX_RX_FAULT_DEVICE];
		/* the head is all there is: the device says that it is no good */
		assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP | VX_RXC_EOP, 0, HEAD_LEN | VX_RXC_ERROR, VX_RXC_FCS_OK));
		assert_int_equal(poll_all(), 0);
		assert_int_equal(got.faults[VX_RX_FAULT_DEVICE], errors + 1);
		/* or goes on with another packet where the next buffer should come */
		assert_true(model_rx_buffer(&model, 0, VX_RXC_SOP, 0, HEAD_LEN, 0));
		assert_int_equal(poll_all(), 0);
		assert_int_equal(got.partial, 1);
		memory_left = 1; /* for the head that this one had */
		assert_true(model_rx_deliver(&model, 700, 0, 0, 0, 0));
		expect_packet(700, 1);
		packets++;
		memory_left = 1;
		refill();
	}
	assert_int_equal(got.packets, packets);
	assert_int_equal(got.dropped_partials, 600);
	assert_int_equal(model_rx_armed(&model, 1), 1);
	memory_left = UINT32_MAX;
	refill();
	assert_int_equal(model_rx_armed(&model, 0), 255);
	assert_int_equal(model_rx_armed(&model, 1), 31);
	for (int i = 0; i < 200; i++) {
		assert_true(model_rx_deliver(&model, jumbo, 0, 0, 0, 0));
		expect_packet(jumbo, 3);
	}
}

static void any_traffic(uint32_t heads, uint32_t bodies)
{
	uint32_t seed = heads * 31 + bodies, sent = 0;

	start(heads, bodies, 3);
	for (int i = 0; i < 40000; i++) {
		seed = seed * 1664525u + 1013904223u;
		switch (seed >> 24 & 7) {
		case 0:
			model_rx_skip(&model, 0, seed >> 20 & 3);
			break;
		case 1:
			memory_left = seed >> 16 & 31;
			break;
		case 2:
			memory_left = UINT32_MAX;
			break;
		case 3:
			handle_one(false);
			break;
		case 4:
			assert_int_equal(poll_all(), 0);
			break;
		default:
			sent += model_rx_deliver(&model, 14 + (seed >> 8) % (HEAD_LEN + 2 * BODY_LEN - 14), 0, 0, 0, 0);
			break;
		}
		assert_no_fault();
	}
	memory_left = UINT32_MAX;
	assert_int_equal(poll_all(), 0);
	assert_int_equal(got.packets, sent);
	assert_true(sent > 1000);
	assert_int_equal(buffers_out, 0);
	for (uint32_t fault = 1; fault < VX_RX_FAULT_COUNT; fault++)
		assert_int_equal(got.faults[fault], 0);
	/* what the device skipped without a completion behind it comes back with the next one */
	assert_true(model_rx_deliver(&model, HEAD_LEN + 1, 0, 0, 0, 0));
	assert_int_equal(poll_all(), 0);
	assert_int_equal(model_rx_armed(&model, 0), heads - 1);
	assert_int_equal(model_rx_armed(&model, 1), bodies - 1);
}

static void any_traffic_in_any_ring(void **state)
{
	(void)state;
	any_traffic(64, 32);
	any_traffic(96, 160);
	any_traffic(1024, 512);
	any_traffic(4096, 4096);
}

/* Frames beyond the MTU, for whose rest one buffer is there: it goes round and round, and no other one is asked for. */
static void one_buffer_goes_round(void **state)
{
	(void)state;
	start_sparing(64, 32, 30, 1);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(model_rx_armed(&model, 1), 1);
		assert_int_equal(buffers_in(1), 1);
		assert_true(model_rx_deliver(&model, HEAD_LEN + 1 + (uint32_t)i, 0, 0, 0, 0));
		assert_int_equal(poll_all(), 0);
		assert_no_fault();
	}
	assert_int_equal(got.packets, 0);
	assert_int_equal(got.faults[VX_RX_FAULT_LENGTH], 200);
	assert_int_equal(buffers_out, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(frames_of_all_lengths, teardown),
		cmocka_unit_test_teardown(one_slot_stays_back, teardown),
		cmocka_unit_test_teardown(packets_straddle_polls, teardown),
		cmocka_unit_test_teardown(a_head_without_memory, teardown),
		cmocka_unit_test_teardown(a_pool_without_memory, teardown),
		cmocka_unit_test_teardown(skipped_descriptors_come_back, teardown),
		cmocka_unit_test_teardown(empty_completions, teardown),
		cmocka_unit_test_teardown(packets_that_the_device_calls_bad, teardown),
		cmocka_unit_test_teardown(impossible_packets, teardown),
		cmocka_unit_test_teardown(impossible_completions_are_refused, teardown),
		cmocka_unit_test_teardown(a_starving_ring_does_not_run_dry, teardown),
		cmocka_unit_test_teardown(bodies_run_dry_alone, teardown),
		cmocka_unit_test_teardown(one_buffer_goes_round, teardown),
		cmocka_unit_test_teardown(any_traffic_in_any_ring, teardown),
	};

	return cmocka_run_group_tests_name("driver-rx", tests, NULL, NULL);
}
