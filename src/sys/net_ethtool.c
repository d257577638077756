/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what the ethtool family tells of our links. */
#include "net_ethtool.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_ATTR ETHTOOL_A_COALESCE_USE_CQE_MODE_RX

static int add(const struct sys_ethtool_reading *reading, const char *name, const char *value)
{
	char key[SYS_ETHTOOL_KEY_SIZE];
	int code;

	snprintf(key, sizeof(key), "%s %s", reading->group->name, name);
	code = ds_setting_add(reading->settings, DS_SETTING_ETHTOOL, reading->link, key, value);
	if (code == 0)
		reading->settings->items.items[reading->settings->items.count - 1].is_early =
			reading->group->is_early;
	return code;
}

/* One bit of a bitset in its long form. */
struct bit {
	const char *name;
	bool is_set;
};

/* Calls visit for each bit until it returns other than 0. */
static int bits_each(const struct nlattr *bitset,
	int (*visit)(const struct bit *bit, const void *context), const void *context)
{
	const struct nlattr *at[ETHTOOL_A_BITSET_BITS + 1], *part[ETHTOOL_A_BITSET_BIT_VALUE + 1];
	const struct nlattr *attr;
	const char *end;
	int code = 0;

	sys_attrs_nested(bitset, at, ETHTOOL_A_BITSET_BITS);
	if (!at[ETHTOOL_A_BITSET_BITS])
		return 0;
	attr = mnl_attr_get_payload(at[ETHTOOL_A_BITSET_BITS]);
	end = (const char *)attr + sys_attr_bytes(at[ETHTOOL_A_BITSET_BITS]);
	for (; code == 0 && mnl_attr_ok(attr, (int)(end - (const char *)attr));
		attr = mnl_attr_next(attr)) {
		struct bit bit;

		sys_attrs_nested(attr, part, ETHTOOL_A_BITSET_BIT_VALUE);
		bit.name = sys_attr_text(part[ETHTOOL_A_BITSET_BIT_NAME]);
		/* A list without a mask has but the bits that are set. */
		bit.is_set = part[ETHTOOL_A_BITSET_BIT_VALUE] || at[ETHTOOL_A_BITSET_NOMASK];
		if (bit.name)
			code = visit(&bit, context);
	}
	return code;
}

static int bit_is_named(const struct bit *bit, const void *name)
{
	return strcmp(bit->name, name) == 0;
}

/*
 * Speed and duplex are settings only where somebody has forced them on a NIC that could negotiate;
 * others tell what has come about. Who is the master may not be known, or nobody's to say.
 */
static bool is_set(const struct sys_ethtool_reading *reading,
	const struct sys_ethtool_number *number, const struct nlattr *const *at, int64_t value)
{
	if (reading->group->get != ETHTOOL_MSG_LINKMODES_GET)
		return true;
	switch (number->type) {
	case ETHTOOL_A_LINKMODES_SPEED:
	case ETHTOOL_A_LINKMODES_DUPLEX:
		return value != (number->bytes == 4 ? (int64_t)SPEED_UNKNOWN & UINT32_MAX
						    : DUPLEX_UNKNOWN) &&
		       sys_attr_u8(at[ETHTOOL_A_LINKMODES_AUTONEG], 1) == AUTONEG_DISABLE &&
		       bits_each(at[reading->group->bits], bit_is_named, "Autoneg");
	case ETHTOOL_A_LINKMODES_MASTER_SLAVE_CFG:
		return value > MASTER_SLAVE_CFG_UNKNOWN;
	default:
		return true;
	}
}

static int numbers_add(const struct sys_ethtool_reading *reading, const struct nlattr *const *at)
{
	int code = 0;

	for (const struct sys_ethtool_number *number = reading->group->numbers;
		code == 0 && number && number->name; number++) {
		int64_t value = number->bytes == 4 ? sys_attr_u32(at[number->type], -1)
						   : sys_attr_u8(at[number->type], -1);
		char text[24];

		snprintf(text, sizeof(text), "%" PRId64, value);
		if (value >= 0 && is_set(reading, number, at, value))
			code = add(reading, number->name, text);
	}
	return code;
}

static int bit_is(const struct bit *bit, const void *name)
{
	return bit->is_set && strcmp(bit->name, name) == 0;
}

