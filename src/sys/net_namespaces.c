/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The restoring in all namespaces: each is restored from within, by the code that knows of none but
 * the one that it runs in. Our own comes first, for it is what the host is reached by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net_move.h"
#include "net_restore.h"
#include "netns.h"
#include "network.h"

/* One of them, when its turn comes. */
struct place {
	const struct ds_network *wanted;
	const char *netns; /* NULL: our own */
	int fd;            /* negative: it is gone */
	bool is_whole;     /* all of it was put */
};

/* What is done in each of them. */
struct round {
	const struct ds_network *all;
	int (*act)(const struct round *round, struct place *place, struct sys_fars *fars,
		struct ds_returned *ret_returned, struct ds_error *error);
	bool needs_fars;
	bool is_last;
	int64_t deadline_ms;
	struct ds_returned *returned; /* NULL: nobody asks */
	struct place *places;         /* our own, and then the others as in the snapshot */
	size_t count;
	struct ds_error first; /* code 0: none has failed */
};

static int round_open(struct round *round, struct ds_error *error)
{
	size_t others = round->all->namespaces.count;

	round->places = calloc(others + 1, sizeof(*round->places));
	if (!round->places)
		return ds_error_set(error, -ENOMEM, "restore the network: out of memory");
	round->count = others + 1;
	round->places[0] = (struct place){round->all, NULL, sys_netns_open_own(), false};
	for (size_t i = 0; i < others; i++) {
		const struct ds_namespace *namespace = &round->all->namespaces.items[i];

		round->places[i + 1] = (struct place){
			&namespace->network, namespace->name, sys_netns_open(namespace), false};
	}
	return 0;
}

static void round_close(struct round *round)
{
	for (size_t i = 0; i < round->count; i++) {
		if (round->places[i].fd >= 0)
			close(round->places[i].fd);
	}
	free(round->places);
}

