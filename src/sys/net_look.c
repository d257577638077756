/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The snapshot. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ethtool.h"
#include "net.h"
#include "net_elsewhere.h"
#include "net_losses.h"
#include "net_names.h"
#include "net_settings.h"
#include "net_world.h"
#include "network.h"
#include "owner.h"

#define NET_ADDR_SET 3 /* include/linux/netdevice.h; not in the kernel's user headers */

/* One look into one namespace, as it is taken. */
struct look {
	struct sys_netlink *netlink;
	struct sys_links *links;
	struct ds_network *network; /* what becomes the result */
	struct ds_network all;      /* addresses of all links: SSH may come in over a bond */
	bool has_above;             /* links that stay, and that ours carry */
	ds_strings lost_routes;     /* that we can read, but not make again */
};

static void look_done(struct look *look)
{
	ds_record_done(&ds_network_record, &look->all);
	ds_strings_done(&look->lost_routes);
}

static int out_of_memory(struct ds_error *error)
{
	return ds_error_set(error, -ENOMEM, "look at the network: out of memory");
}

/* Dumps of addresses and routes have a header of three bytes or more, all zero, and no filter. */
static int dump(struct sys_netlink *netlink, uint16_t type, size_t header_bytes,
	const struct sys_visitor *visitor, const char *what, struct ds_error *error)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), type, 0);

	sys_message_extra(&request, header_bytes);
	return sys_netlink_dump(netlink, request.header, visitor, what, error);
}

/* What a decoder says of a message that is none of our business. */
static bool is_skipped(int code)
{
	return code == -ENODEV || code == -EAFNOSUPPORT || code == -EBADMSG;
}

static int visit_address(const struct nlmsghdr *message, void *context)
{
	struct look *look = context;
	struct ds_address address = {0};
	struct ds_address *place;
	int code = sys_address_decode(message, look->links, &address);

	if (code < 0)
		return is_skipped(code) ? 0 : code;
	place = ds_list_add(&look->all.addresses);
	if (!place) {
		ds_record_done(&ds_address_record, &address);
		return -ENOMEM;
	}
	*place = address;
	return 0;
}

static void restart_addresses(void *context)
{
	struct look *look = context;

	ds_record_done(&ds_network_record, &look->all);
}

static int visit_route(const struct nlmsghdr *message, void *context)
{
	struct look *look = context;
	struct ds_route route = {0};
	struct ds_route *place;
	int code;

	sys_route_mark_default(message, look->links);
	if (look->has_above) {
		code = sys_gateways_above_add(message, look->links, look->network);
		if (code < 0)
			return code;
	}
	if (!sys_route_uses_ours(message, look->links, look->network))
		return 0;
	code = sys_route_decode(message, look->links, &route);
	if (code == -EOPNOTSUPP)
		return sys_route_lost(message, &look->lost_routes);
	if (code < 0)
		return is_skipped(code) ? 0 : code;
	place = ds_list_add(&look->network->routes);
	if (!place) {
		ds_record_done(&ds_route_record, &route);
		return -ENOMEM;
	}
	*place = route;
	return 0;
}

static void restart_routes(void *context)
{
	struct look *look = context;
	struct ds_network routes = {
		.routes = {look->network->routes.items, look->network->routes.count},
		.gateways_above = {
			look->network->gateways_above.items, look->network->gateways_above.count}};

	ds_record_done(&ds_network_record, &routes);
	ds_strings_done(&look->lost_routes);
	look->network->routes.items = NULL;
	look->network->routes.count = 0;
	look->network->gateways_above.items = NULL;
	look->network->gateways_above.count = 0;
	for (size_t i = 0; i < look->links->count; i++)
		look->links->items[i].has_default_route = false;
}

static int pick_addresses(struct look *look, struct ds_error *error)
{
	struct sys_names names __attribute__((cleanup(sys_names_close))) = {0};

	if (sys_names_open(&names, look->network) < 0)
		return out_of_memory(error);
	for (size_t i = 0; i < look->all.addresses.count; i++) {
		const struct ds_address *address = &look->all.addresses.items[i];
		struct ds_address *copy;

		if (!sys_names_find(&names, address->link))
			continue;
		copy = ds_list_add(&look->network->addresses);
		if (!copy || ds_record_copy(&ds_address_record, address, copy) < 0)
			return out_of_memory(error);
	}
	return 0;
}

static void mark_ssh(struct look *look, const char *local)
{
	for (size_t i = 0; i < look->all.addresses.count; i++) {
		const struct ds_address *address = &look->all.addresses.items[i];
		struct sys_link *link;

		if (!ds_string_equal(local, address->local))
			continue;
		link = sys_links_by_name(look->links, address->link);
		if (link)
			link->has_caller_ssh = true;
	}
}

/* What a bond or a VLAN carries, the links below it carry. */
static void carry_down(struct look *look)
{
	for (size_t i = 0; i < look->links->count; i++) {
		const struct sys_link *upper = &look->links->items[i];

		if (!upper->has_default_route && !upper->has_caller_ssh)
			continue;
		for (size_t j = 0; j < look->network->links.count; j++) {
			struct ds_link *link = &look->network->links.items[j];
			const struct sys_link *lower =
				sys_links_by_index(look->links, (uint32_t)link->ifindex);

			if (!sys_links_is_below(look->links, lower, upper))
				continue;
			link->has_default_route |= upper->has_default_route;
			link->has_caller_ssh |= upper->has_caller_ssh;
		}
	}
}

