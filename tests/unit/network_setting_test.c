/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else hangs on links, against a real kernel: files, objects, numbers, VLANs, features. */
#include "netns.h"

#include <dirent.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../src/sys/net_losses.h"
#include "../../src/sys/net_settings.h"

static char *value_of(const struct ds_network *network, int kind, const char *link, const char *key)
{
	const struct ds_setting like = {
		.kind = kind, .link = (char *)(uintptr_t)link, .key = (char *)(uintptr_t)key};
	const struct ds_setting *found = ds_setting_find(&network->settings, &like);

	return found ? found->value : NULL;
}

/* In whatever order the lines were read. */
static bool lines_are_in(const char *lines, const char *others)
{
	struct ds_setting_line line, other;

	while (ds_setting_line_next(&lines, &line))
		if (!ds_setting_line_find(others, &line, &other) ||
			!ds_setting_line_same(&line, &other))
			return false;
	return true;
}

static void assert_settings_same(const struct ds_network *a, const struct ds_network *b)
{
	bool is_same = true;

	for (size_t i = 0; i < a->settings.items.count; i++) {
		const struct ds_setting *setting = &a->settings.items.items[i];
		const char *now = value_of(b, setting->kind, setting->link, setting->key);

		if (ds_string_equal(setting->value, now) ||
			(setting->kind == DS_SETTING_SYSCTL && lines_are_in(setting->value, now)))
			continue;
		print_error("%s %s %s was %s, is %s\n", ds_setting_kind_names[setting->kind],
			setting->link, setting->key, setting->value, now ? now : "absent");
		is_same = false;
	}
	assert_true(is_same);
}

/* What stands is not written again, and not told as restored. */
static void assert_nothing_to_set(void)
{
	struct ds_network network = look_at("p0", "p1");
	struct ds_returned returned = {0};
	struct ds_error error = {0};

	if (sys_network_settings(&network, &returned, &error) != 0)
		fail_msg("%s", error.text);
	for (size_t i = 0; i < returned.restored.count; i++)
		print_error("restored: %s\n", returned.restored.items[i]);
	assert_int_equal(returned.restored.count, 0);
	ds_record_done(&ds_returned_record, &returned);
	ds_record_done(&ds_network_record, &network);
}

/* What stands comes back, and is said to be restored where it did not come by itself. */
static void assert_settings_come_back(const char *restored)
{
	struct ds_network before = look_at("p0", "p1"), after;
	struct ds_returned returned = {0};
	struct ds_error error = {0};
	bool is_told = !restored;

	recreate();
	if (sys_network_restore(&before, sys_net_now_ms() + 5000, &returned, &error) != 0 ||
		sys_network_settings(&before, &returned, &error) != 0 ||
		sys_network_ready(&before, sys_net_now_ms() + 5000, &error) != 0)
		fail_msg("%s", error.text);
	for (size_t i = 0; i < returned.lost.count; i++)
		print_error("%s: %s\n", returned.lost.items[i].what, returned.lost.items[i].why);
	after = look_at("p0", "p1");
	assert_settings_same(&before, &after);
	assert_settings_same(&after, &before);
	assert_nothing_to_set();
	assert_int_equal(returned.lost.count, 0);
	for (size_t i = 0; i < returned.restored.count && !is_told; i++)
		is_told = strcmp(returned.restored.items[i], restored) == 0;
	for (size_t i = 0; i < returned.restored.count && !is_told; i++)
		print_error("restored: %s\n", returned.restored.items[i]);
	assert_true(is_told);
	ds_record_done(&ds_returned_record, &returned);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

static void assert_lost(const struct ds_network *network, const char *text)
{
	for (size_t i = 0; i < network->losses.count; i++)
		if (strstr(network->losses.items[i], text))
			return;
	fail_msg("no loss: %s", text);
}

static void set(const char *path, const char *value)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "/proc/sys/net/%s", path);
	write_file(whole, value);
}

static void assert_line(const struct ds_network *network, const char *key, const char *text)
{
	const char *lines = value_of(network, DS_SETTING_SYSCTL, "p0", key);
	char whole[128];

	snprintf(whole, sizeof(whole), "\n%s\n", text);
	assert_non_null(lines);
	assert_non_null(strstr(lines, whole));
}

/* What the file has, without its newline; false: it cannot be read, or not be written. */
static bool file_has(const char *path, char *ret_text, size_t size)
{
	FILE *file = access(path, W_OK) == 0 ? fopen(path, "re") : NULL;
	struct stat status;
	bool has = file && fstat(fileno(file), &status) == 0 && status.st_mode & S_IWUSR &&
		   fgets(ret_text, (int)size, file);

	if (file)
		fclose(file);
	if (has)
		ret_text[strcspn(ret_text, "\n")] = '\0';
	return has;
}

