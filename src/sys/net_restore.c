/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing the network back. The host is cut off while this runs: few system calls, no waiting
 * that is not needed, and one failure stops nothing. */
#include "net_restore.h"

#include <errno.h>

#include "net_announce.h"
#include "net_link_put.h"
#include "net_prime.h"
#include "net_upper.h"
#include "network.h"

static void put_links(struct sys_restore *restore, bool is_first_port)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *want = &restore->wanted->links.items[i];
		struct sys_link *have = sys_links_by_index(&restore->links, restore->indexes[i]);

		if (have && !want->is_upper && sys_link_is_first_port(want) == is_first_port)
			sys_link_put(&restore->queue, &restore->links, have, want);
	}
}

/* One of them gave its own MAC to the master, and will do so again. */
static bool has_first_port(const struct ds_network *wanted, const char *master)
{
	for (size_t i = 0; i < wanted->links.count; i++) {
		const struct ds_link *link = &wanted->links.items[i];

		if (ds_string_equal(link->master, master) && sys_link_is_first_port(link))
			return true;
	}
	return false;
}

static void put_master_macs(struct sys_restore *restore)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *want = &restore->wanted->links.items[i];

		if (restore->indexes[i] && !want->is_upper && want->master &&
			!has_first_port(restore->wanted, want->master))
			sys_link_put_master_mac(&restore->queue, &restore->links, want);
	}
}

static void put_gen_mode(struct sys_restore *restore, bool is_upper, bool is_wanted)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *want = &restore->wanted->links.items[i];
		const struct sys_link *have =
			sys_links_by_index(&restore->links, restore->indexes[i]);

		if (!have || have->link.is_up || want->is_upper != is_upper)
			continue;
		if (sys_restore_has_own_address(restore, want))
			sys_link_put_gen_mode(&restore->queue, have, want, is_wanted);
		else if (is_upper && !is_wanted && sys_link_differs_in_gen_mode(have, want))
			sys_link_put_gen_mode(&restore->queue, have, want, true);
	}
}

static void put_up(struct sys_restore *restore, bool is_upper)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *want = &restore->wanted->links.items[i];
		struct sys_link *have = sys_links_by_index(&restore->links, restore->indexes[i]);

		if (have && want->is_upper == is_upper)
			sys_link_put_up(&restore->queue, &restore->links, have, want);
	}
}

/*
 * The kernel makes a link's own address of IPv6 as soon as it has acted on the carrier, in a worker
 * that can be faster than the next message, and then looks for duplicates for two seconds. So it is
 * kept from it until the address is there that the link had.
 */
static void put_up_with_addresses(struct sys_restore *restore, bool is_upper)
{
	put_gen_mode(restore, is_upper, false);
	put_up(restore, is_upper);
	sys_restore_advertised_addresses(restore, is_upper);
	sys_restore_own_addresses(restore, is_upper);
	put_gen_mode(restore, is_upper, true);
}

/* What is made from another namespace is made at once, and what it builds on goes before it. */
static uint32_t make_upper(struct sys_restore *restore, const struct ds_link *want)
{
	struct sys_upper_base base = {&restore->queue, &restore->links, 0, &restore->index_of, -1};

	if (want->lower_netns && !restore->fars)
		return 0;
	if (want->lower_netns) {
		sys_queue_flush(&restore->queue);
		return sys_fars_put(restore->fars, &restore->queue, &restore->links, want,
			(size_t)(want - restore->wanted->links.items));
	}
	base.lower = restore->index_of.find(restore, want->lower);
	return base.lower ? sys_upper_put(&base, &restore->links, want) : 0;
}

/* Behind the ports, and in their own order, for each lies on one before it. */
static void put_uppers(struct sys_restore *restore)
{
	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *want = &restore->wanted->links.items[i];

		if (!want->is_upper || !want->kind)
			continue;
		if (restore->indexes[i] == 0)
			restore->indexes[i] = make_upper(restore, want);
		if (restore->indexes[i])
			sys_link_put(&restore->queue, &restore->links,
				sys_links_by_index(&restore->links, restore->indexes[i]), want);
	}
}

/* Each stage is one batch; between them stand files and messages that need the links' names. */
static void put_all_links(struct sys_restore *restore)
{
	put_master_macs(restore);
	put_links(restore, true);
	put_links(restore, false);
	sys_queue_flush(&restore->queue);
	sys_settings_put_early(&restore->put, restore->wanted, false);
	put_up_with_addresses(restore, false);
	put_uppers(restore);
	sys_queue_flush(&restore->queue);
	sys_uppers_see(&restore->netlink, &restore->links);
	sys_settings_put_early(&restore->put, restore->wanted, true);
	put_up_with_addresses(restore, true);
	sys_queue_flush(&restore->queue);
}

