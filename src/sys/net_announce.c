/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 5227, section 3 (ARP announcements), and RFC 4861, section 7.2.6 (unsolicited NAs). */
#include "net_announce.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ipv6.h> /* behind netinet/in.h, which has some of the same */
#include <linux/rtnetlink.h>

#include "cleanup.h"
#include "net_devconf.h"
#include "net_prime.h"

#define HOP_LIMIT 255 /* or nobody believes it */
#define ALL_NODES "ff02::1"
#define UNPROVEN  (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_OPTIMISTIC)

struct advertisement {
	struct ip6_hdr ip;
	struct nd_neighbor_advert advert;
	struct nd_opt_hdr option;
	uint8_t mac[ETH_ALEN];
};
_Static_assert(sizeof(struct advertisement) == 72, "no padding");

/* Where to, and from which link. */
struct place {
	const struct ds_link *link;
	int ifindex;
	uint8_t mac[ETH_ALEN];
	bool is_router;
};

static void send_to(int fd, const struct place *place, uint16_t protocol, const uint8_t *mac,
	const void *bytes, size_t size)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = place->ifindex,
		.sll_halen = ETH_ALEN,
	};

	memcpy(to.sll_addr, mac, ETH_ALEN);
	sendto(fd, bytes, size, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to));
}

static void announce_arp(int fd, const struct place *place, const struct in_addr *address)
{
	static const uint8_t everybody[ETH_ALEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct ether_arp arp = {
		.ea_hdr = {.ar_hrd = htons(ARPHRD_ETHER),
			.ar_pro = htons(ETH_P_IP),
			.ar_hln = ETH_ALEN,
			.ar_pln = sizeof(*address),
			.ar_op = htons(ARPOP_REQUEST)},
	};

	memcpy(arp.arp_sha, place->mac, ETH_ALEN);
	memcpy(arp.arp_spa, address, sizeof(*address));
	memcpy(arp.arp_tpa, address, sizeof(*address));
	send_to(fd, place, ETH_P_ARP, everybody, &arp, sizeof(arp));
}

static uint32_t add_words(uint32_t sum, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)next[i] << 8 | next[i + 1];
	return sum;
}