static bool is_left_out(const char *name)
{
	static const char *const names[] = {
		"retrans_time", "base_reachable_time", "unres_qlen", "mtu", NULL};

	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Netlink tells most of them: each file that can be written must have its line, and say the same.
 */
static void assert_folder_is_files(const struct ds_network *network, const char *key)
{
	const char *lines = value_of(network, DS_SETTING_SYSCTL, "p0", key);
	char path[512], text[256];
	const struct dirent *entry;
	size_t count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/sys/%s", key);
	directory = opendir(path);
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		struct ds_setting_line line,
			like = {.name = entry->d_name, .name_bytes = strlen(entry->d_name)};

		snprintf(path, sizeof(path), "/proc/sys/%s/%s", key, entry->d_name);
		if (entry->d_name[0] == '.' || is_left_out(entry->d_name) ||
			!file_has(path, text, sizeof(text)))
			continue;
		count++;
		if (!ds_setting_line_find(lines, &like, &line))
			fail_msg("%s has no line", path);
		if (line.value_bytes != strlen(text) ||
			memcmp(line.value, text, line.value_bytes) != 0)
			fail_msg("%s is %s, not %.*s", path, text, (int)line.value_bytes,
				line.value);
	}
	closedir(directory);
	assert_true(count > 10);
}

static void assert_lines_are_files(const struct ds_network *network)
{
	assert_folder_is_files(network, "net/ipv4/conf/p0");
	assert_folder_is_files(network, "net/ipv6/conf/p0");
	assert_folder_is_files(network, "net/ipv4/neigh/p0");
	assert_folder_is_files(network, "net/ipv6/neigh/p0");
}

static void test_sysctls(void **state)
{
	struct ds_network network;

	(void)state;
	settle("p0"); /* with its carrier, IPv6 takes the MTU of the link again */
	set("ipv4/conf/p0/rp_filter", "2");
	set("ipv4/conf/p0/arp_ignore", "3");
	set("ipv6/conf/p0/accept_ra", "0");
	set("ipv4/neigh/p0/gc_stale_time", "2222");
	set("ipv6/neigh/p0/retrans_time_ms", "1234");
	set("ipv6/neigh/p0/delay_first_probe_time", "7");
	set("ipv4/neigh/p0/proxy_delay", "33");
	set("ipv4/neigh/p0/locktime", "0");
	set("ipv4/neigh/p0/unres_qlen_bytes", "99999");
	set("ipv6/conf/p0/router_solicitation_interval", "5");
	set("ipv6/conf/p0/ra_defrtr_metric", "4000000000");
	set("ipv6/conf/p0/mldv1_unsolicited_report_interval", "2500");
	set("ipv6/conf/p0/stable_secret", "2001:db8::1234");
	set("ipv6/conf/p0/addr_gen_mode", "0");
	set("ipv6/conf/p0/mtu", "1300");
	network = look_at("p0", NULL);
	assert_line(&network, "net/ipv4/conf/p0", "arp_ignore=3");
	assert_line(&network, "net/ipv6/conf/p0", "mtu=1300");
	assert_lines_are_files(&network);
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("sysctl p0 net/ipv4/conf/p0/arp_ignore");
}

/* It must stand before the link is up: with IPv6, the kernel gives itself an address. */
static void test_ipv6_off_before_up(void **state)
{
	struct ds_network network;

	(void)state;
	set("ipv6/conf/p0/disable_ipv6", "1");
	assert_settings_come_back("sysctl p0 net/ipv6/conf/p0/disable_ipv6");
	network = look_at("p0", NULL);
	assert_int_equal(network.addresses.count, 0);
	ds_record_done(&ds_network_record, &network);
}

static void test_nexthops(void **state)
{
	(void)state;
	ip("link set p1 up");
	settle("p1");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 198.51.100.1/24 dev p1");
	ip("nexthop add id 70 via 192.0.2.9 dev p0 proto static");
	ip("nexthop add id 71 via 198.51.100.9 dev p1");
	ip("nexthop add id 5 group 70,3/71,2");
	ip("nexthop add id 72 dev p0 onlink via 203.0.113.9");
	ip("route add 10.1.0.0/16 nhid 5");
	ip("route add 10.2.0.0/16 nhid 70");
	assert_settings_come_back("nexthop p0 70");
	ip("route show 10.1.0.0/16 | grep -q 'nhid 5'");
	ip("route show 10.2.0.0/16 | grep -q 'nhid 70'");
	ip("nexthop flush");
}

static void test_neighbours(void **state)
{
	(void)state;
	ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev p0 nud permanent");
	ip("neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev p0 nud permanent router");
	ip("neigh add proxy 192.0.2.10 dev p0");
	ip("neigh add proxy 2001:db8::10 dev p0");
	assert_settings_come_back("neighbour p0 2001:db8::9");
	ip("neigh show proxy dev p0 | grep -q 192.0.2.10");
}

