/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The verdict, fact by fact, and the comparison of a host with what was observed. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/core/compare.h"
#include "allocator.h"
#include "drvswap/verify.h"

static void set(char **member, const char *text)
{
	assert_int_equal(ds_string_set(member, text), 0);
}

static struct ds_address *add_address(struct ds_network *network, const char *local)
{
	struct ds_address *address = ds_list_add(&network->addresses);

	*address = (struct ds_address){.family = 2, .prefix = 24, .valid_s = -1};
	set(&address->link, "eth0");
	set(&address->local, local);
	return address;
}

static struct ds_route *add_route(struct ds_network *network, const char *gateway)
{
	struct ds_route *route = ds_list_add(&network->routes);
	struct ds_nexthop *hop;

	*route = (struct ds_route){.family = 2, .table = 254, .type = 1, .protocol = 3};
	hop = ds_list_add(&route->nexthops);
	set(&hop->link, "eth0");
	set(&hop->gateway, gateway);
	return route;
}

static struct ds_link *add_link(struct ds_network *network, const char *name, const char *device)
{
	struct ds_link *link = ds_list_add(&network->links);

	set(&link->name, name);
	set(&link->device, device);
	set(&link->mac, "00:50:56:00:00:01");
	link->mtu = 1500;
	link->is_up = link->has_carrier = true;
	set(&link->driver.driver, "net");
	set(&link->driver.version, "1.0");
	return link;
}

static void set_host(struct ds_host *host)
{
	struct ds_device *device = ds_list_add(&host->devices);

	set(&host->module.name, "net");
	host->module.state = DS_MODULE_LIVE;
	set(&host->module.identity.build_id, "b1");
	host->installed.type = DS_FILE_REGULAR;
	set(&host->installed.path, "/m/net.ko");
	set(&host->installed_image.digest, "d1");
	set(&device->address, "pci/0");
	set(&device->driver, "net");
	set(&device->module, "net");
	add_link(&host->network, "eth0", "pci/0");
	add_address(&host->network, "192.0.2.1");
	add_route(&host->network, "192.0.2.254");
}

static void add_setting(struct ds_host *host, int kind, const char *key, const char *value)
{
	assert_int_equal(ds_setting_add(&host->network.settings, kind, "eth0", key, value), 0);
	ds_settings_sort(&host->network.settings);
}

/* The same on both, but the value; NULL: not there. */
static void add_both(struct ds_host *before, struct ds_host *after, int kind, const char *value)
{
	add_setting(before, kind, "a key", "1");
	if (value)
		add_setting(after, kind, "a key", value);
}

static void add_lines(struct ds_host *before, struct ds_host *after, const char *lines)
{
	add_setting(before, DS_SETTING_SYSCTL, "a folder", "a=1\nb=2\n");
	if (lines)
		add_setting(after, DS_SETTING_SYSCTL, "a folder", lines);
}

/* --- changes ---------------------------------------------------------------------------- */

static void add_param(struct ds_host *host, const char *value)
{
	struct ds_param *param = ds_list_add(&host->module.params);

	set(&param->name, "debug");
	set(&param->value, value);
}

#define LINK(host) (&(host)->network.links.items[0])
#define CHANGE(function, ...)                                                                      \
	static void function(struct ds_host *before, struct ds_host *after)                        \
	{                                                                                          \
		(void)before;                                                                      \
		(void)after;                                                                       \
		__VA_ARGS__;                                                                       \
	}

CHANGE(same, (void)0)
CHANGE(other_code, set(&after->module.identity.build_id, "b2"))
CHANGE(no_code, after->module.state = DS_MODULE_ABSENT)
CHANGE(stuck, after->module.state = DS_MODULE_COMING)
CHANGE(was_unnamed, ds_record_done(&ds_identity_record, &after->module.identity))
CHANGE(other_file, set(&after->installed_image.digest, "d2"))
CHANGE(no_file, ds_record_done(&ds_image_record, &after->installed_image))
CHANGE(unbound, set(&after->devices.items[0].driver, NULL))
CHANGE(bound_to_other, set(&after->devices.items[0].module, "vfio"))
CHANGE(device_gone, ds_record_done(&ds_device_record, after->devices.items);
	after->devices.count = 0)
