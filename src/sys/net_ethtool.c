/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the ethtool family, one for each number and each named bit: so the verdict can tell
 * which one a new driver lacks. A group is a pair of messages that read and write it.
 */
#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_settings.h"

#define LAST_ATTR ETHTOOL_A_COALESCE_USE_CQE_MODE_RX
#define KEY_SIZE  128
#define FEATURES  3 /* the place of that group, which links on top of ports have, too */

struct number {
	uint16_t type;
	uint8_t bytes;
	const char *name;
};

static const struct number rings[] = {
	{ETHTOOL_A_RINGS_RX, 4, "rx"},
	{ETHTOOL_A_RINGS_RX_MINI, 4, "rx-mini"},
	{ETHTOOL_A_RINGS_RX_JUMBO, 4, "rx-jumbo"},
	{ETHTOOL_A_RINGS_TX, 4, "tx"},
	{ETHTOOL_A_RINGS_RX_BUF_LEN, 4, "rx-buf-len"},
	{ETHTOOL_A_RINGS_CQE_SIZE, 4, "cqe-size"},
	{ETHTOOL_A_RINGS_TX_PUSH, 1, "tx-push"},
	{0, 0, NULL},
};
static const struct number channels[] = {
	{ETHTOOL_A_CHANNELS_RX_COUNT, 4, "rx"},
	{ETHTOOL_A_CHANNELS_TX_COUNT, 4, "tx"},
	{ETHTOOL_A_CHANNELS_OTHER_COUNT, 4, "other"},
	{ETHTOOL_A_CHANNELS_COMBINED_COUNT, 4, "combined"},
	{0, 0, NULL},
};
static const struct number coalesce[] = {
	{ETHTOOL_A_COALESCE_RX_USECS, 4, "rx-usecs"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES, 4, "rx-frames"},
	{ETHTOOL_A_COALESCE_RX_USECS_IRQ, 4, "rx-usecs-irq"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES_IRQ, 4, "rx-frames-irq"},
	{ETHTOOL_A_COALESCE_TX_USECS, 4, "tx-usecs"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES, 4, "tx-frames"},
	{ETHTOOL_A_COALESCE_TX_USECS_IRQ, 4, "tx-usecs-irq"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES_IRQ, 4, "tx-frames-irq"},
	{ETHTOOL_A_COALESCE_STATS_BLOCK_USECS, 4, "stats-block-usecs"},
	{ETHTOOL_A_COALESCE_USE_ADAPTIVE_RX, 1, "adaptive-rx"},
	{ETHTOOL_A_COALESCE_USE_ADAPTIVE_TX, 1, "adaptive-tx"},
	{ETHTOOL_A_COALESCE_PKT_RATE_LOW, 4, "pkt-rate-low"},
	{ETHTOOL_A_COALESCE_RX_USECS_LOW, 4, "rx-usecs-low"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES_LOW, 4, "rx-frames-low"},
	{ETHTOOL_A_COALESCE_TX_USECS_LOW, 4, "tx-usecs-low"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES_LOW, 4, "tx-frames-low"},
	{ETHTOOL_A_COALESCE_PKT_RATE_HIGH, 4, "pkt-rate-high"},
	{ETHTOOL_A_COALESCE_RX_USECS_HIGH, 4, "rx-usecs-high"},
	{ETHTOOL_A_COALESCE_RX_MAX_FRAMES_HIGH, 4, "rx-frames-high"},
	{ETHTOOL_A_COALESCE_TX_USECS_HIGH, 4, "tx-usecs-high"},
	{ETHTOOL_A_COALESCE_TX_MAX_FRAMES_HIGH, 4, "tx-frames-high"},
	{ETHTOOL_A_COALESCE_RATE_SAMPLE_INTERVAL, 4, "sample-interval"},
	{ETHTOOL_A_COALESCE_USE_CQE_MODE_TX, 1, "cqe-mode-tx"},
	{ETHTOOL_A_COALESCE_USE_CQE_MODE_RX, 1, "cqe-mode-rx"},
	{0, 0, NULL},
};
static const struct number pause_numbers[] = {
	{ETHTOOL_A_PAUSE_AUTONEG, 1, "autoneg"},
	{ETHTOOL_A_PAUSE_RX, 1, "rx"},
	{ETHTOOL_A_PAUSE_TX, 1, "tx"},
	{0, 0, NULL},
};
static const struct number eee[] = {
	{ETHTOOL_A_EEE_ENABLED, 1, "enabled"},
	{ETHTOOL_A_EEE_TX_LPI_ENABLED, 1, "tx-lpi"},
	{ETHTOOL_A_EEE_TX_LPI_TIMER, 4, "tx-timer"},
	{0, 0, NULL},
};
static const struct number fec[] = {
	{ETHTOOL_A_FEC_AUTO, 1, "auto"},
	{0, 0, NULL},
};
static const struct number linkmodes[] = {
	{ETHTOOL_A_LINKMODES_AUTONEG, 1, "autoneg"},
	{0, 0, NULL},
};

