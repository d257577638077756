/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/network.h"

const char *const ds_source_names[] = {"none", "devlink", "drvinfo", "sysfs", NULL};
_Static_assert(sizeof(ds_source_names) / sizeof(char *) == DS_SOURCE_COUNT + 1, "");

static const struct ds_field driver_info_fields[] = {
	DS_STRING(struct ds_driver_info, driver),
	DS_STRING(struct ds_driver_info, version),
	DS_STRING(struct ds_driver_info, firmware),
	DS_STRING(struct ds_driver_info, bus_info),
	DS_ENUM(struct ds_driver_info, driver_source, ds_source_names),
	DS_ENUM(struct ds_driver_info, version_source, ds_source_names),
	DS_FIELDS_END,
};
const struct ds_record ds_driver_info_record = {
	"driver_info", sizeof(struct ds_driver_info), driver_info_fields};

static const struct ds_field link_fields[] = {
	DS_NEEDED(struct ds_link, name),
	DS_INT(struct ds_link, ifindex),
	DS_STRING(struct ds_link, device),
	DS_INT(struct ds_link, dev_port),
	DS_STRING(struct ds_link, permanent_mac),
	DS_STRING(struct ds_link, mac),
	DS_BOOL(struct ds_link, is_mac_set),
	DS_INT(struct ds_link, mtu),
	DS_INT(struct ds_link, txqlen),
	DS_INT(struct ds_link, group),
	DS_INT(struct ds_link, tx_queues),
	DS_INT(struct ds_link, rx_queues),
	DS_STRING(struct ds_link, alias),
	DS_STRINGS(struct ds_link, altnames),
	DS_BOOL(struct ds_link, is_upper),
	DS_STRING(struct ds_link, kind),
	DS_STRING(struct ds_link, lower),
	DS_INT(struct ds_link, lower_netns),
	DS_STRING(struct ds_link, data),
	DS_STRING(struct ds_link, master),
	DS_BOOL(struct ds_link, is_up),
	DS_BOOL(struct ds_link, has_carrier),
	DS_BOOL(struct ds_link, is_promisc),
	DS_BOOL(struct ds_link, is_allmulti),
	DS_INT(struct ds_link, addr_gen_mode),
	DS_STRING(struct ds_link, token),
	DS_INT(struct ds_link, speed_mbps),
	DS_INT(struct ds_link, duplex),
	DS_INT(struct ds_link, tx_timeouts),
	DS_INT(struct ds_link, driver_tx_timeouts),
	DS_BOOL(struct ds_link, has_default_route),
	DS_BOOL(struct ds_link, has_caller_ssh),
	DS_RECORD(struct ds_link, driver, &ds_driver_info_record),
	DS_FIELDS_END,
};
const struct ds_record ds_link_record = {"link", sizeof(struct ds_link), link_fields};

static const struct ds_field address_fields[] = {
	DS_NEEDED(struct ds_address, link),
	DS_INT(struct ds_address, family),
	DS_NEEDED(struct ds_address, local),
	DS_STRING(struct ds_address, peer),
	DS_STRING(struct ds_address, broadcast),
	DS_STRING(struct ds_address, label),
	DS_INT(struct ds_address, prefix),
	DS_INT(struct ds_address, scope),
	DS_INT(struct ds_address, flags),
	DS_INT(struct ds_address, metric),
	DS_INT(struct ds_address, protocol),
	DS_INT(struct ds_address, valid_s),
	DS_INT(struct ds_address, preferred_s),
	DS_FIELDS_END,
};
const struct ds_record ds_address_record = {"address", sizeof(struct ds_address), address_fields};

static const struct ds_field nexthop_fields[] = {
	DS_STRING(struct ds_nexthop, link),
	DS_STRING(struct ds_nexthop, gateway),
	DS_INT(struct ds_nexthop, gateway_family),
	DS_INT(struct ds_nexthop, weight),
	DS_INT(struct ds_nexthop, flags),
	DS_INT(struct ds_nexthop, realms),
	DS_FIELDS_END,
};
const struct ds_record ds_nexthop_record = {"nexthop", sizeof(struct ds_nexthop), nexthop_fields};