CHANGE(other_txqlen, LINK(after)->txqlen = 7)
CHANGE(other_group, LINK(after)->group = 7)
CHANGE(no_alias, set(&LINK(before)->alias, "uplink"))
CHANGE(new_alias, set(&LINK(after)->alias, "uplink"))
CHANGE(no_altname, ds_strings_add(&LINK(before)->altnames, "wan0"))
CHANGE(new_altname, ds_strings_add(&LINK(after)->altnames, "wan0"))
CHANGE(no_promisc, LINK(before)->is_promisc = true)
CHANGE(no_allmulti, LINK(before)->is_allmulti = true)
CHANGE(new_promisc, LINK(after)->is_promisc = true)
CHANGE(other_gen_mode, LINK(before)->addr_gen_mode = 1)
CHANGE(no_ipv6, LINK(before)->addr_gen_mode = -1)
CHANGE(no_token, set(&LINK(before)->token, "::53"))
CHANGE(link_gone, set(&LINK(after)->device, "pci/9"))
CHANGE(link_down, LINK(after)->is_up = false)
CHANGE(link_up, LINK(before)->is_up = false)
CHANGE(no_carrier, LINK(after)->has_carrier = false)
CHANGE(never_carrier, LINK(after)->has_carrier = LINK(before)->has_carrier = false)
CHANGE(new_carrier, LINK(before)->has_carrier = false)
CHANGE(down_as_before, LINK(after)->is_up = LINK(before)->is_up = false;
	LINK(after)->has_carrier = false)
CHANGE(renamed, set(&LINK(after)->name, "eth7"))
CHANGE(other_mac, set(&LINK(after)->mac, "00:50:56:00:00:02"))
CHANGE(no_master, set(&LINK(before)->master, "bond0"))
CHANGE(other_mtu, LINK(after)->mtu = 9000)
CHANGE(other_driver, set(&LINK(after)->driver.driver, "nic"))
CHANGE(other_version, set(&LINK(after)->driver.version, "2.0"))
CHANGE(no_version, set(&LINK(after)->driver.version, NULL))
CHANGE(other_param, add_param(before, "1"); add_param(after, "2"))
CHANGE(same_param, add_param(before, "1"); add_param(after, "1"))
CHANGE(unread_param, add_param(before, "1"))
CHANGE(no_links, ds_record_done(&ds_network_record, &before->network);
	ds_record_done(&ds_network_record, &after->network))
CHANGE(address_gone, set(&after->network.addresses.items[0].local, "192.0.2.9"))
CHANGE(address_kernel, struct ds_address *it = add_address(&before->network, "fe80::1");
	it->family = 10; it->protocol = 3)
CHANGE(route_gone, set(&after->network.routes.items[0].nexthops.items[0].gateway, "192.0.2.1"))
CHANGE(route_kernel, add_route(&before->network, "192.0.2.7")->protocol = 2)
CHANGE(upper_other, LINK(before)->is_upper = LINK(after)->is_upper = true;
	set(&LINK(before)->data, "08000100"); set(&LINK(after)->data, "08000200"))
CHANGE(upper_moved, LINK(before)->is_upper = LINK(after)->is_upper = true;
	set(&LINK(before)->lower, "eth1"); set(&LINK(after)->lower, "eth2"))
CHANGE(upper_version, LINK(before)->is_upper = LINK(after)->is_upper = true)
CHANGE(feature_same, add_both(before, after, DS_SETTING_ETHTOOL, "1"))
CHANGE(feature_other, add_both(before, after, DS_SETTING_ETHTOOL, "0"))
CHANGE(feature_lacking, add_both(before, after, DS_SETTING_ETHTOOL, NULL))
CHANGE(feature_new, add_setting(after, DS_SETTING_ETHTOOL, "new", "1"))
CHANGE(queue_lacking, add_both(before, after, DS_SETTING_SYSFS, NULL))
CHANGE(sysctl_same, add_lines(before, after, "a=1\nb=2\n"))
CHANGE(sysctl_order, add_lines(before, after, "b=2\na=1\n"))
CHANGE(sysctl_more, add_lines(before, after, "a=1\nb=2\nc=3\n"))
CHANGE(sysctl_other, add_lines(before, after, "a=1\nb=3\n"))
CHANGE(sysctl_lacking, add_lines(before, after, "a=1\n"))
CHANGE(sysctl_gone, add_lines(before, after, NULL))
CHANGE(nexthop_gone, add_both(before, after, DS_SETTING_NEXTHOP, NULL))
CHANGE(program_gone, add_setting(before, DS_SETTING_XDP, "generic", "7"))
CHANGE(program_not_run, add_setting(before, DS_SETTING_XDP, "driver", "7"))
CHANGE(program_replaced, add_setting(before, DS_SETTING_XDP, "generic", "7");
	add_setting(after, DS_SETTING_XDP, "generic", "9"))
CHANGE(index_changes, LINK(after)->ifindex = 77)

static struct ds_gateway *add_gateway(struct ds_host *host, int answer)
{
	struct ds_gateway *gateway = ds_list_add(&host->health.gateways);

	host->health.is_measured = true;
	set(&gateway->link, "eth0");
	set(&gateway->address, "192.0.2.254");
	gateway->answer = answer;
	return gateway;
}

static struct ds_command *add_command(struct ds_host *host, int answer)
{
	struct ds_command *command = ds_list_add(&host->health.commands);

	host->health.is_measured = true;
	set(&command->line, "ping gateway");
	command->answer = answer;
	return command;
}