/* As somebody gives it who knows the MAC; the kernel's own are of groups and of no MAC. */
static void test_unresolved_neighbours(void **state)
{
	struct ds_network network;
	size_t count = 0;

	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("link set p1 arp off");
	ip("link set p1 up");
	ip("addr add 198.51.100.1/24 dev p1");
	ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev p0 nud noarp");
	ip("neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev p0 nud noarp router");
	ip("-V >/dev/null && ping -c 1 -W 1 -b 192.0.2.255 >/dev/null 2>&1; "
	   "ping -c 1 -W 1 198.51.100.9 >/dev/null 2>&1; ping -c 1 -W 1 -I p0 224.1.2.3 "
	   ">/dev/null 2>&1; true");
	network = look_at("p0", "p1");
	for (size_t i = 0; i < network.settings.items.count; i++)
		count += network.settings.items.items[i].kind == DS_SETTING_NEIGHBOUR;
	assert_int_equal(count, 2);
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("neighbour p0 192.0.2.9");
	ip("neigh show nud noarp | grep -q 192.0.2.9");
}

/* What no program of Debian 12 can say. 0 or -errno. */
static int ask(struct nlmsghdr *request)
{
	struct sys_netlink netlink;
	struct ds_error error = {0};
	int code;

	assert_int_equal(sys_netlink_open(&netlink, NETLINK_ROUTE, 0, &error), 0);
	code = sys_netlink_ask(&netlink, request, NULL, "ask", &error);
	sys_netlink_close(&netlink);
	return code;
}

static bool kernel_is_at_least(int major, int minor)
{
	struct utsname kernel;
	int is_major = 0, is_minor = 0;

	assert_int_equal(uname(&kernel), 0);
	assert_int_equal(sscanf(kernel.release, "%d.%d", &is_major, &is_minor), 2);
	return is_major > major || (is_major == major && is_minor >= minor);
}

/* Its state is the kernel's. */
static void test_managed_neighbours(void **state)
{
	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("neigh add 192.0.2.7 dev p0 managed");
	ip("neigh add 192.0.2.9 dev p0 lladdr 02:00:00:00:00:09 nud permanent extern_learn");
	assert_settings_come_back("neighbour p0 192.0.2.7");
	ip("neigh show 192.0.2.7 | grep -q managed");
	ip("neigh show nud permanent | grep -q '192.0.2.9 .*extern_learn'");
}

/* No socket has joined them. */
static void test_groups_of_the_link_layer(void **state)
{
	struct ds_network network;
	size_t count = 0;

	(void)state;
	ip("link add link p0 name mv0 type macvlan");
	ip("maddr add 33:33:00:00:12:34 dev p0");
	ip("maddr add 01:80:c2:00:00:0e dev mv0");
	network = look_at("p0", "p1");
	for (size_t i = 0; i < network.settings.items.count; i++)
		count += network.settings.items.items[i].kind == DS_SETTING_MADDR;
	assert_int_equal(count, 2);
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("maddr p0 333300001234");
	ip("maddr show dev mv0 | grep -q '01:80:c2:00:00:0e.*static'");
}

#define BRIDGE "-V >/dev/null && bridge "

/* What was learned is not ours; and what cannot be given back is told. */
static void test_multicast_database(void **state)
{
	struct ds_network network;

	(void)state;
	ip("link add br0 type bridge");
	ip("link set br0 up");
	ip("link set p0 master br0");
	ip("link set p1 up");
	ip("link set p1 master br0");
	ip(BRIDGE "mdb add dev br0 port p0 grp 239.1.1.1 permanent vid 5");
	ip(BRIDGE "mdb add dev br0 port p0 grp 239.1.1.2 src 192.0.2.7 permanent vid 5");
	ip(BRIDGE "mdb add dev br0 port p0 grp ff15::7 permanent vid 5");
	ip(BRIDGE "mdb add dev br0 port p0 grp 01:00:5e:00:00:99 permanent vid 5");
	ip(BRIDGE "mdb add dev br0 port p1 grp 239.1.1.3 permanent");
	ip(BRIDGE "mdb add dev br0 port p1 grp 239.1.1.4 temp");
	network = look_at("p0", "p1");
	assert_null(value_of(&network, DS_SETTING_MDB, "p1", "239.1.1.4 vlan 0"));
	assert_int_equal(network.losses.count, 0);
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("mdb p0 239.1.1.2 vlan 5 source 192.0.2.7");
	ip(BRIDGE "mdb show dev br0 | grep -q 'port p1 grp 239.1.1.3 permanent'");
	ip("link set br0 down");
	network = look_at("p0", "p1");
	assert_lost(
		&network, "the multicast entry 239.1.1.1 vlan 5 of p0 in br0 (the bridge is down)");
	assert_null(value_of(&network, DS_SETTING_MDB, "p0", "239.1.1.1 vlan 5"));
	ds_record_done(&ds_network_record, &network);
	ip("link del br0");
}

