/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nftables has on a link: hooks, which go with it, and rules that name it by its index, which
 * match nothing afterwards. The kernel is asked, not nft(8): a host may have the rules of another
 * program and no nft, and nft writes a name where the rule has an index. Rules of iptables name
 * links by their name alone.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "net_losses.h"

#define REGISTERS  24 /* NFT_REG_1 to NFT_REG32_15 */
#define NAME_BYTES 128

/* A set that a rule looks an index up in, asked for when all the rules have been read. */
struct lookup {
	uint8_t family;
	char table[NAME_BYTES], chain[NAME_BYTES], set[NAME_BYTES];
	uint64_t handle;
};

struct reading {
	struct sys_losses *losses;
	struct sys_netlink netlink;
	DS_LIST(struct lookup) lookups;
	const struct lookup *lookup; /* whose elements are being read */
};

/* Where a rule keeps an index while it is evaluated. */
struct rule {
	struct reading *reading;
	struct lookup at;
	bool is_index[REGISTERS];
	uint32_t immediate[REGISTERS];
};

static const char *family_name(uint8_t family)
{
	static const char *const names[] = {[NFPROTO_INET] = "inet",
		[NFPROTO_IPV4] = "ip",
		[NFPROTO_ARP] = "arp",
		[NFPROTO_NETDEV] = "netdev",
		[NFPROTO_BRIDGE] = "bridge",
		[NFPROTO_IPV6] = "ip6"};

	return family < sizeof(names) / sizeof(names[0]) && names[family] ? names[family] : "?";
}

/* Numbers of netfilter are in network order, those of the packet's own as the machine has them. */
static uint32_t be32_of(const struct nlattr *attr)
{
	return ntohl((uint32_t)sys_attr_u32(attr, 0));
}

/* 0 is no register that can be read. */
static uint32_t register_of(const struct nlattr *attr)
{
	uint32_t number = be32_of(attr);

	return number < REGISTERS ? number : 0;
}

static const char *text_of(const struct nlattr *attr)
{
	const char *text = sys_attr_text(attr);

	return text ? text : "";
}

/* The first word of what a rule compares with; 0: too short for an index. */
static uint32_t index_in(const struct nlattr *value)
{
	const struct nlattr *at[NFTA_DATA_VALUE + 1];

	sys_attrs_nested(value, at, NFTA_DATA_VALUE);
	return (uint32_t)sys_attr_u32(at[NFTA_DATA_VALUE], 0);
}

/* --- hooks ------------------------------------------------------------------------------ */

struct hooked {
	struct sys_losses *losses;
	const char *what; /* "chain", "flowtable" */
	uint8_t family;
	const char *table, *name;
};

static int device_lose(const struct nlattr *attr, void *context)
{
	const struct hooked *hooked = context;
	const struct sys_link *link = sys_losses_link_named(hooked->losses, sys_attr_text(attr));

	return link ? sys_lose(hooked->losses, "the nftables %s %s %s %s on %s", hooked->what,
			      family_name(hooked->family), hooked->table, hooked->name,
			      link->link.name)
		    : 0;
}

/* The numbers of the same attributes in a chain and in a flowtable. */
struct hook_attrs {
	const char *what;
	uint16_t table, name, hook;
	uint16_t device, devices; /* inside of the hook; 0: it has no such */
};

/* NFTA_CHAIN_HOOK and NFTA_HOOK_DEVS are the largest of them. */
static int hook_lose(
	struct sys_losses *losses, const struct nlmsghdr *message, const struct hook_attrs *attrs)
{
	const struct nfgenmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[NFTA_CHAIN_HOOK + 1], *hook[NFTA_HOOK_DEVS + 1];
	struct hooked hooked = {.losses = losses, .what = attrs->what};
	int code = 0;

	if (!header)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, NFTA_CHAIN_HOOK);
	sys_attrs_nested(at[attrs->hook], hook, NFTA_HOOK_DEVS);
	hooked.family = header->nfgen_family;
	hooked.table = text_of(at[attrs->table]);
	hooked.name = text_of(at[attrs->name]);
	if (hook[attrs->device])
		code = device_lose(hook[attrs->device], &hooked);
	return code ? code : sys_attrs_each(hook[attrs->devices], device_lose, &hooked);
}

static int visit_chain(const struct nlmsghdr *message, void *context)
{
	static const struct hook_attrs attrs = {"chain", NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME,
		NFTA_CHAIN_HOOK, NFTA_HOOK_DEV, NFTA_HOOK_DEVS};
	struct reading *reading = context;

	return hook_lose(reading->losses, message, &attrs);
}