#define SPEEDS(old, new)   LINK(before)->speed_mbps = (old), LINK(after)->speed_mbps = (new)
#define DUPLEX(old, new)   LINK(before)->duplex = (old), LINK(after)->duplex = (new)
#define TIMEOUTS(old, new) LINK(before)->tx_timeouts = (old), LINK(after)->tx_timeouts = (new)
#define OWN(old, new)                                                                              \
	LINK(before)->driver_tx_timeouts = (old), LINK(after)->driver_tx_timeouts = (new)

CHANGE(as_fast, SPEEDS(10000, 10000))
CHANGE(faster, SPEEDS(1000, 10000))
CHANGE(slower, SPEEDS(10000, 1000))
CHANGE(no_speed, SPEEDS(10000, -1))
CHANGE(never_speed, SPEEDS(-1, -1))
CHANGE(slower_down, SPEEDS(10000, 10); LINK(before)->is_up = false)
CHANGE(slower_no_carrier, SPEEDS(10000, -1); LINK(before)->has_carrier = false)
CHANGE(full_as_before, DUPLEX(1, 1))
CHANGE(half_now, DUPLEX(1, 0))
CHANGE(full_now, DUPLEX(0, 1))
CHANGE(no_duplex, DUPLEX(1, -1))
CHANGE(never_duplex, DUPLEX(-1, 1))
CHANGE(no_timeout, TIMEOUTS(0, 0))
CHANGE(timeout, TIMEOUTS(0, 1))
CHANGE(timeouts_stay, TIMEOUTS(3, 3))
CHANGE(timeouts_grow, TIMEOUTS(3, 4))
CHANGE(timeouts_on_new_link, TIMEOUTS(3, 2); LINK(after)->ifindex = 77)
CHANGE(no_timeouts_on_new_link, TIMEOUTS(3, 0); LINK(after)->ifindex = 77)
CHANGE(timeouts_unknown, TIMEOUTS(0, -1))
CHANGE(timeouts_not_known_before, TIMEOUTS(-1, 1))
CHANGE(own_timeout, OWN(0, 1))
CHANGE(own_timeout_first_counted, OWN(-1, 1))
CHANGE(own_timeouts_kept, OWN(3, 3); LINK(after)->ifindex = 77)
CHANGE(own_timeouts_unknown, OWN(3, -1))
CHANGE(answers, add_gateway(before, DS_ANSWER_YES); add_gateway(after, DS_ANSWER_YES))
CHANGE(answers_no_more, add_gateway(before, DS_ANSWER_YES); add_gateway(after, DS_ANSWER_NO))
CHANGE(never_answered, add_gateway(before, DS_ANSWER_NO); add_gateway(after, DS_ANSWER_NO))
CHANGE(could_not_be_asked, add_gateway(before, DS_ANSWER_NONE); add_gateway(after, DS_ANSWER_NO))
CHANGE(not_asked_again, add_gateway(before, DS_ANSWER_YES); after->health.is_measured = true)
CHANGE(not_measured, add_gateway(before, DS_ANSWER_YES))
CHANGE(command_well, add_command(before, DS_ANSWER_YES); add_command(after, DS_ANSWER_YES))
CHANGE(command_fails, add_command(before, DS_ANSWER_YES); add_command(after, DS_ANSWER_NO))
CHANGE(command_failed, add_command(before, DS_ANSWER_NO); add_command(after, DS_ANSWER_NO))
CHANGE(command_repaired, add_command(before, DS_ANSWER_NO); add_command(after, DS_ANSWER_YES))
CHANGE(complaint, ds_strings_add(&after->health.complaints, "WARNING: at x [net]");
	after->health.is_measured = true)
CHANGE(no_complaint, after->health.is_measured = true)
CHANGE(log_not_read, set(&after->health.log_error, "not read: No such file or directory");
	after->health.is_measured = true)

/* Another namespace, by its inode, with a link and an address. */
static struct ds_network *add_namespace(struct ds_host *host, const char *name, int64_t inode)
{
	struct ds_namespace *namespace = ds_list_add(&host->network.namespaces);

	set(&namespace->name, name);
	set(&namespace->path, "/run/netns/blue");
	namespace->inode = inode;
	add_link(&namespace->network, "eth0", "pci/1");
	add_address(&namespace->network, "198.51.100.1");
	return &namespace->network;
}

static struct ds_network *there(struct ds_host *before, struct ds_host *after)
{
	add_namespace(before, "blue", 7);
	return add_namespace(after, "/proc/9/ns/net", 7);
}