/* As bridge(8) does it since 6.3, which is too new for Debian 12. */
static int add_with_sources(const char *bridge, const char *port)
{
	char buffer[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), RTM_NEWMDB, NLM_F_CREATE | NLM_F_EXCL);
	struct br_port_msg *header = sys_message_extra(&request, sizeof(*header));
	struct br_mdb_entry entry = {.ifindex = if_nametoindex(port), .state = MDB_PERMANENT};
	size_t attrs, list;

	header->family = AF_BRIDGE;
	header->ifindex = if_nametoindex(bridge);
	entry.addr.proto = htons(ETH_P_IP);
	entry.addr.u.ip4 = htonl(0xef010101);
	sys_put(&request, MDBA_SET_ENTRY, &entry, sizeof(entry));
	attrs = sys_nest_begin(&request, MDBA_SET_ENTRY_ATTRS);
	sys_put_u8(&request, 3, 1); /* MDBE_ATTR_GROUP_MODE: to include */
	sys_put_u8(&request, 4, 99);
	list = sys_nest_begin(&request, 2);
	for (uint32_t host = 7; host < 9; host++) {
		size_t source = sys_nest_begin(&request, MDBA_MDB_SRCLIST_ENTRY);

		sys_put_u32(&request, MDBA_MDB_SRCATTR_ADDRESS, htonl(0xc0000200 | host));
		sys_nest_end(&request, source);
	}
	sys_nest_end(&request, list);
	sys_nest_end(&request, attrs);
	return ask(request.header);
}

/* As bridges of IGMPv3 have them. Older kernels take none, and have others all the same. */
static void test_multicast_sources(void **state)
{
	(void)state;
	ip("link add br0 type bridge mcast_igmp_version 3");
	ip("link set br0 up");
	ip("link set p0 master br0");
	ip(BRIDGE "mdb add dev br0 port p0 grp 239.1.1.2 permanent");
	if (kernel_is_at_least(6, 3)) {
		assert_int_equal(add_with_sources("br0", "p0"), 0);
		ip(BRIDGE
			"-d mdb show | grep -q 'grp 239.1.1.1 .*include source_list.*proto openr'");
		assert_settings_come_back("mdb p0 239.1.1.1 vlan 0");
		ip(BRIDGE
			"-d mdb show | grep -q 'grp 239.1.1.1 .*include source_list.*proto openr'");
	} else {
		assert_int_equal(add_with_sources("br0", "p0"), -EINVAL);
		assert_settings_come_back("mdb p0 239.1.1.2 vlan 0");
	}
	ip("link del br0");
}

static void test_bridge_port_settings(void **state)
{
	(void)state;
	ip("link add br0 type bridge");
	ip("link set br0 up");
	ip("link set p0 master br0");
	ip("link set p1 master br0");
	ip("link set p1 up");
	ip("link set p0 type bridge_slave cost 77 priority 9 hairpin on learning off isolated on");
	ip("link set p0 type bridge_slave backup_port p1");
	settle("p1");
	ip("-V >/dev/null && bridge link set dev p1 state 0");
	ip("-V >/dev/null && bridge fdb add 02:00:00:00:00:44 dev p0 master static");
	ip("-V >/dev/null && bridge fdb add 02:00:00:00:00:45 dev p0 self");
	assert_settings_come_back("port p0 cost");
	ip("-V >/dev/null && bridge fdb show dev p0 | grep -q '02:00:00:00:00:44 master br0 "
	   "static'");
	ip("link del br0");
}

/* The kernel forgets it when ours goes. */
static void test_backup_of_another_port(void **state)
{
	(void)state;
	ip("link add br0 type bridge");
	ip("link add p2 type veth peer name p2x");
	ip("link set p0 master br0");
	ip("link set p2 master br0");
	ip("link set p2 type bridge_slave backup_port p0");
	assert_settings_come_back("port p2 backup_port");
	ip("-d link show p2 | grep -q 'backup_port p0'");
	ip("link del p2");
	ip("link del br0");
}

static void test_vxlan_fdb(void **state)
{
	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("link add vx0 type vxlan id 42 dev p0 dstport 4789 nolearning");
	ip("link set vx0 up");
	ip("-V >/dev/null && bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.5");
	ip("-V >/dev/null && bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.6 via p0");
	ip("-V >/dev/null && bridge fdb add 02:00:00:00:00:77 dev vx0 dst 192.0.2.7 port 4790");
	assert_settings_come_back("link vx0");
}

static void set_number(const char *link, uint16_t type, uint32_t value)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_NEWLINK, 0);
	struct ifinfomsg *header = sys_message_extra(&request, sizeof(*header));

	header->ifi_index = (int)if_nametoindex(link);
	sys_put_u32(&request, type, value);
	assert_int_equal(ask(request.header), 0);
}

