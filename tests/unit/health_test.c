/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which questions are asked, how a command line is split, and what the kernel's log accuses. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator.h"
#include "drvswap/health.h"
#include "drvswap/proof.h"

static void set(char **member, const char *text)
{
	assert_int_equal(ds_string_set(member, text), 0);
}

/* --- words ------------------------------------------------------------------------------ */

static void test_words(void **state)
{
	static const struct {
		const char *line, *words[5];
	} rows[] = {
		{"a", {"a"}},
		{"  ping  -c 1\t192.0.2.1\n", {"ping", "-c", "1", "192.0.2.1"}},
		{"sh -c \"a b\"", {"sh", "-c", "a b"}},
		{"sh -c 'a \"b\" \\n'", {"sh", "-c", "a \"b\" \\n"}},
		{"a\\ b c", {"a b", "c"}},
		{"\"a\\\"b\"", {"a\"b"}},
		{"a\"b c\"d'e f'", {"ab cde f"}},
		{"a ''", {"a", ""}},
		{"a $HOME * ; | `b`", {"a", "$HOME", "*", ";", "|"}},
		{"", {NULL}},
		{" \t", {NULL}},
		{"''", {NULL}},
		{"'a", {NULL}},
		{"a \"b", {NULL}},
		{"a\\", {NULL}},
		{"\"a\\\"", {NULL}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ds_strings words = {0};
		int r = ds_words_split(rows[i].line, &words);

		assert_int_equal(r, rows[i].words[0] ? 0 : -EINVAL);
		for (size_t j = 0; j < 5 && rows[i].words[j]; j++) {
			assert_true(j < words.count);
			assert_string_equal(words.items[j], rows[i].words[j]);
		}
		if (!rows[i].words[0])
			assert_int_equal(words.count, 0);
		else if (!rows[i].words[4])
			assert_true(words.count < 5);
		ds_strings_done(&words);
	}
}

/* --- questions -------------------------------------------------------------------------- */

static void add_link(struct ds_network *network, const char *name, bool is_up, bool has_carrier)
{
	struct ds_link *link = ds_list_add(&network->links);

	set(&link->name, name);
	link->is_up = is_up;
	link->has_carrier = has_carrier;
}

static void add_route(
	struct ds_network *network, const char *link, const char *gateway, int gateway_family)
{
	struct ds_route *route = ds_list_add(&network->routes);
	struct ds_nexthop *hop = ds_list_add(&route->nexthops);

	route->family = 2;
	set(&hop->link, link);
	set(&hop->gateway, gateway);
	hop->gateway_family = gateway_family;
}

static void add_above(struct ds_network *network, const char *link, const char *gateway)
{
	struct ds_nexthop *hop = ds_list_add(&network->gateways_above);

	set(&hop->link, link);
	set(&hop->gateway, gateway);
	hop->gateway_family = 2;
}

static void set_network(struct ds_network *network)
{
	add_link(network, "eth0", true, true);
	add_link(network, "eth1", true, false);
	add_link(network, "eth2", false, true);
	add_route(network, "eth0", "192.0.2.254", 0);
	add_route(network, "eth0", "192.0.2.254", 0);
	add_route(network, "eth0", NULL, 0);
	add_route(network, "eth0", "fe80::1", 10);
	add_route(network, "eth1", "192.0.2.7", 0);
	add_route(network, "eth2", "192.0.2.8", 0);
	add_route(network, "other0", "192.0.2.9", 0);
	add_above(network, "bond0", "192.0.2.11");
}

static void test_questions(void **state)
{
	struct ds_health health = {0}, again = {0};
	struct ds_network network = {0};
	ds_strings checks = {0};

	(void)state;
	set_network(&network);
	ds_strings_add(&checks, "/bin/true");
	assert_int_equal(ds_health_ask(&network, &checks, &health), 0);
	assert_int_equal(health.gateways.count, 3);
	assert_string_equal(health.gateways.items[0].address, "192.0.2.254");
	assert_string_equal(health.gateways.items[0].link, "eth0");
	assert_int_equal(health.gateways.items[0].family, 2);
	assert_string_equal(health.gateways.items[1].address, "fe80::1");
	assert_int_equal(health.gateways.items[1].family, 10);
	assert_string_equal(health.gateways.items[2].address, "192.0.2.11");
	assert_string_equal(health.gateways.items[2].link, "bond0");
	assert_int_equal(health.gateways.items[0].answer, DS_ANSWER_NONE);
	assert_int_equal(health.commands.count, 1);
	assert_string_equal(health.commands.items[0].line, "/bin/true");

	health.gateways.items[0].answer = DS_ANSWER_NO;
	health.gateways.items[1].answer = DS_ANSWER_YES;
	health.commands.items[0].answer = DS_ANSWER_NO;
	assert_int_equal(ds_health_ask_again(&health, &again), 0);
	assert_int_equal(again.gateways.count, 1);
	assert_string_equal(again.gateways.items[0].address, "fe80::1");
	assert_int_equal(again.gateways.items[0].answer, DS_ANSWER_NONE);
	assert_int_equal(again.commands.count, 1);
	assert_int_equal(again.commands.items[0].answer, DS_ANSWER_NONE);
	ds_record_done(&ds_health_record, &health);
	ds_record_done(&ds_health_record, &again);
	ds_record_done(&ds_network_record, &network);
	ds_strings_done(&checks);
}

static void test_out_of_memory(void **state)
{
	struct ds_health health = {0}, again = {0};
	struct ds_network network = {0};
	ds_strings checks = {0};
	bool has_struck = true;

	(void)state;
	set_network(&network);
	ds_strings_add(&checks, "/bin/true");
	for (long count = 0; has_struck; count++) {
		int r;

		allocator_fail_after(count);
		r = ds_health_ask(&network, &checks, &health);
		if (r == 0) {
			health.gateways.items[0].answer = DS_ANSWER_YES;
			r = ds_health_ask_again(&health, &again);
		}
		has_struck = allocator_end();
		assert_int_equal(r, has_struck ? -ENOMEM : 0);
		if (has_struck)
			assert_int_equal(again.gateways.count, 0);
		ds_record_done(&ds_health_record, &health);
		ds_record_done(&ds_health_record, &again);
	}
	ds_record_done(&ds_network_record, &network);
	ds_strings_done(&checks);
}

/* --- the kernel's log ------------------------------------------------------------------- */

#define CUT "------------[ cut here ]------------"
#define END "---[ end trace 0000000000000000 ]---"

static const struct {
	const char *what, *said; /* said NULL: nobody is accused */
	const char *lines[12];
} logs[] = {
	{"a warning in the driver", "WARNING: CPU: 0 PID: 9 at /x/net.c:62 probe+0x1a/0x30 [net]",
		{CUT, "the text of it",
			"WARNING: CPU: 0 PID: 9 at /x/net.c:62 probe+0x1a/0x30 [net]",
			"Modules linked in: net(OE) [last unloaded: net]", END}},
	{"in the core, from the driver", "WARNING: CPU: 0 PID: 9 at net/core/dev.c:1 a+0x1/0x2",
		{CUT, "WARNING: CPU: 0 PID: 9 at net/core/dev.c:1 a+0x1/0x2",
			"Modules linked in: other net", "Call Trace:", " <TASK>",
			" poll+0x10/0x20 [net]", END}},
	{"with build-ids", "WARNING: CPU: 0 PID: 9 at a.c:1 a+0x1/0x2",
		{CUT, "WARNING: CPU: 0 PID: 9 at a.c:1 a+0x1/0x2",
			"Call Trace:", " poll+0x10/0x20 [net 0123456789abcdef]", END}},
	{"of somebody else", NULL,
		{CUT, "WARNING: CPU: 0 PID: 9 at a.c:1 a+0x1/0x2 [other]",
			"Modules linked in: net [net]", " b+0x1/0x2 [netfs]", " ? c+0x1/0x2 [net]",
			END, " d+0x1/0x2 [net]"}},
	{"an oops", "BUG: kernel NULL pointer dereference, address: 0000000000000000",
		{"BUG: kernel NULL pointer dereference, address: 0000000000000000",
			"#PF: supervisor write access in kernel mode",
			"Oops: 0002 [#1] PREEMPT SMP", "CPU: 0 PID: 99 Comm: drvswap Tainted: G OE",
			"RIP: 0010:oops+0x1/0x2 [net]", END}},
	{"a BUG_ON", "kernel BUG at /x/net.c:7!",
		{CUT, "kernel BUG at /x/net.c:7!", "invalid opcode: 0000 [#1] PREEMPT SMP",
			"RIP: 0010:f+0x1/0x2 [net]"}},
	{"the watchdog of 6.1", "NETDEV WATCHDOG: eth0 (net): transmit queue 0 timed out",
		{CUT, "NETDEV WATCHDOG: eth0 (net): transmit queue 0 timed out"}},
	{"the watchdog of 6.12",
		"net 0000:00:02.0 eth0: NETDEV WATCHDOG: CPU: 1: transmit queue 0 timed out 5000 "
		"ms",
		{"net 0000:00:02.0 eth0: NETDEV WATCHDOG: CPU: 1: transmit queue 0 timed out 5000 "
		 "ms"}},
	{"the watchdog of another link", NULL,
		{"NETDEV WATCHDOG: eth01 (nic): transmit queue 0 timed out"}},
	{"of another link of a longer name", NULL,
		{"NETDEV WATCHDOG: veth0 (veth): transmit queue 0 timed out"}},
	{"the driver's own messages", NULL,
		{"net 0000:00:02.0 eth0: NIC Link is Up 10000 Mbps", " f+0x1/0x2 [net]"}},
	{"its messages after a warning of somebody else", NULL,
		{"WARNING: CPU: 0 PID: 9 at a.c:1 a+0x1/0x2 [other]",
			"net 0000:00:02.0 eth0: NIC Link is Up 10000 Mbps"}},
};

static void test_complaints(void **state)
{
	ds_strings names = {0};

	(void)state;
	ds_strings_add(&names, "0000:00:02.0");
	ds_strings_add(&names, "eth0");
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		const struct ds_accused accused = {.module = "net", .names = names};
		struct ds_complaint_reader reader = {0};
		const char *said = NULL;
		char text[256];

		for (size_t j = 0; j < 12 && logs[i].lines[j]; j++) {
			if (!ds_complaint_read(&reader, &accused, logs[i].lines[j]))
				continue;
			if (said)
				fail_msg("%s: said twice", logs[i].what);
			snprintf(text, sizeof(text), "%s", reader.headline);
			said = text;
		}
		if (!ds_string_equal(said, logs[i].said))
			fail_msg("%s: %s", logs[i].what, said ? said : "nothing");
	}
	ds_strings_done(&names);
}

