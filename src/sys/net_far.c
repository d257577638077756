/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_far.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net_upper.h"
#include "netns.h"

void sys_fars_close(struct sys_fars *fars)
{
	for (size_t i = 0; i < fars->items.count; i++) {
		sys_queue_close(&fars->items.items[i].queue);
		sys_netlink_close(&fars->items.items[i].netlink);
		sys_links_done(&fars->items.items[i].links);
	}
	free(fars->items.items);
	free(fars->lowers);
	*fars = (struct sys_fars){.fd = -1};
}

static struct sys_far *far_find(const struct sys_fars *fars, int64_t inode)
{
	for (size_t i = 0; i < fars->items.count; i++) {
		if (fars->items.items[i].inode == inode)
			return &fars->items.items[i];
	}
	return NULL;
}

/* From within: the number of a port stands in a file. */
static void find_lowers(struct sys_fars *fars, const struct sys_far *far,
	const struct ds_network *there, const struct ds_network *wanted)
{
	for (size_t i = 0; i < wanted->links.count; i++) {
		const struct ds_link *link = &wanted->links.items[i];
		const struct ds_link *lower =
			link->lower_netns == far->inode ? ds_link_find(there, link->lower) : NULL;
		const struct sys_link *have = lower ? sys_links_match(&far->links, lower) : NULL;

		fars->lowers[i] = have ? (uint32_t)have->link.ifindex : fars->lowers[i];
	}
}

static int far_open(struct sys_far *far, struct ds_error *error)
{
	int code = sys_netlink_open(&far->netlink, NETLINK_ROUTE, 0, error);

	if (code == 0)
		code = sys_links_dump(&far->netlink, &far->links, error);
	return code;
}

/* What the snapshot does not have is our own namespace. */
static int far_add(struct sys_fars *fars, const struct ds_network *all,
	const struct ds_network *wanted, int64_t inode, struct ds_error *error)
{
	const struct ds_namespace *namespace = ds_namespace_find(all, inode);
	struct sys_far *far = ds_list_add(&fars->items);
	struct sys_stay stay = {.own = -1};
	int fd = namespace ? sys_netns_open(namespace) : -1, code = 0, back;

	if (!far)
		code = ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	if (code == 0 && namespace)
		code = fd < 0 ? ds_error_set(error, fd, "netns %s is gone", namespace->name)
			      : sys_netns_enter(fd, &stay, error);
	if (code == 0) {
		far->inode = inode;
		code = far_open(far, error);
		if (code == 0)
			find_lowers(fars, far, namespace ? &namespace->network : all, wanted);
	}
	back = sys_netns_leave(&stay, error);
	if (fd >= 0)
		close(fd);
	return back < 0 ? back : code;
}

int sys_fars_open(struct sys_fars *fars, const struct ds_network *all,
	const struct ds_network *wanted, int fd, struct ds_error *error)
{
	int code = 0;

	*fars = (struct sys_fars){.fd = fd};
	fars->lowers = calloc(wanted->links.count + 1, sizeof(*fars->lowers));
	if (!fars->lowers)
		return ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	for (size_t i = 0; code == 0 && i < wanted->links.count; i++) {
		int64_t inode = wanted->links.items[i].lower_netns;

		if (inode && !far_find(fars, inode))
			code = far_add(fars, all, wanted, inode, error);
	}
	return code;
}

/* The one link that a kind's own data may name is the one that it lies on. */
struct lower {
	const char *name;
	uint32_t ifindex;
};

static uint32_t find_lower(void *context, const char *name)
{
	const struct lower *lower = context;

	return ds_string_equal(lower->name, name) ? lower->ifindex : 0;
}

uint32_t sys_fars_put(struct sys_fars *fars, const struct sys_queue *queue, struct sys_links *links,
	const struct ds_link *want, size_t number)
{
	struct sys_far *far = far_find(fars, want->lower_netns);
	struct lower lower = {want->lower, fars->lowers[number]};
	const struct sys_index_of index_of = {find_lower, &lower};
	struct sys_upper_base base = {
		.lower = lower.ifindex, .index_of = &index_of, .netns_fd = fars->fd};
	struct ds_error ignored;
	uint32_t ifindex;

	if (!far || lower.ifindex == 0)
		return 0;
	if (!far->queue.bytes && sys_queue_open(&far->queue, &far->netlink, &ignored) < 0)
		return 0;
	far->queue.failed = queue->failed;
	far->queue.done = queue->done;
	far->queue.context = queue->context;
	base.queue = &far->queue;
	base.links = &far->links;
	ifindex = sys_upper_put(&base, links, want);
	sys_queue_flush(&far->queue);
	return ifindex;
}
