/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses: from RTM_NEWADDR to the record and back. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <string.h>
#include <sys/socket.h>

#include "net.h"
#include "net_ip.h"

#define FOREVER UINT32_MAX /* INFINITY_LIFE_TIME of the kernel */

/* The flags that a request may carry; the kernel works the others out by itself. */
#define IPV4_FLAGS (IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)
#define IPV6_FLAGS                                                                                 \
	(IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

/* Not known to be free on the wire: such an address must be probed again, not be believed. */
#define UNPROVEN_FLAGS (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_OPTIMISTIC)

static int64_t lifetime_read(uint32_t seconds)
{
	return seconds == FOREVER ? -1 : (int64_t)seconds;
}

static void read_lifetimes(struct ds_address *address, const struct nlattr *attr)
{
	struct ifa_cacheinfo info = {.ifa_prefered = FOREVER, .ifa_valid = FOREVER};

	if (sys_attr_bytes(attr) >= sizeof(info))
		memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	address->valid_s = lifetime_read(info.ifa_valid);
	address->preferred_s = lifetime_read(info.ifa_prefered);
}

/* IFA_ADDRESS is the peer where there is one, else the address again, or alone (IPv6). */
static int read_addresses(struct ds_address *address, const struct nlattr *const *at)
{
	const struct nlattr *local = at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS];
	int code = sys_ip_read(address->family, local, &address->local);

	if (code == 0)
		code = sys_ip_read(address->family, at[IFA_ADDRESS], &address->peer);
	if (code == 0 && ds_string_equal(address->local, address->peer))
		code = ds_string_set(&address->peer, NULL);
	if (code == 0)
		code = sys_ip_read(address->family, at[IFA_BROADCAST], &address->broadcast);
	if (code == 0)
		code = ds_string_set(&address->label, sys_attr_text(at[IFA_LABEL]));
	return code == 0 && !address->local ? -EBADMSG : code;
}

static int address_fill(struct ds_address *address, const struct ifaddrmsg *header,
	const struct nlattr *const *at, const struct sys_links *links)
{
	const struct sys_link *link = sys_links_by_index(links, header->ifa_index);
	int code;

	if (!link)
		return -ENODEV;
	address->family = header->ifa_family;
	address->prefix = header->ifa_prefixlen;
	address->scope = header->ifa_scope;
	address->flags = sys_attr_u32(at[IFA_FLAGS], header->ifa_flags);
	address->metric = sys_attr_u32(at[IFA_RT_PRIORITY], 0);
	address->protocol = sys_attr_u8(at[IFA_PROTO], 0);
	read_lifetimes(address, at[IFA_CACHEINFO]);
	code = ds_string_set(&address->link, link->link.name);
	return code ? code : read_addresses(address, at);
}

int sys_address_decode(
	const struct nlmsghdr *message, const struct sys_links *links, struct ds_address *ret)
{
	const struct ifaddrmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFA_PROTO + 1];
	struct ds_address address = {0};
	int code;

	if (!header)
		return -EBADMSG;
	if (sys_ip_bytes(header->ifa_family) == 0)
		return -EAFNOSUPPORT;
	sys_attrs_of(message, sizeof(*header), at, IFA_PROTO);
	code = address_fill(&address, header, at, links);
	if (code < 0)
		ds_record_done(&ds_address_record, &address);
	else
		*ret = address;
	return code;
}

static uint32_t lifetime_left(int64_t seconds, int64_t age_s)
{
	if (seconds < 0)
		return FOREVER;
	return seconds > age_s ? (uint32_t)(seconds - age_s) : 0;
}

/* Proven addresses need not be probed again: two seconds in which IPv6 would be deaf. */
static uint32_t request_flags(const struct ds_address *address, bool is_at_once)
{
	uint32_t flags = (uint32_t)address->flags;

	if (address->family == AF_INET)
		return flags & IPV4_FLAGS;
	return (flags & IPV6_FLAGS) | (is_at_once && !(flags & UNPROVEN_FLAGS) ? IFA_F_NODAD : 0);
}

static int put_addresses(struct sys_message *message, const struct ds_address *address)
{
	const char *peer = address->peer ? address->peer : address->local;
	int code = sys_ip_put(message, IFA_LOCAL, address->family, address->local);

	if (code == 0)
		code = sys_ip_put(message, IFA_ADDRESS, address->family, peer);
	if (code == 0 && address->family == AF_INET)
		code = sys_ip_put(message, IFA_BROADCAST, AF_INET, address->broadcast);
	return code;
}

static void put_details(struct sys_message *message, const struct ds_address *address,
	const struct ifa_cacheinfo *lifetimes, bool is_at_once)
{
	if (address->label && address->family == AF_INET)
		sys_put_text(message, IFA_LABEL, address->label);
	if (address->metric)
		sys_put_u32(message, IFA_RT_PRIORITY, (uint32_t)address->metric);
	if (address->protocol)
		sys_put_u8(message, IFA_PROTO, (uint8_t)address->protocol);
	sys_put_u32(message, IFA_FLAGS, request_flags(address, is_at_once));
	sys_put(message, IFA_CACHEINFO, lifetimes, sizeof(*lifetimes));
}

int sys_address_encode(struct sys_message *message, const struct ds_address *address,
	uint32_t ifindex, int64_t age_s, bool is_at_once)
{
	const struct ifa_cacheinfo lifetimes = {
		.ifa_valid = lifetime_left(address->valid_s, age_s),
		.ifa_prefered = lifetime_left(address->preferred_s, age_s),
	};
	struct ifaddrmsg *header = sys_message_extra(message, sizeof(*header));
	int code;

	if (!header)
		return -EMSGSIZE;
	if (lifetimes.ifa_valid == 0)
		return -ETIME;
	header->ifa_family = (uint8_t)address->family;
	header->ifa_prefixlen = (uint8_t)address->prefix;
	header->ifa_scope = (uint8_t)address->scope;
	header->ifa_index = ifindex;
	code = put_addresses(message, address);
	put_details(message, address, &lifetimes, is_at_once);
	return code;
}