/* One failure stops nothing; but who cannot get home again can do no more. */
static int note(struct round *round, const char *netns, const struct ds_error *error)
{
	if (round->first.code == 0) {
		round->first = *error;
		if (netns)
			ds_error_prefix(&round->first, "netns %s", netns);
	}
	return error->code == -ENOTRECOVERABLE ? error->code : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As the verdict will look for it. */
static int tell(struct ds_returned *returned, const char *netns, const struct ds_returned *told)
{
	char *text = NULL;
	int code = 0;

	for (size_t i = 0; code == 0 && i < told->restored.count; i++) {
		code = ds_string_format(&text, "netns %s: %s", netns, told->restored.items[i]);
		if (code == 0)
			code = ds_strings_add(&returned->restored, text);
	}
	for (size_t i = 0; code == 0 && i < told->lost.count; i++) {
		struct ds_lost *lost = ds_list_add(&returned->lost);

		code = lost ? ds_string_format(
				      &lost->what, "netns %s: %s", netns, told->lost.items[i].what)
			    : -ENOMEM;
		if (code == 0)
			code = ds_string_set(&lost->why, told->lost.items[i].why);
	}
	free(text);
	if (returned->restored.count)
		qsort(returned->restored.items, returned->restored.count, sizeof(char *), compare);
	return code;
}

/* What its links lie on elsewhere is found before we go in. */
static int act_inside(struct round *round, struct place *place, struct ds_returned *ret_told)
{
	struct sys_fars fars __attribute__((cleanup(sys_fars_close))) = {0};
	struct sys_stay stay = {.own = -1};
	struct ds_error error = {0};
	int code = 0, back;

	if (place->fd < 0 && place->netns) {
		place->is_whole = true; /* as far as it can be */
		ds_error_set(&error, place->fd, "it is gone: %s", strerror(-place->fd));
		return note(round, place->netns, &error);
	}
	if (round->needs_fars &&
		sys_fars_open(&fars, round->all, place->wanted, place->fd, &error) < 0)
		code = note(round, place->netns, &error);
	if (code == 0 && place->netns)
		code = sys_netns_enter(place->fd, &stay, &error);
	if (code == 0)
		code = round->act(round, place, &fars, ret_told, &error);
	back = sys_netns_leave(&stay, &error);
	return code < 0 || back < 0 ? note(round, place->netns, &error) : 0;
}

static int act_elsewhere(struct round *round, struct place *place)
{
	struct ds_returned told = {0};
	int code = act_inside(round, place, &told);

	if (code == 0 && round->returned)
		code = tell(round->returned, place->netns, &told);
	ds_record_done(&ds_returned_record, &told);
	return code;
}

static int act_everywhere(struct round *round)
{
	int code;

	round->first = (struct ds_error){0};
	code = act_inside(round, &round->places[0], round->returned);
	for (size_t i = 1; code == 0 && i < round->count; i++)
		code = act_elsewhere(round, &round->places[i]);
	return code;
}

static int round_result(const struct round *round, int code, struct ds_error *error)
{
	if (code == -ENOMEM)
		return ds_error_set(error, code, "restore the network: out of memory");
	if (round->first.code == 0)
		return 0;
	*error = round->first;
	return error->code;
}

static int go_round(struct round *round, struct ds_error *error)
{
	int code = round_open(round, error);

	if (code == 0)
		code = round_result(round, act_everywhere(round), error);
	round_close(round);
	return code;
}

/* --- the network ------------------------------------------------------------------------ */

static int restore(const struct round *round, struct place *place, struct sys_fars *fars,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	const struct sys_pass pass = {fars, round->deadline_ms, round->is_last, &place->is_whole};

	return sys_net_restore(place->wanted, &pass, ret_returned, error);
}

/* Before anything else is done to a link that does not belong here. */
static int move_ports(struct round *round)
{
	int code = 0;

	for (size_t i = 1; code == 0 && i < round->count; i++) {
		const struct place *place = &round->places[i];
		struct ds_error error;

		if (place->fd >= 0 &&
			sys_ports_move(place->wanted, place->fd, round->deadline_ms, &error) < 0)
			code = note(round, place->netns, &error);
	}
	return code;
}

/* Does a link of network lie on one of a namespace that has its turn at or after that one? */
static bool lies_on_later(
	const struct ds_network *all, const struct ds_network *network, size_t turn)
{
	for (size_t i = 0; i < network->links.count; i++) {
		int64_t inode = network->links.items[i].lower_netns;

		for (size_t j = turn; inode && j < all->namespaces.count; j++) {
			if (all->namespaces.items[j].inode == inode)
				return true;
		}
	}
	return false;
}

/*
 * Rounds until also the links have been made that lie, in the worst case, one in each; and the last
 * one, which waits for what they have put everywhere.
 */
static size_t rounds_needed(const struct ds_network *all)
{
	bool needs_more = lies_on_later(all, all, 0);

	for (size_t i = 0; i < all->namespaces.count; i++)
		needs_more |= lies_on_later(all, &all->namespaces.items[i].network, i + 1);
	return 1 + (needs_more ? all->namespaces.count + 1 : 1);
}

static bool is_whole(const struct round *round)
{
	bool is_whole = true;

	for (size_t i = 0; i < round->count; i++)
		is_whole &= round->places[i].is_whole;
	return is_whole;
}

static int restore_everywhere(struct round *round, struct ds_error *error)
{
	size_t rounds = rounds_needed(round->all);
	struct ds_error moved;
	int code = move_ports(round);

	moved = round->first;
	for (size_t i = 1; code == 0 && !round->is_last; i++) {
		round->is_last = i == rounds || is_whole(round);
		code = act_everywhere(round);
	}
	if (moved.code)
		round->first = moved;
	return round_result(round, code, error);
}

int sys_network_restore(const struct ds_network *wanted, int64_t deadline_ms,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	struct round round = {.all = wanted,
		.act = restore,
		.needs_fars = true,
		.deadline_ms = deadline_ms,
		.returned = ret_returned};
	bool is_whole = false;
	const struct sys_pass only = {NULL, deadline_ms, true, &is_whole};
	int code;

	if (wanted->namespaces.count == 0)
		return sys_net_restore(wanted, &only, ret_returned, error);
	code = round_open(&round, error);
	if (code == 0)
		code = restore_everywhere(&round, error);
	round_close(&round);
	return code;
}

/* --- what follows ----------------------------------------------------------------------- */

static int settings(const struct round *round, struct place *place, struct sys_fars *fars,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	(void)round;
	(void)fars;
	return sys_net_settings(place->wanted, ret_returned, error);
}

int sys_network_settings(
	const struct ds_network *wanted, struct ds_returned *ret_returned, struct ds_error *error)
{
	struct round round = {.all = wanted, .act = settings, .returned = ret_returned};

	return wanted->namespaces.count ? go_round(&round, error)
					: sys_net_settings(wanted, ret_returned, error);
}

static int ready(const struct round *round, struct place *place, struct sys_fars *fars,
	struct ds_returned *ret_returned, struct ds_error *error)
{
	(void)fars;
	(void)ret_returned;
	return sys_net_ready(place->wanted, round->deadline_ms, error);
}

int sys_network_ready(const struct ds_network *wanted, int64_t deadline_ms, struct ds_error *error)
{
	struct round round = {.all = wanted, .act = ready, .deadline_ms = deadline_ms};

	return wanted->namespaces.count ? go_round(&round, error)
					: sys_net_ready(wanted, deadline_ms, error);
}