struct choice {
	const struct sys_ethtool_reading *reading;
	const struct nlattr *wanted; /* NULL: the bits tell by themselves */
};

static int bit_add(const struct bit *bit, const void *context)
{
	const struct choice *choice = context;
	bool is_on = bit->is_set;

	if (choice->wanted && !bit->is_set) /* the driver cannot change it */
		return 0;
	if (choice->wanted)
		is_on = bits_each(choice->wanted, bit_is, bit->name);
	return add(choice->reading, bit->name, is_on ? "on" : "off");
}

static int visit_answer(const struct nlmsghdr *message, void *context)
{
	const struct sys_ethtool_reading *reading = context;
	const struct nlattr *at[LAST_ATTR + 1];
	struct choice choice = {.reading = reading};
	const struct nlattr *bits;
	int code;

	sys_family_attrs(message, at, LAST_ATTR);
	code = numbers_add(reading, at);
	if (code < 0 || !reading->group->bits)
		return code;
	bits = at[reading->group->bits];
	if (reading->group->choice) {
		choice.wanted = bits;
		bits = at[reading->group->choice];
	}
	return bits_each(bits, bit_add, &choice);
}

/* All headers have the type 1. */
_Static_assert(ETHTOOL_A_RINGS_HEADER == 1 && ETHTOOL_A_FEATURES_HEADER == 1, "");

struct sys_message sys_ethtool_request(const struct sys_ethtool *ethtool, void *buffer, size_t size,
	uint8_t command, uint32_t ifindex)
{
	struct sys_message request = sys_family_request(&ethtool->ethtool, buffer, size, command);
	size_t nest = sys_nest_begin(&request, 1);

	sys_put_u32(&request, ETHTOOL_A_HEADER_DEV_INDEX, ifindex);
	sys_nest_end(&request, nest);
	return request;
}

int sys_ethtool_group_read(
	struct sys_ethtool *ethtool, uint32_t ifindex, const struct sys_ethtool_reading *reading)
{
	const struct sys_visitor visitor = {
		.visit = visit_answer, .context = (void *)(uintptr_t)reading};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_ethtool_request(ethtool, buffer, sizeof(buffer), reading->group->get, ifindex);
	struct ds_error ignored;

	return sys_netlink_ask(&ethtool->netlink, request.header, &visitor, "", &ignored) == -ENOMEM
		       ? -ENOMEM
		       : 0;
}

/*
 * The features of all that lies on ports: one dump, for there may be thousands, and one setting
 * each. Most are as those before them, and need not be put in words again.
 */
struct uppers {
	const struct sys_setting_look *look;
	struct sys_names names;
	struct ds_settings lines; /* of the one before */
	void *last;
	size_t last_bytes;
	char *value;
};

static int uppers_write(struct uppers *uppers, const struct nlmsghdr *message)
{
	static const struct sys_ethtool_group *features = &sys_ethtool_groups[SYS_ETHTOOL_FEATURES];
	const struct sys_ethtool_reading reading = {features, NULL, &uppers->lines};
	FILE *stream;
	size_t size;
	int code;

	ds_record_done(&ds_settings_record, &uppers->lines);
	code = visit_answer(message, (void *)(uintptr_t)&reading);
	free(uppers->value);
	uppers->value = NULL;
	stream = code == 0 ? open_memstream(&uppers->value, &size) : NULL;
	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < uppers->lines.items.count; i++)
		fprintf(stream, "%s=%s\n",
			uppers->lines.items.items[i].key + strlen(features->name) + 1,
			uppers->lines.items.items[i].value);
	return fclose(stream) == 0 ? 0 : -ENOMEM;
}

/* The bytes that tell the features: all behind the header, which names the link. */
static const char *features_of(
	const struct nlmsghdr *message, uint32_t *ret_ifindex, size_t *ret_bytes)
{
	const struct nlattr *at[LAST_ATTR + 1], *header[ETHTOOL_A_HEADER_DEV_INDEX + 1];
	const char *end = (const char *)message + message->nlmsg_len;
	const char *start;

	sys_family_attrs(message, at, LAST_ATTR);
	sys_attrs_nested(at[ETHTOOL_A_FEATURES_HEADER], header, ETHTOOL_A_HEADER_DEV_INDEX);
	*ret_ifindex = (uint32_t)sys_attr_u32(header[ETHTOOL_A_HEADER_DEV_INDEX], 0);
	if (!at[ETHTOOL_A_FEATURES_HEADER])
		return NULL;
	start = (const char *)at[ETHTOOL_A_FEATURES_HEADER] +
		sys_align(at[ETHTOOL_A_FEATURES_HEADER]->nla_len);
	*ret_bytes = start < end ? (size_t)(end - start) : 0;
	return start;
}