/* All headers have the type 1. bits is the set; choice, where not 0, tells which can be set. */
static const struct group {
	const char *name;
	uint8_t get, set;
	const struct number *numbers; /* NULL: none */
	uint16_t bits, choice;
	bool is_early; /* the driver has to stop for it: cheaper before the link is up */
} groups[] = {
	{"channels", ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_MSG_CHANNELS_SET, channels, 0, 0, true},
	{"rings", ETHTOOL_MSG_RINGS_GET, ETHTOOL_MSG_RINGS_SET, rings, 0, 0, true},
	{"private", ETHTOOL_MSG_PRIVFLAGS_GET, ETHTOOL_MSG_PRIVFLAGS_SET, NULL,
		ETHTOOL_A_PRIVFLAGS_FLAGS, 0, true},
	[FEATURES] = {"features", ETHTOOL_MSG_FEATURES_GET, ETHTOOL_MSG_FEATURES_SET, NULL,
		ETHTOOL_A_FEATURES_WANTED, ETHTOOL_A_FEATURES_HW, false},
	{"coalesce", ETHTOOL_MSG_COALESCE_GET, ETHTOOL_MSG_COALESCE_SET, coalesce, 0, 0, false},
	{"pause", ETHTOOL_MSG_PAUSE_GET, ETHTOOL_MSG_PAUSE_SET, pause_numbers, 0, 0, false},
	{"eee", ETHTOOL_MSG_EEE_GET, ETHTOOL_MSG_EEE_SET, eee, ETHTOOL_A_EEE_MODES_OURS, 0, false},
	{"fec", ETHTOOL_MSG_FEC_GET, ETHTOOL_MSG_FEC_SET, fec, ETHTOOL_A_FEC_MODES, 0, false},
	{"modes", ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_MSG_LINKMODES_SET, linkmodes,
		ETHTOOL_A_LINKMODES_OURS, 0, false},
	{"wol", ETHTOOL_MSG_WOL_GET, ETHTOOL_MSG_WOL_SET, NULL, ETHTOOL_A_WOL_MODES, 0, false},
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))
_Static_assert(ETHTOOL_A_RINGS_HEADER == 1 && ETHTOOL_A_FEATURES_HEADER == 1, "");

struct reading {
	const struct group *group;
	const char *link;
	struct ds_settings *settings;
};

static int add(const struct reading *reading, const char *name, const char *value)
{
	char key[KEY_SIZE];
	int code;

	snprintf(key, sizeof(key), "%s %s", reading->group->name, name);
	code = ds_setting_add(reading->settings, DS_SETTING_ETHTOOL, reading->link, key, value);
	if (code == 0)
		reading->settings->items.items[reading->settings->items.count - 1].is_early =
			reading->group->is_early;
	return code;
}

static int numbers_add(const struct reading *reading, const struct nlattr *const *at)
{
	int code = 0;

	for (const struct number *number = reading->group->numbers;
		code == 0 && number && number->name; number++) {
		int64_t value = number->bytes == 4 ? sys_attr_u32(at[number->type], -1)
						   : sys_attr_u8(at[number->type], -1);
		char text[24];

		snprintf(text, sizeof(text), "%" PRId64, value);
		if (value >= 0)
			code = add(reading, number->name, text);
	}
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

static int bit_is(const struct bit *bit, const void *name)
{
	return bit->is_set && strcmp(bit->name, name) == 0;
}

struct choice {
	const struct reading *reading;
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
	const struct reading *reading = context;
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

static struct sys_message request_for(const struct sys_ethtool *ethtool, void *buffer, size_t size,
	uint8_t command, uint32_t ifindex)
{
	struct sys_message request = sys_family_request(&ethtool->ethtool, buffer, size, command);
	size_t nest = sys_nest_begin(&request, 1);

	sys_put_u32(&request, ETHTOOL_A_HEADER_DEV_INDEX, ifindex);
	sys_nest_end(&request, nest);
	return request;
}

/* What a driver does not tell, it does not have. -ENOMEM alone. */
static int group_read(struct sys_ethtool *ethtool, uint32_t ifindex, const struct reading *reading)
{
	const struct sys_visitor visitor = {
		.visit = visit_answer, .context = (void *)(uintptr_t)reading};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		request_for(ethtool, buffer, sizeof(buffer), reading->group->get, ifindex);
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
	static const struct group *features = &groups[FEATURES];
	const struct reading reading = {features, NULL, &uppers->lines};
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
		groups[FEATURES].name, uppers->value);
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
	struct sys_message request =
		sys_family_request(&ethtool->ethtool, buffer, sizeof(buffer), groups[FEATURES].get);
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
		for (size_t j = 0; code == 0 && j < GROUPS; j++) {
			const struct reading reading = {&groups[j], link->name, look->settings};

			if (!link->is_upper)
				code = group_read(&ethtool, (uint32_t)link->ifindex, &reading);
		}
		if (code == 0 && !link->is_upper)
			code = sys_rss_read(&ethtool, link, look->settings);
	}
	return code == 0 && has_uppers ? uppers_read(&ethtool, look) : code;
}

