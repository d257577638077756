/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network without a host: whose things are, what is the same, and bytes in and out. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "../../src/sys/devlink.h"
#include "../../src/sys/ethtool.h"
#include "../../src/sys/net.h"
#include "../../src/sys/net_link_put.h"
#include "../../src/sys/queue.h"
#include "drvswap/network.h"
#include "network_bytes.h"

static unsigned int hex_digit(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* In memory of exactly its size, so that the sanitizer sees a byte read too far. */
static struct nlmsghdr *bytes_of(const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	return (void *)bytes;
}

/* A host with the one link of the recording. */
static struct sys_links recorded_links(void)
{
	struct sys_links links = {.items = calloc(1, sizeof(*links.items)), .count = 1};
	struct nlmsghdr *message = bytes_of(link_eth0);

	assert_int_equal(sys_link_decode(message, links.items), 0);
	links.items[0].is_ours = true;
	free(message);
	return links;
}

static struct ds_address decoded_address(const char *hex)
{
	struct sys_links links = recorded_links();
	struct nlmsghdr *message = bytes_of(hex);
	struct ds_address address = {0};

	assert_int_equal(sys_address_decode(message, &links, &address), 0);
	free(message);
	sys_links_done(&links);
	return address;
}

static struct ds_route decoded_route(const char *hex)
{
	struct sys_links links = recorded_links();
	struct nlmsghdr *message = bytes_of(hex);
	struct ds_route route = {0};

	assert_int_equal(sys_route_decode(message, &links, &route), 0);
	free(message);
	sys_links_done(&links);
	return route;
}

static void test_link_decode(void **state)
{
	struct sys_links links = recorded_links();
	const struct ds_link *link = &links.items[0].link;

	(void)state;
	assert_string_equal(link->name, "eth0");
	assert_int_equal(link->ifindex, 2);
	assert_string_equal(link->device, "pci/0000:00:02.0");
	assert_string_equal(link->mac, "52:54:00:ae:00:77");
	assert_string_equal(link->permanent_mac, "52:54:00:ae:00:00");
	assert_string_equal(link->alias, "wire");
	assert_int_equal(link->altnames.count, 1);
	assert_string_equal(link->altnames.items[0], "wan");
	assert_int_equal(link->mtu, 1450);
	assert_int_equal(link->txqlen, 1000);
	assert_int_equal(link->group, 0);
	assert_int_equal(link->addr_gen_mode, 0);
	assert_true(link->is_up);
	assert_true(link->has_carrier);
	assert_false(link->is_promisc);
	assert_string_equal(links.items[0].kind, "");
	sys_links_done(&links);
}

static void test_mac_parse(void **state)
{
	uint8_t mac[32];
	size_t count = 0;

	(void)state;
	assert_int_equal(sys_mac_parse("52:54:00:ae:00:ff", mac, sizeof(mac), &count), 0);
	assert_int_equal(count, 6);
	assert_memory_equal(mac, "\x52\x54\x00\xae\x00\xff", 6);
	assert_int_equal(sys_mac_parse("", mac, sizeof(mac), &count), -EINVAL);
	assert_int_equal(sys_mac_parse("52:54:", mac, sizeof(mac), &count), -EINVAL);
	assert_int_equal(sys_mac_parse("52-54", mac, sizeof(mac), &count), -EINVAL);
	assert_int_equal(sys_mac_parse("152:54", mac, sizeof(mac), &count), -EINVAL);
	assert_int_equal(sys_mac_parse("1:2:3", mac, 2, &count), -EINVAL);
}

static void assert_address_text(const char *hex, const char *wanted, bool is_ours)
{
	struct ds_address address = decoded_address(hex);
	char *text = ds_address_text(&address);

	assert_string_equal(text, wanted);
	assert_int_equal(ds_address_is_ours(&address), is_ours);
	free(text);
	ds_record_done(&ds_address_record, &address);
}

static void test_address_decode(void **state)
{
	(void)state;
	assert_address_text(address_labelled,
		"192.0.2.1/24 brd 192.0.2.255 dev eth0 label eth0:web metric 7", true);
	assert_address_text(address_peer,
		"192.0.2.50 peer 198.51.100.9/32 dev eth0 valid_lft 894 preferred_lft 794", true);
	assert_address_text(address_ipv6, "2001:db8::1/64 dev eth0", true);
	assert_address_text(address_slaac,
		"fec0::5054:ff:feae:77/64 dev eth0 scope site mngtmpaddr"
		" valid_lft 86400 preferred_lft 14400",
		false);
	assert_address_text(
		address_link_local, "fe80::5054:ff:feae:77/64 dev eth0 scope link", false);
}

static void assert_route_text(const char *hex, const char *wanted, bool is_ours)
{
	struct ds_route route = decoded_route(hex);
	char *text = ds_route_text(&route);

	assert_string_equal(text, wanted);
	assert_int_equal(ds_route_is_ours(&route), is_ours);
	free(text);
	ds_record_done(&ds_route_record, &route);
}

static void test_route_decode(void **state)
{
	(void)state;
	assert_route_text(
		route_table, "10.6.0.0/16 via 192.0.2.254 dev eth0 table 1077 src 192.0.2.1", true);
	assert_route_text(route_multipath,
		"10.4.0.0/16 nexthop via 192.0.2.3 dev eth0 weight 3"
		" nexthop via inet6 fe80::5 dev eth0 weight 1 onlink",
		true);
	assert_route_text(route_blackhole, "blackhole 10.7.0.0/16", true);
	assert_route_text(route_prefix,
		"192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1 metric 7", false);
	assert_route_text(route_advertised,
		"default via fe80::2 dev eth0 proto ra metric 1024 expires 1800", false);
}

static void test_route_metrics_and_local(void **state)
{
	struct sys_links links = recorded_links();
	struct nlmsghdr *local = bytes_of(route_local);
	struct ds_route route = decoded_route(route_table), none = {0};

	(void)state;
	assert_string_equal(route.metrics, "0800020078050000"); /* RTAX_MTU 1400 */
	assert_int_equal(sys_route_decode(local, &links, &none), -EAFNOSUPPORT);
	ds_record_done(&ds_route_record, &route);
	sys_links_done(&links);
	free(local);
}

static void test_route_interest(void **state)
{
	struct sys_links links = recorded_links();
	const struct ds_network network = {0};
	struct nlmsghdr *ours = bytes_of(route_multipath), *none = bytes_of(route_blackhole);
	struct nlmsghdr *advertised = bytes_of(route_advertised);

	(void)state;
	assert_true(sys_route_uses_ours(ours, &links, &network));
	assert_false(sys_route_uses_ours(none, &links, &network));
	sys_route_mark_default(ours, &links);
	assert_false(links.items[0].has_default_route);
	sys_route_mark_default(advertised, &links);
	assert_true(links.items[0].has_default_route);
	links.items[0].is_ours = false;
	assert_false(sys_route_uses_ours(ours, &links, &network));
	sys_links_done(&links);
	free(ours);
	free(none);
	free(advertised);
}

static uint32_t find_two(void *context, const char *name)
{
	(void)context;
	return ds_string_equal(name, "eth0") ? 2 : 0;
}

/* What is encoded decodes to the same. */
static void assert_route_survives(const char *hex)
{
	static const struct sys_index_of index_of = {find_two, NULL};
	struct ds_route route = decoded_route(hex), again = {0};
	char buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message =
		sys_message_begin(buffer, sizeof(buffer), RTM_NEWROUTE, NLM_F_CREATE);
	struct sys_links links = recorded_links();

	assert_int_equal(sys_route_encode(&message, &route, 0, false, 0, &index_of), 0);
	assert_false(message.is_cut);
	assert_int_equal(sys_route_decode(message.header, &links, &again), 0);
	assert_true(ds_route_same(&route, &again));
	ds_record_done(&ds_route_record, &route);
	ds_record_done(&ds_route_record, &again);
	sys_links_done(&links);
}

static void test_route_encode(void **state)
{
	(void)state;
	assert_route_survives(route_table);
	assert_route_survives(route_multipath);
	assert_route_survives(route_blackhole);
	assert_route_survives(route_prefix);
	assert_route_survives(route_advertised);
}

static void test_route_encode_refuses(void **state)
{
	static const struct sys_index_of index_of = {find_two, NULL};
	struct ds_route route = decoded_route(route_advertised);
	char buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), RTM_NEWROUTE, 0);

	(void)state;
	assert_int_equal(sys_route_encode(&message, &route, 0, false, 1800, &index_of), -ETIME);
	message = sys_message_begin(buffer, sizeof(buffer), RTM_NEWROUTE, 0);
	assert_int_equal(ds_string_set(&route.nexthops.items[0].link, "eth7"), 0);
	assert_int_equal(sys_route_encode(&message, &route, 0, false, 0, &index_of), -ENODEV);
	message = sys_message_begin(buffer, sizeof(buffer), RTM_NEWROUTE, 0);
	assert_int_equal(ds_string_set(&route.metrics, "08zz"), 0);
	assert_int_equal(sys_route_encode(&message, &route, 0, false, 0, &index_of), -EINVAL);
	message = sys_message_begin(buffer, 40, RTM_NEWROUTE, 0);
	assert_int_equal(ds_string_set(&route.metrics, NULL), 0);
	assert_int_equal(ds_string_set(&route.nexthops.items[0].link, "eth0"), 0);
	sys_route_encode(&message, &route, 0, false, 0, &index_of);
	assert_true(message.is_cut);
	ds_record_done(&ds_route_record, &route);
}

