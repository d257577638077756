/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on the links, goes with the driver, and that nobody but its owner can bring back. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_losses.h"
#include "net_settings.h"

struct losses {
	const struct sys_setting_look *look;
	ds_strings *texts;
	const char *link; /* whose filters are being read */
	bool has_filters;
};

__attribute__((format(printf, 2, 3))) static int lose(
	struct losses *losses, const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return ds_strings_has(losses->texts, text) ? 0 : ds_strings_add(losses->texts, text);
}

/* --- packet sockets --------------------------------------------------------------------- */

static bool holds_socket(const char *pid, unsigned long inode)
{
	char path[300], wanted[64], target[64];
	cleanup_closedir DIR *directory = NULL;
	const struct dirent *entry;

	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		ssize_t got =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);

		target[got > 0 ? got : 0] = '\0';
		if (strcmp(target, wanted) == 0)
			return true;
	}
	return false;
}

/* "dhclient (711)"; without the right to look into others, "a program". */
static void owner_of(unsigned long inode, char *ret_text, size_t size)
{
	cleanup_closedir DIR *directory = opendir("/proc");
	const struct dirent *entry;

	snprintf(ret_text, size, "a program");
	while (directory && (entry = readdir(directory))) {
		cleanup_fclose FILE *file = NULL;
		char path[300], name[64] = "";

		if (!isdigit((unsigned char)entry->d_name[0]) ||
			!holds_socket(entry->d_name, inode))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (file && fgets(name, sizeof(name), file))
			name[strcspn(name, "\n")] = '\0';
		snprintf(ret_text, size, "%s (%.20s)", name, entry->d_name);
		return;
	}
}

static int packet_sockets(struct losses *losses)
{
	cleanup_fclose FILE *file = fopen("/proc/net/packet", "re");
	char line[256], owner[128];
	int code = 0;

	while (code == 0 && file && fgets(line, sizeof(line), file)) {
		unsigned int ifindex;
		unsigned long inode;
		const struct sys_link *link;

		if (sscanf(line, "%*x %*d %*d %*x %u %*d %*u %*u %lu", &ifindex, &inode) != 2)
			continue;
		link = sys_links_by_index(losses->look->links, ifindex);
		if (!link || !link->is_ours)
			continue;
		owner_of(inode, owner, sizeof(owner));
		code = lose(losses, "the packet socket of %s on %s", owner, link->link.name);
	}
	return code;
}

/* --- tc, XDP, team ---------------------------------------------------------------------- */

static const struct sys_link *ours(const struct losses *losses, int ifindex)
{
	const struct sys_link *link = sys_links_by_index(losses->look->links, (uint32_t)ifindex);

	return link && link->is_ours ? link : NULL;
}

static int visit_link(const struct nlmsghdr *message, void *context)
{
	struct losses *losses = context;
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFLA_XDP + 1], *xdp[IFLA_XDP_ATTACHED + 1];
	const struct nlattr *info[IFLA_INFO_SLAVE_KIND + 1];
	const struct sys_link *link = header ? ours(losses, header->ifi_index) : NULL;
	int code = 0;

	if (!link)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, IFLA_XDP);
	sys_attrs_nested(at[IFLA_XDP], xdp, IFLA_XDP_ATTACHED);
	if (sys_attr_u8(xdp[IFLA_XDP_ATTACHED], XDP_ATTACHED_NONE) != XDP_ATTACHED_NONE)
		code = lose(losses, "the XDP program of %s", link->link.name);
	sys_attrs_nested(at[IFLA_LINKINFO], info, IFLA_INFO_SLAVE_KIND);
	if (code == 0 && ds_string_equal(sys_attr_text(info[IFLA_INFO_SLAVE_KIND]), "team"))
		code = lose(losses, "the team port options of %s", link->link.name);
	return code;
}