static void test_link_numbers(void **state)
{
	(void)state;
	ip("link set p0 gso_max_size 40000 gso_max_segs 30 gro_max_size 50000");
	ip("link set p0 multicast off arp off");
	assert_settings_come_back("link-setting p0 gso_max_size");
}

/* A small limit takes that of IPv4 with it, which came after it here, or was left as it was. */
static void test_limits_of_ipv4(void **state)
{
	struct ds_network network;

	(void)state;
	ip("link set p0 gso_max_size 40000 gro_max_size 50000");
	network = look_at("p0", NULL);
	if (value_of(&network, DS_SETTING_LINK, "p0", "gso_ipv4_max_size")) {
		set_number("p0", 63, 65536); /* ip(8) of Debian 12 does not know them */
		set_number("p0", 64, 30000);
	}
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("link-setting p0 gso_max_size");
}

static void test_features(void **state)
{
	struct ds_network network;

	(void)state;
	ip("-V >/dev/null && ethtool -K p0 gro off tso off");
	network = look_at("p0", NULL);
	assert_string_equal(
		value_of(&network, DS_SETTING_ETHTOOL, "p0", "features tx-tcp-segmentation"),
		"off");
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("ethtool p0 features tx-tcp-segmentation");
}

static void test_queues(void **state)
{
	(void)state;
	write_file("/sys/class/net/p0/queues/rx-0/rps_cpus", "1");
	write_file("/sys/class/net/p0/gro_flush_timeout", "20000");
	assert_settings_come_back("sysfs p0 gro_flush_timeout");
}

/* What lies on a port is steered by files of its own. */
static void test_queues_of_uppers(void **state)
{
	struct ds_network network;

	(void)state;
	ip("link add link p0 name mv0 type macvlan");
	ip("link add link p0 name mv1 type macvlan");
	write_file("/sys/class/net/mv0/queues/rx-0/rps_cpus", "1");
	write_file("/sys/class/net/mv0/queues/rx-0/rps_flow_cnt", "4096");
	network = look_at("p0", NULL);
	assert_string_equal(
		value_of(&network, DS_SETTING_SYSFS, "mv0", "queues/rx-0/rps_cpus"), "1");
	assert_null(value_of(&network, DS_SETTING_SYSFS, "mv1", "queues/rx-0/rps_cpus"));
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("sysfs mv0 queues/rx-0/rps_flow_cnt");
}

#define TC "-V >/dev/null && tc "

static void test_qdiscs(void **state)
{
	(void)state;
	ip(TC "qdisc add dev p0 root handle 1: htb default 20 r2q 5");
	ip(TC "class add dev p0 parent 1: classid 1:1 htb rate 100mbit burst 30k");
	ip(TC "class add dev p0 parent 1:1 classid 1:20 htb rate 20mbit ceil 90mbit prio 3");
	ip(TC "class add dev p0 parent 1:1 classid 1:5 htb rate 6gbit ceil 40gbit quantum 3000");
	ip(TC "qdisc add dev p0 parent 1:5 handle 50: pfifo limit 77");
	ip(TC "qdisc add dev p0 parent 1:20 handle 9: tbf rate 5mbit burst 20k latency 70ms");
	ip(TC "qdisc add dev p0 clsact");
	ip(TC "qdisc add dev p1 ingress");
	assert_settings_come_back("qdisc p0 03 qdisc 9:0");
	ip(TC "qdisc show dev p0 | grep -q 'pfifo 50: parent 1:5 limit 77p'");
	ip(TC "class show dev p0 | grep -q 'class htb 1:20 parent 1:1 leaf 9: prio 3 rate 20Mbit'");
}

/* The classes of a tree below another discipline; and a table of sizes that has no entries. */
static void test_inner_classes(void **state)
{
	(void)state;
	ip(TC "qdisc add dev p0 root handle 1: tbf rate 5mbit burst 20k latency 70ms");
	ip(TC "qdisc add dev p0 parent 1:1 handle 2: htb default 1");
	ip(TC "class add dev p0 parent 2: classid 2:1 htb rate 10mbit");
	ip(TC "qdisc add dev p0 parent 2:1 handle 3: pfifo limit 77");
	ip(TC "qdisc add dev p1 root handle 1: stab overhead 24 htb default 1");
	assert_settings_come_back("qdisc p0 02 class 2:1");
	ip(TC "qdisc show dev p0 | grep -q 'pfifo 3: parent 2:1 limit 77p'");
	ip(TC "-d qdisc show dev p1 | grep -q 'overhead 24'");
}

