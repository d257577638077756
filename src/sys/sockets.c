/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "message.h"
#include "netlink.h"

/* What the kernel counts without being asked to load a module that tells more. */
static const struct {
	uint8_t family, protocol;
	const char *counted, *name;
} kinds[] = {
	{AF_INET, IPPROTO_TCP, "TCP", "TCP"},
	{AF_INET6, IPPROTO_TCP, "TCPv6", "TCP"},
	{AF_INET, IPPROTO_UDP, "UDP", "UDP"},
	{AF_INET6, IPPROTO_UDP, "UDPv6", "UDP"},
	{AF_INET, IPPROTO_RAW, "RAW", "raw"},
	{AF_INET6, IPPROTO_RAW, "RAWv6", "raw"},
	{AF_XDP, 0, "XDP", "AF_XDP"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct visit {
	int (*visit)(const struct sys_socket *socket, void *context);
	void *context;
	uint8_t protocol;
};

const char *sys_socket_protocol(const struct sys_socket *socket)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].family == socket->family && kinds[i].protocol == socket->protocol)
			return kinds[i].name;
	return "?";
}

/* How many there are of each kind, in this network namespace. */
static void count_all(unsigned int ret_counts[KINDS])
{
	cleanup_fclose FILE *file = fopen("/proc/net/protocols", "re");
	char line[256], name[32];
	unsigned int count;

	memset(ret_counts, 0, KINDS * sizeof(*ret_counts));
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%31s %*u %u", name, &count) != 2)
			continue;
		for (size_t i = 0; i < KINDS; i++)
			if (strcmp(name, kinds[i].counted) == 0)
				ret_counts[i] = count;
	}
}

static int visit_inet(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *told = sys_message_header(message, sizeof(*told));
	const struct visit *visit = context;
	struct sys_socket socket = {.protocol = visit->protocol};

	if (!told)
		return 0;
	socket.family = told->idiag_family;
	socket.ifindex = told->id.idiag_if;
	socket.inode = told->idiag_inode;
	socket.port = ntohs(told->id.idiag_sport);
	memcpy(socket.local, told->id.idiag_src, sizeof(socket.local));
	return visit->visit(&socket, visit->context);
}

/* Each family has a filter of its own, which stands behind the header. */
static int dump_filtered(struct sys_netlink *netlink, const void *filter, size_t size,
	const struct sys_visitor *visitor)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), SOCK_DIAG_BY_FAMILY, 0);
	struct ds_error ignored;

	memcpy(sys_message_extra(&request, size), filter, size); /* an empty message has room */
	return sys_netlink_dump(netlink, request.header, visitor, "", &ignored);
}

static int dump_inet(struct sys_netlink *netlink, uint8_t family, struct visit *visit)
{
	const struct sys_visitor visitor = {.visit = visit_inet, .context = visit};
	const struct inet_diag_req_v2 filter = {
		.sdiag_family = family, .sdiag_protocol = visit->protocol, .idiag_states = ~0U};

	return dump_filtered(netlink, &filter, sizeof(filter), &visitor);
}

static int visit_xdp(const struct nlmsghdr *message, void *context)
{
	const struct xdp_diag_msg *told = sys_message_header(message, sizeof(*told));
	const struct visit *visit = context;
	const struct nlattr *at[XDP_DIAG_INFO + 1];
	struct sys_socket socket = {.family = AF_XDP};

	if (!told)
		return 0;
	sys_attrs_of(message, sizeof(*told), at, XDP_DIAG_INFO);
	/* struct xdp_diag_info begins with it */
	socket.ifindex = (uint32_t)sys_attr_u32(at[XDP_DIAG_INFO], 0);
	socket.inode = told->xdiag_ino;
	return visit->visit(&socket, visit->context);
}

static int dump_xdp(struct sys_netlink *netlink, struct visit *visit)
{
	const struct sys_visitor visitor = {.visit = visit_xdp, .context = visit};
	const struct xdp_diag_req filter = {.sdiag_family = AF_XDP, .xdiag_show = XDP_SHOW_INFO};

	return dump_filtered(netlink, &filter, sizeof(filter), &visitor);
}

int sys_sockets_each(const struct sys_socket_visitor *visitor)
{
	struct sys_netlink netlink __attribute__((cleanup(sys_netlink_close))) = {0};
	struct ds_error ignored;
	unsigned int counts[KINDS];
	int code = sys_netlink_open(&netlink, NETLINK_SOCK_DIAG, 0, &ignored);

	count_all(counts);
	for (size_t i = 0; i < KINDS && code != -ENOMEM; i++) {
		struct visit visit = {visitor->visit, visitor->context, kinds[i].protocol};

		if (counts[i] == 0)
			continue;
		if (netlink.buffer)
			code = kinds[i].family == AF_XDP
				       ? dump_xdp(&netlink, &visit)
				       : dump_inet(&netlink, kinds[i].family, &visit);
		if (code < 0 && code != -ENOMEM)
			code = visitor->untold(kinds[i].name, counts[i], visitor->context);
	}
	return code == -ENOMEM ? code : 0;
}
