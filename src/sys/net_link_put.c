/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One link: from the record to RTM_SETLINK. Each setting is a message of its own, so that one
 * that the new driver refuses does not take the others with it, and the error can name it. */
#include "net_link_put.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "net_ip.h"

#define MAC_BYTES 32

struct pair {
	const struct sys_links *links;
	const struct sys_link *have;
	const struct ds_link *want;
};

struct setting {
	const char *text;  /* for the error: "set the MTU of" */
	const char *field; /* of the record: the value in the error; NULL: none */
	const char *fact;  /* of the verdict, which tells what was restored; NULL: none */
	bool (*differs)(const struct pair *pair);
	void (*write)(struct sys_message *message, const struct pair *pair);
	bool needs_down; /* the kernel or many drivers refuse it while the link is up */
};

static bool name_differs(const struct pair *pair)
{
	return !ds_string_equal(pair->have->link.name, pair->want->name);
}

static void name_write(struct sys_message *message, const struct pair *pair)
{
	sys_put_text(message, IFLA_IFNAME, pair->want->name);
}

/* A master of the kind that gives its ports their MAC, and takes them only while they are down. */
static struct sys_link *aggregate_of(const struct sys_links *links, const struct ds_link *want)
{
	struct sys_link *master = sys_links_by_name(links, want->master);

	return master && (!strcmp(master->kind, "bond") || !strcmp(master->kind, "team")) ? master
											  : NULL;
}

static bool is_aggregate_port(const struct pair *pair)
{
	return aggregate_of(pair->links, pair->want);
}

/* A MAC that the hardware does not know: set by hand, or made up by the driver at each probe. */
static bool mac_differs(const struct pair *pair)
{
	const struct ds_link *want = pair->want;

	if (!want->mac || (!want->is_mac_set && want->permanent_mac) || is_aggregate_port(pair))
		return false;
	return !ds_string_equal(pair->have->link.mac, want->mac);
}

static void mac_write(struct sys_message *message, const struct pair *pair)
{
	uint8_t mac[MAC_BYTES];
	size_t count;

	if (sys_mac_parse(pair->want->mac, mac, sizeof(mac), &count) == 0)
		sys_put(message, IFLA_ADDRESS, mac, count);
}

static bool mtu_differs(const struct pair *pair)
{
	return pair->have->link.mtu != pair->want->mtu;
}

static void mtu_write(struct sys_message *message, const struct pair *pair)
{
	sys_put_u32(message, IFLA_MTU, (uint32_t)pair->want->mtu);
}

static bool txqlen_differs(const struct pair *pair)
{
	return pair->have->link.txqlen != pair->want->txqlen;
}

static void txqlen_write(struct sys_message *message, const struct pair *pair)
{
	sys_put_u32(message, IFLA_TXQLEN, (uint32_t)pair->want->txqlen);
}

static bool group_differs(const struct pair *pair)
{
	return pair->have->link.group != pair->want->group;
}

static void group_write(struct sys_message *message, const struct pair *pair)
{
	sys_put_u32(message, IFLA_GROUP, (uint32_t)pair->want->group);
}

static bool alias_differs(const struct pair *pair)
{
	return !ds_string_equal(pair->have->link.alias, pair->want->alias);
}

static void alias_write(struct sys_message *message, const struct pair *pair)
{
	const char *alias = pair->want->alias ? pair->want->alias : "";

	sys_put(message, IFLA_IFALIAS, alias, strlen(alias)); /* no bytes at all remove it */
}

/* A link that was not seen yet has a mode all the same: it waits until it is. */
static bool addr_gen_mode_differs(const struct pair *pair)
{
	return pair->have->message && pair->want->addr_gen_mode >= 0 &&
	       pair->have->link.addr_gen_mode != pair->want->addr_gen_mode;
}

static void addr_gen_mode_write(struct sys_message *message, const struct pair *pair)
{
	size_t families = sys_nest_begin(message, IFLA_AF_SPEC);
	size_t ipv6 = sys_nest_begin(message, AF_INET6);

	sys_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, (uint8_t)pair->want->addr_gen_mode);
	sys_nest_end(message, ipv6);
	sys_nest_end(message, families);
}