static int visit_flowtable(const struct nlmsghdr *message, void *context)
{
	static const struct hook_attrs attrs = {"flowtable", NFTA_FLOWTABLE_TABLE,
		NFTA_FLOWTABLE_NAME, NFTA_FLOWTABLE_HOOK, 0, NFTA_FLOWTABLE_HOOK_DEVS};
	struct reading *reading = context;

	return hook_lose(reading->losses, message, &attrs);
}

/* --- rules ------------------------------------------------------------------------------ */

static int index_lose(struct reading *reading, const struct lookup *at, uint32_t ifindex)
{
	const struct sys_link *link = sys_losses_link(reading->losses, ifindex);

	return link ? sys_lose(reading->losses,
			      "the match of %s by its index in the nftables rule %llu of %s %s %s",
			      link->link.name, (unsigned long long)at->handle,
			      family_name(at->family), at->table, at->chain)
		    : 0;
}

static int take_meta(struct rule *rule, const struct nlattr *data)
{
	const struct nlattr *at[NFTA_META_KEY + 1];
	uint32_t key;

	sys_attrs_nested(data, at, NFTA_META_KEY);
	key = be32_of(at[NFTA_META_KEY]);
	rule->is_index[register_of(at[NFTA_META_DREG])] =
		at[NFTA_META_DREG] &&
		(key == NFT_META_IIF || key == NFT_META_OIF || key == NFT_META_SDIF);
	return 0;
}

static int take_cmp(struct rule *rule, const struct nlattr *data)
{
	const struct nlattr *at[NFTA_CMP_DATA + 1];

	sys_attrs_nested(data, at, NFTA_CMP_DATA);
	if (!rule->is_index[register_of(at[NFTA_CMP_SREG])])
		return 0;
	return index_lose(rule->reading, &rule->at, index_in(at[NFTA_CMP_DATA]));
}

/* A key of several parts begins with the register where the first one is. */
static int take_lookup(struct rule *rule, const struct nlattr *data)
{
	const struct nlattr *at[NFTA_LOOKUP_SREG + 1];
	struct lookup *lookup;

	sys_attrs_nested(data, at, NFTA_LOOKUP_SREG);
	if (!rule->is_index[register_of(at[NFTA_LOOKUP_SREG])])
		return 0;
	lookup = ds_list_add(&rule->reading->lookups);
	if (!lookup)
		return -ENOMEM;
	*lookup = rule->at;
	snprintf(lookup->set, sizeof(lookup->set), "%s", text_of(at[NFTA_LOOKUP_SET]));
	return 0;
}

static int take_immediate(struct rule *rule, const struct nlattr *data)
{
	const struct nlattr *at[NFTA_IMMEDIATE_DATA + 1];

	sys_attrs_nested(data, at, NFTA_IMMEDIATE_DATA);
	rule->immediate[register_of(at[NFTA_IMMEDIATE_DREG])] = index_in(at[NFTA_IMMEDIATE_DATA]);
	return 0;
}

static int take_fwd(struct rule *rule, const struct nlattr *data)
{
	const struct nlattr *at[NFTA_FWD_SREG_DEV + 1];

	sys_attrs_nested(data, at, NFTA_FWD_SREG_DEV);
	return index_lose(
		rule->reading, &rule->at, rule->immediate[register_of(at[NFTA_FWD_SREG_DEV])]);
}

static int take_dup(struct rule *rule, const struct nlattr *data)
{
	const struct nlattr *at[NFTA_DUP_SREG_DEV + 1];

	sys_attrs_nested(data, at, NFTA_DUP_SREG_DEV);
	return at[NFTA_DUP_SREG_DEV] ? index_lose(rule->reading, &rule->at,
					       rule->immediate[register_of(at[NFTA_DUP_SREG_DEV])])
				     : 0;
}

static const struct {
	const char *name;
	int (*take)(struct rule *rule, const struct nlattr *data);
} expressions[] = {{"meta", take_meta}, {"cmp", take_cmp}, {"lookup", take_lookup},
	{"immediate", take_immediate}, {"fwd", take_fwd}, {"dup", take_dup}};

static int take(const struct nlattr *attr, void *context)
{
	const struct nlattr *at[NFTA_EXPR_DATA + 1];
	const char *name;

	sys_attrs_nested(attr, at, NFTA_EXPR_DATA);
	name = text_of(at[NFTA_EXPR_NAME]);
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++)
		if (strcmp(expressions[i].name, name) == 0)
			return expressions[i].take(context, at[NFTA_EXPR_DATA]);
	return 0;
}