static const struct ds_field route_fields[] = {
	DS_INT(struct ds_route, family),
	DS_INT(struct ds_route, table),
	DS_INT(struct ds_route, type),
	DS_INT(struct ds_route, scope),
	DS_INT(struct ds_route, protocol),
	DS_INT(struct ds_route, tos),
	DS_STRING(struct ds_route, destination),
	DS_INT(struct ds_route, prefix),
	DS_STRING(struct ds_route, preferred_source),
	DS_INT(struct ds_route, priority),
	DS_INT(struct ds_route, preference),
	DS_INT(struct ds_route, expires_s),
	DS_STRING(struct ds_route, metrics),
	DS_INT(struct ds_route, realms),
	DS_INT(struct ds_route, nexthop_id),
	DS_BOOL(struct ds_route, is_given),
	DS_LIST_OF(struct ds_route, nexthops, &ds_nexthop_record),
	DS_FIELDS_END,
};
const struct ds_record ds_route_record = {"route", sizeof(struct ds_route), route_fields};

const char *const ds_owner_names[] = {
	"none", "systemd-networkd", "NetworkManager", "ifupdown", NULL};
_Static_assert(sizeof(ds_owner_names) / sizeof(char *) == DS_OWNER_COUNT + 1, "");

static const struct ds_field owned_fields[] = {
	DS_NEEDED(struct ds_owned, link),
	DS_ENUM(struct ds_owned, owner, ds_owner_names),
	DS_BOOL(struct ds_owned, has_lease),
	DS_STRING(struct ds_owned, profile),
	DS_FIELDS_END,
};
const struct ds_record ds_owned_record = {"owned", sizeof(struct ds_owned), owned_fields};

/* The first is not of networks that are in the list themselves. */
static const struct ds_field network_fields[] = {
	DS_LIST_OF(struct ds_network, namespaces, &ds_namespace_record),
	DS_INT(struct ds_network, taken_ms),
	DS_LIST_OF(struct ds_network, links, &ds_link_record),
	DS_LIST_OF(struct ds_network, addresses, &ds_address_record),
	DS_LIST_OF(struct ds_network, routes, &ds_route_record),
	DS_LIST_OF(struct ds_network, owned, &ds_owned_record),
	DS_LIST_OF(struct ds_network, gateways_above, &ds_nexthop_record),
	DS_RECORD(struct ds_network, settings, &ds_settings_record),
	DS_RECORD(struct ds_network, returned, &ds_returned_record),
	DS_STRINGS(struct ds_network, losses),
	DS_STRINGS(struct ds_network, blockers),
	DS_STRINGS(struct ds_network, unseen),
	DS_STRINGS(struct ds_network, elsewhere),
	DS_BOOL(struct ds_network, has_other_default),
	DS_STRINGS(struct ds_network, dependents),
	DS_FIELDS_END,
};
const struct ds_record ds_network_record = {"network", sizeof(struct ds_network), network_fields};

static const struct ds_record inner_network_record = {
	"inner_network", sizeof(struct ds_network), network_fields + 1};

static const struct ds_field namespace_fields[] = {
	DS_NEEDED(struct ds_namespace, name),
	DS_NEEDED(struct ds_namespace, path),
	DS_INT(struct ds_namespace, inode),
	DS_RECORD(struct ds_namespace, network, &inner_network_record),
	DS_FIELDS_END,
};
const struct ds_record ds_namespace_record = {
	"namespace", sizeof(struct ds_namespace), namespace_fields};

const struct ds_namespace *ds_namespace_find(const struct ds_network *network, int64_t inode)
{
	for (size_t i = 0; i < network->namespaces.count; i++) {
		if (network->namespaces.items[i].inode == inode)
			return &network->namespaces.items[i];
	}
	return NULL;
}

bool ds_network_has_links(const struct ds_network *network)
{
	bool has_links = network->links.count > 0;

	for (size_t i = 0; i < network->namespaces.count; i++)
		has_links |= network->namespaces.items[i].network.links.count > 0;
	return has_links;
}

/* Without a device behind it, a link has nothing that lasts but its name. */
static bool is_same_port(const struct ds_link *a, const struct ds_link *b)
{
	if (!ds_string_equal(a->device, b->device))
		return false;
	if (a->permanent_mac && b->permanent_mac &&
		!ds_string_equal(a->permanent_mac, b->permanent_mac))
		return false;
	return a->device ? a->dev_port == b->dev_port : ds_string_equal(a->name, b->name);
}

const struct ds_link *ds_link_match(const struct ds_network *network, const struct ds_link *link)
{
	for (size_t i = 0; i < network->links.count; i++) {
		if (is_same_port(&network->links.items[i], link))
			return &network->links.items[i];
	}
	return NULL;
}

const struct ds_link *ds_link_find(const struct ds_network *network, const char *name)
{
	for (size_t i = 0; i < network->links.count; i++) {
		if (ds_string_equal(network->links.items[i].name, name))
			return &network->links.items[i];
	}
	return NULL;
}