/* The kernel takes it only from a link that listens to routers, as its sysctls say by then. */
static bool token_differs(const struct pair *pair)
{
	return pair->want->token && !ds_string_equal(pair->have->link.token, pair->want->token);
}

static void token_write(struct sys_message *message, const struct pair *pair)
{
	size_t families = sys_nest_begin(message, IFLA_AF_SPEC);
	size_t ipv6 = sys_nest_begin(message, AF_INET6);

	sys_ip_put(message, IFLA_INET6_TOKEN, AF_INET6, pair->want->token);
	sys_nest_end(message, ipv6);
	sys_nest_end(message, families);
}

static uint32_t master_index(const struct pair *pair)
{
	const struct sys_link *master = sys_links_by_name(pair->links, pair->want->master);

	return master ? (uint32_t)master->link.ifindex : 0;
}

static bool master_differs(const struct pair *pair)
{
	const struct sys_link *now = sys_links_by_index(pair->links, pair->have->master_index);

	if (now && sys_link_is_switch(now)) /* its daemon was there first */
		return false;
	return pair->have->master_index != master_index(pair);
}

static bool aggregate_differs(const struct pair *pair)
{
	return is_aggregate_port(pair) && master_differs(pair);
}

static bool other_master_differs(const struct pair *pair)
{
	return !is_aggregate_port(pair) && master_differs(pair);
}

static void master_write(struct sys_message *message, const struct pair *pair)
{
	sys_put_u32(message, IFLA_MASTER, master_index(pair));
}

static void flag_write(struct sys_message *message, unsigned int flag, bool is_on)
{
	struct ifinfomsg *header = (void *)(message->header + 1);

	header->ifi_change = flag;
	header->ifi_flags = is_on ? flag : 0;
}

static bool promisc_differs(const struct pair *pair)
{
	return pair->have->link.is_promisc != pair->want->is_promisc;
}

static void promisc_write(struct sys_message *message, const struct pair *pair)
{
	flag_write(message, IFF_PROMISC, pair->want->is_promisc);
}

static bool allmulti_differs(const struct pair *pair)
{
	return pair->have->link.is_allmulti != pair->want->is_allmulti;
}

static void allmulti_write(struct sys_message *message, const struct pair *pair)
{
	flag_write(message, IFF_ALLMULTI, pair->want->is_allmulti);
}

static bool up_differs(const struct pair *pair)
{
	return pair->have->link.is_up != pair->want->is_up;
}

static void up_write(struct sys_message *message, const struct pair *pair)
{
	flag_write(message, IFF_UP, pair->want->is_up);
}

static void down_write(struct sys_message *message, const struct pair *pair)
{
	(void)pair;
	flag_write(message, IFF_UP, false);
}

/* In the order in which they are set: what IPv6 does at "up" depends on what stands before it. */
static const struct setting settings[] = {
	{"give its name to", "name", "link-name", name_differs, name_write, true},
	{"set the MAC of", "mac", "mac", mac_differs, mac_write, true},
	{"set the MTU of", "mtu", "mtu", mtu_differs, mtu_write, false},
	{"set the queue length of", "txqlen", "txqlen", txqlen_differs, txqlen_write, false},
	{"set the group of", "group", "group", group_differs, group_write, false},
	{"set the alias of", "alias", "alias", alias_differs, alias_write, false},
	{"set the promiscuity of", NULL, "promisc", promisc_differs, promisc_write, false},
	{"set the reception of all groups by", NULL, "allmulti", allmulti_differs, allmulti_write,
		false},
	{"set the IPv6 address mode of", "addr_gen_mode", "addr-gen-mode", addr_gen_mode_differs,
		addr_gen_mode_write, false},
	{"set the master of", "master", "master", aggregate_differs, master_write, true},
	{"set the master of", "master", "master", other_master_differs, master_write, false},
};
static const struct setting token = {
	"set the IPv6 token of", "token", "token", token_differs, token_write, false};
