/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicast groups that programs have joined on a link. The kernel tells the group and not who has
 * joined it; a socket that is bound to the group's address gives its owner away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "holder.h"
#include "net_losses.h"

struct group {
	int family;
	uint32_t address[4]; /* network order; of IPv4 the first word */
	const struct sys_link *link;
};

/* Joined by the kernel itself on every link, or on every router's. */
static const char *const of_kernel[] = {"224.0.0.1", "224.0.0.2", "224.0.0.106", "ff01::1",
	"ff02::1", "ff01::2", "ff02::2", "ff05::2", "ff02::6a"};

/* Programs that follow the links of a host, and join again when one comes. */
static const struct {
	const char *group;
	uint16_t port;
	const char *program; /* as the kernel names it, with at most 15 letters */
} followers[] = {
	{"224.0.0.252", 5355, "systemd-resolve"},
	{"ff02::1:3", 5355, "systemd-resolve"},
	{"224.0.0.251", 5353, "systemd-resolve"},
	{"ff02::fb", 5353, "systemd-resolve"},
	{"224.0.0.251", 5353, "avahi-daemon"},
	{"ff02::fb", 5353, "avahi-daemon"},
};

/* Solicited-node groups: one for each address. */
static bool is_of_address(const struct group *group)
{
	static const uint8_t prefix[] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};

	return group->family == AF_INET6 && memcmp(group->address, prefix, sizeof(prefix)) == 0;
}

static bool is_of_kernel(const struct group *group, const char *text)
{
	for (size_t i = 0; i < sizeof(of_kernel) / sizeof(of_kernel[0]); i++)
		if (strcmp(of_kernel[i], text) == 0)
			return true;
	return is_of_address(group);
}

/* IFLA_VXLAN_GROUP and IFLA_VXLAN_GROUP6: the link that we make again joins by itself. */
static bool is_of_vxlan(const struct sys_losses *losses, const struct group *group)
{
	for (size_t i = 0; i < losses->look->links->count; i++) {
		const struct sys_link *link = &losses->look->links->items[i];
		const struct nlattr *at[IFLA_VXLAN_GROUP6 + 1];
		const struct nlattr *told;
		size_t bytes = group->family == AF_INET ? 4 : 16;

		if (!link->is_ours || strcmp(link->kind, "vxlan") != 0 ||
			link->lower_index != (uint32_t)group->link->link.ifindex)
			continue;
		sys_attrs_range(link->data, link->data_bytes, at, IFLA_VXLAN_GROUP6);
		told = at[group->family == AF_INET ? IFLA_VXLAN_GROUP : IFLA_VXLAN_GROUP6];
		if (sys_attr_bytes(told) >= bytes &&
			memcmp((const char *)told + NLA_HDRLEN, group->address, bytes) == 0)
			return true;
	}
	return false;
}

/* `ip addr add ... autojoin`: the address comes back, and joins. */
static bool is_address(const struct sys_losses *losses, const char *text)
{
	const struct ds_network *network = losses->look->network;

	for (size_t i = 0; i < network->addresses.count; i++)
		if (ds_string_equal(network->addresses.items[i].local, text))
			return true;
	return false;
}

static bool is_followed(const struct sys_losses *losses, const char *text)
{
	char holder[128];

	for (size_t i = 0; i < sizeof(followers) / sizeof(followers[0]); i++) {
		if (strcmp(followers[i].group, text) != 0)
			continue;
		for (size_t j = 0; j < losses->datagram.count; j++) {
			const struct sys_socket *socket = &losses->datagram.items[j];

			if (socket->port != followers[i].port)
				continue;
			sys_socket_holder(socket->inode, holder, sizeof(holder));
			if (strncmp(holder, followers[i].program, strlen(followers[i].program)) ==
				0)
				return true;
		}
	}
	return false;
}

static const struct sys_socket *bound_to(const struct sys_losses *losses, const struct group *group)
{
	for (size_t i = 0; i < losses->datagram.count; i++) {
		const struct sys_socket *socket = &losses->datagram.items[i];
		size_t bytes = group->family == AF_INET ? 4 : 16;

		if (socket->family == group->family &&
			memcmp(socket->local, group->address, bytes) == 0)
			return socket;
	}
	return NULL;
}

static int lose(struct sys_losses *losses, const struct group *group)
{
	const struct sys_socket *socket;
	char text[INET6_ADDRSTRLEN], holder[128] = "a program";

	if (!inet_ntop(group->family, group->address, text, sizeof(text)) ||
		is_of_kernel(group, text) || is_of_vxlan(losses, group) ||
		is_address(losses, text) || is_followed(losses, text))
		return 0;
	socket = bound_to(losses, group);
	if (socket)
		sys_socket_holder(socket->inode, holder, sizeof(holder));
	return sys_lose(losses, "the membership of %s in the multicast group %s on %s", holder,
		text, group->link->link.name);
}

/* A line for the link, and below it one for each group: the address as a word of the machine. */
static int groups4(struct sys_losses *losses)
{
	cleanup_fclose FILE *file = fopen("/proc/net/igmp", "re");
	struct group group = {.family = AF_INET};
	char line[256];
	int code = 0;

	while (code == 0 && file && fgets(line, sizeof(line), file)) {
		unsigned int ifindex;

		if (line[0] != '\t' && sscanf(line, "%u", &ifindex) == 1)
			group.link = sys_losses_link(losses, ifindex);
		else if (group.link && sscanf(line, " %8x", &group.address[0]) == 1)
			code = lose(losses, &group);
	}
	return code;
}

static int groups6(struct sys_losses *losses)
{
	cleanup_fclose FILE *file = fopen("/proc/net/igmp6", "re");
	char line[256], hex[33];
	int code = 0;

	while (code == 0 && file && fgets(line, sizeof(line), file)) {
		struct group group = {.family = AF_INET6};
		unsigned int ifindex;
		size_t count;

		if (sscanf(line, "%u %*s %32s", &ifindex, hex) != 2 ||
			sys_hex_read(hex, (uint8_t *)group.address, sizeof(group.address), &count) <
				0)
			continue;
		group.link = sys_losses_link(losses, ifindex);
		if (group.link)
			code = lose(losses, &group);
	}
	return code;
}

int sys_losses_groups(struct sys_losses *losses)
{
	int code = groups4(losses);

	return code ? code : groups6(losses);
}