/* The kernel does not tell its entries: without it the discipline comes back. */
static void test_size_tables(void **state)
{
	struct ds_network network;

	(void)state;
	ip(TC "qdisc add dev p1 root handle 1: stab linklayer atm overhead 24 htb default 1");
	network = look_at("p0", "p1");
	assert_lost(&network, "the size table of the queueing discipline htb 1: of p1");
	assert_int_equal(network.losses.count, 1);
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("qdisc p1 00 qdisc 1:0");
}

static void assert_value(const struct ds_network *network, int kind, const char *link,
	const char *key, const char *value)
{
	assert_string_equal(value_of(network, kind, link, key), value);
}

/* What a port is closed to must not pass while the rest is restored. */
static void test_ports_are_closed_at_once(void **state)
{
	struct ds_network before, after;
	struct ds_error error = {0};

	(void)state;
	ip("link add br0 type bridge");
	ip("link set br0 up");
	ip("link set p0 master br0");
	ip("link set p0 type bridge_slave isolated on flood off learning off cost 77");
	ip("link add link p1 name mv0 type macvlan");
	ip("link set mv0 protodown on");
	before = look_at("p0", "p1");
	recreate();
	assert_int_equal(sys_network_restore(&before, sys_net_now_ms() + 5000, NULL, &error), 0);
	after = look_at("p0", "p1");
	assert_value(&after, DS_SETTING_PORT, "p0", "isolated", "1");
	assert_value(&after, DS_SETTING_PORT, "p0", "flood", "0");
	assert_value(&after, DS_SETTING_PORT, "p0", "learning", "0");
	assert_value(&after, DS_SETTING_PORT, "p0", "cost", "2"); /* this one can wait */
	assert_non_null(
		strstr(value_of(&after, DS_SETTING_LINK, "mv0", "numbers"), "proto_down=1\n"));
	ip("link del br0");
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* While the network is away, what packets pass through is restored; what only tunes them waits. */
static void test_what_waits(void **state)
{
	struct ds_network before, after;
	struct ds_error error = {0};

	(void)state;
	set("ipv4/conf/p0/arp_ignore", "3");
	set("ipv4/neigh/p0/gc_stale_time", "2222");
	write_file("/sys/class/net/p0/gro_flush_timeout", "20000");
	ip(TC "qdisc add dev p0 root handle 1: htb default 20");
	ip(TC "class add dev p0 parent 1: classid 1:20 htb rate 100mbit");
	ip(TC "qdisc add dev p0 clsact");
	before = look_at("p0", "p1");
	recreate();
	assert_int_equal(sys_network_restore(&before, sys_net_now_ms() + 5000, NULL, &error), 0);
	after = look_at("p0", "p1");
	assert_line(&after, "net/ipv4/conf/p0", "arp_ignore=3");
	assert_non_null(value_of(&after, DS_SETTING_QDISC, "p0", "01 class 1:20"));
	assert_null(value_of(&after, DS_SETTING_QDISC, "p0", "00 qdisc ffff:0"));
	assert_string_equal(value_of(&after, DS_SETTING_SYSFS, "p0", "gro_flush_timeout"), "0");
	ds_record_done(&ds_network_record, &after);
	assert_int_equal(sys_network_settings(&before, NULL, &error), 0);
	after = look_at("p0", "p1");
	assert_settings_same(&before, &after);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* A feature that the new driver does not have: told with its reason, and no failure here. */
static void test_what_is_lacking(void **state)
{
	struct ds_network before = look_at("p0", NULL);
	struct ds_returned returned = {0};
	struct ds_error error = {0};

	(void)state;
	assert_int_equal(
		ds_setting_add(&before.settings, DS_SETTING_ETHTOOL, "p0", "rings rx", "4096"), 0);
	assert_int_equal(ds_setting_add(&before.settings, DS_SETTING_SYSFS, "p0",
				 "queues/rx-99/rps_cpus", "1"),
		0);
	assert_int_equal(
		sys_network_restore(&before, sys_net_now_ms() + 5000, &returned, &error), 0);
	assert_int_equal(returned.lost.count, 0);
	assert_int_equal(sys_network_settings(&before, &returned, &error), 0);
	assert_int_equal(returned.lost.count, 2);
	assert_string_equal(returned.lost.items[0].what, "ethtool p0 rings rx");
	assert_string_equal(returned.lost.items[1].what, "sysfs p0 queues/rx-99/rps_cpus");
	assert_non_null(strstr(returned.lost.items[1].why, "No such file"));
	ds_record_done(&ds_returned_record, &returned);
	ds_record_done(&ds_network_record, &before);
}

/* What is lost now: before and behind our name and number. */
static struct ds_network lost_to_us(const char *before, const char *behind)
{
	struct ds_network network = look_at("p0", NULL);
	char text[128];

	snprintf(text, sizeof(text), "%s %.15s (%d) %s", before, "network_setting_test",
		(int)getpid(), behind);
	assert_lost(&network, text);
	return network;
}

static void test_bound_sockets(void **state)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(7777)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ds_network network;

	(void)state;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "p1", 2), 0);
	assert_int_equal(bind(fd, (const void *)&any, sizeof(any)), 0);
	network = look_at("p0", NULL);
	assert_int_equal(network.losses.count, 0); /* it is bound to another link */
	ds_record_done(&ds_network_record, &network);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "p0", 2), 0);
	network = lost_to_us("the UDP socket of", "bound to p0");
	assert_int_equal(network.losses.count, 1);
	assert_int_equal(network.unseen.count, 0);
	ds_record_done(&ds_network_record, &network);
	close(fd);
}

