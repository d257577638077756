/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_NETWORK_H
#define DRVSWAP_NETWORK_H

/*
 * The part of a host's network that hangs on the devices of one module.
 *
 * An interface index never survives the swap, a name may change in between: inside one snapshot
 * addresses and routes point to their link by its name, and links of two snapshots are matched by
 * device, port and permanent MAC.
 */

#include "drvswap/record.h"
#include "drvswap/setting.h"

/* Where a driver's name and version were read: the report names it with the fact. */
enum ds_source {
	DS_SOURCE_NONE,
	DS_SOURCE_DEVLINK, /* DEVLINK_CMD_INFO_GET over generic netlink */
	DS_SOURCE_DRVINFO, /* ioctl SIOCETHTOOL, ETHTOOL_GDRVINFO: what `ethtool -i` prints */
	DS_SOURCE_SYSFS,
	DS_SOURCE_COUNT
};
extern const char *const ds_source_names[];

struct ds_driver_info {
	char *driver;
	char *version; /* NULL where the driver gives none: the kernel then fills in its release */
	char *firmware;
	char *bus_info;
	int driver_source, version_source; /* enum ds_source */
};

struct ds_link {
	char *name;
	int64_t ifindex;
	char *device;        /* "pci/0000:00:02.0"; NULL: no parent device */
	int64_t dev_port;    /* of a device with several ports */
	char *permanent_mac; /* IFLA_PERM_ADDRESS; NULL: the driver gives none */
	char *mac;
	bool is_mac_set; /* NET_ADDR_SET: set by hand, the new device will not know it */
	int64_t mtu, txqlen, group;
	int64_t tx_queues, rx_queues; /* with which it was made; 0: not told */
	char *alias;
	ds_strings altnames;
	/*
	 * A link that was stacked on one of the module's and is deleted with it; we make it again.
	 * It has no device: two snapshots match it by name.
	 */
	bool is_upper;
	char *kind;          /* "vlan", "macvlan" ...; NULL: not is_upper */
	char *lower;         /* name of the link that it lies on */
	int64_t lower_netns; /* the inode of that link's network namespace; 0: this one's own */
	char *data;          /* what the kind was made with: IFLA_INFO_DATA in hex, links by name */
	char *master;        /* name of the bond, bridge, team or VRF; NULL: none */
	bool is_up;          /* IFF_UP, the administrator's wish */
	/*
	 * IFF_LOWER_UP and IFF_RUNNING: there is carrier, and the kernel has acted on it. The
	 * second can follow the first by a second, for linkwatch runs once a second unless a
	 * queue waits for it; IPv6 waits for it, IPv4 does not (net/core/link_watch.c,
	 * linkwatch_urgent_event(), net/ipv6/addrconf.c, addrconf_link_ready(), 6.1).
	 */
	bool has_carrier;             /* only meaningful where is_up */
	bool is_promisc, is_allmulti; /* as the administrator set them */
	int64_t addr_gen_mode;        /* IN6_ADDR_GEN_MODE_*; -1: no IPv6 */
	/*
	 * The last half of addresses that it makes of advertisements, "::53". NULL: none, or one
	 * that the kernel does not ask for and would not take again.
	 */
	char *token;
	int64_t speed_mbps;         /* -1: unknown */
	int64_t duplex;             /* DUPLEX_*; -1: unknown */
	int64_t tx_timeouts;        /* of all queues, counted by the kernel; -1: unknown */
	int64_t driver_tx_timeouts; /* as the driver's own statistics count; -1: they do not */
	bool has_default_route, has_caller_ssh;
	struct ds_driver_info driver;
};

struct ds_address {
	char *link;
	int64_t family; /* AF_INET, AF_INET6 */
	char *local;    /* text, as inet_ntop() writes it */
	char *peer;     /* NULL unless it differs from local */
	char *broadcast;
	char *label;
	int64_t prefix, scope, flags; /* IFA_F_* */
	int64_t metric;               /* IFA_RT_PRIORITY, 0: none */
	int64_t protocol;             /* IFA_PROTO, 0: not told */
	int64_t valid_s, preferred_s; /* seconds left at the snapshot; -1: for ever */
};

struct ds_nexthop {
	char *link;
	char *gateway;          /* NULL: on link */
	int64_t gateway_family; /* AF_INET6 for RTA_VIA below an IPv4 route */
	int64_t weight, flags;  /* weight as in `ip route`: 1 is the default */
	int64_t realms;         /* of a leg of several, IPv4, RTA_FLOW; 0: none */
};

struct ds_route {
	int64_t family, table, type, scope, protocol, tos;
	char *destination; /* NULL: default */
	int64_t prefix;
	char *preferred_source;
	int64_t priority;   /* the metric */
	int64_t preference; /* IPv6 router preference, RTA_PREF */
	int64_t expires_s;  /* IPv6, seconds left; 0: never */
	char *metrics;      /* RTA_METRICS, raw, hex: mtu, advmss, window ...; NULL: none */
	int64_t realms;     /* IPv4, RTA_FLOW; 0: none */
	int64_t nexthop_id; /* 0: none */
	/* Of protocol "kernel", and yet no address makes it: see ds_network_find_given(). */
	bool is_given;
	DS_LIST(struct ds_nexthop) nexthops; /* one or, multipath, more */
};

