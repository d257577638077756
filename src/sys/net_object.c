/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that are objects of rtnetlink: nexthops, neighbours, proxies, forwarding entries. The
 * value of each is its message in hex, portable: the header without what the kernel fills in, and
 * the attributes of which it was made.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "hex.h"
#include "net_ip.h"
#include "net_portable.h"
#include "net_settings.h"

#define HEADER_MAX sizeof(struct ndmsg)
/* Both are enumerators, which grow from one kernel's headers to the next. */
#define LAST_ATTR ((int)NHA_MAX > (int)NDA_FLAGS_EXT ? (int)NHA_MAX : (int)NDA_FLAGS_EXT)
#define KEY_SIZE  160

_Static_assert(sizeof(struct nhmsg) <= HEADER_MAX, "");

union header {
	struct nhmsg nexthop;
	struct ndmsg neighbour;
	uint8_t bytes[HEADER_MAX];
};

struct object {
	union header header;
	const struct nlattr *at[LAST_ATTR + 1];
	const struct sys_link *link; /* NULL: of no link (a group of nexthops), or not known */
};

struct class
{
	int kind; /* enum ds_setting_kind */
	const char *what;
	uint16_t get, set;
	uint16_t flags; /* of the message that sets it */
	int harmless;   /* errno */
	size_t header_bytes;
	uint8_t family, request_flags; /* of the dump */
	struct sys_attr_rules rules;
	/* Is it one that we bring back? Clears what is no setting from the header, writes the key.
	 */
	bool (*take)(struct object *object, const struct sys_setting_look *look, char *ret_key);
};

#define ROWS(rows_, inner_)                                                                        \
	{                                                                                          \
		SYS_ATTR_DROP, rows_, sizeof(rows_) / sizeof((rows_)[0]), inner_                   \
	}

/* --- nexthops --------------------------------------------------------------------------- */

/* How long it is out of balance is no setting, and refused. */
static const struct sys_attr_row resilient_rows[] = {
	{NHA_RES_GROUP_BUCKETS, SYS_ATTR_KEEP},
	{NHA_RES_GROUP_IDLE_TIMER, SYS_ATTR_KEEP},
	{NHA_RES_GROUP_UNBALANCED_TIMER, SYS_ATTR_KEEP},
};
static const struct sys_attr_rules resilient_rules = ROWS(resilient_rows, NULL);

static const struct sys_attr_row nexthop_rows[] = {
	{NHA_ID, SYS_ATTR_KEEP},
	{NHA_GROUP, SYS_ATTR_KEEP},
	{NHA_GROUP_TYPE, SYS_ATTR_KEEP},
	{NHA_OIF, SYS_ATTR_LINK},
	{NHA_GATEWAY, SYS_ATTR_KEEP},
	{NHA_ENCAP_TYPE, SYS_ATTR_KEEP},
	{NHA_ENCAP, SYS_ATTR_KEEP},
	{NHA_RES_GROUP, SYS_ATTR_NEST},
};

/* Its members were added before: one of them goes with us, or it is none of our business. */
static bool group_is_ours(const struct nlattr *group, const struct ds_settings *settings)
{
	const struct nexthop_grp *members = mnl_attr_get_payload(group);
	size_t count = sys_attr_bytes(group) / sizeof(*members);

	for (size_t i = 0; i < count; i++) {
		char key[KEY_SIZE];

		snprintf(key, sizeof(key), "%u", members[i].id);
		for (size_t j = 0; j < settings->items.count; j++) {
			const struct ds_setting *setting = &settings->items.items[j];

			if (setting->kind == DS_SETTING_NEXTHOP && setting->link &&
				strcmp(setting->key, key) == 0)
				return true;
		}
	}
	return false;
}

static bool nexthop_take(struct object *object, const struct sys_setting_look *look, char *ret_key)
{
	int64_t id = sys_attr_u32(object->at[NHA_ID], 0);

	(void)look;
	object->header.nexthop.nh_flags &= RTNH_F_ONLINK;
	object->header.nexthop.resvd = 0;
	object->header.nexthop.nh_scope = 0;
	object->link =
		sys_links_by_index(look->links, (uint32_t)sys_attr_u32(object->at[NHA_OIF], 0));
	snprintf(ret_key, KEY_SIZE, "%u", (unsigned int)id);
	return object->link && !object->at[NHA_GROUP];
}

/* Groups outlive some of their members, but not all; so they are replaced. */
static bool group_take(struct object *object, const struct sys_setting_look *look, char *ret_key)
{
	nexthop_take(object, look, ret_key);
	object->link = NULL;
	snprintf(ret_key, KEY_SIZE, "group %u", (unsigned int)sys_attr_u32(object->at[NHA_ID], 0));
	return object->at[NHA_GROUP] && group_is_ours(object->at[NHA_GROUP], look->settings);
}