/* The kernel's own groups are none of a program's, nor is one that an address joins. */
static void test_groups(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7777)};
	struct ip_mreqn member = {.imr_ifindex = (int)if_nametoindex("p0")};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ds_network network;

	(void)state;
	ip("addr add 239.7.7.7/32 dev p0 autojoin");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	network = look_at("p0", NULL);
	assert_int_equal(network.losses.count, 0);
	ds_record_done(&ds_network_record, &network);
	member.imr_multiaddr.s_addr = htonl(0xef010203);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof(member)), 0);
	network = look_at("p0", NULL);
	assert_lost(&network, "the membership of a program in the multicast group 239.1.2.3 on p0");
	ds_record_done(&ds_network_record, &network);
	address.sin_addr = member.imr_multiaddr;
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	network = lost_to_us("the membership of", "in the multicast group 239.1.2.3 on p0");
	assert_int_equal(network.losses.count, 1);
	ds_record_done(&ds_network_record, &network);
	close(fd);
}

#define NFT "-V >/dev/null && nft "

/* By the kernel's expressions: nft itself shows names. */
static void test_rules(void **state)
{
	static const char *const lost[] = {
		"the nftables chain netdev n in on p0",
		"the match of p0 by its index in the nftables rule 4 of inet t input",
		"the match of p0 by its index in the nftables rule 7 of inet t input",
		"the match of p0 by its index in the nftables rule 9 of inet t input",
		"the match of p0 by its index in the nftables rule 2 of netdev n in",
	};
	struct ds_network network;

	(void)state;
	/* A rule whose module must be loaded first is begun twice, and its number is another. */
	ip(NFT "add table netdev n");
	ip(NFT "add chain netdev n in '{ type filter hook ingress device p1 priority 0; }'");
	ip(NFT "add rule netdev n in fwd to p1");
	ip(NFT "delete table netdev n");
	ip(NFT "add table inet t");
	ip(NFT "add set inet t some '{ type iface_index; elements = { \"lo\", \"p0\" }; }'");
	ip(NFT "add chain inet t input '{ type filter hook input priority 0; }'");
	ip(NFT "add rule inet t input iif lo accept");
	ip(NFT "add rule inet t input iif p0 counter accept");
	ip(NFT "add rule inet t input iifname p0 counter accept");
	ip(NFT "add rule inet t input oif p1 counter accept");
	ip(NFT "add rule inet t input iif @some drop");
	ip(NFT "add rule inet t input iif '{ p0, p1 }' tcp dport 99 drop");
	ip(NFT "add table netdev n");
	ip(NFT "add chain netdev n in '{ type filter hook ingress device p0 priority 0; }'");
	ip(NFT "add rule netdev n in fwd to p0");
	network = look_at("p0", NULL);
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		assert_lost(&network, lost[i]);
	assert_int_equal(network.losses.count, sizeof(lost) / sizeof(lost[0]));
	ip(NFT "flush ruleset");
	ds_record_done(&ds_network_record, &network);
}

/* Those of one end are shared with a link that stays, and with them its filters. */
static void test_filters(void **state)
{
	static const char *const lost[] = {
		"the tc filters of p0 at 1:20",
		"the tc filters of p0 at 9:",
		"the target p0 of the tc action mirred with index 77",
	};
	struct ds_network network;

	(void)state;
	ip("link add p2 type veth peer name p2x");
	ip(TC "qdisc add dev p0 root handle 1: htb default 20");
	ip(TC "class add dev p0 parent 1: classid 1:20 htb rate 100mbit");
	ip(TC "qdisc add dev p0 parent 1:20 handle 9: htb");
	ip(TC "qdisc add dev p0 ingress_block 22 clsact");
	ip(TC "qdisc add dev p2 ingress_block 22 clsact");
	ip(TC "filter add block 22 u32 match u32 0 0 classid 1:20");
	network = look_at("p0", "p1");
	assert_int_equal(network.losses.count, 0);
	ds_record_done(&ds_network_record, &network);
	assert_settings_come_back("qdisc p0 02 qdisc 9:0");
	ip(TC "qdisc show dev p0 | grep -q 'ingress_block 22'");
	ip(TC "filter show dev p0 ingress | grep -q u32");
	ip(TC "filter add dev p0 parent 9: u32 match u32 0 0 classid 1:20");
	ip(TC "filter add dev p0 parent 1:20 u32 match u32 0 0 classid 1:20");
	ip(TC "filter add dev p2 egress u32 match u32 0 0 action mirred egress redirect dev p0 "
	      "index 77");
	network = look_at("p0", "p1");
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		assert_lost(&network, lost[i]);
	assert_int_equal(network.losses.count, sizeof(lost) / sizeof(lost[0]));
	ds_record_done(&ds_network_record, &network);
	ip(TC "filter add dev p0 parent 1: u32 match u32 0 0 classid 1:20");
	ip("link del p2");
	network = look_at("p0", "p1");
	assert_lost(&network, "the tc filters of p0");
	ds_record_done(&ds_network_record, &network);
}

