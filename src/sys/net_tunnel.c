/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunnels that are bound to a link (`ip tunnel add ... dev eth0`): they stay when it goes, with
 * addresses and routes, but know it by its index, and so send nothing any more. The value is the
 * kind, and what the tunnel was made with, the link by its name.
 */
#include "net_tunnel.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "net_portable.h"
#include "net_settings.h"

static const char *const kinds[] = {"gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ip6erspan",
	"ipip", "sit", "ip6tnl", "vti", "vti6"};

/* The same of all of them. */
_Static_assert(
	(int)IFLA_GRE_LINK == (int)IFLA_IPTUN_LINK && (int)IFLA_VTI_LINK == (int)IFLA_IPTUN_LINK,
	"");
static const struct sys_attr_row rows[] = {{IFLA_IPTUN_LINK, SYS_ATTR_LINK}};
static const struct sys_attr_rules rules = {
	SYS_ATTR_KEEP, rows, sizeof(rows) / sizeof(rows[0]), NULL};

#define KIND_SIZE 16

bool sys_tunnel_is(const struct sys_link *link)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], link->kind) == 0)
			return true;
	return false;
}

static int tunnel_add(const struct sys_setting_look *look, const struct sys_link *link)
{
	const struct nlattr *at[IFLA_LINKINFO + 1], *info[IFLA_INFO_DATA + 1];
	cleanup_free char *data = NULL, *value = NULL;
	int code;

	sys_attrs_of(link->message, sizeof(struct ifinfomsg), at, IFLA_LINKINFO);
	sys_attrs_nested(at[IFLA_LINKINFO], info, IFLA_INFO_DATA);
	if (!info[IFLA_INFO_DATA])
		return 0;
	code = sys_portable_read(&rules, look->links,
		(const char *)info[IFLA_INFO_DATA] + NLA_HDRLEN,
		sys_attr_bytes(info[IFLA_INFO_DATA]), &data);
	if (code < 0)
		return code == -ENOMEM ? code : 0;
	if (ds_string_format(&value, "%s %s", link->kind, data) < 0)
		return -ENOMEM;
	return sys_setting_add(look, DS_SETTING_TUNNEL, link->link.name, "dev", value);
}

int sys_tunnels_look(const struct sys_setting_look *look, struct ds_error *error)
{
	int code = 0;

	(void)error;
	for (size_t i = 0; code == 0 && i < look->links->count; i++) {
		const struct sys_link *link = &look->links->items[i];
		const struct sys_link *lower =
			link->message && sys_tunnel_is(link)
				? sys_links_by_index(look->links, link->lower_index)
				: NULL;

		if (lower && lower->is_ours && !link->is_ours)
			code = tunnel_add(look, link);
	}
	return code;
}

/* Without its MTU the kernel would choose another one. */
static int tunnel_write(const struct sys_setting_put *put, struct sys_message *message,
	const struct ds_setting *want)
{
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));
	const struct sys_link *link;
	char kind[KIND_SIZE];
	size_t info, data;
	int used = 0, code;

	if (sscanf(want->value, "%15s %n", kind, &used) != 1 || used == 0)
		return -EINVAL;
	header->ifi_index = (int)put->index_of->find(put->index_of->context, want->link);
	link = sys_links_by_index(put->links, (uint32_t)header->ifi_index);
	if (link)
		sys_put_u32(message, IFLA_MTU, (uint32_t)link->link.mtu);
	info = sys_nest_begin(message, IFLA_LINKINFO);
	sys_put_text(message, IFLA_INFO_KIND, kind);
	data = sys_nest_begin(message, IFLA_INFO_DATA);
	if (!info || !data)
		return -EMSGSIZE;
	code = sys_portable_put(message, &rules, want->value + used, put->index_of);
	sys_nest_end(message, data);
	sys_nest_end(message, info);
	return code;
}

void sys_tunnel_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_change change = sys_setting_change(want);
	struct sys_message *message = sys_queue_begin(put->queue, RTM_NEWLINK, 0);
	int code = tunnel_write(put, message, want);

	if (code < 0)
		sys_setting_ended(put, want, code);
	else
		sys_queue_add(put->queue, &change);
}