CHANGE(there_same, there(before, after))
CHANGE(there_mtu, there(before, after)->links.items[0].mtu = 9000)
CHANGE(there_down, there(before, after)->links.items[0].is_up = false)
CHANGE(there_address, set(&there(before, after)->addresses.items[0].local, "192.0.2.9"))
CHANGE(there_gone, add_namespace(before, "blue", 7))
CHANGE(there_other, add_namespace(before, "blue", 7); add_namespace(after, "blue", 8))
CHANGE(there_new, add_namespace(after, "blue", 7))
CHANGE(there_dependent, ds_strings_add(&there(before, after)->dependents, "ms0"))
CHANGE(there_only, there(before, after); ds_record_done(&ds_link_record, LINK(before));
	before->network.links.count = 0; ds_record_done(&ds_link_record, LINK(after));
	after->network.links.count = 0)
CHANGE(lower_there, there(before, after); LINK(before)->is_upper = LINK(after)->is_upper = true;
	LINK(before)->lower_netns = 7)

/* --- the verdict ------------------------------------------------------------------------ */

static const struct ds_identity b1 = {.build_id = (char *)"b1"};
static const struct ds_identity b2 = {.build_id = (char *)"b2"};
static const struct ds_identity unnamed;

enum wanted {
	OK,
	NOT_OK,
	NOTED,  /* not ok, and no reason to fail */
	SILENT, /* no such fact */
};

