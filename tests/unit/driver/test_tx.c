// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver's transmit ring against the model of the device: model.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model.h"
#include "txring.h"

static struct vx_tx_ring ring;
static struct model_tx model;
static uint64_t next_addr;
static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

#define assert_no_fault()                                                                                              \
	do {                                                                                                           \
		if (model_fault)                                                                                       \
			fail_msg("%s", model_fault);                                                                   \
	} while (0)

static void start(uint32_t size)
{
	model_forget();
	free(ring.desc);
	free(ring.comp);
	free(ring.slot);
	memset(&ring, 0, sizeof(ring));
	assert_true(vx_ring_size_valid(size));
	ring.size = size;
	ring.desc = malloc(size * sizeof(*ring.desc));
	ring.comp = malloc(size * sizeof(*ring.comp));
	/* Behind the last one stands one that would be believed. */
	ring.slot = malloc((size + 1) * sizeof(*ring.slot));
	ring.slot[size].kind = VX_TX_KIND_SKB;
	memset(ring.desc, 0x5a, size * sizeof(*ring.desc));
	memset(ring.comp, 0x5a, size * sizeof(*ring.comp));
	vx_tx_ring_reset(&ring);
	model_tx_attach(&model, ring.desc, ring.comp, size);
	next_addr = 0x10000;
	assert_no_fault();
}

static int teardown(void **state)
{
	(void)state;
	free(ring.desc);
	free(ring.comp);
	free(ring.slot);
	memset(&ring, 0, sizeof(ring));
	return 0;
}

/* Sends @n segments of such lengths; what the device saw must be just that. The packet is known by its number. */
static void send(const uint32_t *len, uint32_t n, struct vx_tx_offload off, uintptr_t number)
{
	uint64_t before = model.consumed;
	struct vx_tx_seg seg[VX_TX_MAX_DESC_TSO] = {{0, 0, VX_TX_MAP_NONE}};
	const struct model_packet *p;

	for (uint32_t i = 0; i < n; i++) {
		seg[i] = (struct vx_tx_seg){.addr = next_addr, .len = len[i], .map = VX_TX_MAP_SINGLE};
		next_addr += 0x10000;
	}
	if (n == 1 && number % 2)
		vx_tx_ring_post_one(&ring, seg, off, (void *)number, VX_TX_KIND_SKB);
	else
		vx_tx_ring_post(&ring, seg, n, off, (void *)number, VX_TX_KIND_SKB);
	assert_no_fault();
	assert_int_equal(model.consumed, before + 1);
	p = &model.packet[model.packets - 1];
	assert_int_equal(p->count, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(p->addr[i], seg[i].addr);
		assert_int_equal(p->len[i], seg[i].len);
	}
	assert_int_equal(p->d2 >> VX_TXD_MSSCOF_SHIFT, off.d2 >> VX_TXD_MSSCOF_SHIFT);
	assert_int_equal(p->d3 & ~(uint32_t)(VX_TXD_EOP | VX_TXD_CQ), off.d3);
}

static void send_one(uint32_t len, uintptr_t number)
{
	send(&len, 1, (struct vx_tx_offload){0, 0}, number);
}

/* Reaps all completions there are and checks that owners come back in order, beginning with *number. */
static uint32_t reap(uintptr_t *number)
{
	uint32_t last, packets = 0;
	int ret;

	while ((ret = vx_tx_ring_reap(&ring, &last)) > 0) {
		uint32_t at;

		do {
			struct vx_tx_slot *slot;

			at = ring.reaped;
			slot = vx_tx_ring_take(&ring);
			if (slot->kind != VX_TX_KIND_NONE) {
				assert_int_equal((uintptr_t)slot->owner, *number);
				++*number;
				packets++;
				slot->kind = VX_TX_KIND_NONE;
			}
		} while (at != last);
	}
	vx_tx_ring_release(&ring);
	assert_int_equal(ret, 0);
	return packets;
}

static const struct vx_tx_offload plain = {0, 0};

static void a_packet_comes_through(void **state)
{
	uintptr_t oldest = 1;

	(void)state;
	start(64);
	send_one(60, 1);
	assert_int_equal(reap(&oldest), 0);
	assert_true(model_tx_complete(&model));
	assert_true(vx_tx_ring_has_completion(&ring));
	assert_int_equal(reap(&oldest), 1);
	assert_false(vx_tx_ring_has_completion(&ring));
	assert_int_equal(vx_tx_ring_busy(&ring), 0);
}

