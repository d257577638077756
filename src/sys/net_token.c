/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The token of a link: the last half of the addresses that it makes of advertisements. */
#include <libmnl/libmnl.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/ipv6.h> /* behind netinet/in.h, which has some of the same */

#include "net.h"
#include "net_devconf.h"
#include "net_ip.h"

/* As inet6_set_iftoken() of the kernel asks (net/ipv6/addrconf.c, 6.1). */
static bool is_taken(const struct nlmsghdr *message)
{
	int64_t accept_ra = sys_devconf6_number(message, DEVCONF_ACCEPT_RA, 0);
	bool is_router = sys_devconf6_number(message, DEVCONF_FORWARDING, 0) != 0;

	return (is_router ? accept_ra == 2 : accept_ra != 0) &&
	       sys_devconf6_number(message, DEVCONF_RTR_SOLICITS, 0) != 0;
}

int sys_token_read(struct ds_link *link, const struct nlmsghdr *message, const struct nlattr *token)
{
	static const uint8_t none[sizeof(struct in6_addr)];

	if (sys_attr_bytes(token) != sizeof(none) ||
		memcmp(mnl_attr_get_payload(token), none, sizeof(none)) == 0 || !is_taken(message))
		return 0;
	return sys_ip_read(AF_INET6, token, &link->token);
}
