// SPDX-License-Identifier: GPL-2.0-or-later
/* What the driver decides without a device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <net/if.h>

#include "plan.h"

static void vectors(void **state)
{
	(void)state;
	for (uint32_t available = 1; available <= 25; available++) {
		for (uint32_t wanted = 1; wanted <= 8; wanted *= 2) {
			struct vx_vector_plan p = vx_plan_vectors(available, wanted);

			assert_in_range(p.pairs, 1, wanted);
			assert_int_equal(p.pairs & (p.pairs - 1), 0);
			assert_in_range(p.count, 1, available);
			assert_in_range(p.event, 0, p.count - 1);
			if (p.mode == VX_VECTORS_SINGLE)
				assert_int_equal(p.pairs, 1);
			else
				assert_int_equal(p.count, p.pairs * (p.mode == VX_VECTORS_SPLIT ? 2 : 1) + 1);
		}
	}
	assert_int_equal(vx_plan_vectors(17, 8).mode, VX_VECTORS_SPLIT);
	assert_int_equal(vx_plan_vectors(16, 8).mode, VX_VECTORS_PAIRED);
	assert_int_equal(vx_plan_vectors(8, 8).pairs, 4);
	assert_int_equal(vx_plan_vectors(2, 8).mode, VX_VECTORS_PAIRED);
	assert_int_equal(vx_plan_vectors(1, 8).mode, VX_VECTORS_SINGLE);
}

/* For every MTU: buffers that hold the frame, within what the device and the page allow. */
static void buffers(void **state)
{
	static const uint32_t headrooms[] = {64, 256, 258};

	(void)state;
	for (size_t h = 0; h < 3; h++) {
		for (uint32_t mtu = VX_MTU_MIN; mtu <= VX_MTU_MAX; mtu++) {
			struct vx_rx_layout l;

			vx_plan_rx_layout(mtu, headrooms[h], 320, 4096, &l);
			assert_true(l.head_len + l.bodies * l.body_len >= mtu + 14 + 8);
			assert_in_range(l.head_len, VX_RX_HEAD_MIN_LEN, VX_RX_DESC_MAX_LEN);
			assert_true(l.head_len + headrooms[h] + 320 <= 4096);
			assert_in_range(l.body_len, VX_RX_HEAD_MIN_LEN, 4096);
			assert_in_range(l.bodies, 0, 2);
			if (mtu <= 3000)
				assert_int_equal(l.bodies, 0);
		}
	}
	{
		struct vx_rx_layout l;

		vx_plan_rx_layout(9000, 256, 320, 65536, &l);
		assert_int_equal(l.bodies, 0);
		assert_in_range(l.body_len, 9000, VX_RX_DESC_MAX_LEN);
	}
}

static void rx_modes(void **state)
{
	const uint32_t base = VX_RXMODE_UCAST | VX_RXMODE_BCAST;

	(void)state;
	assert_int_equal(vx_plan_rx_mode(0, 0, 10), VX_RXMODE_UCAST);
	assert_int_equal(vx_plan_rx_mode(IFF_BROADCAST, 0, 10), base);
	assert_int_equal(vx_plan_rx_mode(IFF_BROADCAST, 10, 10), base | VX_RXMODE_MCAST);
	assert_int_equal(vx_plan_rx_mode(IFF_BROADCAST, 11, 10), base | VX_RXMODE_ALLMULTI);
	assert_int_equal(vx_plan_rx_mode(IFF_BROADCAST | IFF_ALLMULTI, 1, 10), base | VX_RXMODE_ALLMULTI);
	assert_int_equal(vx_plan_rx_mode(IFF_BROADCAST | IFF_PROMISC, 0, 10), base | VX_RXMODE_PROMISC);
}

