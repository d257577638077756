/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device does with kinds of flows: no device that we can emulate does anything. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/sys/net_losses.h"
#include "../../src/sys/net_settings.h"

#define PLACES 8

/* The link is always the first one of the host, which is lo. */
static struct device {
	struct ethtool_rx_flow_spec rules[PLACES];
	bool is_used[PLACES];
	uint64_t udp4, tcp6; /* what is hashed of them; other kinds it does not know */
	bool has_nothing;
} device;

int __wrap_ioctl(int fd, unsigned long request, ...);

static int answer(int code)
{
	errno = -code;
	return code < 0 ? -1 : 0;
}

static uint64_t *hash_of(uint32_t type)
{
	return type == UDP_V4_FLOW ? &device.udp4 : type == TCP_V6_FLOW ? &device.tcp6 : NULL;
}

static int fields_answer(struct ethtool_rxnfc *command)
{
	uint64_t *hash = hash_of(command->flow_type);

	if (hash && command->cmd == ETHTOOL_GRXFH)
		command->data = *hash;
	else if (hash)
		*hash = command->data;
	return answer(hash ? 0 : -EINVAL);
}

static int places_answer(struct ethtool_rxnfc *command)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < PLACES; i++) {
		if (device.is_used[i] && command->cmd == ETHTOOL_GRXCLSRLALL) {
			assert_true(count < command->rule_cnt);
			command->rule_locs[count] = i;
		}
		count += device.is_used[i];
	}
	command->rule_cnt = count;
	return answer(0);
}

static int rule_answer(struct ethtool_rxnfc *command)
{
	uint32_t place = command->fs.location;

	if (place >= PLACES)
		return answer(-EINVAL);
	if (command->cmd == ETHTOOL_SRXCLSRLINS) {
		device.rules[place] = command->fs;
		device.is_used[place] = true;
	}
	command->fs = device.rules[place];
	return answer(device.is_used[place] ? 0 : -ENOENT);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct ethtool_rxnfc *command;
	struct ifreq *asked;
	va_list list;

	va_start(list, request);
	asked = va_arg(list, struct ifreq *);
	va_end(list);
	assert_int_equal(fd, 7);
	if (request == SIOCGIFNAME) {
		assert_int_equal(asked->ifr_ifindex, 1);
		strcpy(asked->ifr_name, "lo");
		return answer(0);
	}
	assert_int_equal(request, SIOCETHTOOL);
	assert_string_equal(asked->ifr_name, "lo");
	command = (void *)asked->ifr_data;
	if (device.has_nothing)
		return answer(-EOPNOTSUPP);
	switch (command->cmd) {
	case ETHTOOL_GRXFH:
	case ETHTOOL_SRXFH:
		return fields_answer(command);
	case ETHTOOL_GRXCLSRLCNT:
	case ETHTOOL_GRXCLSRLALL:
		return places_answer(command);
	default:
		return rule_answer(command);
	}
}

static const struct sys_ethtool ethtool = {.ioctl_fd = 7};

static struct ds_settings look(void)
{
	const struct ds_link link = {.name = (char *)(uintptr_t) "lo", .ifindex = 1};
	struct ds_settings settings = {0};

	assert_int_equal(sys_flows_read(&ethtool, &link, &settings), 0);
	ds_settings_sort(&settings);
	return settings;
}

static void add_rule(uint32_t place, uint32_t type, uint64_t queue)
{
	struct ethtool_rx_flow_spec *rule = &device.rules[place];

	device.is_used[place] = true;
	rule->location = place;
	rule->flow_type = type;
	rule->h_u.udp_ip4_spec.pdst = 0x3500;
	rule->m_u.udp_ip4_spec.pdst = 0xffff;
	rule->ring_cookie = queue;
}

static void test_flows_come_back(void **state)
{
	struct device before;
	struct ds_settings settings, after;

	(void)state;
	device = (struct device){.udp4 = RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3};
	add_rule(5, UDP_V4_FLOW, 3);
	add_rule(2, TCP_V4_FLOW, RX_CLS_FLOW_DISC);
	before = device;
	settings = look();
	assert_int_equal(settings.items.count, 4);
	assert_string_equal(settings.items.items[0].key, "flow-hash tcp6");
	assert_string_equal(settings.items.items[0].value, "");
	assert_string_equal(settings.items.items[1].key, "flow-hash udp4");
	assert_string_equal(settings.items.items[1].value, "sdfn");
	assert_string_equal(settings.items.items[2].key, "flow-rule 2");
	assert_string_equal(settings.items.items[3].key, "flow-rule 5");
	device = (struct device){.udp4 = RXH_IP_SRC, .tcp6 = RXH_IP_DST};
	for (size_t i = 0; i < settings.items.count; i++) {
		assert_true(sys_flows_is_part(&settings.items.items[i]));
		assert_int_equal(sys_flows_put(&ethtool, 1, &settings.items.items[i]), 0);
	}
	assert_memory_equal(&device, &before, sizeof(device));
	after = look();
	assert_true(ds_record_equal(&ds_settings_record, &settings, &after));
	ds_record_done(&ds_settings_record, &settings);
	ds_record_done(&ds_settings_record, &after);
}

static void test_a_device_without_flows(void **state)
{
	struct ds_settings settings;

	(void)state;
	device = (struct device){.has_nothing = true};
	settings = look();
	assert_int_equal(settings.items.count, 0);
	ds_record_done(&ds_settings_record, &settings);
}

/* Its table of queues is none that we make. */
static void test_a_rule_with_a_context(void **state)
{
	struct ds_link link = {.name = (char *)(uintptr_t) "lo", .ifindex = 1};
	struct ds_network network = {.links = {&link, 1}};
	const struct sys_setting_look looking = {.network = &network};
	struct ds_settings settings;
	ds_strings texts = {0};
	struct sys_losses losses = {.look = &looking, .texts = &texts};

	(void)state;
	device = (struct device){0};
	add_rule(1, UDP_V4_FLOW, 3);
	add_rule(4, UDP_V4_FLOW | FLOW_RSS, 0);
	settings = look();
	assert_int_equal(settings.items.count, 3);
	assert_string_equal(settings.items.items[2].key, "flow-rule 1");
	assert_int_equal(sys_flows_lose(&ethtool, &losses), 0);
	assert_int_equal(texts.count, 1);
	assert_string_equal(texts.items[0], "the flow rule 4 of lo and its RSS context");
	ds_record_done(&ds_settings_record, &settings);
	ds_strings_done(&texts);
}

/* A journal may be damaged. */
static void test_bad_settings(void **state)
{
	static const struct {
		const char *key, *value;
	} bad[] = {
		{"flow-hash ip9", "sd"}, {"flow-rule 1", "xy"},
		{"flow-rule 1", "00000020"}, /* FLOW_RSS */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct ds_setting setting = {.kind = DS_SETTING_ETHTOOL,
			.link = (char *)(uintptr_t) "lo",
			.key = (char *)(uintptr_t)bad[i].key,
			.value = (char *)(uintptr_t)bad[i].value};

		device = (struct device){0};
		assert_int_equal(sys_flows_put(&ethtool, 1, &setting), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows_come_back),
		cmocka_unit_test(test_a_device_without_flows),
		cmocka_unit_test(test_a_rule_with_a_context),
		cmocka_unit_test(test_bad_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
