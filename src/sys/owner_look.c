/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each owner keeps a file for each of its links, and says in it how far it is. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "owner.h"

bool sys_owner_file_has(const char *path, const char *key, char *ret_text, size_t size)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		is_found = strncmp(line, key, strlen(key)) == 0;
		if (is_found)
			snprintf(ret_text, size, "%s", line + strlen(key));
	}
	if (file)
		fclose(file);
	return is_found;
}

/* What its owner had not come to an end with is nobody's to wait for. */
static enum ds_owner find_owner(
	char *link, unsigned int ifindex, struct ds_owned *ret_owned, char *profile, size_t size)
{
	*ret_owned = (struct ds_owned){0};
	profile[0] = '\0';
	if (sys_networkd_is_done(ifindex)) {
		ret_owned->owner = DS_OWNER_NETWORKD;
		ret_owned->has_lease = sys_networkd_has_lease(link);
	} else if (sys_nm_owns(link, ifindex, profile, size)) {
		ret_owned->owner = DS_OWNER_NETWORKMANAGER;
		ret_owned->has_lease = sys_nm_has_lease(link);
	} else if (sys_ifupdown_has(link)) {
		profile[0] = '\0';
		ret_owned->owner = DS_OWNER_IFUPDOWN;
		ret_owned->has_lease = sys_ifupdown_has_lease(link);
	}
	return (enum ds_owner)ret_owned->owner;
}

static bool is_known(const struct ds_network *network, const char *link)
{
	for (size_t i = 0; i < network->owned.count; i++)
		if (ds_string_equal(network->owned.items[i].link, link))
			return true;
	return false;
}

static int add_owned(struct ds_network *network, char *link, unsigned int ifindex)
{
	struct ds_owned owned, *place;
	char profile[64];

	if (is_known(network, link) ||
		find_owner(link, ifindex, &owned, profile, sizeof(profile)) == DS_OWNER_NONE)
		return 0;
	place = ds_list_add(&network->owned);
	if (!place)
		return -ENOMEM;
	*place = owned;
	if (ds_string_set(&place->link, link) < 0 ||
		(profile[0] && ds_string_set(&place->profile, profile) < 0))
		return -ENOMEM;
	return 0;
}

/* Most hosts have one of them, and many have none at all. */
static bool has_owners(void)
{
	return access(SYS_NETWORKD_LINKS, F_OK) == 0 || access(SYS_NM_DEVICES, F_OK) == 0 ||
	       access(SYS_IFUPDOWN_STATE, F_OK) == 0;
}

/*
 * Ours, and what lies above them: a bond loses its carrier with its port, and its owner may then
 * take its addresses away.
 */
int sys_owners_look(
	const struct sys_links *links, struct ds_network *network, struct ds_error *error)
{
	int r = 0;

	if (!has_owners())
		return 0;
	for (size_t i = 0; r == 0 && i < links->count; i++) {
		const struct sys_link *link = &links->items[i];

		if (link->is_ours || link->is_above ||
			ds_strings_has(&network->dependents, link->link.name))
			r = add_owned(network, link->link.name, (unsigned int)link->link.ifindex);
	}
	return r < 0 ? ds_error_set(error, r, "out of memory") : 0;
}

bool sys_owner_is_done(const struct ds_owned *owned, int64_t deadline_ms)
{
	unsigned int ifindex = if_nametoindex(owned->link);

	if (ifindex == 0)
		return false;
	switch (owned->owner) {
	case DS_OWNER_NETWORKD:
		return sys_networkd_is_done(ifindex) &&
		       (!owned->has_lease || sys_networkd_has_lease(owned->link));
	case DS_OWNER_NETWORKMANAGER:
		return sys_nm_is_done(owned, deadline_ms);
	case DS_OWNER_IFUPDOWN:
		return sys_ifupdown_is_done(owned);
	default:
		return true;
	}
}

int sys_owner_nudge(const struct ds_owned *owned, int64_t deadline_ms, struct ds_error *error)
{
	switch (owned->owner) {
	case DS_OWNER_NETWORKD:
		return sys_networkd_nudge(owned, deadline_ms, error);
	case DS_OWNER_NETWORKMANAGER:
		return sys_nm_nudge(owned, deadline_ms, error);
	case DS_OWNER_IFUPDOWN:
		return sys_ifupdown_nudge(owned, deadline_ms, error);
	default:
		return 0;
	}
}
