/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which links go with the module: its own, and what lies on them, in whatever namespace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net_kind.h"
#include "net_tunnel.h"
#include "net_world.h"
#include "netns.h"

/* Its daemon adds the link again when it sees it. */
static int port_lose(struct ds_network *network, const struct ds_link *link)
{
	char *text = NULL;
	int code = ds_string_format(
		&text, "the port %s of Open vSwitch, until that adds it again,", link->name);

	if (code == 0)
		code = ds_strings_add(&network->losses, text);
	free(text);
	return code;
}

static int link_add(struct sys_place *place, struct sys_link *link)
{
	const struct sys_link *master = sys_links_by_index(&place->links, link->master_index);
	struct ds_link *copy = ds_list_add(&place->network.links);

	link->is_ours = true;
	if (!copy || ds_record_copy(&ds_link_record, &link->link, copy) < 0)
		return -ENOMEM;
	if (master && sys_link_is_switch(master))
		return port_lose(&place->network, copy);
	return master ? ds_string_set(&copy->master, master->link.name) : 0;
}

/* A link of a device comes back in the first namespace: from there we can move it, and no other. */
static bool is_port(const struct sys_place *place, const struct sys_link *link,
	const struct sys_link_filter *filter)
{
	return filter->is_wanted(link, filter->context) &&
	       (!place->name || (link->link.device && sys_netns_is_first()));
}

static int pick_ports(struct sys_place *place, const struct sys_link_filter *filter)
{
	for (size_t i = 0; i < place->links.count; i++) {
		struct sys_link *link = &place->links.items[i];

		if (is_port(place, link, filter) && link_add(place, link) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool goes(const struct sys_place *place, const struct sys_link *link)
{
	return link->is_ours || ds_strings_has(&place->network.dependents, link->link.name);
}

static bool is_dependent(struct sys_world *world, struct sys_place *place,
	const struct sys_link *link, const struct sys_link_filter *filter)
{
	const struct sys_link *lower;
	struct sys_place *there;

	if (goes(place, link))
		return false;
	if (sys_link_is_of_module(link, filter))
		return true;
	lower = sys_world_lower(world, place, link, &there);
	if (lower && lower->is_ours && there == place && sys_tunnel_is(link))
		return false;
	return lower && goes(there, lower);
}

/* Takes over data, which may be NULL. */
static int upper_add(struct sys_place *place, struct sys_link *link, const struct sys_link *lower,
	const struct sys_place *there, char *data)
{
	int code = link_add(place, link);
	struct ds_link *copy;

	if (code < 0) {
		free(data);
		return code;
	}
	copy = &place->network.links.items[place->network.links.count - 1];
	copy->is_upper = true;
	copy->data = data;
	copy->lower_netns = there == place ? 0 : (int64_t)there->inode;
	code = ds_string_set(&copy->kind, link->kind);
	return code ? code : ds_string_set(&copy->lower, lower->link.name);
}

/*
 * What lies on a link that cannot be made again cannot be either: lower->is_ours is then false.
 * What a kind says of the link below is said in the namespace of that one.
 */
static int dependent_add(struct sys_world *world, struct sys_place *place, struct sys_link *link,
	const struct sys_link_filter *filter)
{
	struct sys_place *there;
	const struct sys_link *lower = sys_world_lower(world, place, link, &there);
	int code = -EOPNOTSUPP;
	char *data = NULL;

	if (link->data && lower && lower->is_ours && !sys_link_is_of_module(link, filter))
		code = sys_kind_read(
			link->kind, &there->links, link->data, link->data_bytes, &data);
	if (code == 0)
		return upper_add(place, link, lower, there, data);
	return code == -ENOMEM ? code : ds_strings_add(&place->network.dependents, link->link.name);
}

static int pick_dependents(struct sys_world *world, struct sys_place *place,
	const struct sys_link_filter *filter, bool *is_more)
{
	for (size_t i = 0; i < place->links.count; i++) {
		struct sys_link *link = &place->links.items[i];

		if (!is_dependent(world, place, link, filter))
			continue;
		*is_more = true;
		if (dependent_add(world, place, link, filter) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * A VLAN may lie on a VLAN, in any order of indexes: again until nothing is added. So links stand
 * behind what they lie on.
 */
int sys_world_pick(
	struct sys_world *world, const struct sys_link_filter *filter, struct ds_error *error)
{
	bool is_more;
	int code = 0;

	for (size_t i = 0; code == 0 && i < world->count; i++)
		code = pick_ports(&world->items[i], filter);
	do {
		is_more = false;
		for (size_t i = 0; code == 0 && i < world->count; i++)
			code = pick_dependents(world, &world->items[i], filter, &is_more);
	} while (code == 0 && is_more);
	return code ? ds_error_set(error, code, "look at the network: out of memory") : 0;
}
