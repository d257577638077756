/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_H
#define SYS_NET_H

/*
 * What the files net_*.c share: the links of the host as a table, and the translation between
 * rtnetlink messages and the records of drvswap/network.h.
 *
 * Decoders take one message and need no host, so that recorded and hostile bytes can test them.
 */

#include <linux/netlink.h>

#include "drvswap/network.h"
#include "message.h"
#include "net_nexthop.h"
#include "netlink.h"
#include "network.h"

/* A link of the host, ours or not: routes and masters name the others. */
struct sys_link {
	struct ds_link link;
	char kind[16]; /* "bond", "vlan" ...; empty: a device of some hardware, or lo */
	void *data;    /* IFLA_INFO_DATA of a kind that we can make again; or NULL */
	size_t data_bytes;
	struct nlmsghdr *message; /* as it came, for settings; NULL: made, but not seen yet */
	uint32_t master_index;    /* 0: none */
	uint32_t lower_index;     /* what it is stacked on, in this namespace; 0: nothing */
	uint32_t far_index;       /* the same in another namespace; 0: nothing */
	int32_t far_nsid;         /* that namespace, by its number in this one */
	bool is_lower_up;         /* IFF_LOWER_UP: the driver's word for carrier */
	bool is_ours;             /* in the snapshot that is being taken */
	bool is_above;            /* not ours, but what it carries goes through one of ours */
	bool has_default_route;
	bool has_caller_ssh;
};

struct sys_links { /* sorted by ifindex, once sys_links_sort() was called */
	struct sys_link *items;
	size_t count;
	struct sys_nexthops nexthops; /* read where routes are; empty elsewhere */
};

/* net_link.c */
int sys_link_decode(const struct nlmsghdr *message, struct sys_link *ret_link);
void sys_link_done(struct sys_link *link);
/*
 * Open vSwitch: its ports come and go by its own messages, and rtnetlink is refused
 * (net/core/rtnetlink.c, do_set_master(), 6.1).
 */
bool sys_link_is_switch(const struct sys_link *link);
int sys_mac_parse(const char *text, uint8_t *ret_bytes, size_t size, size_t *ret_count);

/* net_token.c: of IFLA_INET6_TOKEN in that RTM_NEWLINK, where it is of use. 0 or -ENOMEM. */
int sys_token_read(
	struct ds_link *link, const struct nlmsghdr *message, const struct nlattr *token);

/* net_links.c */
int sys_links_dump(struct sys_netlink *netlink, struct sys_links *links, struct ds_error *error);
int sys_links_update(struct sys_links *links, const struct nlmsghdr *message);
void sys_links_sort(struct sys_links *links);
void sys_links_done(struct sys_links *links);
struct sys_link *sys_links_by_index(const struct sys_links *links, uint32_t ifindex);
struct sys_link *sys_links_by_name(const struct sys_links *links, const char *name);

/* Puts a link that is about to be made into its place; takes over what it owns. 0 or -ENOMEM. */
int sys_links_insert(struct sys_links *links, struct sys_link *link);

/* The link that is the same port as wanted was; reads dev_port where it must. NULL: not there. */
struct sys_link *sys_links_match(const struct sys_links *links, const struct ds_link *wanted);

/* Does traffic of upper pass through lower: the same link, its port, its VLAN, and so on up? */
bool sys_links_is_below(
	const struct sys_links *links, const struct sys_link *lower, const struct sys_link *upper);

/* net_sysfs.c: what rtnetlink does not tell. All need the link's present name. */
int64_t sys_net_sysfs_number(const char *link, const char *attribute, int64_t absent);
int sys_net_sysfs_text(const char *link, const char *attribute, char *ret_text, size_t size);
/* The last part of a symbolic link's target, as "vmxnet3" of device/driver; -errno. */
int sys_net_sysfs_target(const char *link, const char *attribute, char *ret_text, size_t size);