/* What the user has set goes to the device as it is, each time. */
static void rss(void **state)
{
	struct vx_rss_state s;
	struct vx_hw_rss block;

	(void)state;
	for (uint32_t i = 0; i < VX_RSS_KEY_SIZE; i++)
		s.key[i] = (uint8_t)(i * 7 + 1);
	for (uint32_t i = 0; i < VX_RSS_TABLE_SIZE; i++)
		s.table[i] = i < 100 ? 3 : 1;
	memset(&block, 0xff, sizeof(block));
	vx_plan_rss(&block, &s, 4);
	assert_memory_equal(block.key, s.key, VX_RSS_KEY_SIZE);
	assert_memory_equal(block.table, s.table, VX_RSS_TABLE_SIZE);
	assert_int_equal(block.key_size, 40);
	assert_int_equal(block.table_size, 128);
	assert_int_equal(block.hash_func, VX_RSS_FUNC_TOEPLITZ);
	assert_int_equal(block.hash_type, 15);
	/* a table for more queues than there are must not name one that is not there */
	vx_plan_rss(&block, &s, 2);
	for (uint32_t i = 0; i < VX_RSS_TABLE_SIZE; i++)
		assert_in_range(block.table[i], 0, 1);
}

static void wake_patterns(void **state)
{
	struct vx_wake_request r = {
		.magic = true, .unicast = true, .arp = true, .mac = {2, 0, 0, 0, 0, 9}, .ipv4 = {192, 0, 2, 1}};
	struct vx_hw_pm pm;

	(void)state;
	vx_plan_wake(&pm, &r);
	assert_int_equal(pm.wake_events, VX_PM_WAKE_MAGIC | VX_PM_WAKE_FILTER);
	assert_int_equal(pm.num_filters, 2);
	assert_int_equal(pm.filter[0].pattern_size, 6);
	assert_int_equal(pm.filter[0].mask_size, 1);
	assert_int_equal(pm.filter[0].mask[0], 0x3f);
	assert_memory_equal(pm.filter[0].pattern, r.mac, 6);
	assert_int_equal(pm.filter[1].pattern_size, 42);
	assert_int_equal(pm.filter[1].mask_size, 6);
	assert_int_equal(pm.filter[1].pattern[12] << 8 | pm.filter[1].pattern[13], 0x0806);
	assert_int_equal(pm.filter[1].pattern[21], 1);
	assert_memory_equal(pm.filter[1].pattern + 38, r.ipv4, 4);
	assert_int_equal(pm.filter[1].mask[1], 0x30);
	assert_int_equal(pm.filter[1].mask[2], 0x30);
	assert_int_equal(pm.filter[1].mask[4], 0xc0);
	assert_int_equal(pm.filter[1].mask[5], 0x03);
	r.arp = r.unicast = false;
	vx_plan_wake(&pm, &r);
	assert_int_equal(pm.wake_events, VX_PM_WAKE_MAGIC);
	assert_int_equal(pm.num_filters, 0);
	r = (struct vx_wake_request){.arp = true, .ipv4 = {10, 0, 0, 1}};
	vx_plan_wake(&pm, &r);
	assert_int_equal(pm.wake_events, VX_PM_WAKE_FILTER);
	assert_int_equal(pm.filter[0].pattern_size, 42);
}

static void tx_slots(void **state)
{
	(void)state;
	assert_int_equal(vx_plan_tx_slot_size(0), 128);
	assert_int_equal(vx_plan_tx_slot_size(64), 128);
	assert_int_equal(vx_plan_tx_slot_size(200), 128);
	assert_int_equal(vx_plan_tx_slot_size(256), 256);
	assert_int_equal(vx_plan_tx_slot_size(2048), 2048);
	assert_int_equal(vx_plan_tx_slot_size(2112), 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors), cmocka_unit_test(buffers), cmocka_unit_test(rx_modes),
		cmocka_unit_test(rss), cmocka_unit_test(wake_patterns), cmocka_unit_test(tx_slots),
	};

	return cmocka_run_group_tests_name("driver-plan", tests, NULL, NULL);
}