static const struct setting up = {"set up or down", NULL, NULL, up_differs, up_write, false};
static const struct setting down = {"set down", NULL, NULL, up_differs, down_write, false};

static const struct ds_field *field_of(const char *name)
{
	const struct ds_field *field = ds_link_record.fields;

	while (field->name && (!name || strcmp(field->name, name) != 0))
		field++;
	return field;
}

/* "set the MTU of eth0 to 9000" */
static void describe(const struct sys_change *change, char *ret_text, size_t size)
{
	const struct ds_link *want = change->subject;
	const struct setting *setting = change->detail;
	const struct ds_field *field = field_of(setting->field);
	const void *value = (const char *)want + field->offset;

	if (field->type == DS_TYPE_INT)
		snprintf(ret_text, size, "%s %s to %" PRId64, setting->text, want->name,
			*(const int64_t *)value);
	else if (field->type == DS_TYPE_STRING && *(char *const *)value)
		snprintf(ret_text, size, "%s %s (%s)", setting->text, want->name,
			*(char *const *)value);
	else
		snprintf(ret_text, size, "%s %s", setting->text, want->name);
}

char *sys_link_change_text(const struct sys_change *change)
{
	const struct setting *setting = change->detail;
	char *text = NULL;

	if (change->describe != describe || !setting->fact ||
		ds_string_format(&text, "%s %s", setting->fact,
			((const struct ds_link *)change->subject)->name) < 0)
		return NULL;
	return text;
}

static struct sys_message *message_for(
	struct sys_queue *queue, uint16_t type, uint16_t flags, const struct sys_link *link)
{
	struct sys_message *message = sys_queue_begin(queue, type, flags);
	struct ifinfomsg *header = sys_message_extra(message, sizeof(*header));

	header->ifi_index = (int)link->link.ifindex; /* an empty message has room for it */
	return message;
}

static void setting_put(
	struct sys_queue *queue, const struct pair *pair, const struct setting *setting)
{
	const struct sys_change change = {
		.describe = describe, .subject = pair->want, .detail = setting};
	struct sys_message *message = message_for(queue, RTM_SETLINK, 0, pair->have);

	setting->write(message, pair);
	sys_queue_add(queue, &change);
}

static bool must_go_down(const struct pair *pair)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (settings[i].needs_down && settings[i].differs(pair))
			return pair->have->link.is_up;
	}
	return false;
}

static void link_down(struct sys_queue *queue, const struct pair *pair, struct sys_link *link)
{
	setting_put(queue, pair, &down);
	link->link.is_up = false;
}

/*
 * Two ports may have come back with each other's name: the one that holds our name steps aside
 * under a name that nobody has, and gets its own when its turn comes.
 */
static void make_room(struct sys_queue *queue, struct sys_links *links, const struct sys_link *have,
	const struct ds_link *want)
{
	static const struct setting aside = {"make room for", "name", NULL, NULL, name_write, true};
	struct sys_link *holder = sys_links_by_name(links, want->name);
	const struct sys_change change = {.describe = describe, .subject = want, .detail = &aside};
	char name[IFNAMSIZ];

	if (!holder || holder == have || !holder->is_ours)
		return;
	snprintf(name, sizeof(name), "drvswap%u", (unsigned int)holder->link.ifindex);
	if (holder->link.is_up)
		link_down(queue, &(struct pair){links, holder, want}, holder);
	sys_put_text(message_for(queue, RTM_SETLINK, 0, holder), IFLA_IFNAME, name);
	sys_queue_add(queue, &change);
	ds_string_set(&holder->link.name, name);
}