static void lengths_at_the_limits(void **state)
{
	static const uint32_t lens[] = {1, 14, 16383, 16384};

	(void)state;
	start(64);
	for (uintptr_t i = 0; i < 8; i++)
		send_one(lens[i / 2], i + 1);
	assert_int_equal(vx_tx_desc_count(0), 0);
	assert_int_equal(vx_tx_desc_count(1), 1);
	assert_int_equal(vx_tx_desc_count(16384), 1);
	assert_int_equal(vx_tx_desc_count(16385), 2);
	assert_int_equal(vx_tx_desc_count(65536), 4);
}

/* One descriptor always stays free, or a full ring would look like an empty one. */
static void full_is_not_empty(void **state)
{
	uintptr_t oldest = 1, number = 1;

	(void)state;
	start(64);
	for (int round = 0; round < 70; round++) {
		while (vx_tx_ring_free(&ring))
			send_one(100, number++);
		assert_int_equal(vx_tx_ring_busy(&ring), 63);
		assert_true(model_tx_complete(&model));
		assert_int_equal(vx_tx_ring_free(&ring), 0);
		assert_int_equal(reap(&oldest), 1);
		assert_int_equal(vx_tx_ring_free(&ring), 1);
	}
}

static void what_is_not_released_is_not_free(void **state)
{
	uint32_t last;

	(void)state;
	start(64);
	send_one(60, 1);
	model_tx_complete(&model);
	assert_int_equal(vx_tx_ring_reap(&ring, &last), 1);
	vx_tx_ring_take(&ring);
	assert_int_equal(vx_tx_ring_free(&ring), 62);
	vx_tx_ring_release(&ring);
	assert_int_equal(vx_tx_ring_free(&ring), 63);
}

static void any_traffic(uint32_t size, uint32_t packets)
{
	uintptr_t oldest = 1, number = 1;
	uint32_t len[VX_TX_MAX_DESC_TSO];

	start(size);
	while (packets) {
		bool is_tso = any(3) == 0;
		uint32_t n = 1 + any(is_tso ? VX_TX_MAX_DESC_TSO : VX_TX_MAX_DESC);
		struct vx_tx_offload off = plain;

		if (any(4) == 0)
			n = 1;
		for (uint32_t i = 0; i < n; i++)
			len[i] = 54 + any(VX_TX_DESC_MAX_LEN - 53);
		if (is_tso && (n > 1 || len[0] > 54))
			off = vx_tx_offload_tso(54, 1 + any(VX_TX_MAX_MSS));
		else if (n > VX_TX_MAX_DESC)
			n = VX_TX_MAX_DESC;
		else if (any(2))
			off = vx_tx_offload_csum(34, 50);
		if (any(5) == 0)
			off.d3 |= VX_TXD_TAG | (uint32_t)any(65536) << VX_TXD_TCI_SHIFT;
		if (vx_tx_ring_free(&ring) >= n) {
			send(len, n, off, number++);
			packets--;
		}
		/* sometimes one by one, sometimes many with one completion */
		if (any(3) == 0)
			model_tx_complete(&model);
		if (any(20) == 0 && model.packets)
			model_tx_complete_through(&model, any(model.packets));
		if (any(4) == 0 || !vx_tx_ring_free(&ring))
			reap(&oldest);
	}
	while (model_tx_complete(&model))
		reap(&oldest);
	assert_int_equal(oldest, number);
	assert_int_equal(vx_tx_ring_free(&ring), size - 1);
	assert_no_fault();
}

static void any_traffic_in_any_ring(void **state)
{
	static const uint32_t sizes[] = {64, 96, 512, 4096};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		any_traffic(sizes[i], 20000);
}

/* The slow host: nothing is completed until the ring is full; the hasty one: before the sender has returned. */
static void slow_and_hasty_hosts(void **state)
{
	uintptr_t oldest = 1, number = 1;

	(void)state;
	start(96);
	for (int round = 0; round < 50; round++) {
		while (vx_tx_ring_free(&ring))
			send_one(60, number++);
		while (model_tx_complete(&model))
			;
		assert_int_equal(reap(&oldest), 95);
	}
	for (int i = 0; i < 1000; i++) {
		send_one(60, number++);
		model_tx_complete(&model);
		assert_int_equal(reap(&oldest), 1);
	}
}

static void expect_distrust(uint32_t index)
{
	uint32_t last = 4711, reaped = ring.reaped;

	model_tx_lie(&model, index);
	assert_int_equal(vx_tx_ring_reap(&ring, &last), -EPROTO);
	assert_int_equal(last, 4711);
	assert_int_equal(ring.reaped, reaped);
}

