/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_SETTING_H
#define DRVSWAP_SETTING_H

/*
 * What else hangs on a link, and goes with it: one record for each thing, whatever it is. A kind,
 * a link and a key say which thing, the value how it stands; who reads and writes it is in
 * src/sys, one table row a kind. To compare two of them nothing more need be known.
 */

#include "drvswap/record.h"

enum ds_setting_kind {
	DS_SETTING_SYSCTL,    /* a folder of a link below /proc/sys: lines, see below */
	DS_SETTING_SYSFS,     /* a file below /sys/class/net/LINK */
	DS_SETTING_IRQ,       /* the processors that serve an interrupt of its device */
	DS_SETTING_ETHTOOL,   /* one value or one bit of the ethtool family */
	DS_SETTING_LINK,      /* a number of RTM_NEWLINK */
	DS_SETTING_PORT,      /* how it is a port of a bridge or bond */
	DS_SETTING_VLANS,     /* of a bridge's port: all in one, and options of some */
	DS_SETTING_FDB,       /* a static entry of a bridge or vxlan */
	DS_SETTING_MDB,       /* a static entry of a bridge's multicast database */
	DS_SETTING_NEIGHBOUR, /* one that somebody gave, and that stays */
	DS_SETTING_PROXY,     /* an address that is answered for */
	DS_SETTING_NEXTHOP,   /* an object that routes name */
	DS_SETTING_QDISC,
	DS_SETTING_XDP,        /* a program, by the kernel's number of it */
	DS_SETTING_NETCONSOLE, /* a target of it */
	DS_SETTING_TUNNEL,     /* one that is bound to a link */
	DS_SETTING_MADDR,      /* a group of the link layer that somebody gave */
	DS_SETTING_KIND_COUNT
};
extern const char *const ds_setting_kind_names[];

struct ds_setting {
	int kind; /* enum ds_setting_kind */
	char *link;
	char *key;
	char *value;
	bool is_early; /* to be put back before the link is up, where a new one is otherwise */
};
extern const struct ds_record ds_setting_record;

/* What became of a thing that was restored by us; what is in neither list came by itself. */
struct ds_lost {
	char *what, *why;
};
struct ds_returned {
	ds_strings restored; /* "route 10.0.0.0/8 via 192.0.2.1", "sysctl eth0 net/..." */
	DS_LIST(struct ds_lost) lost;
};
extern const struct ds_record ds_lost_record, ds_returned_record;

struct ds_settings {
	DS_LIST(struct ds_setting) items;
};
extern const struct ds_record ds_settings_record;

/* Copies the texts; 0 or -ENOMEM. */
int ds_setting_add(struct ds_settings *settings, int kind, const char *link, const char *key,
	const char *value);

/* By kind, link and key. Sorted lists can be searched. */
void ds_settings_sort(struct ds_settings *settings);
const struct ds_setting *ds_setting_find(
	const struct ds_settings *settings, const struct ds_setting *like);

/* A driver may lack it and still be a good one. */
bool ds_setting_is_optional(const struct ds_setting *setting);

/* "ethtool eth0 rings rx"; allocated, NULL when out of memory. */
char *ds_setting_text(const struct ds_setting *setting);

/*
 * A link has a hundred sysctls, and a host thousands of links: those of one folder are one setting,
 * whose value has a line "name=value" for each, ended by a newline. The features of what lies on a
 * port are one as well.
 */
struct ds_setting_line {
	const char *name, *value; /* not terminated */
	size_t name_bytes, value_bytes;
};
bool ds_setting_has_lines(const struct ds_setting *setting);
bool ds_setting_line_next(const char **next, struct ds_setting_line *ret_line);

/* The line of that name; false: there is none. lines may be NULL. */
bool ds_setting_line_find(
	const char *lines, const struct ds_setting_line *like, struct ds_setting_line *ret_line);
bool ds_setting_line_same(const struct ds_setting_line *a, const struct ds_setting_line *b);

/* "sysctl eth0 net/ipv4/conf/eth0/rp_filter"; allocated, NULL when out of memory. */
char *ds_setting_line_text(const struct ds_setting *setting, const struct ds_setting_line *line);

#endif
