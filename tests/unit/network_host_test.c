/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network layer against a real kernel, in a network namespace of its own: look, break things,
 * restore, look again.
 *
 * The links are veth: no device stands behind them, so they are looked at through the filter of
 * sys_net_look() and matched by name. Links that are renamed or taken away and come back need a
 * real device, and are tested in the guest.
 */
#include "../../src/sys/route.h"
#include "netns.h"

#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <poll.h>

static void test_addresses(void **state)
{
	(void)state;
	ip("addr add 192.0.2.1/24 brd + dev p0 label p0:web");
	ip("addr add 192.0.2.9/24 dev p0");
	ip("addr add 198.51.100.1 peer 198.51.100.2/32 dev p0 metric 77");
	ip("addr add 203.0.113.5/24 dev p0 noprefixroute scope link");
	ip("addr add 192.0.2.77/24 dev p0 valid_lft 500 preferred_lft 300");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("addr add 2001:db8::2 peer 2001:db8:9::2/128 dev p0 nodad noprefixroute");
	ip("addr add 2001:db8::3/64 dev p0 nodad valid_lft 500 preferred_lft 0");
	ip("addr add fe80::77/64 dev p0 nodad");
	assert_comes_back(recreate);
}

static void test_lifetimes_age(void **state)
{
	struct ds_network before, after;
	int64_t begun_ms = sys_net_now_ms();
	int took_s;

	(void)state;
	ip("addr add 192.0.2.77/24 dev p0 valid_lft 500 preferred_lft 300");
	ip("addr add 192.0.2.78/24 dev p0 valid_lft 50 preferred_lft 30");
	before = look_at("p0", NULL);
	before.taken_ms -= 100 * 1000;
	ip("addr flush dev p0");
	restore(&before);
	after = look_at("p0", NULL);
	took_s = (int)(sys_net_now_ms() - begun_ms) / 1000 + 1;
	for (size_t i = 0; i < after.addresses.count; i++) {
		if (after.addresses.items[i].family != AF_INET)
			continue;
		assert_string_equal(after.addresses.items[i].local, "192.0.2.77");
		assert_in_range(after.addresses.items[i].valid_s, 400 - took_s, 400);
		assert_in_range(after.addresses.items[i].preferred_s, 200 - took_s, 200);
	}
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* Addresses, ICMPv6 message, its length and protocol: with the checksum among them, all ones. */
static bool sums_up(const uint8_t *ip)
{
	size_t length = (size_t)ip[4] << 8 | ip[5];
	uint32_t sum = (uint32_t)length + IPPROTO_ICMPV6;

	for (size_t i = 8; i < 40 + length; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/*
 * How many of the frames that came in at fd are announcements: ARP requests for oneself, NAs. So
 * many requests and one NA are waited for; who sends need not have been the one who delivers.
 */
static void count_announcements(int fd, int arp, int *ret_arp, int *ret_nd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	uint8_t frame[128];

	*ret_arp = *ret_nd = 0;
	while (poll(&wait, 1, *ret_arp < arp || *ret_nd < 1 ? 10000 : 0) > 0) {
		assert_true(recv(fd, frame, sizeof(frame), 0) > 0);
		if (frame[12] == 0x08 && frame[13] == 0x06)
			*ret_arp += memcmp(frame + 28, frame + 38, 4) == 0;
		/* Of an IPv6 header's neighbour advertisement, unsolicited and overriding. */
		else if (frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == IPPROTO_ICMPV6)
			*ret_nd += frame[54] == 136 && frame[21] == 255 && frame[58] == 0x20 &&
				   sums_up(frame + 14);
	}
}

static void test_announces(void **state)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct ds_network before;
	int arp, nd, fd;

	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 192.0.2.2/24 dev p0");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("route add default via 192.0.2.254");
	ip("-6 route add 2001:db8:9::/48 via 2001:db8::fe");
	before = look_at("p0", NULL);
	ip("neigh flush dev p0");
	ip("addr flush dev p0 scope global");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	address.sll_ifindex = (int)if_nametoindex("p0x");
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	restore(&before);
	count_announcements(fd, 2, &arp, &nd);
	assert_int_equal(arp, 2);
	assert_in_range(nd, 1, 2); /* the link's own may be proven by then */
	/* Nobody has sent a packet there. */
	assert_int_equal(system("ip neigh show 192.0.2.254 dev p0 | grep -q ."), 0);  /* NOLINT */
	assert_int_equal(system("ip neigh show 2001:db8::fe dev p0 | grep -q ."), 0); /* NOLINT */
	close(fd);
	ds_record_done(&ds_network_record, &before);
}

/* A link that stays when ours goes, and has the host's address. */
static void bridge_above(void)
{
	ip("link add br7 type bridge");
	ip("link set p0 master br7");
	ip("link set br7 up");
	ip("link set p0 up");
	settle("br7");
	ip("addr add 192.0.2.1/24 dev br7");
}

/* The bridge stays, but whoever is beyond our link has to learn again where it is. */
static void test_announces_above(void **state)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct ds_network before;
	struct ds_error error = {0};
	int arp, nd, fd;

	(void)state;
	bridge_above();
	ip("addr add 2001:db8::1/64 dev br7 nodad");
	ip("route add default via 192.0.2.254");
	before = look_at("p0", NULL);
	lose_one();
	ip("neigh flush dev br7");
	restore(&before);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	address.sll_ifindex = (int)if_nametoindex("p0x");
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	assert_int_equal(sys_network_ready(&before, sys_net_now_ms() + 5000, &error), 0);
	count_announcements(fd, 1, &arp, &nd);
	assert_int_equal(arp, 1);
	assert_in_range(nd, 1, 2);
	assert_int_equal(system("ip neigh show 192.0.2.254 dev br7 | grep -q ."), 0); /* NOLINT */
	close(fd);
	ip("link del br7");
	ds_record_done(&ds_network_record, &before);
}

static struct ds_address *find_address(const struct ds_network *network, const char *local)
{
	for (size_t i = 0; i < network->addresses.count; i++)
		if (ds_string_equal(network->addresses.items[i].local, local))
			return &network->addresses.items[i];
	fail_msg("no address %s", local);
	return NULL;
}

/* What the kernel makes of the MAC comes back with what was given by hand, and as soon. */
static void test_usable_at_once(void **state)
{
	const char *locals[] = {"2001:db8::1", "2001:db8::2", "fe80::ff:fe00:7"};
	struct ds_error error = {0};
	struct ds_network before, after;

	(void)state;
	ip("link set p0 down");
	ip("link set p0 address 02:00:00:00:00:07");
	ip("link set p0 up");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("addr add 2001:db8::2/64 dev p0");
	before = look_at("p0", "p1");
	/* As if two seconds older. */
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++)
		find_address(&before, locals[i])->flags &= ~IFA_F_TENTATIVE;
	recreate();
	ip("link set p0 address 02:00:00:00:00:07");
	restore(&before);
	after = look_at("p0", "p1");
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++)
		assert_false(find_address(&after, locals[i])->flags & IFA_F_TENTATIVE);
	ds_record_done(&ds_network_record, &after);
	assert_int_equal(sys_network_ready(&before, sys_net_now_ms() + 5000, &error), 0);
	after = look_at("p0", "p1");
	for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++)
		assert_int_equal(find_address(&after, locals[i])->flags,
			find_address(&before, locals[i])->flags);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* Of two that are as good the first is what packets leave from. */