static const struct {
	const char *fact;
	enum wanted wanted;
	void (*change)(struct ds_host *before, struct ds_host *after);
	struct ds_expectation expectation;
} rows[] = {
	{"running-code", OK, same, {.identity = &b1}},
	{"running-code", OK, other_code, {.identity = &b2}},
	{"running-code", NOT_OK, same, {.identity = &b2}},
	{"running-code", NOT_OK, other_code, {.identity = &b1}},
	{"running-code", NOT_OK, no_code, {.identity = &b1}},
	{"running-code", NOT_OK, stuck, {.identity = &b1}},
	{"running-code", NOT_OK, was_unnamed, {.identity = &b1}},
	{"running-code", NOTED, was_unnamed, {.identity = &unnamed}},
	{"running-code", SILENT, same, {.identity = NULL}},
	{"module-state", OK, same, {.identity = NULL}},
	{"module-state", NOT_OK, no_code, {.identity = NULL}},
	{"installed-file", OK, same, {.identity = &b1, .installed_digest = "d1"}},
	{"installed-file", NOT_OK, other_file, {.identity = &b1, .installed_digest = "d1"}},
	{"installed-file", NOT_OK, no_file, {.identity = &b1, .installed_digest = "d1"}},
	{"installed-file", SILENT, other_file, {.identity = &b1}},
	{"installed-file", NOT_OK, other_file, {.installed_digest = "d1", .is_after_boot = true}},
	{"installed-file", NOT_OK, other_file,
		{.installed_digest = "d1", .is_after_boot = true, .is_told_only = true}},
	{"device", OK, same, {.identity = &b1}},
	{"device", NOT_OK, unbound, {.identity = &b1}},
	{"device", NOT_OK, bound_to_other, {.identity = &b1}},
	{"device", NOT_OK, device_gone, {.identity = &b1}},
	{"link", OK, same, {.identity = &b1}},
	{"link", OK, index_changes, {.identity = &b1}},
	{"link", NOT_OK, link_gone, {.identity = &b1}},
	{"link", NOT_OK, link_down, {.identity = &b1}},
	{"link", NOT_OK, link_up, {.identity = &b1}},
	{"link", NOT_OK, no_carrier, {.identity = &b1}},
	{"link", OK, never_carrier, {.identity = &b1}},
	{"link", OK, new_carrier, {.identity = &b1}},
	{"link", OK, down_as_before, {.identity = &b1}},
	{"link-name", SILENT, same, {.identity = &b1}},
	{"link-name", NOT_OK, renamed, {.identity = &b1}},
	{"mac", NOT_OK, other_mac, {.identity = &b1}},
	{"master", NOT_OK, no_master, {.identity = &b1}},
	{"mtu", OK, same, {.identity = &b1}},
	{"mtu", NOT_OK, other_mtu, {.identity = &b1}},
	{"driver", OK, same, {.identity = &b1}},
	{"driver", NOT_OK, other_driver, {.identity = &b1}},
	{"driver-version", OK, same, {.identity = &b1}},
	{"driver-version", OK, other_version, {.identity = &b1}},
	{"driver-version", OK, no_version, {.identity = &b1}},
	{"driver-version", OK, other_version, {.identity = &b1, .ethtool_version = "2.0"}},
	{"driver-version", NOT_OK, same, {.identity = &b1, .ethtool_version = "2.0"}},
	{"driver-version", NOT_OK, no_version, {.identity = &b1, .ethtool_version = "2.0"}},
	{"parameter", NOTED, other_param, {.identity = &b1}},
	{"parameter", SILENT, same_param, {.identity = &b1}},
	{"parameter", SILENT, unread_param, {.identity = &b1}},
	{"parameter", SILENT, other_param, {.identity = &b1, .is_trial = true}},
	{"driver-version", NOT_OK, no_links, {.identity = &b1, .ethtool_version = "2.0"}},
	{"driver-version", SILENT, no_links, {.identity = &b1}},
	{"address", OK, same, {.identity = &b1}},
	{"address", NOT_OK, address_gone, {.identity = &b1}},
	{"address", OK, address_kernel, {.identity = &b1}},
	{"route", OK, same, {.identity = &b1}},
	{"route", NOT_OK, route_gone, {.identity = &b1}},
	{"route", OK, route_kernel, {.identity = &b1}},
	{"speed", OK, as_fast, {.identity = &b1}},
	{"speed", OK, faster, {.identity = &b1}},
	{"speed", NOT_OK, slower, {.identity = &b1}},
	{"speed", NOTED, no_speed, {.identity = &b1}},
	{"speed", SILENT, never_speed, {.identity = &b1}},
	{"speed", SILENT, slower_down, {.identity = &b1}},
	{"speed", SILENT, slower_no_carrier, {.identity = &b1}},
	{"duplex", OK, full_as_before, {.identity = &b1}},
	{"duplex", NOT_OK, half_now, {.identity = &b1}},
	{"duplex", OK, full_now, {.identity = &b1}},
	{"duplex", NOTED, no_duplex, {.identity = &b1}},
	{"duplex", SILENT, never_duplex, {.identity = &b1}},
	{"tx-timeouts", OK, no_timeout, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", NOT_OK, timeout, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", NOTED, timeout, {.identity = &b1}},
	{"tx-timeouts", OK, timeouts_stay, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", NOT_OK, timeouts_grow, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", NOT_OK, timeouts_on_new_link, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", OK, no_timeouts_on_new_link, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", SILENT, timeouts_unknown, {.identity = &b1, .is_trial = true}},
	{"tx-timeouts", NOT_OK, timeouts_not_known_before, {.identity = &b1, .is_trial = true}},
	{"own-tx-timeouts", NOT_OK, own_timeout, {.identity = &b1, .is_trial = true}},
	{"own-tx-timeouts", NOTED, own_timeout, {.identity = &b1}},
	{"own-tx-timeouts", NOT_OK, own_timeout_first_counted, {.identity = &b1, .is_trial = true}},
	{"own-tx-timeouts", OK, own_timeouts_kept, {.identity = &b1, .is_trial = true}},
	{"own-tx-timeouts", SILENT, own_timeouts_unknown, {.identity = &b1, .is_trial = true}},
	{"gateway", OK, answers, {.identity = &b1, .is_trial = true}},
	{"gateway", NOT_OK, answers_no_more, {.identity = &b1, .is_trial = true}},
	{"gateway", NOT_OK, answers_no_more, {.identity = &b1}},
	{"gateway", OK, never_answered, {.identity = &b1, .is_trial = true}},
	{"gateway", OK, could_not_be_asked, {.identity = &b1, .is_trial = true}},
	{"gateway", NOT_OK, not_asked_again, {.identity = &b1, .is_trial = true}},
	{"gateway", SILENT, not_measured, {.identity = &b1, .is_trial = true}},
	{"check", OK, command_well, {.identity = &b1, .is_trial = true}},
	{"check", NOT_OK, command_fails, {.identity = &b1, .is_trial = true}},
	{"check", NOT_OK, command_fails, {.identity = &b1}},
	{"check", NOTED, command_failed, {.identity = &b1, .is_trial = true}},
	{"check", OK, command_repaired, {.identity = &b1, .is_trial = true}},
	{"kernel-log", NOT_OK, complaint, {.identity = &b1, .is_trial = true}},
	{"kernel-log", NOTED, complaint, {.identity = &b1}},
	{"kernel-log", SILENT, no_complaint, {.identity = &b1, .is_trial = true}},
	{"kernel-log", NOTED, log_not_read, {.identity = &b1, .is_trial = true}},
	{"txqlen", NOT_OK, other_txqlen, {.identity = &b1}},
	{"txqlen", SILENT, same, {.identity = &b1}},
	{"group", NOT_OK, other_group, {.identity = &b1}},
	{"alias", NOT_OK, no_alias, {.identity = &b1}},
	{"alias", SILENT, new_alias, {.identity = &b1}},
	{"altnames", NOT_OK, no_altname, {.identity = &b1}},
	{"altnames", SILENT, new_altname, {.identity = &b1}},
	{"promisc", NOT_OK, no_promisc, {.identity = &b1}},
	{"promisc", SILENT, new_promisc, {.identity = &b1}},
	{"allmulti", NOT_OK, no_allmulti, {.identity = &b1}},
	{"addr-gen-mode", NOT_OK, other_gen_mode, {.identity = &b1}},
	{"addr-gen-mode", SILENT, no_ipv6, {.identity = &b1}},
	{"token", NOT_OK, no_token, {.identity = &b1}},
	{"link-kind", NOT_OK, upper_other, {.identity = &b1}},
	{"lower", NOT_OK, upper_moved, {.identity = &b1}},
	/* What is on top has another driver, and its version is nobody's wish. */
	{"driver-version", SILENT, upper_version, {.identity = &b1, .ethtool_version = "2.0"}},
	{"ethtool", OK, feature_same, {.identity = &b1}},
	{"ethtool", NOTED, feature_other, {.identity = &b1}},
	{"ethtool", NOTED, feature_lacking, {.identity = &b1}},
	{"ethtool", NOT_OK, feature_lacking, {.identity = &b1, .is_strict = true}},
	{"ethtool", SILENT, feature_new, {.identity = &b1, .is_strict = true}},
	{"sysfs", NOTED, queue_lacking, {.identity = &b1}},
	{"sysctl", SILENT, sysctl_same, {.identity = &b1}},
	{"sysctl", SILENT, sysctl_order, {.identity = &b1}},
	{"sysctl", SILENT, sysctl_more, {.identity = &b1}},
	{"sysctl", NOT_OK, sysctl_other, {.identity = &b1}},
	{"sysctl", NOT_OK, sysctl_lacking, {.identity = &b1}},
	{"sysctl", NOT_OK, sysctl_gone, {.identity = &b1}},
	{"nexthop", NOT_OK, nexthop_gone, {.identity = &b1}},
	{"xdp", NOT_OK, program_gone, {.identity = &b1}},
	{"xdp", NOTED, program_not_run, {.identity = &b1}},
	{"xdp", NOT_OK, program_not_run, {.identity = &b1, .is_strict = true}},
	{"xdp", NOTED, program_replaced, {.identity = &b1}},
	{"xdp", NOT_OK, program_replaced, {.identity = &b1, .is_strict = true}},
#define AFTER_BOOT                                                                                 \
	{                                                                                          \
		.identity = &b1, .is_after_boot = true                                             \
	}
#define TOLD_ONLY                                                                                  \
	{                                                                                          \
		.identity = &b1, .is_after_boot = true, .is_told_only = true                       \
	}
	{"running-code", OK, same, AFTER_BOOT},
	{"running-code", NOT_OK, other_code, AFTER_BOOT},
	{"running-code", NOT_OK, no_code, AFTER_BOOT},
	{"running-code", NOTED, no_code, TOLD_ONLY},
	{"device", NOT_OK, unbound, AFTER_BOOT},
	{"device", NOT_OK, device_gone, AFTER_BOOT},
	{"device", NOTED, device_gone, TOLD_ONLY},
	{"driver", NOT_OK, other_driver, AFTER_BOOT},
	{"link", OK, index_changes, AFTER_BOOT},
	{"link", NOT_OK, link_gone, AFTER_BOOT},
	{"link", NOTED, link_gone, TOLD_ONLY},
	{"link", NOTED, link_down, AFTER_BOOT},
	{"link", NOT_OK, no_carrier, AFTER_BOOT},
	{"link-name", NOTED, renamed, AFTER_BOOT},
	{"mac", NOTED, other_mac, AFTER_BOOT},
	{"master", NOTED, no_master, AFTER_BOOT},
	{"mtu", NOTED, other_mtu, AFTER_BOOT},
	{"mtu", OK, there_same, {.identity = &b1}},
	{"mtu", NOT_OK, there_mtu, {.identity = &b1}},
	{"mtu", OK, there_mtu, AFTER_BOOT}, /* it ended with the boot */
	{"link", OK, there_same, {.identity = &b1}},
	{"link", NOT_OK, there_down, {.identity = &b1}},
	{"link", NOT_OK, there_gone, {.identity = &b1}},
	{"link", NOT_OK, there_other, {.identity = &b1}},
	{"link", OK, there_gone, AFTER_BOOT},
	{"link", OK, there_new, {.identity = &b1}},
	{"address", NOT_OK, there_address, {.identity = &b1}},
	{"address", NOT_OK, there_gone, {.identity = &b1}},
	{"driver-version", OK, there_only, {.identity = &b1, .ethtool_version = "1.0"}},
	{"driver-version", NOT_OK, there_only, {.identity = &b1, .ethtool_version = "2.0"}},
	{"lower", NOT_OK, lower_there, {.identity = &b1}},
	{"speed", NOTED, slower, AFTER_BOOT},
	{"address", NOTED, address_gone, AFTER_BOOT},
	{"route", NOTED, route_gone, AFTER_BOOT},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The worst of the facts of that name. */
static enum wanted state_of(const struct ds_verdict *verdict, const char *name)
{
	enum wanted worst = SILENT;

	for (size_t i = 0; i < verdict->facts.count; i++) {
		const struct ds_fact *fact = &verdict->facts.items[i];

		if (strcmp(fact->name, name) != 0 || worst == NOT_OK)
			continue;
		worst = fact->is_ok ? OK : fact->is_noted ? NOTED : NOT_OK;
	}
	return worst;
}

struct pair {
	struct ds_host before, after;
	struct ds_error error;
};

static void pair_open(struct pair *pair, void (*change)(struct ds_host *, struct ds_host *))
{
	memset(pair, 0, sizeof(*pair));
	set_host(&pair->before);
	set_host(&pair->after);
	change(&pair->before, &pair->after);
}

static void pair_close(struct pair *pair)
{
	ds_record_done(&ds_host_record, &pair->before);
	ds_record_done(&ds_host_record, &pair->after);
}

static void test_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct ds_verdict verdict = {0};
		struct pair pair;

		pair_open(&pair, rows[i].change);
		assert_int_equal(ds_verify(&pair.before, &pair.after, &rows[i].expectation,
					 &verdict, &pair.error),
			0);
		if (state_of(&verdict, rows[i].fact) != rows[i].wanted)
			fail_msg("row %zu, %s: %d", i, rows[i].fact,
				state_of(&verdict, rows[i].fact));
		if (rows[i].wanted == NOT_OK)
			assert_false(verdict.is_ok);
		if (rows[i].change == same && rows[i].wanted == OK)
			assert_true(verdict.is_ok);
		ds_record_done(&ds_verdict_record, &verdict);
		pair_close(&pair);
	}
	print_message("%zu rows\n", ROWS);
}

