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
	/*
	 * NULL: all. Otherwise the look is for what must be written again: of kinds that these do
	 * not have nobody is asked, and no file is read that is compared before it is written, for
	 * there may be thousands. Sorted.
	 */
	const struct ds_settings *wanted;
};

/* The VLANs that ports of bridges have, read once for all that are written in a row. */
struct sys_vlans_port {
	uint32_t ifindex;
	char *text;
};
struct sys_vlans {
	DS_LIST(struct sys_vlans_port) ports;
	bool is_read;
};

struct sys_setting_put {
	struct sys_queue *queue;
	const struct sys_links *links;
	const struct sys_names *names;       /* of the snapshot */
	const struct sys_index_of *index_of; /* by the names of the snapshot */
	struct sys_ethtool *ethtool;         /* open */
	struct sys_vlans *vlans;
	const struct ds_settings *wanted;
	bool is_early; /* before the links are up */
};

/* A number of net/ipv6/conf/LINK as it was; 0 where it is not told. */
int64_t sys_conf6_wanted(const struct ds_network *wanted, const char *link, const char *name);

/* Adds one setting; -ENOMEM. */
int sys_setting_add(const struct sys_setting_look *look, int kind, const char *link,
	const char *key, const char *value);

/* All settings of the links of network, sorted. -ENOMEM, or why a dump failed. */
int sys_settings_look(const struct sys_setting_look *look, struct ds_error *error);

/* What must stand before the links are up, for those that are (not) uppers. */
void sys_settings_put_early(
	const struct sys_setting_put *put, const struct ds_network *wanted, bool is_upper);

/* What carries traffic: nexthops, neighbours, entries of bridges. Only queued. */
void sys_settings_put_linked(const struct sys_setting_put *put, const struct ds_network *wanted);

/* All that is not as in wanted; have is a fresh look. */
void sys_settings_put_rest(const struct sys_setting_put *put, const struct ds_network *wanted,
	const struct ds_settings *have);

void sys_setting_describe(const struct sys_change *change, char *ret_text, size_t size);

/* The change that writes this setting; and how one ended that did not go through the queue. */
struct sys_change sys_setting_change(const struct ds_setting *setting);
void sys_setting_ended(
	const struct sys_setting_put *put, const struct ds_setting *setting, int code);
void sys_setting_line_ended(const struct sys_setting_put *put, const struct ds_setting *setting,
	const struct ds_setting_line *line, int code);

/* The name of such a change in reports, of a setting or a line of it; allocated, or NULL. */
char *sys_setting_change_text(const struct sys_change *change);

/* Of which link; false: it went since the links were read. */
bool sys_setting_is_present(const struct sys_setting_look *look, const struct ds_link *link);

/* net_files.c: 0 with the text, without its newline; -errno. What cannot be written is no setting.
 */
#define SYS_VALUE_BYTES 4096
int sys_value_read(int directory, const char *name, char ret_text[SYS_VALUE_BYTES]);
int sys_value_write(const char *path, const char *value);
/* A journal may be damaged: what it names is written only where such a setting can be. */
bool sys_value_is_inside(const char *key, const char *folder);

int sys_sysfs_look(const struct sys_setting_look *look, struct ds_error *error);
int sys_irq_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_sysfs_put(const struct sys_setting_put *put, const struct ds_setting *want);
void sys_irq_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_sysctl.c */
int sys_sysctl_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_sysctl_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_object.c */
int sys_objects_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_object_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_mdb.c; the last: one message of those that the first reads */
int sys_mdb_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_mdb_put(const struct sys_setting_put *put, const struct ds_setting *want);
int sys_mdb_decode(const struct nlmsghdr *message, const struct sys_setting_look *look);

/* net_number.c */
int sys_numbers_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_number_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_vlans.c */
int sys_vlans_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_vlans_put(const struct sys_setting_put *put, const struct ds_setting *want);
void sys_vlans_forget(struct sys_vlans *vlans); /* and reads anew before it writes */

/* net_vlan_options.c: those of a port that has VLANs */
int sys_vlan_options_look(const struct sys_setting_look *look, const struct sys_link *port);
bool sys_vlan_options_is_part(const struct ds_setting *setting);
void sys_vlan_options_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_qdisc.c */
int sys_qdisc_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_qdisc_put(const struct sys_setting_put *put, const struct ds_setting *want);
bool sys_qdisc_is_known(const char *kind); /* and so brought back where somebody asked for it */
/* After the settings: it is among them, and not below one that cannot be brought back. */
bool sys_qdisc_is_kept(const struct sys_setting_look *look, char *link, uint32_t handle);
bool sys_qdisc_has_table(const struct nlattr *stab); /* which the kernel does not tell */
/* Without a discipline, as most VLANs are, there is no place for filters. After the settings. */
bool sys_filters_are_possible(const struct sys_setting_look *look, const struct ds_link *link);

/* net_netconsole.c */
int sys_netconsole_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_netconsole_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_maddr.c */
int sys_maddrs_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_maddr_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_tunnel.c */
int sys_tunnels_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_tunnel_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_xdp.c */
int sys_xdp_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_xdp_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_ethtool.c, net_ethtool_put.c */
int sys_ethtool_look(const struct sys_setting_look *look, struct ds_error *error);
void sys_ethtool_put(const struct sys_setting_put *put, const struct ds_setting *want);

/* net_rss.c: what the ethtool family does not write; 0 or -errno. */
int sys_rss_read(const struct sys_ethtool *ethtool, const struct ds_link *link,
	struct ds_settings *settings);
bool sys_rss_is_part(const struct ds_setting *setting);
int sys_rss_put(const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want);

/* net_flows.c: the same of flows. */
int sys_flows_read(const struct sys_ethtool *ethtool, const struct ds_link *link,
	struct ds_settings *settings);
bool sys_flows_is_part(const struct ds_setting *setting);
int sys_flows_put(
	const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want);

#endif