static void test_order_of_addresses(void **state)
{
	struct ds_network before, after;

	(void)state;
	ip("link set p0 down");
	ip("link set p0 addrgenmode none");
	ip("link set p0 up");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 192.0.2.2/24 dev p0");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("addr add 2001:db8::2/64 dev p0 nodad");
	before = look_at("p0", NULL);
	recreate();
	restore(&before);
	after = look_at("p0", NULL);
	assert_int_equal(before.addresses.count, 4);
	for (size_t i = 0; i < before.addresses.count; i++)
		assert_string_equal(
			after.addresses.items[i].local, before.addresses.items[i].local);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

static void test_routes(void **state)
{
	(void)state;
	ip("link set p1 up");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 198.51.100.1/24 dev p1");
	ip("route add default via 192.0.2.254 dev p0 proto static metric 100");
	ip("route add 10.1.0.0/16 via 192.0.2.254 mtu 1400 advmss 1200");
	ip("route add 10.2.0.0/16 dev p0 src 192.0.2.1 table 1000");
	ip("route add 203.0.113.7 dev p0 scope link");
	ip("route add 10.3.0.0/16 via 203.0.113.7 onlink dev p0");
	ip("route add 10.4.0.0/16 nexthop via 192.0.2.3 dev p0 weight 3"
	   " nexthop via 198.51.100.3 dev p1");
	ip("route add 10.5.0.0/16 via inet6 fe80::9 dev p0");
	ip("route add 10.6.0.0/16 via 192.0.2.2 tos 0x10");
	ip("route append 10.6.0.0/16 via 192.0.2.3 tos 0x10");
	ip("route add blackhole 10.7.0.0/16 src 192.0.2.1");
	ip("route add 10.8.0.0/16 dev lo src 192.0.2.1");
	ip("route add 10.9.0.0/16 nexthop via 192.0.2.3 realm 5/6 nexthop via 198.51.100.3 realm "
	   "7");
	assert_comes_back(recreate);
	/* In the words of others: what we do not read we would not miss. */
	ip("route show 10.9.0.0/16 | grep -q '192.0.2.3 .*5/6'");
	ip("route show 10.9.0.0/16 | grep -q '198.51.100.3 .*7'");
}

static void test_ipv6_routes(void **state)
{
	(void)state;
	ip("link set p1 up");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("addr add 2001:db8:1::1/64 dev p1 nodad");
	ip("-6 route add default via 2001:db8::fe metric 50 pref high");
	ip("-6 route add 2001:db8:2::/48 via fe80::9 dev p0 src 2001:db8::1");
	ip("-6 route add 2001:db8:3::/48 nexthop via 2001:db8::3 weight 4"
	   " nexthop via 2001:db8:1::3");
	ip("-6 route add 2001:db8:4::/48 dev p0 metric 9");
	ip("-6 route append 2001:db8:4::/48 dev p1 metric 9");
	ip("-6 route add 2001:db8:5::/48 dev p0 mtu 1300 table 4711");
	assert_comes_back(recreate);
}

/* As NetworkManager has it: the kernel may not make the route to the network, another does. */
static void test_routes_given_in_the_kernels_name(void **state)
{
	struct ds_network network;
	size_t given = 0;

	(void)state;
	ip("addr add 192.0.2.1/25 dev p0 noprefixroute");
	ip("route add 192.0.2.0/25 dev p0 proto kernel scope link src 192.0.2.1 metric 100");
	ip("route add default via 192.0.2.126 dev p0 proto static metric 100");
	ip("addr add 2001:db8:5::1/61 dev p0 nodad noprefixroute");
	ip("-6 route add 2001:db8:5::/61 dev p0 proto kernel metric 100");
	ip("-6 route add default via 2001:db8:5::fe dev p0 metric 100");
	ip("addr add 198.51.100.1/24 dev p0"); /* its route is the kernel's own */
	ip("addr add 203.0.113.1 peer 203.0.113.9/32 dev p0 metric 7");
	ip("addr add 2001:db8:6::1 peer 2001:db8:6::9/128 dev p0 nodad");
	network = look_at("p0", NULL);
	for (size_t i = 0; i < network.routes.count; i++)
		given += network.routes.items[i].is_given;
	assert_int_equal(given, 2);
	ds_record_done(&ds_network_record, &network);
	/* And such as are of no address at all. */
	ip("route add 10.1.0.0/16 via 198.51.100.9 proto kernel");
	ip("route add 10.2.0.0/16 dev p0 scope link proto kernel");
	ip("route add 198.51.100.0/24 dev p0 scope link proto kernel metric 9");
	ip("route add 10.3.0.0/16 proto kernel nexthop via 198.51.100.8 nexthop via 198.51.100.9");
	ip("-6 route add 2001:db8:7::/48 via 2001:db8:5::fe dev p0 proto kernel");
	ip("-6 route add 2001:db8:8::/48 dev p0 proto kernel");
	network = look_at("p0", NULL);
	for (size_t i = given = 0; i < network.routes.count; i++)
		given += network.routes.items[i].is_given;
	assert_int_equal(given, 8);
	ds_record_done(&ds_network_record, &network);
	assert_comes_back(recreate);
}

static void test_routes_beyond_us(void **state)
{
	struct ds_network network;

	(void)state;
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("-6 route add 2001:db8:7::/48 from 2001:db8:8::/48 via 2001:db8::9 dev p0");
	ip("route add 10.9.0.0/16 dev p0 realm 7");
	network = look_at("p0", NULL);
	assert_true(ds_strings_has(
		&network.losses, "the route to 2001:db8:7::/48, which looks at the source"));
	ds_record_done(&ds_network_record, &network);
	ip("-6 route del 2001:db8:7::/48 from 2001:db8:8::/48");
	assert_comes_back(recreate);
}

/* The legs over the link that stayed are there still, or went with the whole route (IPv4). */
static void test_multipath_with_one_leg_lost(void **state)
{
	(void)state;
	ip("link set p1 up");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 198.51.100.1/24 dev p1");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("addr add 2001:db8:1::1/64 dev p1 nodad");
	ip("route add 10.4.0.0/16 nexthop via 192.0.2.3 nexthop via 198.51.100.3");
	ip("-6 route add 2001:db8:3::/48 nexthop via 2001:db8::3 weight 4"
	   " nexthop via 2001:db8:1::3 weight 2");
	assert_comes_back(lose_one);
}

static void test_link_settings(void **state)
{
	(void)state;
	ip("link set p0 down");
	ip("link set p0 address 02:00:00:00:00:07 mtu 1400 txqueuelen 500 group 7");
	ip("link set p0 alias 'the \"first\"'");
	ip("link set p0 promisc on allmulticast on addrgenmode none");
	ip("link property add dev p0 altname uplink altname wan0");
	ip("link set p0 up");
	assert_comes_back(recreate);
}

static void test_token(void **state)
{
	struct ds_network network;

	(void)state;
	ip("token set ::53 dev p0");
	network = look_at("p0", NULL);
	assert_string_equal(network.links.items[0].token, "::53");
	ds_record_done(&ds_network_record, &network);
	assert_comes_back(recreate);
	/* The kernel would not take it again; and nobody asks for it. */
	ip("token set ::54 dev p0");
	assert_int_equal(system("echo 0 >/proc/sys/net/ipv6/conf/p0/accept_ra"), 0); /* NOLINT */
	network = look_at("p0", NULL);
	assert_null(network.links.items[0].token);
	ds_record_done(&ds_network_record, &network);
}

static void test_bridge_port(void **state)
{
	struct ds_network network;

	(void)state;
	ip("link add br0 type bridge");
	ip("link set br0 up");
	ip("link set p0 master br0");
	ip("addr add 192.0.2.1/24 dev br0");
	ip("route add default via 192.0.2.254");
	network = look_at("p0", NULL);
	assert_string_equal(network.links.items[0].master, "br0");
	assert_true(network.links.items[0].has_default_route);
	ds_record_done(&ds_network_record, &network);
	assert_comes_back(recreate);
	ip("link del br0");
}

static void test_nexthop_object(void **state)
{
	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("nexthop add id 7 via 192.0.2.9 dev p0");
	ip("route add 10.1.0.0/16 nhid 7");
	assert_comes_back(recreate);
}

static void set_compat_mode(const char *value)
{
	FILE *file = fopen("/proc/sys/net/ipv4/nexthop_compat_mode", "we");

	assert_non_null(file);
	fputs(value, file);
	assert_int_equal(fclose(file), 0);
}

/* Then a route tells the number of its nexthop object, and not the link. */
static void test_nexthop_object_alone(void **state)
{
	struct ds_network network;

	(void)state;
	set_compat_mode("0");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	ip("nexthop add id 7 via 192.0.2.9 dev p0");
	ip("nexthop add id 8 via 192.0.2.10 dev p0");
	ip("nexthop add id 9 group 7/8");
	ip("nexthop add id 10 via 2001:db8::9 dev p0");
	ip("route add default nhid 9");
	ip("route add 10.1.0.0/16 nhid 7");
	ip("-6 route add 2001:db8:1::/48 nhid 10");
	network = look_at("p0", NULL);
	assert_true(network.links.items[0].has_default_route);
	ds_record_done(&ds_network_record, &network);
	assert_comes_back(recreate);
	set_compat_mode("1");
}

static void rename_both(void)
{
	ip("link set p0 down");
	ip("link set p1 down");
	ip("link set p0 name tmp");
	ip("link set p1 name p0");
	ip("link set tmp name p1");
}

/* Names of links without a device cannot be told apart: this runs make_room and no more. */
static void test_down_links_stay_down(void **state)
{
	(void)state;
	ip("addr add 192.0.2.1/24 dev p1");
	rename_both();
	ip("link set p0 up");
	assert_comes_back(recreate);
}

static void test_failures_do_not_stop(void **state)
{
	struct ds_network before, after;
	struct ds_error error = {0};

	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("route add 10.1.0.0/16 via 192.0.2.9");
	before = look_at("p0", NULL);
	before.links.items[0].mtu = 1 << 30;
	assert_int_equal(ds_string_set(&before.links.items[0].master, "nobond"), 0);
	recreate();
	assert_true(sys_network_restore(&before, sys_net_now_ms() + 2000, NULL, &error) < 0);
	assert_non_null(strstr(error.text, "nobond"));
	assert_non_null(strstr(error.text, "1 more"));
	after = look_at("p0", NULL);
	assert_int_equal(addresses_missing(&after, &before), 0);
	assert_int_equal(routes_missing(&after, &before), 0);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* What stays above our link is not ours, and the gateways behind it are asked all the same. */
static void test_gateways_above(void **state)
{
	struct ds_network network;

	(void)state;
	ip("link add br7 type bridge");
	ip("link set p0 master br7");
	ip("link add link br7 name mv7 type macvlan");
	ip("link add other type veth peer name otherx");
	ip("link set br7 up");
	ip("link set mv7 up");
	ip("link set other up");
	ip("link set otherx up");
	settle("other");
	ip("addr add 192.0.2.1/24 dev br7");
	ip("addr add 198.51.100.1/24 dev mv7");
	ip("addr add 203.0.113.1/24 dev other");
	ip("link set p0 up");
	settle("br7");
	settle("mv7");
	ip("route add 10.1.0.0/16 via 192.0.2.9");
	ip("route add 10.2.0.0/16 via 192.0.2.9");
	ip("route add 10.3.0.0/16 via 198.51.100.9");
	ip("route add 10.4.0.0/16 via 203.0.113.9");
	network = look_at("p0", NULL);
	assert_int_equal(network.links.count, 1);
	assert_int_equal(network.gateways_above.count, 2);
	assert_string_equal(network.gateways_above.items[0].link, "br7");
	assert_string_equal(network.gateways_above.items[0].gateway, "192.0.2.9");
	assert_int_equal(network.gateways_above.items[0].gateway_family, AF_INET);
	assert_string_equal(network.gateways_above.items[1].link, "mv7");
	ip("link del mv7");
	ip("link del br7");
	ip("link del other");
	ds_record_done(&ds_network_record, &network);
}

static bool has_route(const struct ds_network *network, const char *destination)
{
	for (size_t i = 0; i < network->routes.count; i++)
		if (ds_string_equal(network->routes.items[i].destination, destination))
			return true;
	return false;
}

/* The bridge stays, and the kernel takes away what goes by it when its last port went. */
static void test_nexthops_above(void **state)
{
	struct ds_network before, after;

	(void)state;
	bridge_above();
	ip("nexthop add id 20 via 192.0.2.9 dev br7");
	ip("nexthop add id 21 group 20 type resilient buckets 8 idle_timer 60");
	ip("route add 10.1.0.0/16 nhid 20");
	ip("route add 10.2.0.0/16 nhid 21");
	ip("route add 10.3.0.0/16 via 192.0.2.9"); /* stays */
	before = look_at("p0", NULL);
	assert_true(has_route(&before, "10.1.0.0"));
	assert_true(has_route(&before, "10.2.0.0"));
	assert_false(has_route(&before, "10.3.0.0"));
	assert_int_equal(before.gateways_above.count, 1);
	lose_one();
	for (int i = 0; i < 500 && system("ip nexthop show | grep -q br7") == 0; i++) /* NOLINT */
		usleep(10 * 1000);
	restore(&before);
	after = look_at("p0", NULL);
	assert_int_equal(routes_missing(&after, &before), 0);
	assert_true(ds_record_equal(&ds_settings_record, &before.settings, &after.settings));
	ip("link del br7");
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* Whether p0 is marked for who is answered at that address. */
static bool is_callers(struct ds_network *network, const char *peer)
{
	struct ds_error error = {0};

	network->links.items[0].has_caller_ssh = false;
	assert_int_equal(sys_route_mark_caller(network, peer, &error), 0);
	return network->links.items[0].has_caller_ssh;
}

/* By which way the caller is answered, whatever the address that was called. */
static void test_way_to_caller(void **state)
{
	struct ds_link p0 = {.name = (char *)"p0", .has_default_route = true};
	struct ds_network network = {.links = {&p0, 1}};

	(void)state;
	ip("link set p1 up");
	ip("addr add 198.51.100.7/32 dev lo");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 203.0.113.1/24 dev p1");
	ip("route add default via 192.0.2.254 src 198.51.100.7");
	assert_true(is_callers(&network, "10.1.2.3"));
	assert_true(is_callers(&network, "192.0.2.9"));
	assert_false(is_callers(&network, "203.0.113.9"));
	assert_false(is_callers(&network, "198.51.100.7"));
	assert_false(is_callers(&network, "2001:db8::9"));
	/* Some do not let others make one. */
	if (access("/dev/net/tun", R_OK | W_OK) == 0) {
		ip("tuntap add dev t0 mode tun");
		ip("link set t0 up");
		ip("route add 10.9.0.0/16 dev t0");
		assert_true(is_callers(&network, "10.9.0.1"));
		p0.has_default_route = false;
		assert_false(is_callers(&network, "10.9.0.1"));
		ip("link del t0");
	}
	ip("addr del 198.51.100.7/32 dev lo");
}

static void test_wait_times_out(void **state)
{
	struct ds_network network;
	struct ds_error error = {0};

	(void)state;
	network = look_at("p0", NULL);
	assert_int_equal(
		sys_network_wait(&network, SYS_AWAIT_READY, sys_net_now_ms() + 2000, &error), 0);
	ip("link set p0x down");
	assert_int_equal(
		sys_network_wait(&network, SYS_AWAIT_PORT, sys_net_now_ms() + 50, &error), 0);
	assert_int_equal(sys_network_wait(&network, SYS_AWAIT_READY, sys_net_now_ms() + 50, &error),
		-ETIMEDOUT);
	assert_non_null(strstr(error.text, "p0 (virtual) has no carrier"));
	assert_int_equal(ds_string_set(&network.links.items[0].name, "gone"), 0);
	assert_int_equal(sys_network_wait(&network, SYS_AWAIT_PORT, sys_net_now_ms() + 50, &error),
		-ETIMEDOUT);
	assert_non_null(strstr(error.text, "gone (virtual) has not come back"));
	ds_record_done(&ds_network_record, &network);
}

static pid_t later(const char *command)
{
	pid_t child = fork();

	if (child == 0) {
		usleep(200 * 1000);
		_exit(system(command) == 0 ? 0 : 1); /* NOLINT: the text is ours */
	}
	return child;
}

static void test_wait_sees_link_and_carrier(void **state)
{
	struct ds_network network;
	struct ds_error error = {0};
	int64_t started = sys_net_now_ms();
	pid_t child;

	(void)state;
	network = look_at("p0", NULL);
	ip("link del p0");
	child = later(
		"ip link add p0 type veth peer name p0x; ip link set p0 up; ip link set p0x up");
	if (sys_network_wait(&network, SYS_AWAIT_READY, started + 20000, &error) != 0)
		fail_msg("%s", error.text);
	assert_true(sys_net_now_ms() - started < 10000);
	waitpid(child, NULL, 0);
	ds_record_done(&ds_network_record, &network);
}

#define LAST_ALIAS "the-last-one"

static int note_last(const struct nlmsghdr *message, void *context)
{
	bool *is_told = context;

	*is_told |= memmem(message, message->nlmsg_len, LAST_ALIAS, strlen(LAST_ALIAS)) != NULL;
	return 0;
}

/* More than fits: what comes after the loss was seen is told, and nothing older with it. */
static void test_lost_news(void **state)
{
	struct sys_netlink monitor __attribute__((cleanup(sys_netlink_close))) = {0};
	bool is_told = false;
	const struct sys_visitor visitor = {.visit = note_last, .context = &is_told};
	struct pollfd poll_fd = {.events = POLLIN};
	struct ds_error error;
	int bytes = 1; /* the kernel makes the least of it that it allows */

	(void)state;
	/* What is still to come of them would be news as well. */
	settle("p0");
	settle("p0x");
	assert_int_equal(sys_netlink_open(&monitor, NETLINK_ROUTE, RTMGRP_LINK, &error), 0);
	poll_fd.fd = sys_netlink_fd(&monitor);
	assert_int_equal(setsockopt(poll_fd.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
	ip("-V >/dev/null && for i in $(seq 20); do ip link set p0 alias $i; done");
	assert_int_equal(sys_netlink_news(&monitor, &visitor), -ENOBUFS);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	ip("link set p0 alias " LAST_ALIAS);
	assert_int_equal(poll(&poll_fd, 1, 5000), 1);
	assert_int_equal(sys_netlink_news(&monitor, &visitor), 0);
	assert_true(is_told);
}

static void test_nothing_to_do(void **state)
{
	const ds_strings none = {0};
	struct ds_network network = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(sys_network_look(&none, &none, NULL, &network, &error), 0);
	assert_int_equal(network.links.count, 0);
	assert_int_equal(sys_network_restore(&network, 0, NULL, &error), 0);
	assert_int_equal(sys_network_wait(&network, SYS_AWAIT_READY, 0, &error), 0);
}

static void test_driver_of_veth(void **state)
{
	struct ds_network network;

	(void)state;
	network = look_at("p0", NULL);
	assert_string_equal(network.links.items[0].driver.driver, "veth");
	assert_int_equal(network.links.items[0].driver.driver_source, DS_SOURCE_DRVINFO);
	assert_string_equal(network.links.items[0].driver.version, "1.0");
	assert_int_equal(network.links.items[0].speed_mbps, 10000);
	assert_int_equal(network.links.items[0].duplex, 1);
	assert_int_equal(network.links.items[0].tx_timeouts, 0);
	assert_int_equal(network.links.items[0].driver_tx_timeouts, -1);
	ds_record_done(&ds_network_record, &network);
}

static void test_names_of_timeouts(void **state)
{
	static const struct {
		char name[32]; /* the longest has no NUL */
		bool is_timeout;
	} rows[] = {
		{"tx timeout count", true},
		{"tx_timeout_count", true},
		{"Tx Timeout", true},
		{"0123456789 tx_timeout_count_0123", true},
		{"tx_packets", false},
		{"rx_timeout", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(sys_stat_is_tx_timeout(rows[i].name, sizeof(rows[i].name)),
			rows[i].is_timeout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUND(test_addresses),
		ROUND(test_lifetimes_age),
		ROUND(test_announces),
		ROUND(test_announces_above),
		ROUND(test_usable_at_once),
		ROUND(test_order_of_addresses),
		ROUND(test_routes),
		ROUND(test_ipv6_routes),
		ROUND(test_routes_given_in_the_kernels_name),
		ROUND(test_routes_beyond_us),
		ROUND(test_multipath_with_one_leg_lost),
		ROUND(test_link_settings),
		ROUND(test_token),
		ROUND(test_bridge_port),
		ROUND(test_nexthop_object),
		ROUND(test_nexthop_object_alone),
		ROUND(test_down_links_stay_down),
		ROUND(test_failures_do_not_stop),
		ROUND(test_gateways_above),
		ROUND(test_nexthops_above),
		ROUND(test_way_to_caller),
		ROUND(test_wait_times_out),
		ROUND(test_wait_sees_link_and_carrier),
		ROUND(test_lost_news),
		ROUND(test_nothing_to_do),
		ROUND(test_driver_of_veth),
		cmocka_unit_test(test_names_of_timeouts),
	};

	return cmocka_run_group_tests(tests, enter_network_namespace, NULL);
}
