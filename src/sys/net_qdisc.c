/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queueing disciplines that somebody asked for, and the classes in them. Those that the kernel
 * attaches by itself have no handle, and come back by themselves.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "net_settings.h"
#include "queue.h"

#define KIND_SIZE 16
#define TEXT_SIZE 64
#define DEPTH_MAX 16 /* the kernel allows eight */
#define HTB       "htb"
#define STAB      " stab "
#define BLOCKS    " blocks " /* that are shared with other links: at ingress, at egress */

/* Whose options, as the kernel tells them, are what it was asked for. Others are only warned of. */
static const char *const kinds[] = {"mq", "fq", "fq_codel", HTB, "tbf", "ingress", "clsact",
	"pfifo", "bfifo", "pfifo_fast", "prio", "codel", "noqueue"};

bool sys_qdisc_is_known(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], kind) == 0)
			return true;
	}
	return false;
}

/* A discipline or a class: a class is known by its minor number. */
struct node {
	uint32_t ifindex, handle, parent;
	char kind[KIND_SIZE];
	char *options; /* hex; a size table that is whole follows them */
	bool is_known; /* and can be made again, if all that it hangs on can */
};

struct tree {
	DS_LIST(struct node) nodes;
	const struct sys_setting_look *look;
	size_t start; /* of what this dump added */
	bool is_of_classes;
};

static void tree_cut(struct tree *tree, size_t count)
{
	while (tree->nodes.count > count)
		free(tree->nodes.items[--tree->nodes.count].options);
}

static void tree_done(struct tree *tree)
{
	tree_cut(tree, 0);
	free(tree->nodes.items);
}

/*
 * Among the options of htb is told how many packets went past the classes, and the version that
 * is told is not the one that is taken: that is its upper half (htb_dump(), htb_init(), 6.1).
 */
static void htb_adapt(uint8_t *options, size_t bytes)
{
	const struct nlattr *at[TCA_HTB_INIT + 1];
	struct tc_htb_glob *init;

	sys_attrs_range(options, bytes, at, TCA_HTB_INIT);
	if (sys_attr_bytes(at[TCA_HTB_INIT]) < sizeof(*init))
		return;
	init = mnl_attr_get_payload(at[TCA_HTB_INIT]);
	init->direct_pkts = 0;
	init->debug = 0;
	if (init->version >> 16)
		init->version >>= 16;
}

/*
 * The kernel keeps these times in units of 1024 ns, rounds down on the way in and on the way out
 * (include/net/codel.h, 6.1), and so gets a little less each time that it is given what it told.
 * One microsecond more than that is always what it has.
 */
static void codel_adapt(uint8_t *options, size_t bytes, uint16_t threshold)
{
	/* codel has the same numbers for the first two. */
	const uint16_t times[] = {TCA_FQ_CODEL_TARGET, TCA_FQ_CODEL_INTERVAL, threshold};
	const struct nlattr *at[TCA_FQ_CODEL_CE_THRESHOLD + 1];

	sys_attrs_range(options, bytes, at, TCA_FQ_CODEL_CE_THRESHOLD);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		uint32_t told_us = (uint32_t)sys_attr_u32(at[times[i]], UINT32_MAX);

		if (told_us == UINT32_MAX)
			continue;
		told_us++;
		memcpy(mnl_attr_get_payload(at[times[i]]), &told_us, sizeof(told_us));
	}
}

_Static_assert((int)TCA_FQ_CODEL_TARGET == (int)TCA_CODEL_TARGET &&
		       (int)TCA_FQ_CODEL_INTERVAL == (int)TCA_CODEL_INTERVAL,
	"");

static void options_adapt(const char *kind, uint8_t *options, size_t bytes)
{
	if (strcmp(kind, HTB) == 0)
		htb_adapt(options, bytes);
	else if (strcmp(kind, "fq_codel") == 0)
		codel_adapt(options, bytes, TCA_FQ_CODEL_CE_THRESHOLD);
	else if (strcmp(kind, "codel") == 0)
		codel_adapt(options, bytes, TCA_CODEL_CE_THRESHOLD);
}

