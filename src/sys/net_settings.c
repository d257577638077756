/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When a setting is written for the first time. All are looked at again in the end. */
enum when {
	WHEN_EARLY,  /* before the link is up, where the setting says so */
	WHEN_LINKED, /* with the addresses: without it there is no traffic, or another */
	WHEN_LATE,   /* when the network is there again */
};

static const struct source {
	int (*look)(const struct sys_setting_look *look, struct ds_error *error); /* or NULL */
	void (*put)(const struct sys_setting_put *put, const struct ds_setting *want);
	enum when when;
} sources[DS_SETTING_KIND_COUNT] = {
	[DS_SETTING_SYSCTL] = {sys_sysctl_look, sys_sysctl_put, WHEN_EARLY},
	[DS_SETTING_SYSFS] = {sys_sysfs_look, sys_sysfs_put, WHEN_LATE},
	[DS_SETTING_IRQ] = {sys_irq_look, sys_irq_put, WHEN_LATE},
	[DS_SETTING_ETHTOOL] = {sys_ethtool_look, sys_ethtool_put, WHEN_EARLY},
	[DS_SETTING_LINK] = {sys_numbers_look, sys_number_put, WHEN_EARLY},
	[DS_SETTING_PORT] = {NULL, sys_number_put, WHEN_EARLY},
	[DS_SETTING_VLANS] = {sys_vlans_look, sys_vlans_put, WHEN_EARLY},
	[DS_SETTING_FDB] = {sys_objects_look, sys_object_put, WHEN_LINKED},
	[DS_SETTING_MDB] = {sys_mdb_look, sys_mdb_put, WHEN_LINKED},
	[DS_SETTING_NEIGHBOUR] = {NULL, sys_object_put, WHEN_LINKED},
	[DS_SETTING_PROXY] = {NULL, sys_object_put, WHEN_LINKED},
	[DS_SETTING_NEXTHOP] = {NULL, sys_object_put, WHEN_LINKED},
	[DS_SETTING_QDISC] = {sys_qdisc_look, sys_qdisc_put, WHEN_EARLY},
	[DS_SETTING_XDP] = {sys_xdp_look, sys_xdp_put, WHEN_EARLY},
	[DS_SETTING_NETCONSOLE] = {sys_netconsole_look, sys_netconsole_put, WHEN_LATE},
	[DS_SETTING_TUNNEL] = {sys_tunnels_look, sys_tunnel_put, WHEN_LINKED},
	[DS_SETTING_MADDR] = {sys_maddrs_look, sys_maddr_put, WHEN_LATE},
};

int sys_setting_add(const struct sys_setting_look *look, int kind, const char *link,
	const char *key, const char *value)
{
	return ds_setting_add(look->settings, kind, link, key, value);
}

/* The kind whose look tells of this one, too, where it has none of its own. */
static int told_by(int kind)
{
	switch (kind) {
	case DS_SETTING_PORT:
		return DS_SETTING_LINK;
	case DS_SETTING_NEIGHBOUR:
	case DS_SETTING_PROXY:
	case DS_SETTING_NEXTHOP:
		return DS_SETTING_FDB;
	default:
		return kind;
	}
}

static void note_needed(const struct ds_settings *wanted, bool ret_is_needed[DS_SETTING_KIND_COUNT])
{
	for (size_t kind = 0; kind < DS_SETTING_KIND_COUNT; kind++)
		ret_is_needed[kind] = !wanted;
	for (size_t i = 0; wanted && i < wanted->items.count; i++)
		ret_is_needed[told_by(wanted->items.items[i].kind)] = true;
}

int sys_settings_look(const struct sys_setting_look *look, struct ds_error *error)
{
	bool is_needed[DS_SETTING_KIND_COUNT];
	int code = 0;

	note_needed(look->wanted, is_needed);
	for (size_t i = 0; code == 0 && i < DS_SETTING_KIND_COUNT; i++) {
		if (sources[i].look && is_needed[i])
			code = sources[i].look(look, error);
	}
	if (code == -ENOMEM)
		ds_error_set(error, code, "look at the settings of links: out of memory");
	ds_settings_sort(look->settings);
	return code;
}

