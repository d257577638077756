/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What restoring works with: open, told of each change's end, closed. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "net_link_put.h"
#include "net_restore.h"
#include "net_upper.h"

void sys_restore_close(struct sys_restore *restore)
{
	sys_queue_close(&restore->queue);
	sys_netlink_close(&restore->netlink);
	sys_links_done(&restore->links);
	sys_ethtool_close(&restore->ethtool);
	sys_vlans_forget(&restore->vlans);
	sys_returned_done(&restore->returned);
	sys_names_close(&restore->names);
	ds_strings_done(&restore->above);
	free(restore->indexes);
	free(restore->has_own);
}

void sys_restore_note_error(struct sys_restore *restore, const struct ds_error *error)
{
	if (restore->failures++ == 0)
		restore->first = *error;
}

/* An upper link that could not be made is one failure, not one for all that hangs on it. */
static void forget_upper(struct sys_restore *restore, const struct sys_change *change)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		if (sys_upper_is_change(change, &restore->wanted->links.items[i]))
			restore->indexes[i] = 0;
	}
}

static void note_failure(
	void *context, const struct sys_change *change, int code, const char *words)
{
	struct sys_restore *restore = context;
	struct ds_error error;
	char what[512], *what_lost;

	/* The kernel makes it anew. */
	if (change->describe == sys_advertised_describe)
		return;
	if (restore->is_rehearsal) {
		restore->rehearsal_failures++;
		return;
	}
	if (change->describe == sys_setting_describe) {
		/* The verdict says whether it matters. */
		sys_returned_lose(&restore->returned, sys_setting_change_text(change), code, words);
		return;
	}
	what_lost = sys_link_change_text(change);
	if (what_lost)
		sys_returned_lose(&restore->returned, what_lost, code, words);
	forget_upper(restore, change);
	change->describe(change, what, sizeof(what));
	sys_netlink_error(&error, code, what, words);
	sys_restore_note_error(restore, &error);
}

static void note_done(void *context, const struct sys_change *change)
{
	struct sys_restore *restore = context;

	sys_returned_note(&restore->returned, change);
}

int sys_restore_result(const struct sys_restore *restore, struct ds_error *error)
{
	if (restore->failures == 0)
		return 0;
	*error = restore->first;
	if (restore->failures == 1)
		return error->code;
	return ds_error_set(error, restore->first.code, "%s; %zu more changes failed",
		restore->first.text, restore->failures - 1);
}

void sys_restore_match(struct sys_restore *restore)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		struct sys_link *link =
			sys_links_match(&restore->links, &restore->wanted->links.items[i]);

		if (link)
			link->is_ours = true;
		restore->indexes[i] = link ? (uint32_t)link->link.ifindex : 0;
	}
}

/* Ours by the name in the snapshot, whatever they are called now; others by the name they have. */
static uint32_t find_index(void *context, const char *name)
{
	const struct sys_restore *restore = context;
	const struct ds_link *ours = sys_names_find(&restore->names, name);
	const struct sys_link *link;

	if (ours)
		return restore->indexes[ours - restore->wanted->links.items];
	link = sys_links_by_name(&restore->links, name);
	return link ? (uint32_t)link->link.ifindex : 0;
}

/* The name of the fact that the verdict will have, and its subject. */
static char *changed_thing(const struct sys_change *change)
{
	char *text;

	if (change->describe == sys_setting_describe)
		return sys_setting_change_text(change);
	text = sys_restore_ip_text(change);
	if (!text)
		text = sys_link_change_text(change);
	return text ? text : sys_upper_text(change);
}

int sys_restore_tell(struct sys_restore *restore, struct ds_returned *ret_returned)
{
	return ret_returned ? sys_returned_tell(&restore->returned, changed_thing, ret_returned)
			    : 0;
}

static void find_own_addresses(struct sys_restore *restore)
{
	for (size_t i = 0; i < restore->wanted->addresses.count; i++) {
		const struct ds_address *address = &restore->wanted->addresses.items[i];
		const struct ds_link *link = NULL;

		if (ds_address_is_from_mac(address))
			link = sys_names_find(&restore->names, address->link);
		if (link && restore->has_own)
			restore->has_own[link - restore->wanted->links.items] = true;
	}
}

static int find_above(struct sys_restore *restore)
{
	for (size_t i = 0; i < restore->wanted->settings.items.count; i++) {
		const struct ds_setting *setting = &restore->wanted->settings.items.items[i];

		if (setting->kind != DS_SETTING_NEXTHOP || !setting->link ||
			sys_names_find(&restore->names, setting->link) ||
			ds_strings_has(&restore->above, setting->link))
			continue;
		if (ds_strings_add(&restore->above, setting->link) < 0)
			return -ENOMEM;
	}
	return 0;
}

int sys_restore_open(
	struct sys_restore *restore, const struct ds_network *wanted, struct ds_error *error)
{
	int64_t age_ms = sys_net_now_ms() - wanted->taken_ms;
	int code = sys_netlink_open(&restore->netlink, NETLINK_ROUTE, 0, error);

	restore->wanted = wanted;
	restore->age_s = age_ms > 0 ? age_ms / 1000 : 0;
	if (code == 0)
		code = sys_queue_open(&restore->queue, &restore->netlink, error);
	restore->queue.failed = note_failure;
	restore->queue.done = note_done;
	restore->queue.context = restore;
	restore->ethtool.ioctl_fd = -1;
	if (code == 0)
		code = sys_ethtool_open(&restore->ethtool, error);
	restore->indexes = calloc(wanted->links.count + 1, sizeof(*restore->indexes));
	restore->has_own = calloc(wanted->links.count + 1, sizeof(*restore->has_own));
	if (code == 0 &&
		(!restore->indexes || !restore->has_own ||
			sys_names_open(&restore->names, wanted) < 0 || find_above(restore) < 0))
		code = ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	if (code == 0)
		find_own_addresses(restore);
	restore->index_of = (struct sys_index_of){find_index, restore};
	restore->put = (struct sys_setting_put){&restore->queue, &restore->links, &restore->names,
		&restore->index_of, &restore->ethtool, &restore->vlans, &wanted->settings, false};
	return code ? code : sys_links_dump(&restore->netlink, &restore->links, error);
}