/* --- neighbours ------------------------------------------------------------------------- */

static const struct sys_attr_row neighbour_rows[] = {
	{NDA_DST, SYS_ATTR_KEEP},
	{NDA_LLADDR, SYS_ATTR_KEEP},
	{NDA_PROTOCOL, SYS_ATTR_KEEP},
};

#define MAC_BYTES 6
#define MAC_SIZE  sizeof("02:00:00:00:00:00")

/* Without the MAC, which the kernel finds out. */
static const struct sys_attr_row managed_rows[] = {
	{NDA_DST, SYS_ATTR_KEEP},
	{NDA_PROTOCOL, SYS_ATTR_KEEP},
	{NDA_FLAGS_EXT, SYS_ATTR_KEEP},
};

static void mac_write(const uint8_t *mac, char ret_text[MAC_SIZE])
{
	snprintf(ret_text, MAC_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
}

static void neighbour_clean(struct object *object, const struct sys_setting_look *look)
{
	struct ndmsg *header = &object->header.neighbour;

	object->link = sys_links_by_index(look->links, (uint32_t)header->ndm_ifindex);
	header->ndm_ifindex = 0;
	header->ndm_pad1 = 0;
	header->ndm_pad2 = 0;
	header->ndm_type = 0;
}

static bool address_key(const struct object *object, char *ret_key)
{
	cleanup_free char *text = NULL;

	if (sys_ip_read(object->header.neighbour.ndm_family, object->at[NDA_DST], &text) < 0 ||
		!text)
		return false;
	snprintf(ret_key, KEY_SIZE, "%s", text);
	return true;
}

/*
 * The kernel resolves none of these addresses, and notes so: groups, broadcasts, and all that is
 * behind a link without neighbours (net/ipv4/arp.c, arp_constructor(), 6.1).
 */
static bool is_unresolved(const struct object *object)
{
	static const uint8_t all[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct nlattr *dst = object->at[NDA_DST], *mac = object->at[NDA_LLADDR];
	const uint8_t *address;
	char text[MAC_SIZE];

	if (!object->link || sys_attr_bytes(dst) < 4 || sys_attr_bytes(mac) != MAC_BYTES)
		return true;
	address = mnl_attr_get_payload(dst);
	if (sys_attr_bytes(dst) == 4 ? address[0] >> 4 == 0xe : address[0] == 0xff)
		return true;
	mac_write(mnl_attr_get_payload(mac), text);
	return memcmp(mnl_attr_get_payload(mac), all, MAC_BYTES) == 0 ||
	       ds_string_equal(object->link->link.mac, text);
}

static bool neighbour_take(
	struct object *object, const struct sys_setting_look *look, char *ret_key)
{
	struct ndmsg *header = &object->header.neighbour;

	neighbour_clean(object, look);
	header->ndm_flags &= NTF_ROUTER | NTF_EXT_LEARNED;
	if (header->ndm_state != NUD_PERMANENT &&
		(header->ndm_state != NUD_NOARP || is_unresolved(object)))
		return false;
	return address_key(object, ret_key);
}

/*
 * One that the kernel is to keep resolved: its state and its MAC are the kernel's. What a program
 * has learned elsewhere (NTF_EXT_LEARNED) and not made permanent is left to that program.
 */
static bool managed_take(struct object *object, const struct sys_setting_look *look, char *ret_key)
{
	struct ndmsg *header = &object->header.neighbour;
	bool is_managed = sys_attr_u32(object->at[NDA_FLAGS_EXT], 0) & NTF_EXT_MANAGED;

	neighbour_clean(object, look);
	header->ndm_flags &= NTF_ROUTER | NTF_EXT_LEARNED;
	header->ndm_state = NUD_NONE;
	return is_managed && address_key(object, ret_key);
}

static bool proxy_take(struct object *object, const struct sys_setting_look *look, char *ret_key)
{
	struct ndmsg *header = &object->header.neighbour;

	neighbour_clean(object, look);
	header->ndm_flags &= NTF_PROXY | NTF_ROUTER;
	header->ndm_state = 0;
	return header->ndm_flags & NTF_PROXY && address_key(object, ret_key);
}

/* --- forwarding entries ----------------------------------------------------------------- */

static const struct sys_attr_row fdb_rows[] = {
	{NDA_LLADDR, SYS_ATTR_KEEP},
	{NDA_VLAN, SYS_ATTR_KEEP},
	{NDA_DST, SYS_ATTR_KEEP},
	{NDA_PORT, SYS_ATTR_KEEP},
	{NDA_VNI, SYS_ATTR_KEEP},
	{NDA_SRC_VNI, SYS_ATTR_KEEP},
	{NDA_NH_ID, SYS_ATTR_KEEP},
	{NDA_IFINDEX, SYS_ATTR_LINK},
};

/* Groups of a port's filter are joined by who listens to them; each VLAN has a few. */
static bool is_group_of_filter(const struct object *object, const uint8_t *mac)
{
	return mac[0] & 1 && !object->at[NDA_MASTER] && strcmp(object->link->kind, "vxlan") != 0;
}

static bool is_static(const struct object *object, const char *mac_text)
{
	const struct ndmsg *header = &object->header.neighbour;

	if (object->at[NDA_MASTER]) /* the port's own address the bridge adds by itself */
		return header->ndm_state == NUD_NOARP ||
		       (header->ndm_state == NUD_PERMANENT &&
			       !ds_string_equal(object->link->link.mac, mac_text));
	if (strcmp(object->link->kind, "vxlan") == 0)
		return header->ndm_state & (NUD_PERMANENT | NUD_NOARP);
	/* Of a port's filter. */
	return header->ndm_state == NUD_PERMANENT;
}

static void fdb_key(const struct object *object, const char *mac, char *ret_key)
{
	const struct nlattr *dst = object->at[NDA_DST];
	int64_t family = sys_attr_bytes(dst) == SYS_IP_BYTES ? AF_INET6 : AF_INET;
	cleanup_free char *text = NULL;

	sys_ip_read(family, dst, &text);
	snprintf(ret_key, KEY_SIZE, "%s vlan %u%s%s vni %u %s", mac,
		sys_attr_u16(object->at[NDA_VLAN]), text ? " dst " : "", text ? text : "",
		(unsigned int)sys_attr_u32(object->at[NDA_VNI], 0),
		object->at[NDA_MASTER] ? "master" : "self");
}

static bool fdb_take(struct object *object, const struct sys_setting_look *look, char *ret_key)
{
	struct ndmsg *header = &object->header.neighbour;
	const uint8_t *mac;
	char text[MAC_SIZE];

	neighbour_clean(object, look);
	if (sys_attr_bytes(object->at[NDA_LLADDR]) != MAC_BYTES || !object->link)
		return false;
	mac = mnl_attr_get_payload(object->at[NDA_LLADDR]);
	if (is_group_of_filter(object, mac))
		return false;
	mac_write(mac, text);
	if (!is_static(object, text))
		return false;
	header->ndm_flags &= NTF_STICKY | NTF_EXT_LEARNED;
	header->ndm_flags |= object->at[NDA_MASTER] ? NTF_MASTER : NTF_SELF;
	fdb_key(object, text, ret_key);
	return true;
}

/*
 * Of which links it is worth a word. A nexthop is gone when its link has lost the carrier
 * (net/ipv4/nexthop.c, nh_netdev_event(), 6.1), as what stays above ours does while they are away.
 */
static bool is_of_us(const struct class *class, const struct sys_link *link)
{
	if (!link)
		return class->take == group_take;
	return link->is_ours || (class->kind == DS_SETTING_NEXTHOP && link->is_above);
}

/* --- all alike -------------------------------------------------------------------------- */

#define NEIGHBOUR RTM_GETNEIGH, RTM_NEWNEIGH
#define NEXTHOP   RTM_GETNEXTHOP, RTM_NEWNEXTHOP

static const struct class classes[] = {
	{DS_SETTING_NEXTHOP, "read the nexthops", NEXTHOP, NLM_F_CREATE | NLM_F_EXCL, EEXIST,
		sizeof(struct nhmsg), AF_UNSPEC, 0, ROWS(nexthop_rows, &resilient_rules),
		nexthop_take},
	{DS_SETTING_NEXTHOP, "read the nexthops", NEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, 0,
		sizeof(struct nhmsg), AF_UNSPEC, 0, ROWS(nexthop_rows, &resilient_rules),
		group_take},
	{DS_SETTING_NEIGHBOUR, "read the neighbours", NEIGHBOUR, NLM_F_CREATE | NLM_F_REPLACE, 0,
		sizeof(struct ndmsg), AF_UNSPEC, 0, ROWS(neighbour_rows, NULL), neighbour_take},
	{DS_SETTING_NEIGHBOUR, "read the neighbours", NEIGHBOUR, NLM_F_CREATE | NLM_F_REPLACE, 0,
		sizeof(struct ndmsg), AF_UNSPEC, 0, ROWS(managed_rows, NULL), managed_take},
	{DS_SETTING_PROXY, "read the proxies", NEIGHBOUR, NLM_F_CREATE | NLM_F_REPLACE, 0,
		sizeof(struct ndmsg), AF_UNSPEC, NTF_PROXY, ROWS(neighbour_rows, NULL), proxy_take},
	{DS_SETTING_FDB, "read the forwarding entries", NEIGHBOUR, NLM_F_CREATE | NLM_F_APPEND, 0,
		sizeof(struct ndmsg), AF_BRIDGE, 0, ROWS(fdb_rows, NULL), fdb_take},
};

struct dump {
	const struct class *class;
	const struct sys_setting_look *look;
	size_t start; /* of what this dump added */
};

static int object_add(const struct dump *dump, const struct object *object,
	const struct nlmsghdr *message, const char *key)
{
	size_t header = sys_align(dump->class->header_bytes);
	cleanup_free char *head = sys_hex_write(object->header.bytes, dump->class->header_bytes);
	cleanup_free char *attrs = NULL;
	cleanup_free char *value = NULL;
	int code = sys_portable_read(&dump->class->rules, dump->look->links,
		(const char *)mnl_nlmsg_get_payload(message) + header,
		mnl_nlmsg_get_payload_len(message) - header, &attrs);

	if (code == -ENODEV) /* it names a link of another namespace */
		return 0;
	if (code < 0 || !head || ds_string_format(&value, "%s%s", head, attrs) < 0)
		return code < 0 ? code : -ENOMEM;
	return sys_setting_add(dump->look, dump->class->kind,
		object->link ? object->link->link.name : NULL, key, value);
}

static int visit(const struct nlmsghdr *message, void *context)
{
	const struct dump *dump = context;
	const void *header = sys_message_header(message, dump->class->header_bytes);
	struct object object = {0};
	char key[KEY_SIZE];

	if (!header)
		return 0;
	memcpy(object.header.bytes, header, dump->class->header_bytes);
	sys_attrs_of(message, dump->class->header_bytes, object.at, LAST_ATTR);
	if (!dump->class->take(&object, dump->look, key))
		return 0;
	if (!is_of_us(dump->class, object.link))
		return 0;
	return object_add(dump, &object, message, key);
}

static void restart(void *context)
{
	const struct dump *dump = context;
	struct ds_settings *settings = dump->look->settings;

	while (settings->items.count > dump->start)
		ds_record_done(&ds_setting_record, &settings->items.items[--settings->items.count]);
}

static int class_look(
	const struct class *class, const struct sys_setting_look *look, struct ds_error *error)
{
	struct dump dump = {class, look, look->settings->items.count};
	const struct sys_visitor visitor = {visit, restart, &dump};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), class->get, 0);
	uint8_t *header = sys_message_extra(&request, class->header_bytes);
	int code;

	header[0] = class->family; /* an empty message has room for it */
	if (class->request_flags)
		((struct ndmsg *)(void *)header)->ndm_flags = class->request_flags;
	code = sys_netlink_dump(look->netlink, request.header, &visitor, class->what, error);
	/* A kernel without bridges or nexthop objects has none of them. */
	return code == -EOPNOTSUPP ? 0 : code;
}