/* A way out of the host that does not hang on this module. */
static void note_other_default(struct look *look)
{
	for (size_t i = 0; i < look->links->count; i++) {
		const struct sys_link *upper = &look->links->items[i];
		bool is_ours = false;

		if (!upper->has_default_route)
			continue;
		for (size_t j = 0; !is_ours && j < look->network->links.count; j++) {
			const struct sys_link *lower = sys_links_by_index(
				look->links, (uint32_t)look->network->links.items[j].ifindex);

			is_ours = lower == upper || sys_links_is_below(look->links, lower, upper);
		}
		look->network->has_other_default |= !is_ours;
	}
}

/* What lies on a port has its speed, and the kernel as its driver. */
static int read_drivers(struct look *look, struct ds_error *error)
{
	struct sys_ethtool ethtool __attribute__((cleanup(sys_ethtool_close))) = {.ioctl_fd = -1};
	int code = sys_ethtool_open(&ethtool, error);

	for (size_t i = 0; code == 0 && i < look->network->links.count; i++) {
		struct ds_link *link = &look->network->links.items[i];

		link->tx_timeouts = link->driver_tx_timeouts = -1;
		if (link->is_upper)
			continue;
		sys_link_timeouts_read(ethtool.ioctl_fd, link);
		if (sys_ethtool_read(&ethtool, link) < 0)
			code = out_of_memory(error);
	}
	return code;
}

/* What a file tells, and no message. */
static void read_files(struct ds_network *network)
{
	for (size_t i = 0; i < network->links.count; i++) {
		struct ds_link *link = &network->links.items[i];

		link->dev_port = link->device ? sys_net_sysfs_number(link->name, "dev_port", 0) : 0;
		link->is_mac_set =
			sys_net_sysfs_number(link->name, "addr_assign_type", -1) == NET_ADDR_SET;
	}
}

static int read_addresses(struct look *look, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit_address, restart_addresses, look};
	int code = dump(look->netlink, RTM_GETADDR, sizeof(struct ifaddrmsg), &visitor,
		"read the addresses", error);

	return code ? code : pick_addresses(look, error);
}

static int read_routes(struct look *look, struct ds_error *error)
{
	const struct sys_visitor visitor = {visit_route, restart_routes, look};

	int code = sys_nexthops_dump(look->netlink, &look->links->nexthops, error);

	if (code == 0)
		code = dump(look->netlink, RTM_GETROUTE, sizeof(struct rtmsg), &visitor,
			"read the routes", error);

	for (size_t i = 0; code == 0 && i < look->lost_routes.count; i++)
		if (ds_strings_add(&look->network->losses, look->lost_routes.items[i]) < 0)
			code = out_of_memory(error);
	if (code == 0 && ds_network_find_given(look->network) < 0)
		code = out_of_memory(error);
	return code;
}

static int read_settings(struct look *look, struct ds_error *error)
{
	const struct sys_setting_look settings = {
		look->netlink, look->links, look->network, &look->network->settings, NULL};

	int code = sys_settings_look(&settings, error);

	return code ? code
		    : sys_losses_look(&settings, &look->network->losses, &look->network->blockers,
			      &look->network->unseen, error);
}

/* Our own namespace has an owner, and the ways into the host. */
static int look_at_host(
	struct look *look, const struct sys_link_filter *filter, struct ds_error *error)
{
	int code = sys_owners_look(look->links, look->network, error);

	note_other_default(look);
	if (filter->caller)
		mark_ssh(look, filter->caller);
	return code;
}

static int look_at_all(struct look *look, const struct sys_link_filter *filter, bool is_own,
	struct ds_error *error)
{
	int code;

	look->network->taken_ms = sys_net_now_ms();
	if (look->network->links.count == 0)
		return 0;
	read_files(look->network);
	look->has_above = sys_links_mark_above(look->links);
	code = read_addresses(look, error);
	if (code == 0)
		code = read_routes(look, error);
	if (code == 0)
		code = read_settings(look, error);
	if (code == 0)
		code = read_drivers(look, error);
	if (code == 0 && is_own)
		code = look_at_host(look, filter, error);
	carry_down(look);
	return code;
}

static int look_at_place(struct sys_place *place, const struct sys_link_filter *filter, bool is_own,
	struct ds_error *error)
{
	struct look look __attribute__((cleanup(look_done))) = {
		&place->netlink, &place->links, &place->network, {0}, false, {0}};

	return look_at_all(&look, filter, is_own, error);
}

int sys_net_look(const struct sys_link_filter *filter, struct ds_network *ret_network,
	struct ds_error *error)
{
	struct sys_world world __attribute__((cleanup(sys_world_close))) = {0};
	int code = sys_world_open(&world, filter, error);

	if (code == 0)
		code = sys_world_pick(&world, filter, error);
	if (code == 0)
		code = look_at_place(&world.items[0], filter, true, error);
	for (size_t i = 1; code == 0 && i < world.count; i++)
		code = sys_elsewhere_look(&world, &world.items[i], filter, look_at_place, error);
	if (code == 0) {
		*ret_network = world.items[0].network;
		world.items[0].network = (struct ds_network){0};
	}
	return code;
}

static bool is_of_devices(const struct sys_link *link, const void *context)
{
	return link->link.device && ds_strings_has(context, link->link.device);
}

int sys_network_look(const ds_strings *devices, const ds_strings *kinds, const char *caller,
	struct ds_network *ret_network, struct ds_error *error)
{
	const struct sys_link_filter filter = {is_of_devices, kinds, devices, caller};
	int code;

	if (devices->count == 0 && kinds->count == 0) {
		*ret_network = (struct ds_network){.taken_ms = sys_net_now_ms()};
		return 0;
	}
	code = sys_net_look(&filter, ret_network, error);
	if (code == 0 && sys_elsewhere_devices(devices, ret_network, &ret_network->elsewhere) < 0)
		code = out_of_memory(error);
	return code;
}