static const struct ds_fact *fact_of(const struct ds_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->facts.count; i++)
		if (strcmp(verdict->facts.items[i].name, name) == 0)
			return &verdict->facts.items[i];
	return NULL;
}

/* By itself, by us, or not: and then why. */
static void test_how_it_came_back(void **state)
{
	const struct ds_expectation expectation = {.identity = &b1};
	struct ds_verdict verdict = {0};
	struct ds_returned *returned;
	struct ds_lost *lost;
	char what[128], *text;
	struct pair pair;

	(void)state;
	pair_open(&pair, feature_other);
	returned = &pair.after.network.returned;
	text = ds_address_text(&pair.before.network.addresses.items[0]);
	snprintf(what, sizeof(what), "address %s", text);
	free(text);
	assert_int_equal(ds_strings_add(&returned->restored, what), 0);
	assert_int_equal(ds_strings_add(&returned->restored, "alias eth0"), 0);
	assert_int_equal(ds_strings_add(&returned->restored, "mtu eth0"), 0);
	set(&LINK(&pair.before)->mac, "00:50:56:00:00:02");
	lost = ds_list_add(&returned->lost);
	set(&lost->what, "mac eth0");
	set(&lost->why, "Device or resource busy");
	lost = ds_list_add(&returned->lost);
	set(&lost->what, "ethtool eth0 a key");
	set(&lost->why, "the driver refuses");
	assert_int_equal(
		ds_verify(&pair.before, &pair.after, &expectation, &verdict, &pair.error), 0);
	assert_int_equal(fact_of(&verdict, "address")->came_back, DS_CAME_BACK_RESTORED);
	assert_int_equal(fact_of(&verdict, "route")->came_back, DS_CAME_BACK_BY_ITSELF);
	assert_int_equal(fact_of(&verdict, "ethtool")->came_back, DS_CAME_BACK_LOST);
	assert_string_equal(fact_of(&verdict, "ethtool")->why, "the driver refuses");
	assert_int_equal(fact_of(&verdict, "mtu")->came_back, DS_CAME_BACK_RESTORED);
	assert_int_equal(fact_of(&verdict, "alias")->came_back, DS_CAME_BACK_RESTORED);
	assert_int_equal(fact_of(&verdict, "mac")->came_back, DS_CAME_BACK_LOST);
	assert_string_equal(fact_of(&verdict, "mac")->why, "Device or resource busy");
	assert_int_equal(fact_of(&verdict, "running-code")->came_back, DS_CAME_BACK_NO_MATTER);
	ds_record_done(&ds_verdict_record, &verdict);
	pair_close(&pair);
}