/* Over both addresses, length and protocol as well (RFC 8200, section 8.1). */
static uint16_t checksum(const struct advertisement *message)
{
	size_t size = sizeof(*message) - sizeof(message->ip);
	uint32_t sum = add_words(0, &message->ip.ip6_src, 2 * sizeof(struct in6_addr));

	sum += (uint32_t)size + IPPROTO_ICMPV6;
	sum = add_words(sum, &message->advert, size);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void announce_nd(int fd, const struct place *place, const struct in6_addr *address)
{
	static const uint8_t all_nodes[ETH_ALEN] = {0x33, 0x33, 0, 0, 0, 1};
	struct advertisement message = {
		.advert = {.nd_na_type = ND_NEIGHBOR_ADVERT, .nd_na_target = *address},
		.option = {.nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1},
	};

	message.ip.ip6_vfc = 6 << 4;
	message.ip.ip6_plen = htons(sizeof(message) - sizeof(message.ip));
	message.ip.ip6_nxt = IPPROTO_ICMPV6;
	message.ip.ip6_hlim = HOP_LIMIT;
	message.ip.ip6_src = *address;
	inet_pton(AF_INET6, ALL_NODES, &message.ip.ip6_dst);
	/* A router that calls itself none is dropped as one by all that hear it. */
	message.advert.nd_na_flags_reserved =
		ND_NA_FLAG_OVERRIDE | (place->is_router ? ND_NA_FLAG_ROUTER : 0);
	memcpy(message.mac, place->mac, ETH_ALEN);
	message.advert.nd_na_cksum = checksum(&message);
	send_to(fd, place, ETH_P_IPV6, all_nodes, &message, sizeof(message));
}

/* false: there is nobody to tell, or no Ethernet. */
static bool find_place(const struct sys_restore *restore, const char *name, struct place *ret_place)
{
	const struct ds_link *link = sys_names_find(&restore->names, name);
	size_t bytes = 0;

	if (ret_place->link && ret_place->link == link)
		return true;
	*ret_place = (struct place){0};
	if (!link || !link->mac || !link->is_up || !link->has_carrier ||
		sys_mac_parse(link->mac, ret_place->mac, ETH_ALEN, &bytes) < 0 || bytes != ETH_ALEN)
		return false;
	ret_place->ifindex = (int)restore->indexes[link - restore->wanted->links.items];
	ret_place->is_router =
		ret_place->ifindex && sys_conf6_wanted(restore->wanted, name, "forwarding") == 1;
	ret_place->link = ret_place->ifindex ? link : NULL;
	return ret_place->link;
}

static void announce(int fd, const struct place *place, const struct ds_address *address)
{
	struct in6_addr bytes;

	if (inet_pton((int)address->family, address->local, &bytes) != 1)
		return;
	if (address->family == AF_INET)
		announce_arp(fd, place, (const struct in_addr *)&bytes);
	else if (!(address->flags & UNPROVEN))
		announce_nd(fd, place, &bytes);
}

/* --- above ------------------------------------------------------------------------------ */

struct above {
	int fd;
	const struct sys_links *links;
};

static bool find_place_above(const struct sys_link *link, struct place *ret_place)
{
	size_t bytes = 0;

	*ret_place = (struct place){.link = &link->link, .ifindex = (int)link->link.ifindex};
	ret_place->is_router = sys_devconf6_number(link->message, DEVCONF_FORWARDING, 0) == 1;
	return link->is_lower_up && link->link.mac &&
	       sys_mac_parse(link->link.mac, ret_place->mac, ETH_ALEN, &bytes) == 0 &&
	       bytes == ETH_ALEN;
}

static int visit_address(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *header = sys_message_header(message, sizeof(*header));
	const struct above *above = context;
	const struct sys_link *link =
		header ? sys_links_by_index(above->links, header->ifa_index) : NULL;
	struct ds_address address = {0};
	struct place place;

	if (!link || !link->is_above || !find_place_above(link, &place) ||
		sys_address_decode(message, above->links, &address) < 0)
		return 0;
	announce(above->fd, &place, &address);
	ds_record_done(&ds_address_record, &address);
	return 0;
}

static void announce_addresses(struct sys_netlink *netlink, const struct sys_links *links)
{
	cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct above above = {fd, links};
	const struct sys_visitor visitor = {.visit = visit_address, .context = &above};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETADDR, 0);
	struct ds_error ignored;

	sys_message_extra(&request, sizeof(struct ifaddrmsg));
	if (fd >= 0)
		sys_netlink_dump(netlink, request.header, &visitor, "", &ignored);
}

void sys_announce_above(
	struct sys_netlink *netlink, const struct sys_links *links, const struct ds_network *wanted)
{
	for (size_t i = 0; i < wanted->gateways_above.count; i++) {
		const struct ds_nexthop *hop = &wanted->gateways_above.items[i];
		const struct sys_link *link = sys_links_by_name(links, hop->link);

		if (link && link->is_above && link->is_lower_up)
			sys_prime(netlink, (uint32_t)link->link.ifindex, hop);
	}
	announce_addresses(netlink, links);
}

/* --- ours ------------------------------------------------------------------------------- */

void sys_restore_announce(const struct sys_restore *restore)
{
	cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct place place = {0};

	for (size_t i = 0; fd >= 0 && i < restore->wanted->addresses.count; i++) {
		const struct ds_address *address = &restore->wanted->addresses.items[i];

		if ((ds_address_is_ours(address) || ds_address_is_from_mac(address) ||
			    ds_address_is_advertised(restore->wanted, address)) &&
			find_place(restore, address->link, &place))
			announce(fd, &place, address);
	}
}
