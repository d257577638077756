/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links on top of ours, against a real kernel: deleted with what they lie on, and made again. */
#include "netns.h"

#include <linux/if_link.h>

#include "../../src/sys/net_kind.h"

static char *output_of(const void *command)
{
	FILE *pipe = popen(command, "r"); /* NOLINT: the text is ours */
	static char text[65536];
	size_t got;

	assert_non_null(pipe);
	got = fread(text, 1, sizeof(text) - 1, pipe);
	text[got] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return strdup(text);
}

/*
 * All that ip knows of links, but the indexes that a new port cannot keep, and the marks that come
 * and go with the check for duplicates: of those is test_usable_at_once() of network_host_test.c.
 */
#define SHOW                                                                                       \
	"for l in $(ls /sys/class/net | grep -v 'p[01]x*$\\|br7'); do ip -d addr show $l; done |"  \
	" sed 's/^[0-9]*: //; s/promiscuity [0-9]*//; s/_timer *[0-9.]*//g; s/valid_lft.*//;'"     \
	"'s/ tentative//; s/ nodad//'; ip -d -6 route | sort"

static void keep(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_uppers_come_back(void)
{
	struct if_nameindex *links = if_nameindex();
	char *before, *after;

	assert_non_null(links);
	for (size_t i = 0; links[i].if_index; i++)
		settle(links[i].if_name);
	if_freenameindex(links);
	before = shown(output_of, SHOW, NULL);
	assert_comes_back(recreate);
	after = shown(output_of, SHOW, before);
	if (strcmp(before, after) != 0) {
		keep("before", before);
		keep("after", after);
		system("diff before after >&2; rm before after"); /* NOLINT: for who reads it */
		fail();
	}
	free(before);
	free(after);
}

static void test_macvlan(void **state)
{
	(void)state;
	ip("link add link p0 name mv0 address 02:00:00:00:00:01 mtu 1400 numtxqueues 4 "
	   "numrxqueues 3 type macvlan mode bridge");
	ip("link set mv0 up alias 'upper one' group 5 txqueuelen 77");
	ip("link property add dev mv0 altname second");
	ip("addr add 192.0.2.77/24 dev mv0");
	ip("addr add 2001:db8:7::1/64 dev mv0 nodad");
	ip("route add 10.9.0.0/16 via 192.0.2.9 dev mv0");
	ip("link add link p0 name mv1 type macvlan mode source");
	ip("link set mv1 type macvlan macaddr set 02:00:00:00:00:22 02:00:00:00:00:23");
	assert_uppers_come_back();
	ip("link show mv0");
}

/* vxlan names the link below in its own attributes, and says a flag in another way than it takes.
 */
static void test_vxlan(void **state)
{
	(void)state;
	ip("addr add 192.0.2.1/24 dev p0");
	ip("link add vx0 type vxlan id 42 dev p0 group 239.1.2.3 dstport 4789 ttl 5"
	   " local 192.0.2.1 nolearning");
	ip("link add vx1 type vxlan id 43 dev p0 remote 192.0.2.9 dstport 4790 ttl inherit");
	ip("link set vx0 up");
	ip("link set vx1 up");
	assert_uppers_come_back();
}

/* The lower ones first; the upper of the upper is a port of a bridge that stays. */
static void test_levels(void **state)
{
	(void)state;
	ip("link add br7 type bridge");
	ip("link set br7 up");
	ip("link add link p0 name low type macvlan mode bridge");
	ip("link add vxup type vxlan id 44 dev low remote 192.0.2.9 dstport 4791");
	ip("link set vxup master br7");
	ip("link set low up");
	ip("link set vxup up");
	assert_uppers_come_back();
	ip("link del br7");
}

static void test_index_is_kept(void **state)
{
	struct ds_network before, after;

	(void)state;
	ip("link add link p0 name mv0 index 4711 type macvlan");
	before = look_at("p0", NULL);
	assert_int_equal(before.links.count, 2);
	assert_true(before.links.items[1].is_upper);
	assert_string_equal(before.links.items[1].lower, "p0");
	lose_one();
	ip("link add name thief index 4711 type bridge");
	restore(&before);
	after = look_at("p0", NULL);
	assert_int_equal(after.links.count, 2);
	assert_int_not_equal(after.links.items[1].ifindex, 4711);
	ip("link del thief");
	lose_one();
	restore(&before);
	ds_record_done(&ds_network_record, &after);
	after = look_at("p0", NULL);
	assert_int_equal(after.links.items[1].ifindex, 4711);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* One failure, told in the kernel's words, and the rest comes back. */
static void test_what_cannot_be_made(void **state)
{
	struct ds_network before, after;
	struct ds_error error = {0};

	(void)state;
	ip("link add link p0 name mv0 type macvlan");
	ip("link set mv0 up");
	ip("addr add 192.0.2.77/24 dev mv0");
	ip("addr add 192.0.2.1/24 dev p0");
	before = look_at("p0", NULL);
	assert_int_equal(ds_string_set(&before.links.items[1].kind, "macvtep"), 0);
	lose_one();
	assert_true(sys_network_restore(&before, sys_net_now_ms() + 2000, NULL, &error) < 0);
	if (!strstr(error.text, "make the macvtep link mv0 on p0"))
		fail_msg("%s", error.text);
	assert_null(strstr(error.text, "more"));
	after = look_at("p0", NULL);
	assert_int_equal(after.addresses.count > 0, true);
	ds_record_done(&ds_network_record, &before);
	ds_record_done(&ds_network_record, &after);
}

/* A kind that we do not know is deleted with ours all the same. */
static void test_unknown_kind_depends(void **state)
{
	const ds_strings kinds = {(char *[]){(char *)(uintptr_t) "macvlan"}, 1};
	ds_strings names = {0};
	const struct sys_link_filter filter = {is_named, &kinds, &names, NULL};
	struct ds_network network = {0};
	struct ds_error error = {0};

	(void)state;
	ip("link add link p0 name mv0 type macvlan");
	ip("link add vx0 type vxlan id 42 dev mv0 remote 192.0.2.9 dstport 4789");
	assert_int_equal(ds_strings_add(&names, "p0"), 0);
	assert_int_equal(sys_net_look(&filter, &network, &error), 0);
	assert_int_equal(network.links.count, 1);
	assert_true(ds_strings_has(&network.dependents, "mv0"));
	assert_true(ds_strings_has(&network.dependents, "vx0"));
	ds_strings_done(&names);
	ds_record_done(&ds_network_record, &network);
}

/* What 6.1 tells of a VLAN, and what of it goes back: of the mask, what is set and may be off. */
static void test_vlan_flags(void **state)
{
	const struct sys_links none = {0};
	const uint8_t data[] = {6, 0, IFLA_VLAN_PROTOCOL, 0, 0x81, 0, 0, 0, 6, 0, IFLA_VLAN_ID, 0,
		5, 0, 0, 0, 12, 0, IFLA_VLAN_FLAGS, 0, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
	char *hex = NULL;

	(void)state;
	assert_int_equal(sys_kind_read("vlan", &none, data, sizeof(data), &hex), 0);
	assert_string_equal(hex, "0600050081000000"
				 "0600010005000000"
				 "0c0002000200000003000000");
	free(hex);
}

static uint32_t find_none(void *context, const char *name)
{
	(void)context;
	(void)name;
	return 0;
}

static void test_hostile_data(void **state)
{
	const struct sys_index_of index_of = {find_none, NULL};
	const struct sys_links none = {0};
	struct ds_link want = {
		.name = (char *)(uintptr_t) "x", .kind = (char *)(uintptr_t) "vxlan"};
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	const uint8_t foreign[] = {8, 0, IFLA_VXLAN_LINK, 0, 9, 0, 0, 0};
	const uint8_t cut[] = {8, 0, IFLA_VXLAN_ID, 0, 9, 0};
	static const char *const bad[] = {"0", "zz", "08000300ffffffff"};
	char *hex = NULL;

	(void)state;
	assert_int_equal(sys_kind_read("vxlan", &none, foreign, sizeof(foreign), &hex), -ENODEV);
	assert_int_equal(sys_kind_read("vxlan", &none, cut, sizeof(cut), &hex), 0);
	assert_string_equal(hex, "");
	free(hex);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sys_message message = sys_message_begin(buffer, sizeof(buffer), 0, 0);

		want.data = (char *)(uintptr_t)bad[i];
		assert_int_equal(sys_kind_put(&message, &want, &index_of), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUND(test_macvlan),
		ROUND(test_vxlan),
		ROUND(test_levels),
		ROUND(test_index_is_kept),
		ROUND(test_what_cannot_be_made),
		ROUND(test_unknown_kind_depends),
		ROUND(test_vlan_flags),
		ROUND(test_hostile_data),
	};

	return cmocka_run_group_tests(tests, enter_network_namespace, NULL);
}
