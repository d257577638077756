/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What netlink tells of sysctls: IFLA_INET_CONF and IFLA_INET6_CONF of each link
 * (net/ipv4/devinet.c, inet_fill_link_af(), net/ipv6/addrconf.c, ipv6_store_devconf(), 6.1), and
 * the parameters of the neighbour tables (net/core/neighbour.c, neightbl_fill_parms(), 6.1).
 */
#include "net_devconf.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ipv6.h> /* behind netinet/in.h, which has some of the same */

#include "message.h"

const char *const sys_folder_paths[SYS_FOLDER_COUNT] = {
	"net/ipv4/conf", "net/ipv6/conf", "net/ipv4/neigh", "net/ipv6/neigh", "net/mpls/conf"};

/* How a file writes the number. Where the unit is coarser, only whole ones are exact. */
enum unit {
	UNIT_SIGNED,
	UNIT_UNSIGNED,
	UNIT_SECONDS,    /* of milliseconds */
	UNIT_HUNDREDTHS, /* of a second, of milliseconds: USER_HZ */
	UNIT_LEFT_OUT,
};
static const int divisors[] = {
	[UNIT_SIGNED] = 1, [UNIT_UNSIGNED] = 1, [UNIT_SECONDS] = 1000, [UNIT_HUNDREDTHS] = 10};

struct number {
	uint16_t index;
	uint8_t unit; /* enum unit */
	const char *name;
};

#define V4(suffix, name)                                                                           \
	{                                                                                          \
		IPV4_DEVCONF_##suffix - 1, UNIT_SIGNED, name                                       \
	}
static const struct number conf4[] = {
	V4(FORWARDING, "forwarding"),
	{IPV4_DEVCONF_MC_FORWARDING - 1, UNIT_LEFT_OUT, "mc_forwarding"}, /* cannot be written */
	V4(PROXY_ARP, "proxy_arp"),
	V4(ACCEPT_REDIRECTS, "accept_redirects"),
	V4(SECURE_REDIRECTS, "secure_redirects"),
	V4(SEND_REDIRECTS, "send_redirects"),
	V4(SHARED_MEDIA, "shared_media"),
	V4(RP_FILTER, "rp_filter"),
	V4(ACCEPT_SOURCE_ROUTE, "accept_source_route"),
	V4(BOOTP_RELAY, "bootp_relay"),
	V4(LOG_MARTIANS, "log_martians"),
	V4(TAG, "tag"),
	V4(ARPFILTER, "arp_filter"),
	V4(MEDIUM_ID, "medium_id"),
	V4(NOXFRM, "disable_xfrm"),
	V4(NOPOLICY, "disable_policy"),
	V4(FORCE_IGMP_VERSION, "force_igmp_version"),
	V4(ARP_ANNOUNCE, "arp_announce"),
	V4(ARP_IGNORE, "arp_ignore"),
	V4(PROMOTE_SECONDARIES, "promote_secondaries"),
	V4(ARP_ACCEPT, "arp_accept"),
	V4(ARP_NOTIFY, "arp_notify"),
	V4(ACCEPT_LOCAL, "accept_local"),
	V4(SRC_VMARK, "src_valid_mark"),
	V4(PROXY_ARP_PVLAN, "proxy_arp_pvlan"),
	V4(ROUTE_LOCALNET, "route_localnet"),
	V4(IGMPV2_UNSOLICITED_REPORT_INTERVAL, "igmpv2_unsolicited_report_interval"),
	V4(IGMPV3_UNSOLICITED_REPORT_INTERVAL, "igmpv3_unsolicited_report_interval"),
	V4(IGNORE_ROUTES_WITH_LINKDOWN, "ignore_routes_with_linkdown"),
	V4(DROP_UNICAST_IN_L2_MULTICAST, "drop_unicast_in_l2_multicast"),
	V4(DROP_GRATUITOUS_ARP, "drop_gratuitous_arp"),
	V4(BC_FORWARDING, "bc_forwarding"),
	{32, UNIT_SIGNED, "arp_evict_nocarrier"}, /* newer than the headers that some build with */
	{0, 0, NULL},
};