static const struct ds_fact *fact_on(const struct ds_verdict *verdict, const char *subject)
{
	for (size_t i = 0; i < verdict->facts.count; i++)
		if (ds_string_equal(verdict->facts.items[i].subject, subject))
			return &verdict->facts.items[i];
	return NULL;
}

/* Facts of another namespace are told with its name, and are not mixed up with ours. */
static void test_other_namespace(void **state)
{
	const struct ds_expectation expectation = {.identity = &b1};
	struct ds_verdict verdict = {0};
	const struct ds_fact *fact;
	struct pair pair;

	(void)state;
	pair_open(&pair, there_same);
	assert_int_equal(ds_strings_add(&pair.after.network.returned.restored,
				 "netns blue: address 198.51.100.1/24 dev eth0 preferred_lft 0"),
		0);
	assert_int_equal(
		ds_verify(&pair.before, &pair.after, &expectation, &verdict, &pair.error), 0);
	assert_true(verdict.is_ok);
	fact = fact_on(&verdict, "netns blue: eth0");
	assert_non_null(fact);
	assert_string_equal(fact->name, "link");
	assert_int_equal(fact->came_back, DS_CAME_BACK_BY_ITSELF);
	fact = fact_on(&verdict, "netns blue: 198.51.100.1/24 dev eth0 preferred_lft 0");
	assert_non_null(fact);
	assert_int_equal(fact->came_back, DS_CAME_BACK_RESTORED);
	fact = fact_on(&verdict, "192.0.2.1/24 dev eth0 preferred_lft 0");
	assert_non_null(fact);
	assert_int_equal(fact->came_back, DS_CAME_BACK_BY_ITSELF);
	ds_record_done(&ds_verdict_record, &verdict);
	pair_close(&pair);
}