static int visit_qdisc(const struct nlmsghdr *message, void *context)
{
	struct losses *losses = context;
	const struct tcmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[TCA_KIND + 1];
	const struct sys_link *link = header ? ours(losses, header->tcm_ifindex) : NULL;
	const char *kind;

	if (!link || header->tcm_handle == 0)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, TCA_KIND);
	kind = sys_attr_text(at[TCA_KIND]);
	if (!kind || sys_qdisc_is_known(kind))
		return 0;
	return lose(losses, "the queueing discipline %s of %s", kind, link->link.name);
}

static int visit_filter(const struct nlmsghdr *message, void *context)
{
	struct losses *losses = context;

	if (message->nlmsg_type == RTM_NEWTFILTER)
		losses->has_filters = true;
	return 0;
}

static int dump(struct losses *losses, uint16_t type, struct tcmsg filter, size_t header_bytes,
	int (*visit)(const struct nlmsghdr *message, void *context), struct ds_error *error)
{
	const struct sys_visitor visitor = {.visit = visit, .context = losses};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), type, 0);
	void *header = sys_message_extra(&request, header_bytes);
	int code;

	memcpy(header, &filter, header_bytes); /* an empty message has room for it */
	code = sys_netlink_dump(losses->look->netlink, request.header, &visitor,
		"look for what cannot be brought back", error);
	return code == -ENOMEM ? code : 0; /* a kernel without tc has nothing of it */
}

/* Those of the disciplines in the tree hang on them; at both ends of the link there are fixed
 * places. */
static int filters(struct losses *losses, struct ds_error *error)
{
	static const uint32_t parents[] = {0, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
	const struct ds_network *network = losses->look->network;
	int code = 0;

	for (size_t i = 0; code == 0 && i < network->links.count; i++) {
		losses->has_filters = false;
		if (!sys_filters_are_possible(losses->look, &network->links.items[i]))
			continue;
		for (size_t j = 0; code == 0 && j < sizeof(parents) / sizeof(parents[0]); j++)
			code = dump(losses, RTM_GETTFILTER,
				(struct tcmsg){.tcm_ifindex = (int)network->links.items[i].ifindex,
					.tcm_parent = parents[j]},
				sizeof(struct tcmsg), visit_filter, error);
		if (code == 0 && losses->has_filters)
			code = lose(losses, "the tc filters of %s", network->links.items[i].name);
	}
	return code;
}

/* --- what forbids the unload ------------------------------------------------------------ */

static int blockers(const struct ds_network *network, ds_strings *ret_blockers)
{
	char path[300], text[128];
	int code = 0;

	for (size_t i = 0; code == 0 && i < network->links.count; i++) {
		const struct ds_link *link = &network->links.items[i];
		int64_t functions;

		if (link->is_upper)
			continue;
		functions = sys_net_sysfs_number(link->name, "device/sriov_numvfs", 0);
		snprintf(text, sizeof(text), "%s has %lld virtual functions", link->name,
			(long long)functions);
		if (functions > 0)
			code = ds_strings_add(ret_blockers, text);
		snprintf(path, sizeof(path), "/sys/class/net/%s/device/infiniband", link->name);
		snprintf(text, sizeof(text), "%s has an RDMA device", link->name);
		if (code == 0 && access(path, F_OK) == 0)
			code = ds_strings_add(ret_blockers, text);
	}
	return code;
}

int sys_losses_look(const struct sys_setting_look *look, ds_strings *ret_losses,
	ds_strings *ret_blockers, struct ds_error *error)
{
	struct losses losses = {.look = look, .texts = ret_losses};
	int code = packet_sockets(&losses);

	if (code == 0)
		code = dump(&losses, RTM_GETLINK, (struct tcmsg){0}, sizeof(struct ifinfomsg),
			visit_link, error);
	if (code == 0)
		code = dump(&losses, RTM_GETQDISC, (struct tcmsg){0}, sizeof(struct tcmsg),
			visit_qdisc, error);
	if (code == 0)
		code = filters(&losses, error);
	if (code == 0)
		code = blockers(look->network, ret_blockers);
	return code == -ENOMEM ? ds_error_set(error, code, "look at losses: out of memory") : code;
}
