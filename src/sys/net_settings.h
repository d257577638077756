/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_SETTINGS_H
#define SYS_NET_SETTINGS_H

/*
 * Who reads and writes the settings of links: one row for each kind in net_settings.c.
 *
 * Reading takes all that a kind has on the links of a network; what cannot be read is left out.
 * Writing is queued where it is a message of rtnetlink, so that it keeps its place among the
 * others; how it ended is told with the describe of sys_setting_describe().
 */

#include "ethtool.h"
#include "net.h"
#include "net_names.h"
#include "queue.h"

struct sys_setting_look {
	struct sys_netlink *netlink;
	const struct sys_links *links;
	const struct ds_network *network; /* of which links; their ifindex is the present one */
	struct ds_settings *settings;     /* to which they are added */
};

struct sys_setting_put {
	struct sys_queue *queue;
	const struct sys_links *links;
	const struct sys_names *names;       /* of the snapshot */
	const struct sys_index_of *index_of; /* by the names of the snapshot */
	struct sys_ethtool *ethtool;         /* open */
};

/* Adds one setting; -ENOMEM. */
int sys_setting_add(const struct sys_setting_look *look, int kind, const char *link,
	const char *key, const char *value);

/* All settings of the links of network, sorted. -ENOMEM, or why a dump failed. */
int sys_settings_look(const struct sys_setting_look *look, struct ds_error *error);

/* What must stand before the links are up, for those that are (not) uppers. */
void sys_settings_put_early(
	const struct sys_setting_put *put, const struct ds_network *wanted, bool is_upper);

/* What carries traffic: nexthops, ports, VLANs. Only queued. */
void sys_settings_put_linked(const struct sys_setting_put *put, const struct ds_network *wanted);

/* All that is not as in wanted; have is a fresh look. */
void sys_settings_put_rest(const struct sys_setting_put *put, const struct ds_network *wanted,
	const struct ds_settings *have);

void sys_setting_describe(const struct sys_change *change, char *ret_text, size_t size);

/* The change that writes this setting; and how one ended that did not go through the queue. */
struct sys_change sys_setting_change(const struct ds_setting *setting);
void sys_setting_ended(
	const struct sys_setting_put *put, const struct ds_setting *setting, int code);

/* net_files.c */
int sys_sysctl_look(const struct sys_setting_look *look, struct ds_error *error);
int sys_sysfs_look(const struct sys_setting_look *look, struct ds_error *error);
int sys_irq_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_sysctl_put(const struct sys_setting_put *put, const struct ds_setting *want);
void sys_sysfs_put(const struct sys_setting_put *put, const struct ds_setting *want);
void sys_irq_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_object.c */
int sys_objects_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_object_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_number.c */
int sys_numbers_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_number_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_vlans.c */
int sys_vlans_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_vlans_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_qdisc.c */
int sys_qdisc_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_qdisc_put(const struct sys_setting_put *put, const struct ds_setting *want);
bool sys_qdisc_is_known(const char *kind); /* and so brought back where somebody asked for it */

/* net_xdp.c */
int sys_xdp_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_xdp_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_ethtool.c */
int sys_ethtool_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_ethtool_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_rss.c: what the ethtool family does not write; 0 or -errno. */
int sys_rss_read(const struct sys_ethtool *ethtool, const struct ds_link *link,
	struct ds_settings *settings);
bool sys_rss_is_part(const struct ds_setting *setting);
int sys_rss_put(const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want);

#endif