static int visit_rule(const struct nlmsghdr *message, void *context)
{
	const struct nfgenmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[NFTA_RULE_EXPRESSIONS + 1];
	struct rule rule = {.reading = context};

	if (!header)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, NFTA_RULE_EXPRESSIONS);
	rule.at.family = header->nfgen_family;
	snprintf(rule.at.table, sizeof(rule.at.table), "%s", text_of(at[NFTA_RULE_TABLE]));
	snprintf(rule.at.chain, sizeof(rule.at.chain), "%s", text_of(at[NFTA_RULE_CHAIN]));
	if (sys_attr_bytes(at[NFTA_RULE_HANDLE]) >= sizeof(rule.at.handle))
		rule.at.handle = be64toh(mnl_attr_get_u64(at[NFTA_RULE_HANDLE]));
	return sys_attrs_each(at[NFTA_RULE_EXPRESSIONS], take, &rule);
}

/* --- sets ------------------------------------------------------------------------------- */

static int element_lose(const struct nlattr *attr, void *context)
{
	struct reading *reading = context;
	const struct nlattr *at[NFTA_SET_ELEM_KEY + 1];

	sys_attrs_nested(attr, at, NFTA_SET_ELEM_KEY);
	return index_lose(reading, reading->lookup, index_in(at[NFTA_SET_ELEM_KEY]));
}

static int visit_elements(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *at[NFTA_SET_ELEM_LIST_ELEMENTS + 1];

	sys_attrs_of(message, sizeof(struct nfgenmsg), at, NFTA_SET_ELEM_LIST_ELEMENTS);
	return sys_attrs_each(at[NFTA_SET_ELEM_LIST_ELEMENTS], element_lose, context);
}

/* --- the whole -------------------------------------------------------------------------- */

static int visit(const struct nlmsghdr *message, void *context)
{
	switch (message->nlmsg_type) {
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN:
		return visit_chain(message, context);
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWFLOWTABLE:
		return visit_flowtable(message, context);
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE:
		return visit_rule(message, context);
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM:
		return visit_elements(message, context);
	default:
		return 0;
	}
}

int sys_rules_decode(const struct nlmsghdr *message, struct sys_losses *losses)
{
	const struct lookup somewhere = {.family = NFPROTO_INET};
	struct reading reading = {.losses = losses, .lookup = &somewhere};
	int code = visit(message, &reading);

	free(reading.lookups.items);
	return code;
}

static int dump(struct reading *reading, uint8_t command)
{
	const struct sys_visitor visitor = {.visit = visit, .context = reading};
	const struct lookup *lookup = reading->lookup;
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), NFNL_SUBSYS_NFTABLES << 8 | command, 0);
	struct nfgenmsg *header = sys_message_extra(&request, sizeof(*header));
	struct ds_error ignored;

	header->version = NFNETLINK_V0; /* an empty message has room for it */
	header->nfgen_family = lookup ? lookup->family : NFPROTO_UNSPEC;
	if (lookup) {
		sys_put_text(&request, NFTA_SET_ELEM_LIST_TABLE, lookup->table);
		sys_put_text(&request, NFTA_SET_ELEM_LIST_SET, lookup->set);
	}
	return sys_netlink_dump(&reading->netlink, request.header, &visitor, "", &ignored);
}

static int read_all(struct reading *reading)
{
	int code = dump(reading, NFT_MSG_GETCHAIN);

	if (code == 0)
		code = dump(reading, NFT_MSG_GETFLOWTABLE);
	if (code == 0)
		code = dump(reading, NFT_MSG_GETRULE);
	for (size_t i = 0; code == 0 && i < reading->lookups.count; i++) {
		reading->lookup = &reading->lookups.items[i];
		code = dump(reading, NFT_MSG_GETSETELEM);
		if (code == -ENOENT) /* gone meanwhile */
			code = 0;
	}
	return code;
}

/* Asked of a kernel that has no rules it would load the modules for some. */
int sys_losses_rules(struct sys_losses *losses)
{
	struct reading reading = {.losses = losses};
	struct ds_error ignored;
	int code;

	if (!sys_losses_has_module("nf_tables"))
		return 0;
	code = sys_netlink_open(&reading.netlink, NETLINK_NETFILTER, 0, &ignored);
	if (code == 0)
		code = read_all(&reading);
	sys_netlink_close(&reading.netlink);
	free(reading.lookups.items);
	if (code < 0 && code != -ENOMEM)
		code = sys_unsee(losses, "the rules of nftables (%s)", strerror(-code));
	return code;
}
