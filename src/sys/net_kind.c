/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_kind.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "net_portable.h"

/* vlan_fill_info() gives a mask of all bits, vlan_dev_change_flags() refuses it (6.1). */
static const struct sys_attr_row vlan_rows[] = {
	{IFLA_VLAN_FLAGS, SYS_ATTR_BITS},
};
/* The queue's length that is in use is for reading, and sending it back is refused. */
static const struct sys_attr_row macvlan_rows[] = {
	{IFLA_MACVLAN_MACADDR_COUNT, SYS_ATTR_DROP},
	{IFLA_MACVLAN_BC_QUEUE_LEN_USED, SYS_ATTR_DROP},
};
static const struct sys_attr_row vxlan_rows[] = {
	{IFLA_VXLAN_LINK, SYS_ATTR_LINK}, {IFLA_VXLAN_REMCSUM_TX, SYS_ATTR_SET},
	{IFLA_VXLAN_REMCSUM_RX, SYS_ATTR_SET},   /* vxlan_nl2conf(), 6.14: claims reserved bits */
	{IFLA_VXLAN_TTL_INHERIT, SYS_ATTR_FLAG}, /* vxlan_fill_info(), vxlan_policy[]; 6.1 */
};

#define ROWS(rows_)                                                                                \
	{                                                                                          \
		SYS_ATTR_KEEP, rows_, sizeof(rows_) / sizeof((rows_)[0]), NULL                     \
	}
#define ALL                                                                                        \
	{                                                                                          \
		SYS_ATTR_KEEP, NULL, 0, NULL                                                       \
	}

static const struct kind {
	const char *name;
	struct sys_attr_rules rules;
	uint16_t lower; /* of the kind's own attributes; 0: IFLA_LINK */
} kinds[] = {
	{"vlan", ROWS(vlan_rows), 0},
	{"macvlan", ROWS(macvlan_rows), 0},
	{"macvtap", ROWS(macvlan_rows), 0},
	{"ipvlan", ALL, 0},
	{"ipvtap", ALL, 0},
	{"vxlan", ROWS(vxlan_rows), IFLA_VXLAN_LINK},
};

static const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

bool sys_kind_is_known(const char *kind)
{
	return kind_find(kind);
}

uint32_t sys_kind_lower(const char *name, const struct nlattr *data)
{
	const struct kind *kind = kind_find(name);
	const struct nlattr *at[IFLA_VXLAN_LINK + 1];

	if (!kind || !kind->lower || kind->lower > IFLA_VXLAN_LINK)
		return 0;
	sys_attrs_nested(data, at, IFLA_VXLAN_LINK);
	return (uint32_t)sys_attr_u32(at[kind->lower], 0);
}

int sys_kind_read(const char *name, const struct sys_links *links, const void *data, size_t bytes,
	char **ret_hex)
{
	const struct kind *kind = kind_find(name);

	return kind ? sys_portable_read(&kind->rules, links, data, bytes, ret_hex) : -EOPNOTSUPP;
}

/*
 * A macvlan of mode "source" tells the MACs that it listens to, but takes them only with the
 * word that they are to be set (macvlan_changelink_sources(), 6.1).
 */
static void put_sources_mode(struct sys_message *message, size_t data)
{
	const struct nlattr *at[IFLA_MACVLAN_MACADDR_DATA + 1];

	sys_attrs_range((const char *)message->header + data + sizeof(struct nlattr),
		message->header->nlmsg_len - data - sizeof(struct nlattr), at,
		IFLA_MACVLAN_MACADDR_DATA);
	if (at[IFLA_MACVLAN_MACADDR_DATA])
		sys_put_u32(message, IFLA_MACVLAN_MACADDR_MODE, MACVLAN_MACADDR_SET);
}

int sys_kind_put(struct sys_message *message, const struct ds_link *want,
	const struct sys_index_of *index_of)
{
	const struct kind *kind = kind_find(want->kind);
	size_t info = sys_nest_begin(message, IFLA_LINKINFO), data;
	int code;

	if (!kind)
		return -EOPNOTSUPP;
	sys_put_text(message, IFLA_INFO_KIND, want->kind);
	data = sys_nest_begin(message, IFLA_INFO_DATA);
	if (data == 0)
		return -EMSGSIZE;
	code = sys_portable_put(message, &kind->rules, want->data, index_of);
	if (strncmp(want->kind, "macv", 4) == 0)
		put_sources_mode(message, data);
	sys_nest_end(message, data);
	sys_nest_end(message, info);
	return code;
}