int sys_objects_look(const struct sys_setting_look *look, struct ds_error *error)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(classes) / sizeof(classes[0]); i++)
		code = class_look(&classes[i], look, error);
	return code;
}

static const struct class *class_of(const struct ds_setting *setting)
{
	bool is_group = setting->kind == DS_SETTING_NEXTHOP && !setting->link;
	size_t i = 0;

	while (i + 1 < sizeof(classes) / sizeof(classes[0]) &&
		(classes[i].kind != setting->kind || is_group != (classes[i].take == group_take)))
		i++;
	return &classes[i];
}

static int object_write(const struct sys_setting_put *put, struct sys_message *message,
	const struct class *class, const struct ds_setting *want)
{
	union header *header = sys_message_extra(message, class->header_bytes);
	char text[2 * HEADER_MAX + 1];
	size_t count;
	int code;

	snprintf(text, 2 * class->header_bytes + 1, "%s", want->value);
	code = sys_hex_read(text, header->bytes, class->header_bytes, &count);
	if (code < 0 || count != class->header_bytes)
		return -EINVAL;
	if (class->set == RTM_NEWNEIGH)
		header->neighbour.ndm_ifindex =
			(int)put->index_of->find(put->index_of->context, want->link);
	return sys_portable_put(message, &class->rules, want->value + 2 * count, put->index_of);
}

void sys_object_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct class *class = class_of(want);
	struct sys_change change = sys_setting_change(want);
	struct sys_message *message = sys_queue_begin(put->queue, class->set, class->flags);
	int code = object_write(put, message, class, want);

	change.harmless = class->harmless;
	if (code < 0)
		sys_setting_ended(put, want, code);
	else
		sys_queue_add(put->queue, &change);
}