/* Of a size table, only what it was made by is told: it can be made again where it has no entries.
 */
static bool has_whole_stab(const struct nlattr *stab)
{
	const struct nlattr *at[TCA_STAB_BASE + 1];
	const struct tc_sizespec *spec;

	sys_attrs_nested(stab, at, TCA_STAB_BASE);
	if (sys_attr_bytes(at[TCA_STAB_BASE]) < sizeof(*spec))
		return false;
	spec = mnl_attr_get_payload(at[TCA_STAB_BASE]);
	return spec->tsize == 0;
}

bool sys_qdisc_has_table(const struct nlattr *stab)
{
	return stab && !has_whole_stab(stab);
}

/* Their filters are not ours to keep, but that we have part in them. */
static int blocks_append(char **text, const struct nlattr *const *at)
{
	unsigned int in = (unsigned int)sys_attr_u32(at[TCA_INGRESS_BLOCK], 0);
	unsigned int out = (unsigned int)sys_attr_u32(at[TCA_EGRESS_BLOCK], 0);
	cleanup_free char *before = *text;

	*text = NULL;
	if (in || out)
		return ds_string_format(text, "%s" BLOCKS "%u %u", before, in, out);
	*text = before;
	before = NULL;
	return 0;
}

static char *options_read(const char *kind, const struct nlattr *attr, const struct nlattr *stab)
{
	size_t bytes = sys_attr_bytes(attr);
	cleanup_free uint8_t *copy = malloc(bytes + 1);
	cleanup_free char *options = NULL, *table = NULL;
	char *text = NULL;

	if (!copy)
		return NULL;
	if (attr)
		memcpy(copy, mnl_attr_get_payload(attr), bytes);
	options_adapt(kind, copy, bytes);
	options = sys_hex_write(copy, bytes);
	if (!options || !has_whole_stab(stab)) {
		text = options;
		options = NULL;
		return text;
	}
	table = sys_hex_write(mnl_attr_get_payload(stab), sys_attr_bytes(stab));
	if (!table || ds_string_format(&text, "%s" STAB "%s", options, table) < 0)
		return NULL;
	return text;
}

static int visit(const struct nlmsghdr *message, void *context)
{
	struct tree *tree = context;
	const struct tcmsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[TCA_EGRESS_BLOCK + 1];
	const struct sys_link *link;
	struct node *node;
	const char *kind;

	link = header ? sys_links_by_index(tree->look->links, (uint32_t)header->tcm_ifindex) : NULL;
	if (!link || !link->is_ours || header->tcm_handle == 0)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, TCA_EGRESS_BLOCK);
	kind = sys_attr_text(at[TCA_KIND]);
	if (!kind || (tree->is_of_classes && strcmp(kind, HTB) != 0)) /* the others make theirs */
		return 0;
	node = ds_list_add(&tree->nodes);
	if (!node)
		return -ENOMEM;
	*node = (struct node){.ifindex = (uint32_t)header->tcm_ifindex,
		.handle = header->tcm_handle,
		.parent = header->tcm_parent,
		.options = options_read(kind, at[TCA_OPTIONS], at[TCA_STAB]),
		.is_known = sys_qdisc_is_known(kind)};
	snprintf(node->kind, sizeof(node->kind), "%s", kind);
	return node->options && blocks_append(&node->options, at) == 0 ? 0 : -ENOMEM;
}

static void restart(void *context)
{
	struct tree *tree = context;

	tree_cut(tree, tree->start);
}

static int tree_dump(struct tree *tree, uint16_t type, uint32_t ifindex, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit, restart, tree};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), type, 0);
	struct tcmsg *header = sys_message_extra(&request, sizeof(*header));
	int code;

	tree->start = tree->nodes.count;
	tree->is_of_classes = type == RTM_GETTCLASS;
	header->tcm_ifindex = (int)ifindex; /* an empty message has room for it */
	code = sys_netlink_dump(tree->look->netlink, request.header, &visitor,
		"read the queueing disciplines", error);
	return code == -EOPNOTSUPP || code == -ENODEV ? 0 : code;
}

