/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_ETHTOOL_H
#define SYS_NET_ETHTOOL_H

/*
 * Settings of the ethtool family, one for each number and each named bit: so the verdict can tell
 * which one a new driver lacks. A group is a pair of messages that read and write it.
 */

#include "net_settings.h"

#define SYS_ETHTOOL_KEY_SIZE 128 /* "rings rx-jumbo": names of private flags have 32 bytes */

#define SYS_ETHTOOL_MESSAGE 16384 /* all link modes, by their names */

struct sys_ethtool_number {
	uint16_t type;
	uint8_t bytes;
	const char *name; /* as `ethtool` calls it; NULL ends a table */
};

struct sys_ethtool_group {
	const char *name;
	uint8_t get, set;
	const struct sys_ethtool_number *numbers; /* NULL: none */
	uint16_t bits;   /* the attribute that is a set of named bits; 0: none */
	uint16_t choice; /* tells which of them can be set; 0: all that are told */
	bool is_early;   /* the driver has to stop for it: cheaper before the link is up */
};

/* net_ethtool_groups.c */
enum {
	SYS_ETHTOOL_FEATURES = 3, /* the group that links on top of ports have, too */
	SYS_ETHTOOL_GROUPS = 10,
};
extern const struct sys_ethtool_group sys_ethtool_groups[SYS_ETHTOOL_GROUPS];

/* net_ethtool.c */
struct sys_ethtool_reading {
	const struct sys_ethtool_group *group;
	const char *link;
	struct ds_settings *settings; /* what is read is added here */
};
struct sys_message sys_ethtool_request(const struct sys_ethtool *ethtool, void *buffer, size_t size,
	uint8_t command, uint32_t ifindex);

/* What a driver does not tell, it does not have: -ENOMEM is the one error. */
int sys_ethtool_group_read(
	struct sys_ethtool *ethtool, uint32_t ifindex, const struct sys_ethtool_reading *reading);

#endif