static void wait_or_note(struct sys_restore *restore, enum sys_awaited awaited, int64_t deadline_ms)
{
	const struct sys_wait wait = {restore->wanted, awaited, deadline_ms,
		awaited == SYS_AWAIT_PORT ? NULL : &restore->above};
	struct ds_error error;

	if (sys_net_wait(&restore->netlink, &restore->links, &wait, &error) < 0)
		sys_restore_note_error(restore, &error);
}

static bool has_all_links(const struct sys_restore *restore)
{
	bool has_all = true;

	for (size_t i = 0; i < restore->wanted->links.count; i++)
		has_all &= restore->indexes[i] != 0;
	return has_all;
}

/* Ports that are not there were complained of, and would be waited for in vain again. */
static bool needs_carrier(const struct sys_restore *restore)
{
	bool needs = false;

	for (size_t i = 0; i < restore->wanted->links.count; i++) {
		const struct ds_link *link = &restore->wanted->links.items[i];

		needs |= link->is_up && link->has_carrier;
	}
	return needs && has_all_links(restore);
}

/*
 * The links belong to others too: udev may name one, and a network manager set it up, between our
 * look and our request, which the kernel then refuses (EBUSY for the name of a link that is up,
 * be it the right one; net/core/dev.c, dev_change_name(), 6.1). Another look shows what is left.
 */
static void rehearse_links(struct sys_restore *restore)
{
	struct ds_error ignored;

	sys_restore_match(restore);
	restore->is_rehearsal = true;
	put_all_links(restore);
	restore->is_rehearsal = false;
	if (restore->rehearsal_failures == 0)
		return;
	restore->rehearsal_failures = 0;
	if (sys_links_dump(&restore->netlink, &restore->links, &ignored) == 0)
		sys_restore_match(restore);
	put_all_links(restore);
}

/*
 * Addresses and routes go in at once with the links: they need the link up, not its carrier. Only
 * what fails then (a gateway behind a link without carrier can be "unreachable"), and what the
 * kernel may take away only now (nexthops of links above without carrier), is worth another try
 * when the carrier is there.
 */
static void put_all(struct sys_restore *restore)
{
	rehearse_links(restore);
	restore->is_rehearsal = true;
	sys_restore_ip(restore);
	sys_restore_advertised_routes(restore);
	restore->is_rehearsal = false;
}

static void restore_all(struct sys_restore *restore, const struct sys_pass *pass)
{
	wait_or_note(restore, SYS_AWAIT_PORT, pass->deadline_ms);
	if (*pass->is_whole)
		sys_restore_match(restore);
	else
		put_all(restore);
	*pass->is_whole =
		restore->failures + restore->rehearsal_failures == 0 && has_all_links(restore);
	if (!pass->is_last)
		return;
	if (needs_carrier(restore))
		wait_or_note(restore, SYS_AWAIT_CARRIER, pass->deadline_ms);
	if (restore->rehearsal_failures || restore->above.count)
		sys_restore_ip(restore);
	sys_restore_prime(restore);
	sys_restore_announce(restore);
}

int sys_net_restore(const struct ds_network *wanted, const struct sys_pass *pass,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	struct sys_restore restore __attribute__((cleanup(sys_restore_close))) = {
		.fars = pass->fars, .ethtool.ioctl_fd = -1};
	int code;

	if (wanted->links.count == 0) {
		*pass->is_whole = true;
		return 0;
	}
	code = sys_restore_open(&restore, wanted, error);
	if (code < 0)
		return code;
	restore_all(&restore, pass);
	if (sys_restore_tell(&restore, ret_returned) < 0)
		return ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	return sys_restore_result(&restore, error);
}

int sys_network_fill(const struct ds_network *wanted, bool with_leases,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	struct sys_restore restore __attribute__((cleanup(sys_restore_close))) = {
		.leaves_leases = !with_leases, .ethtool.ioctl_fd = -1};
	int code = sys_restore_open(&restore, wanted, error);

	if (code < 0)
		return code;
	sys_restore_match(&restore);
	restore.is_rehearsal = true;
	put_all_links(&restore);
	sys_restore_ip(&restore);
	if (sys_restore_tell(&restore, ret_returned) < 0)
		return ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	return 0;
}