static const struct node *node_find(const struct tree *tree, uint32_t ifindex, uint32_t handle)
{
	for (size_t i = 0; i < tree->nodes.count; i++) {
		const struct node *node = &tree->nodes.items[i];

		if (node->ifindex == ifindex && node->handle == handle)
			return node;
	}
	return NULL;
}

/* A class at the top has the root for its parent; a queue of mq, no node of its own. */
static const struct node *node_above(const struct tree *tree, const struct node *node)
{
	const struct node *above = NULL;

	if (TC_H_MIN(node->handle) && node->parent == TC_H_ROOT)
		return node_find(tree, node->ifindex, TC_H_MAJ(node->handle));
	if (node->parent != TC_H_ROOT)
		above = node_find(tree, node->ifindex, node->parent);
	if (!above && node->parent != TC_H_ROOT)
		above = node_find(tree, node->ifindex, TC_H_MAJ(node->parent));
	return above == node ? NULL : above;
}

/* What hangs on something that is not made again has no place to be put back to. */
static bool is_kept(const struct tree *tree, const struct node *node)
{
	for (unsigned int depth = 0; node && node->is_known && depth < DEPTH_MAX; depth++)
		node = node_above(tree, node);
	return !node;
}

static unsigned int node_depth(const struct tree *tree, const struct node *node)
{
	unsigned int depth = 0;

	while (depth < DEPTH_MAX && (node = node_above(tree, node)))
		depth++;
	return depth;
}

/*
 * What shapes stands before the link is up, with all its classes, or the first packets would go
 * past them. It also makes the kernel act at once on carrier that comes with "up", for a queue then
 * waits for it (linkwatch_urgent_event(), 6.1). Where filters hang is nothing without them, and
 * making such a place has the kernel patch its own code.
 */
static bool is_early(const struct node *node)
{
	return node->parent != TC_H_INGRESS; /* TC_H_CLSACT is the same */
}

/* The key begins with the depth: sorted, each stands behind what it hangs on. */
static void key_write(char key[TEXT_SIZE], unsigned int depth, uint32_t handle)
{
	snprintf(key, TEXT_SIZE, "%02u %s %x:%x", depth, TC_H_MIN(handle) ? "class" : "qdisc",
		TC_H_MAJ(handle) >> 16, TC_H_MIN(handle));
}

bool sys_qdisc_is_kept(const struct sys_setting_look *look, char *link, uint32_t handle)
{
	char key[TEXT_SIZE];
	const struct ds_setting like = {.kind = DS_SETTING_QDISC, .link = link, .key = key};

	for (unsigned int depth = 0; depth <= DEPTH_MAX; depth++) {
		key_write(key, depth, handle);
		if (ds_setting_find(look->settings, &like))
			return true;
	}
	return false;
}

static int nodes_add(const struct tree *tree)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < tree->nodes.count; i++) {
		const struct node *node = &tree->nodes.items[i];
		const struct sys_link *link = sys_links_by_index(tree->look->links, node->ifindex);
		cleanup_free char *value = NULL;
		char key[TEXT_SIZE];

		if (!is_kept(tree, node))
			continue;
		key_write(key, node_depth(tree, node), node->handle);
		if (ds_string_format(&value, "%s parent %x:%x %s", node->kind,
			    TC_H_MAJ(node->parent) >> 16, TC_H_MIN(node->parent),
			    node->options) < 0)
			return -ENOMEM;
		code = sys_setting_add(tree->look, DS_SETTING_QDISC, link->link.name, key, value);
		if (code == 0)
			tree->look->settings->items.items[tree->look->settings->items.count - 1]
				.is_early = is_early(node);
	}
	return code;
}

bool sys_filters_are_possible(const struct sys_setting_look *look, const struct ds_link *link)
{
	char key[] = "00 qdisc ffff:0";
	const struct ds_setting ends = {.kind = DS_SETTING_QDISC, .link = link->name, .key = key};
	const struct sys_link *now = sys_links_by_index(look->links, (uint32_t)link->ifindex);
	const struct nlattr *at[IFLA_QDISC + 1];

	if (!now || !now->message)
		return true;
	sys_attrs_of(now->message, sizeof(struct ifinfomsg), at, IFLA_QDISC);
	return !ds_string_equal(sys_attr_text(at[IFLA_QDISC]), "noqueue") ||
	       ds_setting_find(look->settings, &ends);
}