/* The numbers without a name are newer than the headers that some build with. */
static const struct number conf6[] = {
	{DEVCONF_FORWARDING, UNIT_SIGNED, "forwarding"},
	{DEVCONF_HOPLIMIT, UNIT_SIGNED, "hop_limit"},
	{DEVCONF_MTU6, UNIT_LEFT_OUT, "mtu"}, /* mostly follows the link's */
	{DEVCONF_ACCEPT_RA, UNIT_SIGNED, "accept_ra"},
	{DEVCONF_ACCEPT_REDIRECTS, UNIT_SIGNED, "accept_redirects"},
	{DEVCONF_AUTOCONF, UNIT_SIGNED, "autoconf"},
	{DEVCONF_DAD_TRANSMITS, UNIT_SIGNED, "dad_transmits"},
	{DEVCONF_RTR_SOLICITS, UNIT_SIGNED, "router_solicitations"},
	{DEVCONF_RTR_SOLICIT_INTERVAL, UNIT_SECONDS, "router_solicitation_interval"},
	{DEVCONF_RTR_SOLICIT_DELAY, UNIT_SECONDS, "router_solicitation_delay"},
	{DEVCONF_USE_TEMPADDR, UNIT_SIGNED, "use_tempaddr"},
	{DEVCONF_TEMP_VALID_LFT, UNIT_SIGNED, "temp_valid_lft"},
	{DEVCONF_TEMP_PREFERED_LFT, UNIT_SIGNED, "temp_prefered_lft"},
	{DEVCONF_REGEN_MAX_RETRY, UNIT_SIGNED, "regen_max_retry"},
	{DEVCONF_MAX_DESYNC_FACTOR, UNIT_SIGNED, "max_desync_factor"},
	{DEVCONF_MAX_ADDRESSES, UNIT_SIGNED, "max_addresses"},
	{DEVCONF_FORCE_MLD_VERSION, UNIT_SIGNED, "force_mld_version"},
	{DEVCONF_ACCEPT_RA_DEFRTR, UNIT_SIGNED, "accept_ra_defrtr"},
	{DEVCONF_ACCEPT_RA_PINFO, UNIT_SIGNED, "accept_ra_pinfo"},
	{DEVCONF_ACCEPT_RA_RTR_PREF, UNIT_SIGNED, "accept_ra_rtr_pref"},
	{DEVCONF_RTR_PROBE_INTERVAL, UNIT_SECONDS, "router_probe_interval"},
	{DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN, UNIT_SIGNED, "accept_ra_rt_info_max_plen"},
	{DEVCONF_PROXY_NDP, UNIT_SIGNED, "proxy_ndp"},
	{DEVCONF_OPTIMISTIC_DAD, UNIT_SIGNED, "optimistic_dad"},
	{DEVCONF_ACCEPT_SOURCE_ROUTE, UNIT_SIGNED, "accept_source_route"},
	{DEVCONF_MC_FORWARDING, UNIT_LEFT_OUT, "mc_forwarding"}, /* cannot be written */
	{DEVCONF_DISABLE_IPV6, UNIT_SIGNED, "disable_ipv6"},
	{DEVCONF_ACCEPT_DAD, UNIT_SIGNED, "accept_dad"},
	{DEVCONF_FORCE_TLLAO, UNIT_SIGNED, "force_tllao"},
	{DEVCONF_NDISC_NOTIFY, UNIT_SIGNED, "ndisc_notify"},
	{DEVCONF_MLDV1_UNSOLICITED_REPORT_INTERVAL, UNIT_SIGNED,
		"mldv1_unsolicited_report_interval"},
	{DEVCONF_MLDV2_UNSOLICITED_REPORT_INTERVAL, UNIT_SIGNED,
		"mldv2_unsolicited_report_interval"},
	{DEVCONF_SUPPRESS_FRAG_NDISC, UNIT_SIGNED, "suppress_frag_ndisc"},
	{DEVCONF_ACCEPT_RA_FROM_LOCAL, UNIT_SIGNED, "accept_ra_from_local"},
	{DEVCONF_USE_OPTIMISTIC, UNIT_SIGNED, "use_optimistic"},
	{DEVCONF_ACCEPT_RA_MTU, UNIT_SIGNED, "accept_ra_mtu"},
	{DEVCONF_USE_OIF_ADDRS_ONLY, UNIT_SIGNED, "use_oif_addrs_only"},
	{DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT, UNIT_SIGNED, "accept_ra_min_hop_limit"},
	{DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, UNIT_SIGNED, "ignore_routes_with_linkdown"},
	{DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, UNIT_SIGNED, "drop_unicast_in_l2_multicast"},
	{DEVCONF_DROP_UNSOLICITED_NA, UNIT_SIGNED, "drop_unsolicited_na"},
	{DEVCONF_KEEP_ADDR_ON_DOWN, UNIT_SIGNED, "keep_addr_on_down"},
	{DEVCONF_RTR_SOLICIT_MAX_INTERVAL, UNIT_SECONDS, "router_solicitation_max_interval"},
	{DEVCONF_SEG6_ENABLED, UNIT_SIGNED, "seg6_enabled"},
	{DEVCONF_SEG6_REQUIRE_HMAC, UNIT_SIGNED, "seg6_require_hmac"},
	{DEVCONF_ENHANCED_DAD, UNIT_SIGNED, "enhanced_dad"},
	{DEVCONF_ADDR_GEN_MODE, UNIT_SIGNED, "addr_gen_mode"},
	{DEVCONF_DISABLE_POLICY, UNIT_SIGNED, "disable_policy"},
	{DEVCONF_ACCEPT_RA_RT_INFO_MIN_PLEN, UNIT_SIGNED, "accept_ra_rt_info_min_plen"},
	{DEVCONF_NDISC_TCLASS, UNIT_SIGNED, "ndisc_tclass"},
	{DEVCONF_RPL_SEG_ENABLED, UNIT_SIGNED, "rpl_seg_enabled"},
	{DEVCONF_RA_DEFRTR_METRIC, UNIT_UNSIGNED, "ra_defrtr_metric"},
	{53, UNIT_UNSIGNED, "ioam6_enabled"},
	{54, UNIT_UNSIGNED, "ioam6_id"},
	{55, UNIT_UNSIGNED, "ioam6_id_wide"},
	{56, UNIT_UNSIGNED, "ndisc_evict_nocarrier"},
	{57, UNIT_SIGNED, "accept_untracked_na"},
	{58, UNIT_SIGNED, "accept_ra_min_lft"},
	{0, 0, NULL},
};

