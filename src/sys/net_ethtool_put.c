/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing what the ethtool family can set. What differs of a group goes in one message: a driver
 * may renegotiate the link for each, or refuse what lies between the old and the new. Where it
 * refuses all of it, one number or one bit at a time tells which it lacks.
 */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_ethtool.h"

/* The group of "rings rx"; NULL: none of ours. */
static const struct sys_ethtool_group *group_of(const struct ds_setting *want)
{
	const char *space = strchr(want->key, ' ');

	for (size_t i = 0; space && i < SYS_ETHTOOL_GROUPS; i++) {
		size_t length = (size_t)(space - want->key);

		if (strlen(sys_ethtool_groups[i].name) == length &&
			strncmp(sys_ethtool_groups[i].name, want->key, length) == 0)
			return &sys_ethtool_groups[i];
	}
	return NULL;
}

static const struct sys_ethtool_number *number_of(
	const struct sys_ethtool_group *group, const char *name)
{
	const struct sys_ethtool_number *number = group->numbers;

	while (number && number->name && strcmp(number->name, name) != 0)
		number++;
	return number && number->name ? number : NULL;
}

/* Settings of one group, as many as are due. */
struct due {
	const struct ds_setting *setting;
};
struct batch {
	const struct sys_ethtool_group *group;
	DS_LIST(struct due) due;
};

static const char *name_in(const struct batch *batch, size_t index)
{
	return batch->due.items[index].setting->key + strlen(batch->group->name) + 1;
}

static void put_bit(struct sys_message *message, const char *name, const char *value)
{
	size_t bit = sys_nest_begin(message, ETHTOOL_A_BITSET_BITS_BIT);

	sys_put_text(message, ETHTOOL_A_BITSET_BIT_NAME, name);
	if (strcmp(value, "on") == 0)
		sys_put(message, ETHTOOL_A_BITSET_BIT_VALUE, NULL, 0);
	sys_nest_end(message, bit);
}

/* Those of the batch that are bits; without any, there is no set. */
static void put_bits(struct sys_message *message, const struct batch *batch)
{
	size_t set = 0, bits = 0;

	for (size_t i = 0; i < batch->due.count; i++) {
		if (number_of(batch->group, name_in(batch, i)))
			continue;
		if (!set) {
			set = sys_nest_begin(message, batch->group->bits);
			bits = sys_nest_begin(message, ETHTOOL_A_BITSET_BITS);
		}
		put_bit(message, name_in(batch, i), batch->due.items[i].setting->value);
	}
	if (set) {
		sys_nest_end(message, bits);
		sys_nest_end(message, set);
	}
}

static int batch_send(
	const struct sys_setting_put *put, uint32_t ifindex, const struct batch *batch)
{
	char buffer[SYS_ETHTOOL_MESSAGE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_ethtool_request(
		put->ethtool, buffer, sizeof(buffer), batch->group->set, ifindex);
	struct ds_error ignored;

	for (size_t i = 0; i < batch->due.count; i++) {
		const struct sys_ethtool_number *number =
			number_of(batch->group, name_in(batch, i));
		uint32_t bytes = (uint32_t)strtoul(batch->due.items[i].setting->value, NULL, 10);

		if (number)
			sys_put(&request, number->type, &bytes, number->bytes);
	}
	put_bits(&request, batch);
	return request.is_cut ? -EMSGSIZE
			      : sys_netlink_ask(
					&put->ethtool->netlink, request.header, NULL, "", &ignored);
}

static bool is_so(const struct ds_settings *have, const struct ds_setting *want)
{
	const struct ds_setting *now = ds_setting_find(have, want);

	return now && ds_string_equal(now->value, want->value);
}

static int batch_add(struct batch *batch, const struct ds_setting *setting)
{
	struct due *place = ds_list_add(&batch->due);

	if (!place)
		return -ENOMEM;
	place->setting = setting;
	return 0;
}

/* What is wanted of the group on this link and is not so, want first; -EALREADY: want is so. */
static int batch_fill(struct batch *batch, const struct sys_setting_put *put,
	const struct ds_settings *have, const struct ds_setting *want)
{
	size_t length = strlen(batch->group->name) + 1;
	int code = is_so(have, want) ? -EALREADY : batch_add(batch, want);

	for (size_t i = 0; code == 0 && i < put->wanted->items.count; i++) {
		const struct ds_setting *other = &put->wanted->items.items[i];

		if (other->kind == want->kind && ds_string_equal(other->link, want->link) &&
			strncmp(other->key, want->key, length) == 0 &&
			strcmp(other->key, want->key) != 0 && !is_so(have, other))
			code = batch_add(batch, other);
	}
	return code;
}

/* The others of the group that came with it are told of here, and found to be so later. */
static int batch_put(const struct sys_setting_put *put, uint32_t ifindex, struct batch *batch)
{
	int code = batch_send(put, ifindex, batch);

	for (size_t i = 1; code == 0 && i < batch->due.count; i++)
		sys_setting_ended(put, batch->due.items[i].setting, 0);
	if (code == 0 || batch->due.count == 1)
		return code;
	batch->due.count = 1;
	return batch_send(put, ifindex, batch);
}

static int group_put(const struct sys_setting_put *put, uint32_t ifindex,
	const struct sys_ethtool_group *group, const struct ds_setting *want)
{
	struct batch batch = {.group = group};
	struct ds_settings have = {0};
	const struct sys_ethtool_reading reading = {group, want->link, &have};
	int code = sys_ethtool_group_read(put->ethtool, ifindex, &reading);

	ds_settings_sort(&have);
	if (code == 0)
		code = batch_fill(&batch, put, &have, want);
	if (code == 0)
		code = batch_put(put, ifindex, &batch);
	free(batch.due.items);
	ds_record_done(&ds_settings_record, &have);
	return code;
}

/* -EALREADY: nothing to do. */
static int value_write(const struct sys_setting_put *put, const struct ds_setting *want)
{
	uint32_t ifindex = put->index_of->find(put->index_of->context, want->link);
	const struct sys_ethtool_group *group = group_of(want);

	if (sys_rss_is_part(want))
		return sys_rss_put(put->ethtool, ifindex, want);
	if (sys_flows_is_part(want))
		return sys_flows_put(put->ethtool, ifindex, want);
	if (!group || !put->ethtool->ethtool.id)
		return -EOPNOTSUPP;
	return group_put(put, ifindex, group, want);
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