static void test_route_passes(void **state)
{
	static const struct {
		const char *hex;
		enum sys_route_pass pass;
	} cases[] = {{route_prefix, SYS_PASS_ON_LINK}, {route_blackhole, SYS_PASS_ON_LINK},
		{route_table, SYS_PASS_GATEWAY}, {route_multipath, SYS_PASS_MULTIPATH}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ds_route route = decoded_route(cases[i].hex);

		assert_int_equal(sys_route_pass(&route), cases[i].pass);
		assert_int_equal(sys_route_messages(&route), 1);
		ds_record_done(&ds_route_record, &route);
	}
}

static uint32_t encoded_flags(struct ds_address *address, int64_t age_s, uint32_t *ret_valid)
{
	const struct nlattr *at[IFA_PROTO + 1];
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), RTM_NEWADDR, 0);

	assert_int_equal(sys_address_encode(&message, address, 2, age_s, true), 0);
	assert_false(message.is_cut);
	sys_attrs_of(message.header, sizeof(struct ifaddrmsg), at, IFA_PROTO);
	memcpy(ret_valid, (const char *)mnl_attr_get_payload(at[IFA_CACHEINFO]) + 4, 4);
	return (uint32_t)sys_attr_u32(at[IFA_FLAGS], 0);
}

static void test_address_encode(void **state)
{
	struct ds_address address = decoded_address(address_peer);
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), RTM_NEWADDR, 0);
	uint32_t valid;

	(void)state;
	assert_int_equal(encoded_flags(&address, 94, &valid), 0);
	assert_int_equal(valid, 800);
	assert_int_equal(sys_address_encode(&message, &address, 2, 894, true), -ETIME);
	ds_record_done(&ds_address_record, &address);

	address = decoded_address(address_ipv6);
	assert_int_equal(encoded_flags(&address, 94, &valid), IFA_F_NODAD);
	assert_int_equal(valid, UINT32_MAX);
	address.flags |= IFA_F_TENTATIVE; /* nobody knows yet whether it is free */
	assert_int_equal(encoded_flags(&address, 94, &valid), 0);
	ds_record_done(&ds_address_record, &address);
}

