/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that see a packet first. The one that was attached by netlink belongs to the link alone
 * and goes with it, unless somebody holds it: we do (programs.c), and attach it again. The one that
 * a bpf_link holds is its owner's, and only the owner makes another one.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "cleanup.h"
#include "net_settings.h"

/* A program that the device itself runs is bound to it, and goes with it. */
static const struct mode {
	const char *key;
	uint16_t type;
	uint32_t flag;
} modes[] = {
	{"driver", IFLA_XDP_DRV_PROG_ID, XDP_FLAGS_DRV_MODE},
	{"generic", IFLA_XDP_SKB_PROG_ID, XDP_FLAGS_SKB_MODE},
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

struct wanted {
	uint32_t ifindex, program;
};

static int is_wanted(const struct sys_bpf_link *link, void *context)
{
	const struct wanted *wanted = context;

	return link->ifindex == wanted->ifindex && link->program == wanted->program;
}

/* Where we may not look it is not known, and no harm done: nothing is restored either. */
static bool is_of_bpf_link(uint32_t ifindex, uint32_t program)
{
	struct wanted wanted = {ifindex, program};

	return sys_bpf_links_each(is_wanted, &wanted) == 1;
}

static int visit(const struct nlmsghdr *message, void *context)
{
	const struct sys_setting_look *look = context;
	const struct ifinfomsg *header = sys_message_header(message, sizeof(*header));
	const struct nlattr *at[IFLA_XDP + 1], *xdp[IFLA_XDP_HW_PROG_ID + 1];
	const struct sys_link *link;
	int code = 0;

	link = header ? sys_links_by_index(look->links, (uint32_t)header->ifi_index) : NULL;
	if (!link || !link->is_ours || message->nlmsg_type != RTM_NEWLINK)
		return 0;
	sys_attrs_of(message, sizeof(*header), at, IFLA_XDP);
	sys_attrs_nested(at[IFLA_XDP], xdp, IFLA_XDP_HW_PROG_ID);
	for (size_t i = 0; code == 0 && i < MODES; i++) {
		uint32_t program = (uint32_t)sys_attr_u32(xdp[modes[i].type], 0);
		char text[16];

		snprintf(text, sizeof(text), "%u", program);
		if (program && !is_of_bpf_link((uint32_t)header->ifi_index, program))
			code = sys_setting_add(
				look, DS_SETTING_XDP, link->link.name, modes[i].key, text);
	}
	return code;
}

static void restart(void *context)
{
	const struct sys_setting_look *look = context;
	struct ds_settings *settings = look->settings;

	while (settings->items.count &&
		settings->items.items[settings->items.count - 1].kind == DS_SETTING_XDP)
		ds_record_done(&ds_setting_record, &settings->items.items[--settings->items.count]);
}

/* Before the link is up, as no packet passed the old one without it. */
static void mark_early(struct ds_settings *settings)
{
	for (size_t i = 0; i < settings->items.count; i++)
		settings->items.items[i].is_early |=
			settings->items.items[i].kind == DS_SETTING_XDP;
}

int sys_xdp_look(const struct sys_setting_look *look, struct ds_error *error)
{
	const struct sys_visitor visitor = {
		.visit = visit, .restart = restart, .context = (void *)(uintptr_t)look};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request = sys_message_begin(buffer, sizeof(buffer), RTM_GETLINK, 0);
	int code;

	sys_message_extra(&request, sizeof(struct ifinfomsg));
	sys_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	code = sys_netlink_dump(
		look->netlink, request.header, &visitor, "look for XDP programs", error);
	mark_early(look->settings);
	return code;
}

static uint32_t flag_of(const struct ds_setting *want)
{
	for (size_t i = 0; i < MODES; i++)
		if (strcmp(modes[i].key, want->key) == 0)
			return modes[i].flag;
	return 0;
}

/*
 * The kernel takes the descriptor when the message is sent: so that is done here. A program that
 * the owner has attached meanwhile stays: it says EBUSY.
 */
void sys_xdp_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	const struct sys_change change = sys_setting_change(want);
	cleanup_close int fd = sys_bpf_program_open((uint32_t)strtoul(want->value, NULL, 10));
	struct sys_message *message;
	struct ifinfomsg *header;
	size_t nest;

	if (fd < 0) {
		sys_setting_ended(put, want, fd);
		return;
	}
	message = sys_queue_begin(put->queue, RTM_SETLINK, 0);
	header = sys_message_extra(message, sizeof(*header));
	header->ifi_index = (int)put->index_of->find(put->index_of->context, want->link);
	nest = sys_nest_begin(message, IFLA_XDP);
	sys_put_u32(message, IFLA_XDP_FD, (uint32_t)fd);
	sys_put_u32(message, IFLA_XDP_FLAGS, flag_of(want) | XDP_FLAGS_UPDATE_IF_NOEXIST);
	sys_nest_end(message, nest);
	sys_queue_add(put->queue, &change);
	sys_queue_flush(put->queue);
}
