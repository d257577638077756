/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When packets pass again: the settings, of which most are as they were. */
#include <errno.h>

#include "net_restore.h"
#include "network.h"

/* What a fresh look needs: our links by their present indexes, in *ret_now. */
static int links_now(
	struct sys_restore *restore, struct ds_network *ret_now, struct ds_error *error)
{
	int code = sys_links_dump(&restore->netlink, &restore->links, error);

	if (code < 0)
		return code;
	sys_restore_match(restore);
	sys_links_mark_above(&restore->links);
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		struct ds_link *link;

		if (restore->indexes[i] == 0)
			continue;
		link = ds_list_add(&ret_now->links);
		if (!link || ds_string_set(&link->name, restore->wanted->links.items[i].name) < 0)
			return ds_error_set(error, -ENOMEM, "restore settings: out of memory");
		link->is_upper = restore->wanted->links.items[i].is_upper;
		link->ifindex = restore->indexes[i];
	}
	return 0;
}

static int restore_settings(struct sys_restore *restore, struct ds_error *error)
{
	struct ds_network now = {0};
	const struct sys_setting_look look = {&restore->netlink, &restore->links, &now,
		&now.settings, &restore->wanted->settings};
	int code = links_now(restore, &now, error);

	if (code == 0)
		code = sys_settings_look(&look, error);
	if (code == 0)
		sys_settings_put_rest(&restore->put, restore->wanted, &now.settings);
	ds_record_done(&ds_network_record, &now);
	return code;
}

int sys_net_settings(
	const struct ds_network *wanted, struct ds_returned *ret_returned, struct ds_error *error)
{
	struct sys_restore restore
		__attribute__((cleanup(sys_restore_close))) = {.ethtool.ioctl_fd = -1};
	int code;

	if (wanted->settings.items.count == 0)
		return 0;
	code = sys_restore_open(&restore, wanted, error);
	if (code == 0)
		code = restore_settings(&restore, error);
	if (code == 0 && sys_restore_tell(&restore, ret_returned) < 0)
		code = ds_error_set(error, -ENOMEM, "restore settings: out of memory");
	return code;
}