/* Who configures a link, and would do so again when it comes back. */
enum ds_owner {
	DS_OWNER_NONE, /* nobody: it was configured by hand */
	DS_OWNER_NETWORKD,
	DS_OWNER_NETWORKMANAGER,
	DS_OWNER_IFUPDOWN,
	DS_OWNER_COUNT
};
extern const char *const ds_owner_names[];

/* A link that its owner had come to an end with: one of ours, or one that lies above them. */
struct ds_owned {
	char *link;
	int owner;      /* enum ds_owner */
	bool has_lease; /* of a DHCP client of the owner */
	char *profile;  /* NetworkManager's connection, its UUID; NULL: others have none */
};

struct ds_namespace;

struct ds_network {
	int64_t taken_ms; /* CLOCK_BOOTTIME of the snapshot: lifetimes count from here */
	DS_LIST(struct ds_link) links; /* the module's; then what lies on them, lower ones first */
	DS_LIST(struct ds_address)
	addresses; /* in the kernel's order: primaries before secondaries */
	DS_LIST(struct ds_route) routes;
	DS_LIST(struct ds_owned) owned;
	/* Behind a bond or the like that our links carry, and that stays when they go. */
	DS_LIST(struct ds_nexthop) gateways_above;
	bool has_other_default; /* a default route leaves by a link that is none of these */
	struct ds_settings settings;
	struct ds_returned returned; /* what this process restored before it took the snapshot */
	ds_strings losses;   /* what stays away unless its owner acts: "the tc filters of eth0" */
	ds_strings blockers; /* why a link must not go: "eth0 has 4 virtual functions" */
	ds_strings unseen;   /* what could not be looked at, and why */
	ds_strings
		elsewhere; /* devices whose link is where we cannot look or cannot bring it back */
	ds_strings dependents; /* links that go with ours, and that we cannot make again */
	/* Others that have links of the module, or links that lie on them; those have none inside.
	 */
	DS_LIST(struct ds_namespace) namespaces;
};

/* A network namespace other than the one that drvswap runs in. It ends with the boot. */
struct ds_namespace {
	char *name;    /* in /run/netns; else the path */
	char *path;    /* "/run/netns/blue", "/proc/1234/ns/net" */
	int64_t inode; /* by which it is known, whoever holds it then */
	struct ds_network network;
};

extern const struct ds_record ds_driver_info_record, ds_link_record, ds_address_record,
	ds_nexthop_record, ds_route_record, ds_owned_record, ds_network_record, ds_namespace_record;

/* NULL: it has none of that inode. */
const struct ds_namespace *ds_namespace_find(const struct ds_network *network, int64_t inode);

/* Here or in another namespace. */
bool ds_network_has_links(const struct ds_network *network);

/*
 * Finds the link of network that is the same port as link was: by device and port, and the
 * permanent MAC where both have one. NULL: not there.
 */
const struct ds_link *ds_link_match(const struct ds_network *network, const struct ds_link *link);
const struct ds_link *ds_link_find(const struct ds_network *network, const char *name);

/*
 * Who puts an address or a route back: true where drvswap must, false where the kernel makes it by
 * itself (link-local, prefix and multicast routes) or a router's advertisement does.
 */
bool ds_address_is_ours(const struct ds_address *address);

/*
 * An address that the kernel would make of the MAC again, but only when it has acted on the
 * carrier, and use two seconds later, when no other host has answered for it. This host had it:
 * given back at once it is in use at once, and a gateway can be asked from it.
 */
bool ds_address_is_from_mac(const struct ds_address *address);
bool ds_route_is_ours(const struct ds_route *route);

/*
 * Made by the kernel of a router's advertisement, and such that it goes on from the same one where
 * it finds it: a proven address, the network of which is on the link, or which is a temporary one;
 * a default route.
 */
bool ds_address_is_advertised(const struct ds_network *network, const struct ds_address *address);
bool ds_route_is_advertised(const struct ds_route *route);

/*
 * Marks the routes that somebody gave in the kernel's name: those by a gateway, and those that the
 * kernel would not have made of any address, be it that it was kept from it (IFA_F_NOPREFIXROUTE;
 * NetworkManager does so). They do not come back with the address. 0 or -ENOMEM.
 */
int ds_network_find_given(struct ds_network *network);

/* The same object on the host, lifetimes and kernel bookkeeping aside. */
bool ds_address_same(const struct ds_address *a, const struct ds_address *b);
bool ds_route_same(const struct ds_route *a, const struct ds_route *b);

/* As `ip addr` and `ip route` would write it, for reports; allocated, NULL when out of memory. */
char *ds_address_text(const struct ds_address *address);
char *ds_route_text(const struct ds_route *route);

#endif