/* net_address.c; -ENODEV: of a link that is not in the table; -EAFNOSUPPORT: not IP. */
int sys_address_decode(
	const struct nlmsghdr *message, const struct sys_links *links, struct ds_address *ret);
/*
 * age_s is subtracted from lifetimes; -ETIME: it has run out. is_at_once: an address of IPv6 that
 * was found free before is used without another check, and marked with IFA_F_NODAD.
 */
int sys_address_encode(struct sys_message *message, const struct ds_address *address,
	uint32_t ifindex, int64_t age_s, bool is_at_once);

/*
 * net_route.c; -EAFNOSUPPORT: nothing to put back (cached, another family); -EOPNOTSUPP: nothing
 * that we could put back as it was, and then sys_route_lost() adds what will be missed to texts.
 */
int sys_route_decode(
	const struct nlmsghdr *message, const struct sys_links *links, struct ds_route *ret);
int sys_route_lost(const struct nlmsghdr *message, ds_strings *texts);

/* Cheap test before the decoding: the router of a network has a million routes elsewhere. */
bool sys_route_uses_ours(const struct nlmsghdr *message, const struct sys_links *links,
	const struct ds_network *network);

/* net_above.c */
/* true: there are some. */
bool sys_links_mark_above(struct sys_links *links);
/* The gateways of a route that leaves by such a link; *network has each once. */
int sys_gateways_above_add(
	const struct nlmsghdr *message, const struct sys_links *links, struct ds_network *network);

/* Marks the links that a default route leaves by. */
void sys_route_mark_default(const struct nlmsghdr *message, struct sys_links *links);

/* net_route_put.c */
enum sys_route_pass {
	SYS_PASS_ON_LINK, /* makes gateways reachable */
	SYS_PASS_GATEWAY,
	SYS_PASS_MULTIPATH,
	SYS_PASS_COUNT
};
enum sys_route_pass sys_route_pass(const struct ds_route *route);

/* Index of a link by its name in the snapshot; 0: not there. */
struct sys_index_of {
	uint32_t (*find)(void *context, const char *name);
	void *context;
};

/*
 * How many messages the route takes: each leg of an IPv6 multipath route is one of its own, for
 * the legs over links that stayed are still there.
 */
size_t sys_route_messages(const struct ds_route *route);
int sys_route_encode(struct sys_message *message, const struct ds_route *route, size_t part,
	bool with_nexthop_id, int64_t age_s, const struct sys_index_of *index_of);

/* net_stats.c: fills tx_timeouts and driver_tx_timeouts; fd is a socket for ioctls, or -1. */
void sys_link_timeouts_read(int fd, struct ds_link *link);
bool sys_stat_is_tx_timeout(const char *name, size_t size); /* NUL where it is shorter */

/* net_look.c: the seam for tests, whose links have no parent device. */
struct sys_link_filter {
	bool (*is_wanted)(const struct sys_link *link, const void *context);
	const ds_strings *kinds; /* of virtual links that go with the module; NULL: none */
	const void *context;
	const char *caller; /* the local address of the caller's SSH connection; NULL: none */
};
/* Goes into other namespaces for what of them is in *ret_network: see netns.h on that. */
int sys_net_look(const struct sys_link_filter *filter, struct ds_network *ret_network,
	struct ds_error *error);

/* net_wait.c */
struct sys_wait {
	const struct ds_network *wanted;
	enum sys_awaited awaited;
	int64_t deadline_ms;
	const ds_strings *above; /* links that stay, and are to have carrier again; or NULL */
};

/*
 * Waits until all that is wanted is there; *links, which is kept up to date, must hold a dump.
 * At -ETIMEDOUT *links tells what has come.
 */
int sys_net_wait(struct sys_netlink *netlink, struct sys_links *links, const struct sys_wait *wait,
	struct ds_error *error);
int64_t sys_net_now_ms(void); /* CLOCK_BOOTTIME */

#endif