/* Classes are asked for by link. */
static bool is_first_htb(const struct tree *tree, size_t index)
{
	const struct node *nodes = tree->nodes.items;

	for (size_t i = index; i > 0 && nodes[i - 1].ifindex == nodes[index].ifindex; i--) {
		if (strcmp(nodes[i - 1].kind, HTB) == 0)
			return false;
	}
	return strcmp(nodes[index].kind, HTB) == 0;
}

int sys_qdisc_look(const struct sys_setting_look *look, struct ds_error *error)
{
	struct tree tree __attribute__((cleanup(tree_done))) = {.look = look};
	int code = tree_dump(&tree, RTM_GETQDISC, 0, error);
	size_t qdiscs = tree.nodes.count;

	for (size_t i = 0; code == 0 && i < qdiscs; i++) {
		if (is_first_htb(&tree, i))
			code = tree_dump(&tree, RTM_GETTCLASS, tree.nodes.items[i].ifindex, error);
	}
	return code ? code : nodes_add(&tree);
}

static void blocks_write(struct sys_message *message, char *text)
{
	char *blocks = strstr(text, BLOCKS), *end;
	unsigned long in, out;

	if (!blocks)
		return;
	*blocks = '\0';
	in = strtoul(blocks + strlen(BLOCKS), &end, 10);
	out = strtoul(end, NULL, 10);
	if (in)
		sys_put_u32(message, TCA_INGRESS_BLOCK, (uint32_t)in);
	if (out)
		sys_put_u32(message, TCA_EGRESS_BLOCK, (uint32_t)out);
}

/* "HEX" or "HEX stab HEX" */
static int options_write(struct sys_message *message, char *text)
{
	cleanup_free uint8_t *bytes = malloc(SYS_MESSAGE_BYTES);
	char *table = strstr(text, STAB);
	size_t count;
	int code;

	if (!bytes)
		return -ENOMEM;
	if (table)
		*table = '\0';
	code = sys_hex_read(text, bytes, SYS_MESSAGE_BYTES, &count);
	if (code == 0 && count)
		sys_put(message, TCA_OPTIONS, bytes, count);
	if (code == 0 && table) {
		code = sys_hex_read(table + strlen(STAB), bytes, SYS_MESSAGE_BYTES, &count);
		if (code == 0)
			sys_put(message, TCA_STAB | NLA_F_NESTED, bytes, count);
	}
	return code;
}

static int qdisc_write(const struct sys_setting_put *put, struct sys_message *message,
	const struct ds_setting *want, struct tcmsg *header)
{
	unsigned int major, minor, parent_major, parent_minor;
	cleanup_free char *options = NULL;
	char kind[KIND_SIZE];
	int used = 0;

	if (sscanf(want->key, "%*u %*s %x:%x", &major, &minor) != 2 ||
		sscanf(want->value, "%15s parent %x:%x%n", kind, &parent_major, &parent_minor,
			&used) != 3)
		return -EINVAL;
	options = strdup(want->value[used] ? want->value + used + 1 : "");
	if (!options)
		return -ENOMEM;
	header->tcm_ifindex = (int)put->index_of->find(put->index_of->context, want->link);
	header->tcm_handle = TC_H_MAKE(major << 16, minor);
	header->tcm_parent = TC_H_MAKE(parent_major << 16, parent_minor);
	sys_put_text(message, TCA_KIND, kind);
	blocks_write(message, options);
	return options_write(message, options);
}

void sys_qdisc_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_change change = sys_setting_change(want);
	bool is_class = strstr(want->key, " class ");
	struct sys_message *message =
		sys_queue_begin(put->queue, is_class ? RTM_NEWTCLASS : RTM_NEWQDISC,
			is_class ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_REPLACE);
	struct tcmsg *header = sys_message_extra(message, sizeof(*header));
	int code = qdisc_write(put, message, want, header);

	if (code < 0)
		sys_setting_ended(put, want, code);
	else
		sys_queue_add(put->queue, &change);
}
