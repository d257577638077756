/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that are bound to a link: the index that they have is of no link afterwards. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "cleanup.h"
#include "holder.h"
#include "net_losses.h"

static int packet_sockets(struct sys_losses *losses)
{
	cleanup_fclose FILE *file = fopen("/proc/net/packet", "re");
	char line[256], holder[128];
	int code = 0;

	while (code == 0 && file && fgets(line, sizeof(line), file)) {
		unsigned int ifindex;
		unsigned long inode;
		const struct sys_link *link;

		/* The address of the socket is "(____ptrval____)" until the kernel has entropy. */
		if (sscanf(line, "%*s %*d %*d %*x %u %*d %*u %*u %lu", &ifindex, &inode) != 2)
			continue;
		link = sys_losses_link(losses, ifindex);
		if (!link)
			continue;
		sys_socket_holder(inode, holder, sizeof(holder));
		code = sys_lose(losses, "the packet socket of %s on %s", holder, link->link.name);
	}
	return code;
}

/* What has no inode waits for the end of its time alone. */
static int visit(const struct sys_socket *socket, void *context)
{
	struct sys_losses *losses = context;
	const struct sys_link *link = sys_losses_link(losses, socket->ifindex);
	char holder[128];

	if (socket->protocol == IPPROTO_UDP && socket->inode) {
		struct sys_socket *copy = ds_list_add(&losses->datagram);

		if (!copy)
			return -ENOMEM;
		*copy = *socket;
	}
	if (!link || !socket->inode)
		return 0;
	sys_socket_holder(socket->inode, holder, sizeof(holder));
	return sys_lose(losses, "the %s socket of %s bound to %s", sys_socket_protocol(socket),
		holder, link->link.name);
}

static int untold(const char *protocol, unsigned int count, void *context)
{
	return sys_unsee(context,
		"which of the %u %s sockets are on these links (this kernel does not tell)", count,
		protocol);
}

int sys_losses_sockets(struct sys_losses *losses)
{
	const struct sys_socket_visitor visitor = {visit, untold, losses};
	int code = packet_sockets(losses);

	return code ? code : sys_sockets_each(&visitor);
}