/* The detail of a change, where there is one, is the line of the setting. */
char *sys_setting_change_text(const struct sys_change *change)
{
	const char *next = change->detail;
	struct ds_setting_line line;

	if (next && ds_setting_line_next(&next, &line))
		return ds_setting_line_text(change->subject, &line);
	return ds_setting_text(change->subject);
}

bool sys_setting_is_present(const struct sys_setting_look *look, const struct ds_link *link)
{
	return sys_links_by_index(look->links, (uint32_t)link->ifindex);
}

void sys_setting_describe(const struct sys_change *change, char *ret_text, size_t size)
{
	char *text = sys_setting_change_text(change);

	snprintf(ret_text, size, "set %s", text ? text : "(out of memory)");
	free(text);
}

struct sys_change sys_setting_change(const struct ds_setting *setting)
{
	return (struct sys_change){.describe = sys_setting_describe, .subject = setting};
}

static void change_ended(
	const struct sys_setting_put *put, const struct sys_change *change, int code)
{
	if (code < 0)
		put->queue->failed(put->queue->context, change, code, NULL);
	else if (put->queue->done)
		put->queue->done(put->queue->context, change);
}

void sys_setting_ended(
	const struct sys_setting_put *put, const struct ds_setting *setting, int code)
{
	const struct sys_change change = sys_setting_change(setting);

	change_ended(put, &change, code);
}

void sys_setting_line_ended(const struct sys_setting_put *put, const struct ds_setting *setting,
	const struct ds_setting_line *line, int code)
{
	struct sys_change change = sys_setting_change(setting);

	change.detail = line->name;
	change_ended(put, &change, code);
}

/*
 * A link that has not come back is told once, not with all that it had. What is of no link is a
 * group of nexthops, or a damaged journal.
 */
static bool has_link(const struct sys_setting_put *put, const struct ds_setting *setting)
{
	if (!setting->link)
		return setting->kind == DS_SETTING_NEXTHOP;
	return put->index_of->find(put->index_of->context, setting->link) != 0;
}

void sys_settings_put_early(
	const struct sys_setting_put *put, const struct ds_network *wanted, bool is_upper)
{
	struct sys_setting_put early = *put;

	early.is_early = true;
	sys_vlans_forget(put->vlans); /* links may have become ports since */
	for (size_t i = 0; i < wanted->settings.items.count; i++) {
		const struct ds_setting *setting = &wanted->settings.items.items[i];
		const struct ds_link *link;

		if (!setting->is_early || sources[setting->kind].when != WHEN_EARLY)
			continue;
		link = sys_names_find(put->names, setting->link);
		if (link && link->is_upper == is_upper && has_link(put, setting))
			sources[setting->kind].put(&early, setting);
	}
}

/* have: a fresh look; NULL: what is linked, whatever stands. */
static bool is_due(const struct ds_setting *setting, const struct ds_settings *have)
{
	const struct ds_setting *now;

	if (!have)
		return sources[setting->kind].when == WHEN_LINKED;
	now = ds_setting_find(have, setting);
	return !now || !ds_string_equal(now->value, setting->value);
}

/* What is of no link (a group of nexthops) is made of things that are: those come first. */
static void put_due(const struct sys_setting_put *put, const struct ds_network *wanted,
	const struct ds_settings *have)
{
	for (int is_of_link = 1; is_of_link >= 0; is_of_link--) {
		for (size_t i = 0; i < wanted->settings.items.count; i++) {
			const struct ds_setting *setting = &wanted->settings.items.items[i];

			if (!!setting->link == is_of_link && is_due(setting, have) &&
				has_link(put, setting))
				sources[setting->kind].put(put, setting);
		}
	}
}

void sys_settings_put_linked(const struct sys_setting_put *put, const struct ds_network *wanted)
{
	put_due(put, wanted, NULL);
}

void sys_settings_put_rest(const struct sys_setting_put *put, const struct ds_network *wanted,
	const struct ds_settings *have)
{
	sys_vlans_forget(put->vlans);
	put_due(put, wanted, have);
	sys_queue_flush(put->queue);
}