static void altname_put(struct sys_queue *queue, const struct sys_link *have,
	const struct ds_link *want, const char *name, bool is_wanted)
{
	static const struct setting altname = {
		"set the alternative names of", NULL, "altnames", NULL, NULL, false};
	const struct sys_change change = {.describe = describe,
		.subject = want,
		.detail = &altname,
		.harmless = is_wanted ? EEXIST : ENOENT};
	struct sys_message *message =
		message_for(queue, is_wanted ? RTM_NEWLINKPROP : RTM_DELLINKPROP,
			is_wanted ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND : 0, have);
	size_t nest = sys_nest_begin(message, IFLA_PROP_LIST);

	sys_put_text(message, IFLA_ALT_IFNAME, name);
	sys_nest_end(message, nest);
	sys_queue_add(queue, &change);
}

static void altnames_put(
	struct sys_queue *queue, const struct sys_link *have, const struct ds_link *want)
{
	for (size_t i = 0; i < want->altnames.count; i++)
		if (!ds_strings_has(&have->link.altnames, want->altnames.items[i]))
			altname_put(queue, have, want, want->altnames.items[i], true);
}

static void master_check(struct sys_queue *queue, const struct pair *pair)
{
	static const struct setting absent = {
		"find the master of", "master", "master", NULL, NULL, false};
	const struct sys_change change = {
		.describe = describe, .subject = pair->want, .detail = &absent};

	if (pair->want->master && master_index(pair) == 0)
		queue->failed(queue->context, &change, -ENODEV, NULL);
}

void sys_link_put(struct sys_queue *queue, struct sys_links *links, struct sys_link *have,
	const struct ds_link *want)
{
	const struct pair pair = {links, have, want};

	if (must_go_down(&pair))
		link_down(queue, &pair, have);
	if (name_differs(&pair))
		make_room(queue, links, have, want);
	/*
	 * A link cannot take a name that it has as another one (net/core/dev.c,
	 * netdev_name_in_use(), 6.1); udev gives it as such where it came too late to rename.
	 */
	if (name_differs(&pair) && ds_strings_has(&have->link.altnames, want->name))
		altname_put(queue, have, want, want->name, false);
	master_check(queue, &pair);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (settings[i].differs(&pair))
			setting_put(queue, &pair, &settings[i]);
	}
	ds_string_set(&have->link.name, want->name);
	altnames_put(queue, have, want);
}

void sys_link_put_up(struct sys_queue *queue, const struct sys_links *links, struct sys_link *have,
	const struct ds_link *want)
{
	const struct pair pair = {links, have, want};

	/* An advertisement that came first would make another address. */
	if (token_differs(&pair))
		setting_put(queue, &pair, &token);
	if (up_differs(&pair))
		setting_put(queue, &pair, &up);
}

static void no_gen_mode_write(struct sys_message *message, const struct pair *pair)
{
	const struct ds_link none = {.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE};

	addr_gen_mode_write(message, &(struct pair){pair->links, pair->have, &none});
}

void sys_link_put_gen_mode(struct sys_queue *queue, const struct sys_link *have,
	const struct ds_link *want, bool is_wanted)
{
	static const struct setting none = {"set the IPv6 address mode of", "addr_gen_mode", NULL,
		NULL, no_gen_mode_write, false};
	static const struct setting wanted = {"set the IPv6 address mode of", "addr_gen_mode", NULL,
		NULL, addr_gen_mode_write, false};

	setting_put(queue, &(struct pair){NULL, have, want}, is_wanted ? &wanted : &none);
}

bool sys_link_differs_in_gen_mode(const struct sys_link *have, const struct ds_link *want)
{
	return want->addr_gen_mode >= 0 && have->link.addr_gen_mode != want->addr_gen_mode;
}

void sys_link_put_master_mac(
	struct sys_queue *queue, struct sys_links *links, const struct ds_link *want)
{
	static const struct setting setting = {
		"set the MAC of the master of", "mac", NULL, NULL, mac_write, false};
	struct sys_link *master = aggregate_of(links, want);

	if (!master || !want->mac || ds_string_equal(master->link.mac, want->mac))
		return;
	setting_put(queue, &(struct pair){links, master, want}, &setting);
	ds_string_set(&master->link.mac, want->mac);
}

bool sys_link_is_first_port(const struct ds_link *link)
{
	return !link->permanent_mac || ds_string_equal(link->mac, link->permanent_mac);
}
