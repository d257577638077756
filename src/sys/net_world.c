/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_world.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

#define ID_UNKNOWN INT32_MIN /* not asked yet; -1: it has no number for that one */

static void place_done(struct sys_place *place)
{
	free(place->name);
	free(place->path);
	free(place->ids);
	if (place->fd >= 0)
		close(place->fd);
	sys_netlink_close(&place->netlink);
	sys_links_done(&place->links);
	ds_record_done(&ds_network_record, &place->network);
	*place = (struct sys_place){.fd = -1};
}

void sys_world_close(struct sys_world *world)
{
	for (size_t i = 0; i < world->count; i++)
		place_done(&world->items[i]);
	free(world->items);
	*world = (struct sys_world){0};
}

/* --- which there are -------------------------------------------------------------------- */

struct opening {
	struct sys_world *world;
	const struct sys_link_filter *filter;
};

bool sys_link_is_of_module(const struct sys_link *link, const struct sys_link_filter *filter)
{
	return link->kind[0] && filter->kinds && ds_strings_has(filter->kinds, link->kind);
}

/*
 * A pair of veth goes with its module alone. Hosts have hundreds of namespaces with one end of such
 * a pair and nothing else: those need not be kept open.
 */
static bool lies_far(const struct sys_link *link)
{
	return link->far_index && strcmp(link->kind, "veth") != 0;
}

static bool may_concern(const struct sys_links *links, const struct sys_link_filter *filter)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct sys_link *link = &links->items[i];

		if (lies_far(link) || sys_link_is_of_module(link, filter) ||
			(link->link.device && filter->is_wanted(link, filter->context)))
			return true;
	}
	return false;
}

static int place_open(
	struct sys_place *place, const struct sys_netns *netns, struct ds_error *error)
{
	int code;

	place->inode = netns->inode;
	place->fd = dup(netns->fd);
	if (place->fd < 0)
		return -errno;
	code = ds_string_set(&place->name, netns->name);
	if (code == 0)
		code = ds_string_set(&place->path, netns->path);
	if (code == 0)
		code = sys_netns_netlink(place->fd, &place->netlink, error);
	return code ? code : sys_links_dump(&place->netlink, &place->links, error);
}

/* One that we may not enter, or that goes while we look, is as if it were not there. */
static int visit(void *context, const struct sys_netns *netns)
{
	const struct opening *opening = context;
	struct sys_world *world = opening->world;
	struct sys_place *place = ds_list_add(world);
	struct ds_error ignored;
	int code;

	if (!place)
		return -ENOMEM;
	place->fd = -1;
	code = place_open(place, netns, &ignored);
	if (code == 0 && may_concern(&place->links, opening->filter))
		return 0;
	place_done(place);
	world->count--;
	return code == -ENOMEM || code == -ENOTRECOVERABLE ? code : 0;
}

static int ids_make(struct sys_world *world)
{
	for (size_t i = 0; i < world->count; i++) {
		int32_t *ids = calloc(world->count, sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		for (size_t j = 0; j < world->count; j++)
			ids[j] = ID_UNKNOWN;
		world->items[i].ids = ids;
	}
	return 0;
}

int sys_world_open(
	struct sys_world *world, const struct sys_link_filter *filter, struct ds_error *error)
{
	struct opening opening = {world, filter};
	struct sys_place *own = ds_list_add(world);
	int code;

	if (!own)
		return ds_error_set(error, -ENOMEM, "look at the network: out of memory");
	own->fd = sys_netns_open_own();
	own->inode = sys_netns_inode(own->fd);
	code = sys_netlink_open(&own->netlink, NETLINK_ROUTE, 0, error);
	if (code == 0)
		code = sys_links_dump(&own->netlink, &own->links, error);
	if (code < 0)
		return code;
	code = sys_netns_each(visit, &opening);
	if (code == 0)
		code = ids_make(world);
	return code ? ds_error_set(error, code, "look into network namespaces: %s",
			      code == -ENOMEM ? "out of memory" : "the way back was barred")
		    : 0;
}

/* --- how they are seen from each other -------------------------------------------------- */

static int visit_id(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *at[NETNSA_NSID + 1];

	sys_attrs_of(message, sizeof(struct rtgenmsg), at, NETNSA_NSID);
	*(int32_t *)context = (int32_t)sys_attr_u32(at[NETNSA_NSID], -1);
	return 0;
}

static int32_t id_of(struct sys_world *world, struct sys_place *place, size_t other)
{
	int32_t *id = &place->ids[other];
	const struct sys_visitor visitor = {.visit = visit_id, .context = id};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETNSID, 0);
	struct ds_error ignored;

	if (*id != ID_UNKNOWN)
		return *id;
	*id = -1;
	sys_message_extra(&request, sizeof(struct rtgenmsg));
	sys_put_u32(&request, NETNSA_FD, (uint32_t)world->items[other].fd);
	sys_netlink_ask(&place->netlink, request.header, &visitor, "", &ignored);
	return *id;
}

struct sys_link *sys_world_lower(struct sys_world *world, struct sys_place *place,
	const struct sys_link *link, struct sys_place **ret_place)
{
	*ret_place = place;
	if (!link->far_index)
		return sys_links_by_index(&place->links, link->lower_index);
	for (size_t i = 0; i < world->count; i++) {
		struct sys_place *other = &world->items[i];

		if (other == place || id_of(world, place, i) != link->far_nsid)
			continue;
		*ret_place = other;
		return sys_links_by_index(&other->links, link->far_index);
	}
	return NULL;
}