/* What is for the packets of one link knows it by its index. */
static void test_ipsec(void **state)
{
	struct ds_network network;

	(void)state;
	ip("xfrm policy add dir out src 10.0.0.0/8 dst 10.1.0.0/16 dev p1");
	ip("xfrm policy add dir out src 10.0.0.0/8 dst 10.2.0.0/16");
	network = look_at("p0", NULL);
	assert_int_equal(network.losses.count, 0);
	ds_record_done(&ds_network_record, &network);
	network = look_at("p1", NULL);
	assert_lost(&network, "the IPsec policy 0x");
	assert_lost(&network, " for p1 alone");
	assert_int_equal(network.losses.count, 1);
	ds_record_done(&ds_network_record, &network);
	ip("xfrm policy flush");
}

/* No device that we can emulate does IPsec. */
static void test_ipsec_of_a_device(void **state)
{
	struct sys_link link = {
		.link = {.name = (char *)(uintptr_t) "p0", .ifindex = 7}, .is_ours = true};
	const struct sys_links links = {.items = &link, .count = 1};
	const struct sys_setting_look look = {.links = &links};
	const struct xfrm_user_offload offload = {.ifindex = 7};
	ds_strings texts = {0};
	struct sys_losses losses = {.look = &look, .texts = &texts};
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message message = sys_message_begin(buffer, sizeof(buffer), XFRM_MSG_NEWSA, 0);
	const struct xfrm_usersa_info info = {.id.spi = htonl(0x123)};

	(void)state;
	memcpy(sys_message_extra(&message, sizeof(info)), &info, sizeof(info));
	assert_int_equal(sys_xfrm_decode(message.header, &losses), 0);
	assert_int_equal(texts.count, 0);
	sys_put(&message, XFRMA_OFFLOAD_DEV, &offload, sizeof(offload));
	assert_int_equal(sys_xfrm_decode(message.header, &losses), 0);
	assert_int_equal(texts.count, 1);
	assert_string_equal(texts.items[0], "the IPsec state 0x00000123 that p0 does itself");
	ds_strings_done(&texts);
}

static void test_losses(void **state)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	struct ds_network network = look_at("p0", NULL);
	char owner[64];

	(void)state;
	assert_int_equal(network.losses.count, 0);
	assert_int_equal(network.blockers.count, 0);
	ds_record_done(&ds_network_record, &network);
	address.sll_ifindex = (int)if_nametoindex("p0");
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	network = look_at("p0", NULL);
	snprintf(owner, sizeof(owner), "the packet socket of %.15s (%d) on p0",
		"network_setting_test", (int)getpid());
	assert_lost(&network, owner);
	ds_record_done(&ds_network_record, &network);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUND(test_sysctls),
		ROUND(test_ipv6_off_before_up),
		ROUND(test_nexthops),
		ROUND(test_neighbours),
		ROUND(test_unresolved_neighbours),
		ROUND(test_managed_neighbours),
		ROUND(test_groups_of_the_link_layer),
		ROUND(test_multicast_database),
		ROUND(test_multicast_sources),
		ROUND(test_bridge_port_settings),
		ROUND(test_backup_of_another_port),
		ROUND(test_vxlan_fdb),
		ROUND(test_link_numbers),
		ROUND(test_limits_of_ipv4),
		ROUND(test_features),
		ROUND(test_queues),
		ROUND(test_queues_of_uppers),
		ROUND(test_qdiscs),
		ROUND(test_inner_classes),
		ROUND(test_size_tables),
		ROUND(test_ports_are_closed_at_once),
		ROUND(test_what_waits),
		ROUND(test_what_is_lacking),
		ROUND(test_filters),
		ROUND(test_ipsec),
		cmocka_unit_test(test_ipsec_of_a_device),
		ROUND(test_losses),
		ROUND(test_bound_sockets),
		ROUND(test_groups),
		ROUND(test_rules),
	};

	return cmocka_run_group_tests(tests, enter_network_namespace, NULL);
}