/* Files that say the same as another one in coarser units need no number. */
static const struct number neighbours[] = {
	{NDTPA_MCAST_PROBES, UNIT_SIGNED, "mcast_solicit"},
	{NDTPA_UCAST_PROBES, UNIT_SIGNED, "ucast_solicit"},
	{NDTPA_APP_PROBES, UNIT_SIGNED, "app_solicit"},
	{NDTPA_MCAST_REPROBES, UNIT_SIGNED, "mcast_resolicit"},
	{NDTPA_DELAY_PROBE_TIME, UNIT_SECONDS, "delay_first_probe_time"},
	{19, UNIT_SIGNED, "interval_probe_time_ms"}, /* newer than the headers of some */
	{NDTPA_GC_STALETIME, UNIT_SECONDS, "gc_stale_time"},
	{NDTPA_QUEUE_LENBYTES, UNIT_SIGNED, "unres_qlen_bytes"},
	{NDTPA_PROXY_QLEN, UNIT_SIGNED, "proxy_qlen"},
	{NDTPA_ANYCAST_DELAY, UNIT_HUNDREDTHS, "anycast_delay"},
	{NDTPA_PROXY_DELAY, UNIT_HUNDREDTHS, "proxy_delay"},
	{NDTPA_LOCKTIME, UNIT_HUNDREDTHS, "locktime"},
	{NDTPA_RETRANS_TIME, UNIT_SIGNED, "retrans_time_ms"},
	{NDTPA_BASE_REACHABLE_TIME, UNIT_SIGNED, "base_reachable_time_ms"},
	{0, UNIT_LEFT_OUT, "retrans_time"},
	{0, UNIT_LEFT_OUT, "base_reachable_time"},
	{0, UNIT_LEFT_OUT, "unres_qlen"},
	{0, 0, NULL},
};
#define NEIGHBOUR_LAST 19
_Static_assert(sizeof(neighbours) / sizeof(neighbours[0]) - 1 - 3 <= SYS_NEIGHBOUR_NUMBERS, "");

#define NOT_TOLD  INT32_MIN       /* the kernel has no such number, and so no such file */
#define TOO_LARGE (INT32_MIN + 1) /* it has, but more than fits */

static const struct number *const tables[SYS_FOLDER_COUNT] = {
	[SYS_FOLDER_CONF4] = conf4,
	[SYS_FOLDER_CONF6] = conf6,
	[SYS_FOLDER_NEIGH4] = neighbours,
	[SYS_FOLDER_NEIGH6] = neighbours,
};

static const struct number *number_of(enum sys_folder folder, const char *name)
{
	const struct number *number = tables[folder];

	while (number && number->name && strcmp(number->name, name) != 0)
		number++;
	return number && number->name ? number : NULL;
}

bool sys_folder_knows(enum sys_folder folder, const char *name)
{
	return number_of(folder, name);
}

bool sys_folder_leaves_out(enum sys_folder folder, const char *name)
{
	const struct number *number = number_of(folder, name);

	return number && number->unit == UNIT_LEFT_OUT;
}