/* --- writing ---------------------------------------------------------------------------- */

/* The group of "rings rx", and where the name begins; NULL: none of ours. */
static const struct group *group_of(const struct ds_setting *want, const char **ret_name)
{
	const char *space = strchr(want->key, ' ');

	for (size_t i = 0; space && i < GROUPS; i++) {
		size_t length = (size_t)(space - want->key);

		if (strlen(groups[i].name) == length &&
			strncmp(groups[i].name, want->key, length) == 0) {
			*ret_name = space + 1;
			return &groups[i];
		}
	}
	return NULL;
}

static void put_bit(struct sys_message *message, uint16_t type, const char *name, const char *value)
{
	size_t set = sys_nest_begin(message, type);
	size_t bits = sys_nest_begin(message, ETHTOOL_A_BITSET_BITS);
	size_t bit = sys_nest_begin(message, ETHTOOL_A_BITSET_BITS_BIT);

	sys_put_text(message, ETHTOOL_A_BITSET_BIT_NAME, name);
	if (strcmp(value, "on") == 0)
		sys_put(message, ETHTOOL_A_BITSET_BIT_VALUE, NULL, 0);
	sys_nest_end(message, bit);
	sys_nest_end(message, bits);
	sys_nest_end(message, set);
}

static void put_value(
	struct sys_message *message, const struct group *group, const char *name, const char *value)
{
	for (const struct number *number = group->numbers; number && number->name; number++) {
		uint32_t bytes = (uint32_t)strtoul(value, NULL, 10);

		if (strcmp(number->name, name) == 0) {
			sys_put(message, number->type, &bytes, number->bytes);
			return;
		}
	}
	put_bit(message, group->bits, name, value);
}

static bool is_so(struct sys_ethtool *ethtool, const struct group *group, uint32_t ifindex,
	const struct ds_setting *want)
{
	struct ds_settings have = {0};
	const struct reading reading = {group, want->link, &have};
	const struct ds_setting *now = NULL;
	bool is_same;

	if (group_read(ethtool, ifindex, &reading) == 0) {
		ds_settings_sort(&have);
		now = ds_setting_find(&have, want);
	}
	is_same = now && ds_string_equal(now->value, want->value);
	ds_record_done(&ds_settings_record, &have);
	return is_same;
}

/* -EALREADY: nothing to do. */
static int value_write(const struct sys_setting_put *put, const struct ds_setting *want)
{
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	uint32_t ifindex = put->index_of->find(put->index_of->context, want->link);
	const char *name = "";
	const struct group *group = group_of(want, &name);
	struct sys_message request;
	struct ds_error ignored;
	int code = -EOPNOTSUPP;

	if (sys_rss_is_part(want)) {
		code = sys_rss_put(put->ethtool, ifindex, want);
	} else if (group && put->ethtool->ethtool.id) {
		if (is_so(put->ethtool, group, ifindex, want))
			return -EALREADY;
		request = request_for(put->ethtool, buffer, sizeof(buffer), group->set, ifindex);
		put_value(&request, group, name, want->value);
		code = request.is_cut ? -EMSGSIZE
				      : sys_netlink_ask(&put->ethtool->netlink, request.header,
						NULL, "", &ignored);
	}
	return code;
}

/* A bit of many is a setting of its own for the time of writing. */
static void line_put(const struct sys_setting_put *put, const struct ds_setting *want,
	const struct ds_setting_line *line)
{
	char key[KEY_SIZE], value[KEY_SIZE];
	const struct ds_setting one = {
		.kind = want->kind, .link = want->link, .key = key, .value = value};
	int code;

	snprintf(key, sizeof(key), "%s %.*s", want->key, (int)line->name_bytes, line->name);
	snprintf(value, sizeof(value), "%.*s", (int)line->value_bytes, line->value);
	code = value_write(put, &one);
	if (code != -EALREADY)
		sys_setting_line_ended(put, want, line, code);
}

void sys_ethtool_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const char *next = want->value;
	struct ds_setting_line line;
	int code;

	if (ds_setting_has_lines(want)) {
		while (ds_setting_line_next(&next, &line))
			line_put(put, want, &line);
		return;
	}
	code = value_write(put, want);
	if (code != -EALREADY)
		sys_setting_ended(put, want, code);
}