static bool is_as_last(const struct uppers *uppers, const void *bytes, size_t size)
{
	return uppers->value && uppers->last_bytes == size &&
	       memcmp(uppers->last, bytes, size) == 0;
}

static int uppers_note(struct uppers *uppers, const void *bytes, size_t size)
{
	void *copy = realloc(uppers->last, size + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, size);
	uppers->last = copy;
	uppers->last_bytes = size;
	return 0;
}

static int visit_upper(const struct nlmsghdr *message, void *context)
{
	struct uppers *uppers = context;
	const struct sys_link *link;
	const struct ds_link *ours;
	uint32_t ifindex;
	size_t size = 0;
	const char *bytes = features_of(message, &ifindex, &size);

	link = sys_links_by_index(uppers->look->links, ifindex);
	ours = link && link->is_ours ? sys_names_find(&uppers->names, link->link.name) : NULL;
	if (!bytes || !ours || !ours->is_upper)
		return 0;
	if (!is_as_last(uppers, bytes, size) &&
		(uppers_write(uppers, message) < 0 || uppers_note(uppers, bytes, size) < 0))
		return -ENOMEM;
	if (!*uppers->value)
		return 0;
	return sys_setting_add(uppers->look, DS_SETTING_ETHTOOL, link->link.name,
		sys_ethtool_groups[SYS_ETHTOOL_FEATURES].name, uppers->value);
}

static void restart_uppers(void *context)
{
	struct ds_settings *settings = ((struct uppers *)context)->look->settings;

	while (settings->items.count &&
		settings->items.items[settings->items.count - 1].kind == DS_SETTING_ETHTOOL &&
		ds_setting_has_lines(&settings->items.items[settings->items.count - 1]))
		ds_record_done(&ds_setting_record, &settings->items.items[--settings->items.count]);
}

static int uppers_read(struct sys_ethtool *ethtool, const struct sys_setting_look *look)
{
	struct uppers uppers = {.look = look};
	const struct sys_visitor visitor = {visit_upper, restart_uppers, &uppers};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_family_request(&ethtool->ethtool, buffer, sizeof(buffer),
		sys_ethtool_groups[SYS_ETHTOOL_FEATURES].get);
	struct ds_error ignored;
	int code = sys_names_open(&uppers.names, look->network);

	sys_nest_end(&request, sys_nest_begin(&request, ETHTOOL_A_FEATURES_HEADER));
	if (code == 0)
		code = sys_netlink_dump(&ethtool->netlink, request.header, &visitor, "", &ignored);
	ds_record_done(&ds_settings_record, &uppers.lines);
	free(uppers.last);
	free(uppers.value);
	sys_names_close(&uppers.names);
	return code == -ENOMEM ? code : 0;
}

int sys_ethtool_look(const struct sys_setting_look *look, struct ds_error *error)
{
	struct sys_ethtool ethtool __attribute__((cleanup(sys_ethtool_close))) = {.ioctl_fd = -1};
	int code = sys_ethtool_open(&ethtool, error);
	bool has_uppers = false;

	for (size_t i = 0; code == 0 && ethtool.ethtool.id && i < look->network->links.count; i++) {
		const struct ds_link *link = &look->network->links.items[i];

		has_uppers |= link->is_upper;
		for (size_t j = 0; code == 0 && j < SYS_ETHTOOL_GROUPS; j++) {
			const struct sys_ethtool_reading reading = {
				&sys_ethtool_groups[j], link->name, look->settings};

			if (!link->is_upper)
				code = sys_ethtool_group_read(
					&ethtool, (uint32_t)link->ifindex, &reading);
		}
		if (code == 0 && !link->is_upper)
			code = sys_rss_read(&ethtool, link, look->settings);
		if (code == 0 && !link->is_upper)
			code = sys_flows_read(&ethtool, link, look->settings);
	}
	return code == 0 && has_uppers ? uppers_read(&ethtool, look) : code;
}