static void impossible_completions_are_refused(void **state)
{
	static const uint32_t len[] = {100, 200, 300};
	uintptr_t oldest = 1;

	(void)state;
	start(64);
	expect_distrust(0); /* nothing was sent */
	start(64);
	expect_distrust(64); /* beyond the ring */
	start(64);
	expect_distrust(0xfff);
	start(64);
	send(len, 3, plain, 1);
	expect_distrust(0); /* the middle of a packet */
	start(64);
	send(len, 3, plain, 1);
	expect_distrust(3); /* not sent yet */
	start(64);
	send(len, 3, plain, 1);
	ring.slot[3].kind = VX_TX_KIND_SKB;
	expect_distrust(3); /* nor now, where the sender is about to */
	start(64);
	send_one(60, 1);
	model_tx_complete(&model);
	reap(&oldest);
	expect_distrust(0); /* completed twice */
	start(64);
	oldest = 1;
	for (uintptr_t number = 1; number <= 60; number++) {
		send_one(60, number);
		model_tx_complete(&model);
		reap(&oldest);
	}
	for (uintptr_t number = 61; number <= 70; number++)
		send_one(60, number);
	expect_distrust(64); /* beyond the ring, and yet between the oldest and the newest */
}

static void a_reset_forgets_everything(void **state)
{
	uintptr_t number = 1, oldest;

	(void)state;
	start(64);
	while (number < 100) {
		oldest = number;
		send_one(60, number++);
		model_tx_complete(&model);
		reap(&oldest);
	}
	while (number < 120)
		send_one(60, number++);
	vx_tx_ring_doorbell_due(&ring, 5, true);
	model_forget();
	vx_tx_ring_reset(&ring);
	assert_int_equal(ring.deferred, 0);
	model_tx_attach(&model, ring.desc, ring.comp, ring.size);
	assert_no_fault();
	oldest = 1;
	send_one(60, 1);
	model_tx_complete(&model);
	assert_int_equal(reap(&oldest), 1);
}

/*
 * The rule that the 2018 hang was about: whoever sends the last packet of a burst rings, whatever the host has done
 * to its own counter meanwhile, and a burst without an end is rung for now and then.
 */
static void the_last_packet_rings(void **state)
{
	(void)state;
	start(512);
	for (int i = 0; i < 10000; i++) {
		uint32_t burst = 1 + any(200), since = 0;

		while (--burst) {
			since++;
			if (vx_tx_ring_doorbell_due(&ring, 1, true)) {
				assert_int_equal(since, VX_TX_MAX_DEFERRED);
				since = 0;
			}
			assert_in_range(ring.deferred, 0, VX_TX_MAX_DEFERRED - 1);
		}
		assert_true(vx_tx_ring_doorbell_due(&ring, 1, false));
		assert_int_equal(ring.deferred, 0);
	}
	assert_true(vx_tx_ring_doorbell_due(&ring, 1000, true));
}

static void offloads_have_limits(void **state)
{
	(void)state;
	assert_true(vx_tx_csum_fits(34, 50, 52));
	assert_false(vx_tx_csum_fits(34, 50, 51));
	assert_true(vx_tx_csum_fits(1008, 1024, 1500));
	assert_false(vx_tx_csum_fits(1009, 1025, 1500));
	assert_false(vx_tx_csum_fits(1024, 1024, 1500));
	assert_true(vx_tx_tso_fits(54, 1460, 2000));
	assert_true(vx_tx_tso_fits(1023, VX_TX_MAX_MSS, 20000));
	assert_false(vx_tx_tso_fits(1024, 1460, 20000));
	assert_false(vx_tx_tso_fits(54, 0, 2000));
	assert_false(vx_tx_tso_fits(54, 16384, 20000));
	assert_false(vx_tx_tso_fits(54, 1460, 54));
}

static void ring_sizes(void **state)
{
	(void)state;
	assert_true(vx_ring_size_valid(32));
	assert_true(vx_ring_size_valid(96));
	assert_true(vx_ring_size_valid(4096));
	assert_false(vx_ring_size_valid(0));
	assert_false(vx_ring_size_valid(48));
	assert_false(vx_ring_size_valid(4128));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_packet_comes_through, teardown),
		cmocka_unit_test_teardown(lengths_at_the_limits, teardown),
		cmocka_unit_test_teardown(full_is_not_empty, teardown),
		cmocka_unit_test_teardown(what_is_not_released_is_not_free, teardown),
		cmocka_unit_test_teardown(any_traffic_in_any_ring, teardown),
		cmocka_unit_test_teardown(slow_and_hasty_hosts, teardown),
		cmocka_unit_test_teardown(impossible_completions_are_refused, teardown),
		cmocka_unit_test_teardown(a_reset_forgets_everything, teardown),
		cmocka_unit_test_teardown(the_last_packet_rings, teardown),
		cmocka_unit_test(offloads_have_limits),
		cmocka_unit_test(ring_sizes),
	};

	return cmocka_run_group_tests_name("driver-tx", tests, NULL, NULL);
}