static const struct {
	struct ds_address address;
	bool is_ours;
} owned_addresses[] = {
	{{.family = AF_INET, .local = (char *)"192.0.2.1", .valid_s = 600}, true},
	{{.family = AF_INET, .local = (char *)"127.0.0.1", .protocol = IFAPROT_KERNEL_LO}, false},
	{{.family = AF_INET6,
		 .local = (char *)"fe80::1",
		 .scope = RT_SCOPE_LINK,
		 .prefix = 64,
		 .valid_s = -1},
		true},
	/* of kernels that do not tell who made it */
	{{.family = AF_INET6,
		 .local = (char *)"fe80::5054:ff:feae:77",
		 .scope = RT_SCOPE_LINK,
		 .prefix = 64,
		 .valid_s = -1},
		false},
	{{.family = AF_INET6,
		 .local = (char *)"2001:db8::5054:ff:feae:77",
		 .prefix = 64,
		 .valid_s = 600},
		false},
	{{.family = AF_INET6,
		 .local = (char *)"2001:db8::1234:5678:9abc:def0",
		 .prefix = 64,
		 .valid_s = 600,
		 .flags = IFA_F_STABLE_PRIVACY},
		false},
	/* of networkd, which adds the route by itself */
	{{.family = AF_INET6,
		 .local = (char *)"2001:db8::5054:ff:feae:77",
		 .prefix = 64,
		 .valid_s = 600,
		 .flags = IFA_F_NOPREFIXROUTE},
		true},
	{{.family = AF_INET6,
		 .local = (char *)"2001:db8::5054:ff:feae:77",
		 .prefix = 64,
		 .valid_s = -1},
		true},
	{{.family = AF_INET6,
		 .local = (char *)"2001:db8::9",
		 .prefix = 64,
		 .valid_s = 600,
		 .flags = IFA_F_TEMPORARY},
		false},
	{{.family = AF_INET6, .local = (char *)"2001:db8::9", .prefix = 128, .valid_s = 600}, true},
};

static void test_address_owner(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(owned_addresses) / sizeof(owned_addresses[0]); i++) {
		if (ds_address_is_ours(&owned_addresses[i].address) != owned_addresses[i].is_ours)
			fail_msg("case %zu: %s", i, owned_addresses[i].address.local);
	}
}

/* p0 has 2001:db8:a::/64 on the link, p1 has it not. */
static struct ds_route on_link_route(void)
{
	static struct ds_nexthop leg = {.link = (char *)"p0"};

	return (struct ds_route){.family = AF_INET6,
		.protocol = RTPROT_KERNEL,
		.type = RTN_UNICAST,
		.destination = (char *)"2001:db8:a::",
		.prefix = 64,
		.nexthops = {.items = &leg, .count = 1}};
}

#define ADVERTISED                                                                                 \
	.family = AF_INET6, .local = (char *)"2001:db8:a::5054:ff:feae:77", .prefix = 64,          \
	.valid_s = 600, .flags = IFA_F_MANAGETEMPADDR