static void feature_and_there(struct ds_host *before, struct ds_host *after)
{
	feature_other(before, after);
	there(before, after);
}

static void test_out_of_memory(void **state)
{
	struct ds_verdict verdict = {0};
	bool has_struck = true;
	struct pair pair;

	(void)state;
	pair_open(&pair, feature_and_there);
	for (long count = 0; has_struck; count++) {
		int r;

		ds_record_done(&ds_verdict_record, &verdict);
		allocator_fail_after(count);
		r = ds_verify(
			&pair.before, &pair.after, &rows[0].expectation, &verdict, &pair.error);
		has_struck = allocator_end();
		assert_int_equal(r, has_struck ? -ENOMEM : 0);
		assert_int_equal(verdict.is_ok, !has_struck);
	}
	ds_record_done(&ds_verdict_record, &verdict);
	pair_close(&pair);
}

/* --- the comparison --------------------------------------------------------------------- */

static struct ds_holder *add_holder(struct ds_host *host, const char *name)
{
	struct ds_holder *holder = ds_list_add(&host->module.holders);

	set(&holder->name, name);
	return holder;
}

CHANGE(in_use, after->module.foreign_refs = 1)
CHANGE(less_in_use, before->module.foreign_refs = 1)
CHANGE(new_holder, add_holder(after, "upper"))
CHANGE(holder_left, add_holder(before, "upper"))
CHANGE(same_holder, add_holder(before, "upper"); add_holder(after, "upper"))
CHANGE(other_holder, add_holder(before, "upper"); add_holder(after, "top"))
CHANGE(old_changed, set(&after->previous_image.digest, "d3"))
CHANGE(moved, set(&after->installed.path, "/m/updates/net.ko"))
CHANGE(new_address, add_address(&after->network, "192.0.2.3"))
CHANGE(new_route, add_route(&after->network, "192.0.2.3"))
CHANGE(new_link, add_link(&after->network, "eth1", "pci/1"))
CHANGE(new_dependent, ds_strings_add(&after->network.dependents, "eth0.5"))

static void test_compare(void **state)
{
	static const struct {
		void (*change)(struct ds_host *, struct ds_host *);
		const char *error; /* a part of it; NULL: the host is the same */
	} cases[] = {
		{same, NULL},
		{index_changes, NULL},
		{other_code, "running-code"},
		{no_code, "net was live and is absent now"},
		{in_use, "something began to use net"},
		{less_in_use, NULL},
		{new_holder, "upper began to use net"},
		{same_holder, NULL},
		{other_holder, "top began to use net"},
		{holder_left, "upper no longer uses net"},
		{other_file, "changed by someone else"},
		{moved, "changed by someone else"},
		{old_changed, "changed by someone else"},
		{address_gone, "address"},
		{new_address, "address 192.0.2.3/24"},
		{route_gone, "route"},
		{new_route, "route"},
		{new_link, "link eth1"},
		{new_dependent, "eth0.5"},
		{there_same, NULL},
		{there_dependent, "ms0"},
		{there_new, "link netns blue: eth0"},
		{there_gone, "link netns blue: eth0"},
		{there_mtu, "mtu netns blue: eth0"},
		{link_down, "link eth0 was up and is down now"},
		{link_up, "link eth0 was down and is up now"},
		{new_carrier, "no carrier"},
		{other_mtu, "mtu"},
		{slower, "speed"},
		{timeouts_grow, NULL},
		{not_measured, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair pair;
		int r;

		pair_open(&pair, cases[i].change);
		r = ds_host_compare(&pair.before, &pair.after, &pair.error);
		if (r != (cases[i].error ? -ESTALE : 0) ||
			(cases[i].error && !strstr(pair.error.text, cases[i].error)))
			fail_msg("case %zu: %d, %s", i, r, pair.error.text);
		if (r < 0)
			assert_string_not_equal(pair.error.hint, "");
		pair_close(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_how_it_came_back),
		cmocka_unit_test(test_other_namespace),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
