/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "message.h"
#include "netlink.h"

/* TCP_ESTABLISHED; netinet/tcp.h and linux/tcp.h exclude each other. */
#define STATE_ESTABLISHED 1

struct visit {
	int (*visit)(const struct ds_caller *caller, uint64_t inode, void *context);
	void *context;
};

static int64_t cookie_of(const struct inet_diag_msg *socket)
{
	return (int64_t)((uint64_t)socket->id.idiag_cookie[1] << 32 | socket->id.idiag_cookie[0]);
}

static int visit_socket(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *socket = sys_message_header(message, sizeof(*socket));
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	const struct visit *visit = context;
	struct ds_caller caller = {.kind = DS_CALLER_SSH};

	if (!socket ||
		!inet_ntop(socket->idiag_family, socket->id.idiag_src, local, sizeof(local)) ||
		!inet_ntop(socket->idiag_family, socket->id.idiag_dst, remote, sizeof(remote)))
		return 0;
	caller.family = socket->idiag_family;
	caller.local = local;
	caller.remote = remote;
	caller.local_port = ntohs(socket->id.idiag_sport);
	caller.remote_port = ntohs(socket->id.idiag_dport);
	caller.cookie = cookie_of(socket);
	return visit->visit(&caller, socket->idiag_inode, visit->context);
}

static int dump(
	struct sys_netlink *netlink, uint8_t family, struct visit *visit, struct ds_error *error)
{
	const struct sys_visitor visitor = {.visit = visit_socket, .context = visit};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), SOCK_DIAG_BY_FAMILY, 0);
	struct inet_diag_req_v2 *filter = sys_message_extra(&request, sizeof(*filter));

	if (filter) {
		filter->sdiag_family = family;
		filter->sdiag_protocol = IPPROTO_TCP;
		filter->idiag_states = 1U << STATE_ESTABLISHED;
	}
	return sys_netlink_dump(netlink, request.header, &visitor, "read the TCP sockets", error);
}

int sys_tcp_visit(int (*visit)(const struct ds_caller *caller, uint64_t inode, void *context),
	void *context, struct ds_error *error)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct visit whom = {visit, context};
	struct sys_netlink netlink;
	int r = sys_netlink_open(&netlink, NETLINK_SOCK_DIAG, 0, error);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < sizeof(families) && r != -ENOMEM; i++)
		r = dump(&netlink, families[i], &whom, error);
	sys_netlink_close(&netlink);
	return r == -ENOMEM ? r : 0;
}

/* --- one of them ------------------------------------------------------------------------ */

struct counters {
	struct ds_traffic traffic;
	bool is_there;
};

/*
 * idiag_wqueue is write_seq - snd_una (net/ipv4/tcp_diag.c, 6.1), and tcpi_bytes_acked grows with
 * snd_una: together they are what was written.
 */
static int visit_counters(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *socket = sys_message_header(message, sizeof(*socket));
	const struct nlattr *at[INET_DIAG_INFO + 1];
	const size_t needed = offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(uint64_t);
	struct counters *counters = context;
	uint64_t acknowledged;

	if (!socket || socket->idiag_state != STATE_ESTABLISHED)
		return 0;
	sys_attrs_of(message, sizeof(*socket), at, INET_DIAG_INFO);
	if (sys_attr_bytes(at[INET_DIAG_INFO]) < needed)
		return 0;
	memcpy(&acknowledged,
		(const char *)at[INET_DIAG_INFO] + NLA_HDRLEN +
			offsetof(struct tcp_info, tcpi_bytes_acked),
		sizeof(acknowledged));
	counters->is_there = true;
	counters->traffic.acknowledged = (int64_t)acknowledged;
	counters->traffic.written = (int64_t)acknowledged + socket->idiag_wqueue;
	return 0;
}

static bool write_request(struct sys_message *request, const struct ds_caller *caller)
{
	struct inet_diag_req_v2 *filter = sys_message_extra(request, sizeof(*filter));

	if (!filter || !caller->local || !caller->remote)
		return false;
	filter->sdiag_family = (uint8_t)caller->family;
	filter->sdiag_protocol = IPPROTO_TCP;
	filter->idiag_ext = 1U << (INET_DIAG_INFO - 1);
	filter->idiag_states = 1U << STATE_ESTABLISHED;
	filter->id.idiag_sport = htons((uint16_t)caller->local_port);
	filter->id.idiag_dport = htons((uint16_t)caller->remote_port);
	filter->id.idiag_cookie[0] = (uint32_t)caller->cookie;
	filter->id.idiag_cookie[1] = (uint32_t)((uint64_t)caller->cookie >> 32);
	return inet_pton((int)caller->family, caller->local, filter->id.idiag_src) == 1 &&
	       inet_pton((int)caller->family, caller->remote, filter->id.idiag_dst) == 1;
}

int sys_tcp_traffic(
	const struct ds_caller *caller, struct ds_traffic *ret_traffic, struct ds_error *error)
{
	struct counters counters = {0};
	const struct sys_visitor visitor = {.visit = visit_counters, .context = &counters};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), SOCK_DIAG_BY_FAMILY, 0);
	struct sys_netlink netlink;
	int r;

	if (!write_request(&request, caller))
		return ds_error_set(error, -EINVAL, "there is no connection to look at");
	r = sys_netlink_open(&netlink, NETLINK_SOCK_DIAG, 0, error);
	if (r < 0)
		return r;
	r = sys_netlink_ask(&netlink, request.header, &visitor, "look at your connection", error);
	sys_netlink_close(&netlink);
	/* ESTALE: the cookie is not that of the socket that has the same ports now. */
	if (r == -ESTALE || (r == 0 && !counters.is_there))
		r = ds_error_set(error, -ENOENT, "your connection has ended");
	if (r == 0)
		*ret_traffic = counters.traffic;
	return r;
}