static const struct nlattr *devconf_attr(enum sys_folder folder, const struct nlmsghdr *link)
{
	const struct nlattr *at[IFLA_AF_SPEC + 1], *family[AF_INET6 + 1],
		*part[IFLA_INET6_CONF + 1];
	bool is_ipv4 = folder == SYS_FOLDER_CONF4;

	sys_attrs_of(link, sizeof(struct ifinfomsg), at, IFLA_AF_SPEC);
	sys_attrs_nested(at[IFLA_AF_SPEC], family, AF_INET6);
	sys_attrs_nested(family[is_ipv4 ? AF_INET : AF_INET6], part, IFLA_INET6_CONF);
	return part[is_ipv4 ? IFLA_INET_CONF : IFLA_INET6_CONF];
}

struct sys_numbers sys_devconf_numbers(enum sys_folder folder, const struct nlmsghdr *link)
{
	const struct nlattr *attr = NULL;

	if (link && (folder == SYS_FOLDER_CONF4 || folder == SYS_FOLDER_CONF6))
		attr = devconf_attr(folder, link);
	if (!attr)
		return (struct sys_numbers){0};
	return (struct sys_numbers){
		mnl_attr_get_payload(attr), sys_attr_bytes(attr) / sizeof(int32_t)};
}

int64_t sys_devconf6_number(const struct nlmsghdr *link, size_t index, int64_t absent)
{
	const struct sys_numbers numbers = sys_devconf_numbers(SYS_FOLDER_CONF6, link);

	return index < numbers.count ? numbers.items[index] : absent;
}

static int32_t neighbour_number(const struct nlattr *attr)
{
	uint64_t value = 0;

	if (!attr || sys_attr_bytes(attr) > sizeof(value))
		return NOT_TOLD;
	memcpy(&value, mnl_attr_get_payload(attr), sys_attr_bytes(attr)); /* little endian */
	return value > INT32_MAX ? TOO_LARGE : (int32_t)value;
}

uint32_t sys_neighbour_numbers(const struct nlmsghdr *message, enum sys_folder *ret_folder,
	int32_t ret_items[SYS_NEIGHBOUR_NUMBERS])
{
	const struct ndtmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[NDTA_PARMS + 1], *part[NEIGHBOUR_LAST + 1];

	if (!header || message->nlmsg_type != RTM_NEWNEIGHTBL ||
		(header->ndtm_family != AF_INET && header->ndtm_family != AF_INET6))
		return 0;
	*ret_folder = header->ndtm_family == AF_INET ? SYS_FOLDER_NEIGH4 : SYS_FOLDER_NEIGH6;
	sys_attrs_of(message, sizeof(*header), at, NDTA_PARMS);
	sys_attrs_nested(at[NDTA_PARMS], part, NEIGHBOUR_LAST);
	memset(ret_items, 0, SYS_NEIGHBOUR_NUMBERS * sizeof(*ret_items));
	for (size_t i = 0; neighbours[i].name && neighbours[i].index; i++)
		ret_items[i] = neighbour_number(part[neighbours[i].index]);
	return (uint32_t)sys_attr_u32(part[NDTPA_IFINDEX], 0);
}

/* The formatting of stdio takes its time, and a host may have a hundred thousand of them. */
static char *number_write(char *at, int64_t value)
{
	char digits[24];
	size_t count = 0;
	uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;

	if (value < 0)
		*at++ = '-';
	do
		digits[count++] = (char)('0' + rest % 10);
	while ((rest /= 10));
	while (count)
		*at++ = digits[--count];
	return at;
}

static bool is_exact(const struct number *number, int32_t value)
{
	int divisor = divisors[number->unit];

	return (divisor == 1 && value != TOO_LARGE) ||
	       (divisor > 1 && value >= 0 && value % divisor == 0);
}

size_t sys_numbers_write(enum sys_folder folder, const struct sys_numbers *numbers,
	char ret_lines[SYS_LINES_BYTES], bool *ret_is_whole)
{
	bool is_devconf = folder == SYS_FOLDER_CONF4 || folder == SYS_FOLDER_CONF6;
	char *at = ret_lines;

	*ret_is_whole = true;
	for (size_t i = 0; tables[folder] && tables[folder][i].name; i++) {
		const struct number *number = &tables[folder][i];
		size_t place = is_devconf ? number->index : i, bytes = strlen(number->name);
		int32_t value = place < numbers->count ? numbers->items[place] : NOT_TOLD;

		if (number->unit == UNIT_LEFT_OUT || place >= numbers->count ||
			(!is_devconf && value == NOT_TOLD))
			continue;
		if (!is_exact(number, value)) {
			*ret_is_whole = false;
			continue;
		}
		memcpy(at, number->name, bytes);
		at[bytes] = '=';
		at = number_write(at + bytes + 1, number->unit == UNIT_UNSIGNED
							  ? (int64_t)(uint32_t)value
							  : value / divisors[number->unit]);
		*at++ = '\n';
	}
	return (size_t)(at - ret_lines);
}