/* A block that never says that it has ended does not last for ever; and two are two. */
static void test_blocks_end(void **state)
{
	const struct ds_accused accused = {.module = "net"};
	struct ds_complaint_reader reader = {0};

	(void)state;
	assert_false(ds_complaint_read(&reader, &accused, "BUG: scheduling while atomic: x"));
	for (int i = 0; i < 200; i++)
		assert_false(ds_complaint_read(&reader, &accused, "something else"));
	assert_false(ds_complaint_read(&reader, &accused, " f+0x1/0x2 [net]"));
	assert_true(
		ds_complaint_read(&reader, &accused, "WARNING: CPU: 0 at a.c:1 f+0x1/0x2 [net]"));
	assert_true(
		ds_complaint_read(&reader, &accused, "WARNING: CPU: 0 at b.c:1 g+0x1/0x2 [net]"));
	assert_non_null(strstr(reader.headline, "b.c"));
}

/* --- the proof -------------------------------------------------------------------------- */

/* Which proof is chosen; when it is missing, check_test.c tells. */
static void test_proof(void **state)
{
	struct ds_link link = {.has_caller_ssh = true};
	struct ds_host host = {.module.state = DS_MODULE_LIVE, .network.links = {&link, 1}};
	struct ds_request request = {
		.caller = {.kind = DS_CALLER_SSH, .can_travel = true}, .timeout_s = 7};

	(void)state;
	assert_int_equal(ds_proof_of(&request, &host), DS_PROOF_ACK);
	request.caller.has_keyboard = true;
	assert_int_equal(ds_proof_of(&request, &host), DS_PROOF_KEY);
	request.confirm_s = 9;
	assert_int_equal(ds_proof_of(&request, &host), DS_PROOF_CONFIRM);
	request.confirm_s = 0;
	host.module.state = DS_MODULE_ABSENT;
	assert_int_equal(ds_proof_of(&request, &host), DS_PROOF_NOT_NEEDED);
	assert_int_equal(ds_proof_seconds(&request), 28);
	request.timeout_s = 0;
	assert_int_equal(ds_proof_seconds(&request), DS_CONFIRM_DEFAULT_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_blocks_end),
		cmocka_unit_test(test_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
