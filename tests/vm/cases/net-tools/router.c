// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A router of IPv6: answers each solicitation on a link with an advertisement, and says so.
 *
 *	router DEVICE NETWORK			for half an hour the default router; NETWORK/64 is
 *						good for addresses for an hour
 *	router DEVICE NETWORK off-link		the same; the network is not on the link
 *	router DEVICE NETWORK gone		advertises that it is no router any more, and ends
 *
 * Stopped, it is a router that is silent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MINUTES(count) ((count)*60)

static int die(const char *what)
{
	fprintf(stderr, "router: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int checked(int result, const char *what)
{
	return result < 0 ? die(what) : result;
}

/* The kernel fills in the checksum; hosts take no advertisement that may come from far away. */
static int open_socket(unsigned int device)
{
	int fd = checked(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), "socket");
	int hops = 255, index = (int)device;
	struct ipv6_mreq routers = {.ipv6mr_interface = device};
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_SOLICIT, &filter);
	inet_pton(AF_INET6, "ff02::2", &routers.ipv6mr_multiaddr);
	checked(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)), "filter");
	checked(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &routers, sizeof(routers)), "join");
	checked(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)), "hops");
	checked(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index)), "device");
	return fd;
}

static void advertise(int fd, const struct in6_addr *network, int is_on_link, int is_gone)
{
	struct {
		struct nd_router_advert head;
		struct nd_opt_prefix_info prefix;
	} message = {0};
	struct sockaddr_in6 all = {.sin6_family = AF_INET6};

	inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
	message.head.nd_ra_type = ND_ROUTER_ADVERT;
	message.head.nd_ra_router_lifetime = htons(is_gone ? 0 : MINUTES(30));
	message.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
	message.prefix.nd_opt_pi_len = sizeof(message.prefix) / 8;
	message.prefix.nd_opt_pi_prefix_len = 64;
	message.prefix.nd_opt_pi_flags_reserved =
		ND_OPT_PI_FLAG_AUTO | (is_on_link ? ND_OPT_PI_FLAG_ONLINK : 0);
	message.prefix.nd_opt_pi_valid_time = htonl(MINUTES(60));
	message.prefix.nd_opt_pi_preferred_time = htonl(MINUTES(30));
	message.prefix.nd_opt_pi_prefix = *network;
	checked((int)sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&all, sizeof(all)),
		"send");
	puts("advertised");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *how = argc == 4 ? argv[3] : "";
	struct in6_addr network;
	unsigned int device = argc >= 3 ? if_nametoindex(argv[1]) : 0;
	char solicitation[256];
	int fd;

	if (device == 0 || inet_pton(AF_INET6, argv[2], &network) != 1) {
		fprintf(stderr, "usage: router DEVICE NETWORK [off-link|gone]\n");
		return 2;
	}
	fd = open_socket(device);
	do
		advertise(fd, &network, strcmp(how, "off-link") != 0, strcmp(how, "gone") == 0);
	while (strcmp(how, "gone") != 0 &&
		checked((int)recv(fd, solicitation, sizeof(solicitation), 0), "receive") >= 0);
	return 0;
}