static void test_address_is_advertised(void **state)
{
	static const struct {
		struct ds_address address;
		bool is_advertised;
	} cases[] = {
		{{ADVERTISED, .link = (char *)"p0", .protocol = IFAPROT_KERNEL_RA}, true},
		{{ADVERTISED, .link = (char *)"p0"}, true},
		/* Its network is not on the link, and would be. */
		{{ADVERTISED, .link = (char *)"p1"}, false},
		{{.link = (char *)"p1",
			 .family = AF_INET6,
			 .local = (char *)"2001:db8:a::9",
			 .prefix = 64,
			 .flags = IFA_F_TEMPORARY},
			true},
		/* Somebody else may have it. */
		{{.link = (char *)"p1",
			 .family = AF_INET6,
			 .local = (char *)"2001:db8:a::9",
			 .prefix = 64,
			 .flags = IFA_F_TEMPORARY | IFA_F_TENTATIVE},
			false},
		{{.link = (char *)"p1",
			 .family = AF_INET6,
			 .local = (char *)"2001:db8:a::9",
			 .prefix = 64,
			 .flags = IFA_F_TEMPORARY | IFA_F_DADFAILED},
			false},
		/* By hand, by a DHCP client, by the kernel for itself. */
		{{.link = (char *)"p0",
			 .family = AF_INET6,
			 .local = (char *)"2001:db8:a::9",
			 .prefix = 64},
			false},
		{{.link = (char *)"p0",
			 .family = AF_INET,
			 .local = (char *)"192.0.2.1",
			 .prefix = 24,
			 .valid_s = 600},
			false},
		{{.link = (char *)"p0",
			 .family = AF_INET6,
			 .local = (char *)"fe80::5054:ff:feae:77",
			 .scope = RT_SCOPE_LINK,
			 .prefix = 64,
			 .protocol = IFAPROT_KERNEL_LL},
			false},
	};
	struct ds_route routes[] = {on_link_route()};
	const struct ds_network network = {.routes = {.items = routes, .count = 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (ds_address_is_advertised(&network, &cases[i].address) != cases[i].is_advertised)
			fail_msg("case %zu: %s", i, cases[i].address.local);
	}
}

static void test_route_is_advertised(void **state)
{
	struct ds_route route = decoded_route(route_advertised);

	(void)state;
	assert_true(ds_route_is_advertised(&route));
	route.protocol = RTPROT_STATIC;
	assert_false(ds_route_is_advertised(&route));
	route.protocol = RTPROT_RA;
	route.expires_s = 0;
	assert_false(ds_route_is_advertised(&route));
	route.expires_s = 9;
	assert_int_equal(ds_string_set(&route.destination, "2001:db8:7::"), 0);
	assert_false(ds_route_is_advertised(&route));
	ds_record_done(&ds_route_record, &route);
}

static void test_route_owner(void **state)
{
	static const struct {
		struct ds_route route;
		bool is_ours;
	} cases[] = {
		{{.protocol = RTPROT_KERNEL}, false},
		{{.protocol = RTPROT_RA}, false},
		{{.protocol = RTPROT_REDIRECT}, false},
		{{.protocol = RTPROT_BOOT}, true},
		{{.protocol = RTPROT_STATIC}, true},
		{{.protocol = RTPROT_DHCP}, true},
		{{.protocol = RTPROT_BOOT, .table = RT_TABLE_LOCAL, .type = RTN_LOCAL}, true},
		{{.protocol = RTPROT_BOOT, .table = RT_TABLE_LOCAL, .type = RTN_MULTICAST}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(ds_route_is_ours(&cases[i].route), cases[i].is_ours);
}

static void test_same_address(void **state)
{
	struct ds_address a = decoded_address(address_ipv6), b = decoded_address(address_ipv6);

	(void)state;
	b.flags ^= IFA_F_NODAD | IFA_F_PERMANENT | IFA_F_TENTATIVE;
	b.valid_s = 77;
	assert_true(ds_address_same(&a, &b));
	b.flags ^= IFA_F_NOPREFIXROUTE;
	assert_false(ds_address_same(&a, &b));
	b.flags = a.flags;
	assert_int_equal(ds_string_set(&b.link, "eth1"), 0);
	assert_false(ds_address_same(&a, &b));
	ds_record_done(&ds_address_record, &a);
	ds_record_done(&ds_address_record, &b);
}

static void test_same_route(void **state)
{
	struct ds_route a = decoded_route(route_multipath), b = decoded_route(route_multipath);
	struct ds_nexthop first = b.nexthops.items[0];

	(void)state;
	b.nexthops.items[0] = b.nexthops.items[1];
	b.nexthops.items[1] = first;
	b.nexthop_id = 9;
	assert_true(ds_route_same(&a, &b));
	b.nexthops.items[1].weight++;
	assert_false(ds_route_same(&a, &b));
	b.nexthops.items[1].weight--;
	b.priority = 5;
	assert_false(ds_route_same(&a, &b));
	ds_record_done(&ds_route_record, &a);
	ds_record_done(&ds_route_record, &b);
}

static void test_link_match(void **state)
{
	struct ds_link links[] = {
		{.name = (char *)"eth1", .device = (char *)"pci/1", .dev_port = 0},
		{.name = (char *)"eth0",
			.device = (char *)"pci/1",
			.dev_port = 1,
			.permanent_mac = (char *)"02:00:00:00:00:01"},
		{.name = (char *)"veth0"},
	};
	const struct ds_network network = {.links = {links, 3}};
	struct ds_link wanted = {.name = (char *)"eth1", .device = (char *)"pci/1", .dev_port = 1};

	(void)state;
	assert_ptr_equal(ds_link_match(&network, &wanted), &links[1]);
	wanted.permanent_mac = (char *)"02:00:00:00:00:01";
	assert_ptr_equal(ds_link_match(&network, &wanted), &links[1]);
	wanted.permanent_mac = (char *)"02:00:00:00:00:02";
	assert_null(ds_link_match(&network, &wanted));
	wanted = (struct ds_link){.name = (char *)"veth0"};
	assert_ptr_equal(ds_link_match(&network, &wanted), &links[2]);
	wanted.name = (char *)"eth0";
	assert_null(ds_link_match(&network, &wanted));
	assert_ptr_equal(ds_link_find(&network, "eth0"), &links[1]);
	assert_null(ds_link_find(&network, "eth2"));
}

static void test_drvinfo(void **state)
{
	struct ethtool_drvinfo drvinfo = {.driver = "vmxnet3",
		.version = "1.9.0.0-k-NAPI\0amd64",
		.bus_info = "0000:00:02.0"};
	struct ds_driver_info info = {0};

	(void)state;
	assert_int_equal(sys_drvinfo_decode(&drvinfo, "6.12.117+deb12-amd64", &info), 0);
	assert_string_equal(info.driver, "vmxnet3");
	assert_string_equal(info.version, "1.9.0.0-k-NAPI");
	assert_string_equal(info.bus_info, "0000:00:02.0");
	assert_null(info.firmware);
	assert_int_equal(info.version_source, DS_SOURCE_DRVINFO);
	ds_record_done(&ds_driver_info_record, &info);

	strcpy(drvinfo.version, "6.12.117+deb12-amd64");
	assert_int_equal(sys_drvinfo_decode(&drvinfo, "6.12.117+deb12-amd64", &info), 0);
	assert_null(info.version);
	assert_int_equal(info.version_source, DS_SOURCE_NONE);
	ds_record_done(&ds_driver_info_record, &info);

	memset(drvinfo.version, 'x', sizeof(drvinfo.version));
	assert_int_equal(sys_drvinfo_decode(&drvinfo, "6.12", &info), 0);
	assert_int_equal(strlen(info.version), sizeof(drvinfo.version));
	ds_record_done(&ds_driver_info_record, &info);
}

static void put_version(
	struct sys_message *message, uint16_t type, const char *name, const char *value)
{
	size_t nest = sys_nest_begin(message, type);

	sys_put_text(message, DEVLINK_ATTR_INFO_VERSION_NAME, name);
	sys_put_text(message, DEVLINK_ATTR_INFO_VERSION_VALUE, value);
	sys_nest_end(message, nest);
}

static void test_devlink_comes_first(void **state)
{
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), 20, 0);
	struct ethtool_drvinfo drvinfo = {.driver = "other", .version = "0", .fw_version = "7"};
	struct ds_driver_info info = {0};

	(void)state;
	sys_message_extra(&message, sizeof(struct genlmsghdr));
	sys_put_text(&message, DEVLINK_ATTR_INFO_DRIVER_NAME, "vmxnet3");
	put_version(&message, DEVLINK_ATTR_INFO_VERSION_RUNNING, "driver", "2.0.0");
	put_version(&message, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw", "9.9");
	assert_int_equal(sys_devlink_info_decode(message.header, &info), 0);
	assert_int_equal(sys_drvinfo_decode(&drvinfo, "6.1", &info), 0);
	assert_string_equal(info.driver, "vmxnet3");
	assert_string_equal(info.version, "2.0.0");
	assert_string_equal(info.firmware, "7");
	assert_int_equal(info.driver_source, DS_SOURCE_DEVLINK);
	assert_int_equal(info.version_source, DS_SOURCE_DEVLINK);
	ds_record_done(&ds_driver_info_record, &info);
}

static void test_verdict(void **state)
{
	struct nlmsghdr *ack = bytes_of(ack_mtu);
	const char *words;
	struct ds_error error = {0};
	int code = sys_netlink_verdict(ack, &words);

	(void)state;
	assert_int_equal(code, -EINVAL);
	assert_string_equal(words, "mtu greater than device maximum");
	sys_netlink_error(&error, code, "set the MTU of eth0", words);
	assert_string_equal(error.text,
		"set the MTU of eth0: mtu greater than device maximum (Invalid argument)");
	free(ack);
}

/* Every recorded message, cut at every byte and with every byte damaged: no crash, no overrun. */
static void decode_any(struct nlmsghdr *message)
{
	struct sys_links links = recorded_links();
	const struct ds_network network = {0};
	struct sys_link link = {0};
	struct ds_address address = {0};
	struct ds_route route = {0};
	const char *words;

	if (sys_link_decode(message, &link) == 0)
		sys_link_done(&link);
	if (sys_address_decode(message, &links, &address) == 0)
		ds_record_done(&ds_address_record, &address);
	if (sys_route_decode(message, &links, &route) == 0)
		ds_record_done(&ds_route_record, &route);
	sys_route_uses_ours(message, &links, &network);
	sys_route_mark_default(message, &links);
	sys_netlink_verdict(message, &words);
	sys_links_done(&links);
}

static void test_damaged_messages(void **state)
{
	static const char *const all[] = {link_eth0, address_labelled, address_slaac, route_table,
		route_multipath, route_advertised, ack_mtu};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t size = strlen(all[i]) / 2;

		for (size_t at = sizeof(struct nlmsghdr); at < size; at++) {
			struct nlmsghdr *message = bytes_of(all[i]);

			((uint8_t *)message)[at] ^= 0xff;
			decode_any(message);
			message = realloc(message, at);
			message->nlmsg_len = (uint32_t)at;
			decode_any(message);
			free(message);
		}
	}
}

/* A socket that plays back what the test wrote for it. */
struct script {
	struct {
		int code; /* of receive; 0: the message below */
		uint16_t type, flags;
		int sequence_offset;
		int verdict;
		uint32_t port;
	} steps[16];
	size_t next, sent;
	uint32_t last_sequence;
};

static int script_send(struct sys_netlink *netlink, const void *bytes, size_t size)
{
	struct script *script = netlink->wire_context;
	const struct nlmsghdr *message = bytes;

	(void)size;
	script->sent++;
	script->last_sequence = message->nlmsg_seq;
	return 0;
}

static ssize_t script_receive(struct sys_netlink *netlink, void *buffer, size_t size)
{
	struct script *script = netlink->wire_context;
	struct nlmsghdr *message = buffer;
	struct nlmsgerr verdict = {.error = script->steps[script->next].verdict};
	size_t step = script->next;

	assert_true(size > 128);
	if (script->steps[step].type == 0 && script->steps[step].code == 0)
		return -EAGAIN; /* the script is over: what is not answered by now is lost */
	script->next++;
	if (script->steps[step].code)
		return script->steps[step].code;
	*message = (struct nlmsghdr){.nlmsg_len = sizeof(*message) + sizeof(verdict),
		.nlmsg_type = script->steps[step].type,
		.nlmsg_flags = script->steps[step].flags,
		.nlmsg_seq = script->last_sequence + (uint32_t)script->steps[step].sequence_offset,
		.nlmsg_pid = script->steps[step].port};
	memcpy(message + 1, &verdict, sizeof(verdict));
	return (ssize_t)message->nlmsg_len;
}

static const struct sys_netlink_wire script_wire = {script_send, script_receive};

struct tally {
	size_t visits, restarts;
};

static int tally_visit(const struct nlmsghdr *message, void *context)
{
	(void)message;
	((struct tally *)context)->visits++;
	return 0;
}

static void tally_restart(void *context)
{
	struct tally *tally = context;

	tally->visits = 0;
	tally->restarts++;
}

static int dump_by_script(struct script *script, struct tally *tally, struct ds_error *error)
{
	const struct sys_visitor visitor = {tally_visit, tally_restart, tally};
	char buffer[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	struct sys_netlink netlink;
	int code;

	assert_int_equal(sys_netlink_open_wire(&netlink, &script_wire, script, error), 0);
	code = sys_netlink_dump(&netlink, request.header, &visitor, "read the links", error);
	sys_netlink_close(&netlink);
	return code;
}

static void test_interrupted_dump(void **state)
{
	struct script script = {.steps = {
					{0, RTM_NEWLINK, 0, 0, 0, 0},
					{0, RTM_NEWLINK, NLM_F_DUMP_INTR, 0, 0, 0},
					{0, NLMSG_DONE, 0, 0, 0, 0},
					{0, RTM_NEWLINK, 0, -1, 0, 0}, /* of the first, late */
					{-EINTR, 0, 0, 0, 0, 0},
					{0, RTM_NEWLINK, 0, 0, 0, 0},
					{0, NLMSG_DONE, 0, 0, 0, 0},
				}};
	struct tally tally = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(dump_by_script(&script, &tally, &error), 0);
	assert_int_equal(tally.restarts, 1);
	assert_int_equal(tally.visits, 1);
	assert_int_equal(script.sent, 2);
}

static void test_overrun_dump(void **state)
{
	struct script script = {.steps = {
					{0, RTM_NEWLINK, 0, 0, 0, 0},
					{-ENOBUFS, 0, 0, 0, 0, 0},
					{0, NLMSG_DONE, 0, 0, 0, 0},
					{0, RTM_NEWLINK, 0, 0, 0, 0},
					{0, RTM_NEWLINK, 0, 0, 0, 0},
					{0, NLMSG_DONE, 0, 0, 0, 0},
				}};
	struct tally tally = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(dump_by_script(&script, &tally, &error), 0);
	assert_int_equal(tally.restarts, 1);
	assert_int_equal(tally.visits, 2);
}

/* Anybody may send to a socket's port, and guess the number: only the answer to us counts. */
static void test_foreign_answers(void **state)
{
	struct script script = {.steps = {
					{0, RTM_NEWLINK, 0, 0, 0, 4711},
					{0, NLMSG_ERROR, 0, 0, -EPERM, 4711},
					{0, RTM_NEWLINK, NLM_F_DUMP_INTR, 0, 0, 4711},
					{0, NLMSG_DONE, 0, 7, 0, 0},
					{0, RTM_NEWLINK, 0, 0, 0, 0},
					{0, NLMSG_DONE, 0, 0, 0, 0},
				}};
	struct tally tally = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(dump_by_script(&script, &tally, &error), 0);
	assert_int_equal(tally.restarts, 0);
	assert_int_equal(tally.visits, 1);
	assert_int_equal(script.sent, 1);
}

static void test_refused_dump(void **state)
{
	struct script script = {.steps = {{0, NLMSG_ERROR, 0, 0, -EPERM, 0}}};
	struct tally tally = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(dump_by_script(&script, &tally, &error), -EPERM);
	assert_string_equal(error.text, "read the links: Operation not permitted");
}

static void test_endless_dump(void **state)
{
	struct script script = {0}; /* nothing ever comes */
	struct tally tally = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(dump_by_script(&script, &tally, &error), -EAGAIN);
	assert_int_equal(tally.restarts, 15);
}

struct failures {
	size_t count;
	int last;
	const void *subject;
};

static void note_failure(
	void *context, const struct sys_change *change, int code, const char *words)
{
	struct failures *failures = context;

	(void)words;
	failures->count++;
	failures->last = code;
	failures->subject = change->subject;
}

static struct failures queue_by_script(struct script *script, size_t changes)
{
	static const char subjects[8];
	struct failures failures = {0};
	struct sys_netlink netlink;
	struct ds_error error;
	struct sys_queue queue;

	assert_int_equal(sys_netlink_open_wire(&netlink, &script_wire, script, &error), 0);
	assert_int_equal(sys_queue_open(&queue, &netlink, &error), 0);
	queue.failed = note_failure;
	queue.context = &failures;
	for (size_t i = 0; i < changes; i++) {
		const struct sys_change change = {.subject = &subjects[i], .harmless = EEXIST};

		sys_queue_begin(&queue, RTM_NEWADDR, 0);
		sys_queue_add(&queue, &change);
	}
	sys_queue_flush(&queue);
	if (failures.subject)
		failures.last -= 1000 * (int)((const char *)failures.subject - subjects);
	sys_queue_close(&queue);
	sys_netlink_close(&netlink);
	return failures;
}

/* The script's sequence numbers count from the first message of the batch. */
static void test_answers_in_any_order(void **state)
{
	struct script script = {
		.steps = {
			{0, NLMSG_ERROR, 0, 2, 0, 0}, {0, NLMSG_ERROR, 0, 0, -EEXIST, 0},
			{0, RTM_NEWADDR, 0, 1, 0, 0},          /* a notice, no answer */
			{0, NLMSG_ERROR, 0, 9, -EPERM, 0},     /* nobody's */
			{0, NLMSG_ERROR, 0, 1, -EACCES, 4711}, /* another's */
			{0, NLMSG_ERROR, 0, 1, -EINVAL, 0},
			{0, NLMSG_ERROR, 0, 1, -EPERM, 0}, /* told twice */
		}};
	struct failures failures = queue_by_script(&script, 3);

	(void)state;
	assert_int_equal(script.sent, 1);
	assert_int_equal(failures.count, 1);
	assert_int_equal(failures.last, -EINVAL - 1000);
}

static void test_lost_answers(void **state)
{
	struct script script = {.steps = {
					{0, NLMSG_ERROR, 0, 0, 0, 0},
					{-ENOBUFS, 0, 0, 0, 0, 0},
					{-EAGAIN, 0, 0, 0, 0, 0},
					/* the second was sent again, alone */
					{0, NLMSG_ERROR, 0, 0, 0, 0},
				}};
	struct failures failures = queue_by_script(&script, 2);
	struct script silent = {0};

	(void)state;
	assert_int_equal(script.sent, 2);
	assert_int_equal(failures.count, 0);
	failures = queue_by_script(&silent, 1);
	assert_int_equal(silent.sent, 3);
	assert_int_equal(failures.last, -ENOBUFS);
}

static void test_record_round_trip(void **state)
{
	struct ds_network network = {.taken_ms = 5}, copy = {0};
	struct ds_address *address = ds_list_add(&network.addresses);
	struct ds_route *route = ds_list_add(&network.routes);

	(void)state;
	*address = decoded_address(address_labelled);
	*route = decoded_route(route_multipath);
	assert_int_equal(ds_record_copy(&ds_network_record, &network, &copy), 0);
	assert_true(ds_record_equal(&ds_network_record, &network, &copy));
	copy.routes.items[0].nexthops.items[1].weight = 2;
	assert_false(ds_record_equal(&ds_network_record, &network, &copy));
	ds_record_done(&ds_network_record, &network);
	ds_record_done(&ds_network_record, &copy);
}

/* udev came too late to rename the link, and gave it the name as another one. */
static void test_name_is_altname(void **state)
{
	struct sys_netlink netlink = {0};
	static struct sys_queue queue;
	struct ds_error error;
	struct sys_link have = {.link = {.ifindex = 3}};
	struct sys_links links = {.items = &have, .count = 1};
	struct ds_link want = {0};
	const struct nlmsghdr *first, *second;

	(void)state;
	assert_int_equal(sys_netlink_open(&netlink, NETLINK_ROUTE, 0, &error), 0);
	assert_int_equal(sys_queue_open(&queue, &netlink, &error), 0);
	assert_int_equal(ds_string_set(&have.link.name, "eth0"), 0);
	assert_int_equal(ds_strings_add(&have.link.altnames, "ens3"), 0);
	assert_int_equal(ds_string_set(&want.name, "ens3"), 0);
	sys_link_put(&queue, &links, &have, &want);
	assert_int_equal(queue.count, 2);
	first = (const void *)(queue.bytes + queue.items[0].offset);
	second = (const void *)(queue.bytes + queue.items[1].offset);
	assert_int_equal(first->nlmsg_type, RTM_DELLINKPROP);
	assert_int_equal(second->nlmsg_type, RTM_SETLINK);
	queue.count = 0; /* never sent */
	sys_queue_close(&queue);
	sys_netlink_close(&netlink);
	ds_record_done(&ds_link_record, &have.link);
	ds_record_done(&ds_link_record, &want);
}

/* Those that we do not put back, where they hang on a link of ours, whichever way they name it. */
static void test_routes_of_other_families(void **state)
{
	static const struct {
		uint8_t family;
		uint16_t names_link;
	} rows[] = {{AF_MPLS, RTA_OIF}, {RTNL_FAMILY_IPMR, RTA_IIF}, {RTNL_FAMILY_IP6MR, RTA_IIF}};
	struct sys_links links = recorded_links();
	const struct ds_network network = {0};
	ds_strings texts = {0};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
		struct sys_message message =
			sys_message_begin(buffer, sizeof(buffer), RTM_NEWROUTE, 0);
		struct rtmsg *header = sys_message_extra(&message, sizeof(*header));
		struct ds_route route = {0};

		header->rtm_family = rows[i / 2].family;
		sys_put_u32(&message, rows[i / 2].names_link, 2);
		assert_true(sys_route_uses_ours(message.header, &links, &network));
		assert_int_equal(sys_route_decode(message.header, &links, &route), -EOPNOTSUPP);
		assert_int_equal(sys_route_lost(message.header, &texts), 0);
	}
	assert_int_equal(texts.count, 3);
	assert_true(ds_strings_has(&texts, "the MPLS routes over its links"));
	ds_strings_done(&texts);
	sys_links_done(&links);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_is_altname),
		cmocka_unit_test(test_link_decode),
		cmocka_unit_test(test_mac_parse),
		cmocka_unit_test(test_address_decode),
		cmocka_unit_test(test_route_decode),
		cmocka_unit_test(test_route_metrics_and_local),
		cmocka_unit_test(test_route_interest),
		cmocka_unit_test(test_route_encode),
		cmocka_unit_test(test_route_encode_refuses),
		cmocka_unit_test(test_route_passes),
		cmocka_unit_test(test_address_encode),
		cmocka_unit_test(test_address_owner),
		cmocka_unit_test(test_address_is_advertised),
		cmocka_unit_test(test_route_is_advertised),
		cmocka_unit_test(test_route_owner),
		cmocka_unit_test(test_same_address),
		cmocka_unit_test(test_same_route),
		cmocka_unit_test(test_link_match),
		cmocka_unit_test(test_drvinfo),
		cmocka_unit_test(test_devlink_comes_first),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_damaged_messages),
		cmocka_unit_test(test_interrupted_dump),
		cmocka_unit_test(test_overrun_dump),
		cmocka_unit_test(test_foreign_answers),
		cmocka_unit_test(test_refused_dump),
		cmocka_unit_test(test_endless_dump),
		cmocka_unit_test(test_answers_in_any_order),
		cmocka_unit_test(test_lost_answers),
		cmocka_unit_test(test_record_round_trip),
		cmocka_unit_test(test_routes_of_other_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
