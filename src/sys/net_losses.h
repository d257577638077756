/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_LOSSES_H
#define SYS_NET_LOSSES_H

/*
 * What hangs on the links, goes with the driver, and that nobody but its owner can bring back; a
 * file for each kind of it.
 */

#include "net_settings.h"
#include "sockets.h"

struct sys_losses {
	const struct sys_setting_look *look;
	ds_strings *texts, *unseen;
	DS_LIST(struct sys_socket) datagram; /* those of UDP: they tell who has joined a group */
};

/*
 * *ret_losses: what goes with the driver and stays away, each in words that begin with "the";
 * *ret_blockers: why a link must not go at all; *ret_unseen: what could not be looked at, and why.
 * -ENOMEM.
 */
int sys_losses_look(const struct sys_setting_look *look, ds_strings *ret_losses,
	ds_strings *ret_blockers, ds_strings *ret_unseen, struct ds_error *error);

/* Each text once; -ENOMEM. */
__attribute__((format(printf, 2, 3))) int sys_lose(
	struct sys_losses *losses, const char *format, ...);
__attribute__((format(printf, 2, 3))) int sys_unsee(
	struct sys_losses *losses, const char *format, ...);

/* The link of ours that has this index, or that name; NULL: not one of ours. */
const struct sys_link *sys_losses_link(const struct sys_losses *losses, uint32_t ifindex);
const struct sys_link *sys_losses_link_named(const struct sys_losses *losses, const char *name);

/* Of each file: 0 or -ENOMEM, for what cannot be read is left out or unseen. */
int sys_losses_tc(struct sys_losses *losses);
int sys_losses_bpf(struct sys_losses *losses);
int sys_losses_sockets(struct sys_losses *losses);
int sys_losses_groups(struct sys_losses *losses); /* behind the sockets */
int sys_losses_rules(struct sys_losses *losses);
int sys_losses_vlans(struct sys_losses *losses); /* net_vlan_options.c */
int sys_losses_actions(struct sys_losses *losses);
int sys_losses_devices(struct sys_losses *losses);
int sys_losses_netconsole(struct sys_losses *losses); /* net_netconsole.c */
int sys_losses_xfrm(struct sys_losses *losses);
int sys_losses_flows(struct sys_losses *losses); /* net_flows.c */
int sys_losses_mdb(struct sys_losses *losses);   /* net_mdb.c */

/* One message of nftables, of the actions of tc, of IPsec. */
int sys_rules_decode(const struct nlmsghdr *message, struct sys_losses *losses);
int sys_action_decode(const struct nlmsghdr *message, struct sys_losses *losses);
int sys_xfrm_decode(const struct nlmsghdr *message, struct sys_losses *losses);

/* Why links must not go: RDMA devices of software on them. 0 or -ENOMEM. */
int sys_rdma_blockers(const struct ds_network *network, ds_strings *ret_blockers);

/* Is it loaded or part of the kernel? What it would be asked for would load it. */
bool sys_losses_has_module(const char *module);

/* The flows, with what is open already. */
int sys_flows_lose(const struct sys_ethtool *ethtool, struct sys_losses *losses);

#endif
