/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing what the ethtool family can set, one number or one bit at a time. */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_ethtool.h"

/* The group of "rings rx", and where the name begins; NULL: none of ours. */
static const struct sys_ethtool_group *group_of(
	const struct ds_setting *want, const char **ret_name)
{
	const char *space = strchr(want->key, ' ');

	for (size_t i = 0; space && i < SYS_ETHTOOL_GROUPS; i++) {
		size_t length = (size_t)(space - want->key);

		if (strlen(sys_ethtool_groups[i].name) == length &&
			strncmp(sys_ethtool_groups[i].name, want->key, length) == 0) {
			*ret_name = space + 1;
			return &sys_ethtool_groups[i];
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

static void put_value(struct sys_message *message, const struct sys_ethtool_group *group,
	const char *name, const char *value)
{
	for (const struct sys_ethtool_number *number = group->numbers; number && number->name;
		number++) {
		uint32_t bytes = (uint32_t)strtoul(value, NULL, 10);

		if (strcmp(number->name, name) == 0) {
			sys_put(message, number->type, &bytes, number->bytes);
			return;
		}
	}
	put_bit(message, group->bits, name, value);
}

static bool is_so(struct sys_ethtool *ethtool, const struct sys_ethtool_group *group,
	uint32_t ifindex, const struct ds_setting *want)
{
	struct ds_settings have = {0};
	const struct sys_ethtool_reading reading = {group, want->link, &have};
	const struct ds_setting *now = NULL;
	bool is_same;

	if (sys_ethtool_group_read(ethtool, ifindex, &reading) == 0) {
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
	const struct sys_ethtool_group *group = group_of(want, &name);
	struct sys_message request;
	struct ds_error ignored;
	int code = -EOPNOTSUPP;

	if (sys_rss_is_part(want)) {
		code = sys_rss_put(put->ethtool, ifindex, want);
	} else if (group && put->ethtool->ethtool.id) {
		if (is_so(put->ethtool, group, ifindex, want))
			return -EALREADY;
		request = sys_ethtool_request(
			put->ethtool, buffer, sizeof(buffer), group->set, ifindex);
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
	char key[SYS_ETHTOOL_KEY_SIZE], value[SYS_ETHTOOL_KEY_SIZE];
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
