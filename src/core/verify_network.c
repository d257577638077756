/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network in the verdict: addresses, routes, and all that hung on links. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier.h"

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The list is sorted: a router may have a hundred thousand routes in it. */
static bool was_restored(const struct ds_returned *returned, const char *what)
{
	return returned->restored.count &&
	       bsearch(&what, returned->restored.items, returned->restored.count, sizeof(char *),
		       compare_texts);
}

/* As the restoring calls it; NULL: out of memory, which is then noted. */
static char *returned_name(struct verifier *verifier, const char *name, const char *text)
{
	const char *netns = verifier->netns;
	char *what = NULL;

	if (ds_string_format(&what, "%s%s%s%s %s", netns ? "netns " : "", netns ? netns : "",
		    netns ? ": " : "", name, text ? text : "") == 0)
		return what;
	verifier->is_out_of_memory = true;
	return NULL;
}

bool verifier_was_restored(struct verifier *verifier, const char *name, const char *text)
{
	const struct ds_returned *returned = &verifier->after->network.returned;
	char *what = returned->restored.count ? returned_name(verifier, name, text) : NULL;
	bool is_restored = what && was_restored(returned, what);

	free(what);
	return is_restored;
}

void verifier_note_return(
	struct verifier *verifier, struct ds_fact *fact, const char *name, const char *text)
{
	const struct ds_returned *returned = &verifier->after->network.returned;
	char *what = returned_name(verifier, name, text);

	if (!what)
		return;
	fact->came_back = fact->is_ok ? DS_CAME_BACK_BY_ITSELF : DS_CAME_BACK_LOST;
	if (fact->is_ok && was_restored(returned, what))
		fact->came_back = DS_CAME_BACK_RESTORED;
	for (size_t i = 0; !fact->is_ok && i < returned->lost.count; i++)
		if (ds_string_equal(returned->lost.items[i].what, what) &&
			ds_string_set(&fact->why, returned->lost.items[i].why) < 0)
			verifier->is_out_of_memory = true;
	free(what);
}

static void tell_thing(struct verifier *verifier, bool is_there, const char *name, const char *text)
{
	struct ds_fact *fact = verifier_tell(verifier, is_there, name, text, "present",
		is_there ? "present" : "missing", "rtnetlink");

	verifier_note_return(verifier, fact, name, text);
}

static void verify_addresses(struct verifier *verifier)
{
	const struct ds_network *before = verifier->net_before;
	const struct ds_network *after = verifier->net_after;

	for (size_t i = 0; i < before->addresses.count; i++) {
		const struct ds_address *address = &before->addresses.items[i];
		bool is_there = false;
		char *text;

		if (!ds_address_is_ours(address))
			continue;
		for (size_t j = 0; j < after->addresses.count && !is_there; j++)
			is_there = ds_address_same(address, &after->addresses.items[j]);
		text = ds_address_text(address);
		verifier->is_out_of_memory |= !text;
		tell_thing(verifier, is_there, "address", text);
		free(text);
	}
}

/* A place in the order of routes. */
struct place {
	const struct ds_route *route;
};

/* By the keys that tell most routes apart; those of equal keys stand side by side. */
static int compare_places(const void *left, const void *right)
{
	const struct ds_route *a = ((const struct place *)left)->route;
	const struct ds_route *b = ((const struct place *)right)->route;
	int order =
		strcmp(a->destination ? a->destination : "", b->destination ? b->destination : "");

	if (order == 0)
		order = (a->table > b->table) - (a->table < b->table);
	return order ? order : (a->priority > b->priority) - (a->priority < b->priority);
}

/* The routes of a snapshot, sorted; NULL: out of memory. A router has a hundred thousand. */
static struct place *sort_routes(const struct ds_network *network)
{
	struct place *sorted = calloc(network->routes.count + 1, sizeof(*sorted));

	for (size_t i = 0; sorted && i < network->routes.count; i++)
		sorted[i].route = &network->routes.items[i];
	if (sorted)
		qsort(sorted, network->routes.count, sizeof(*sorted), compare_places);
	return sorted;
}

static bool has_route(const struct place *sorted, size_t count, const struct ds_route *route)
{
	const struct place wanted = {route};
	size_t first = 0, behind = count;

	while (first < behind) {
		size_t middle = first + (behind - first) / 2;

		if (compare_places(&sorted[middle], &wanted) < 0)
			first = middle + 1;
		else
			behind = middle;
	}
	for (; first < count && compare_places(&sorted[first], &wanted) == 0; first++)
		if (ds_route_same(route, sorted[first].route))
			return true;
	return false;
}

static void verify_routes(struct verifier *verifier)
{
	const struct ds_network *before = verifier->net_before;
	const struct ds_network *after = verifier->net_after;
	struct place *sorted = sort_routes(after);

	verifier->is_out_of_memory |= !sorted;
	for (size_t i = 0; sorted && i < before->routes.count; i++) {
		const struct ds_route *route = &before->routes.items[i];
		char *text;

		if (!ds_route_is_ours(route))
			continue;
		text = ds_route_text(route);
		verifier->is_out_of_memory |= !text;
		tell_thing(verifier, has_route(sorted, after->routes.count, route), "route", text);
		free(text);
	}
	free(sorted);
}

/* Files are many and dull: only what we wrote, or what is not as it was, is worth a line. */
static bool is_told(const struct ds_setting *before, const struct ds_setting *after)
{
	return !after || !ds_string_equal(before->value, after->value) || before->is_early ||
	       before->kind != DS_SETTING_SYSFS;
}

/* Or its owner was there first, and attached another one: that one does the work now. */
static bool is_replaced(const struct ds_setting *before, const struct ds_setting *after)
{
	return before->kind == DS_SETTING_XDP && after;
}

/* text is the setting's without its kind; NULL: out of memory. */
static void note_setting(struct verifier *verifier, struct ds_fact *fact,
	const struct ds_setting *before, const struct ds_setting *after, const char *text)
{
	fact->is_noted = !fact->is_ok && !verifier->expectation->is_strict &&
			 (ds_setting_is_optional(before) || is_replaced(before, after));
	if (text)
		verifier_note_return(verifier, fact, ds_setting_kind_names[before->kind], text);
}

static void verify_setting(struct verifier *verifier, const struct ds_setting *before)
{
	const struct ds_setting *after = ds_setting_find(&verifier->net_after->settings, before);
	bool is_same = after && ds_string_equal(before->value, after->value);
	const char *name = ds_setting_kind_names[before->kind];
	struct ds_fact *fact;
	char *text;

	if (!is_told(before, after))
		return;
	text = ds_setting_text(before);
	verifier->is_out_of_memory |= !text;
	fact = verifier_tell(verifier, is_same, name, text ? text + strlen(name) + 1 : NULL,
		before->value, after ? after->value : NULL, "kernel");
	note_setting(verifier, fact, before, after, text ? text + strlen(name) + 1 : NULL);
	free(text);
}

static void verify_line(struct verifier *verifier, const struct ds_setting *before,
	const struct ds_setting_line *line, const struct ds_setting *after)
{
	const char *name = ds_setting_kind_names[before->kind];
	char *text = ds_setting_line_text(before, line);
	char *old = strndup(line->value, line->value_bytes), *new = NULL;
	struct ds_setting_line now = {0};
	bool is_there = after && ds_setting_line_find(after->value, line, &now);
	bool is_same = is_there && ds_setting_line_same(line, &now);

	if (is_there)
		new = strndup(now.value, now.value_bytes);
	if (!text || !old || (is_there && !new))
		verifier->is_out_of_memory = true;
	else if (!is_same || was_restored(&verifier->after->network.returned, text))
		note_setting(verifier,
			verifier_tell(verifier, is_same, name, text + strlen(name) + 1, old, new,
				"kernel"),
			before, after, text + strlen(name) + 1);
	free(text);
	free(old);
	free(new);
}

/* Thousands of links have the same, and then nothing more need be asked. */
static void verify_lines(struct verifier *verifier, const struct ds_setting *before)
{
	const struct ds_setting *after = ds_setting_find(&verifier->net_after->settings, before);
	bool is_same = after && ds_string_equal(before->value, after->value);
	const char *next = before->value;
	struct ds_setting_line line;

	if (is_same && verifier->after->network.returned.restored.count == 0)
		return;
	while (ds_setting_line_next(&next, &line))
		verify_line(verifier, before, &line, after);
}

/* A version that was wanted and that no link could be asked for is not there. */
static void verify_wanted_version(struct verifier *verifier)
{
	if (verifier->expectation->ethtool_version &&
		!ds_network_has_links(&verifier->before->network))
		verifier_tell(verifier, false, "driver-version", verifier->after->module.name, NULL,
			"reported by nobody", "rtnetlink");
}

static void verify_one(struct verifier *verifier)
{
	const struct ds_network *before = verifier->net_before;

	for (size_t i = 0; i < before->links.count; i++)
		verify_link(verifier, &before->links.items[i]);
	verify_addresses(verifier);
	verify_routes(verifier);
	for (size_t i = 0; i < before->settings.items.count; i++) {
		const struct ds_setting *setting = &before->settings.items.items[i];

		if (ds_setting_has_lines(setting))
			verify_lines(verifier, setting);
		else
			verify_setting(verifier, setting);
	}
}

/* Other namespaces end with the boot, and whoever made them makes them again. */
static void verify_namespaces(struct verifier *verifier)
{
	static const struct ds_network none;
	const struct ds_network *before = &verifier->before->network;

	if (verifier->expectation->is_after_boot)
		return;
	for (size_t i = 0; i < before->namespaces.count; i++) {
		const struct ds_namespace *was = &before->namespaces.items[i];
		const struct ds_namespace *now =
			ds_namespace_find(&verifier->after->network, was->inode);

		verifier->netns = was->name;
		verifier->net_before = &was->network;
		verifier->net_after = now ? &now->network : &none;
		verify_one(verifier);
	}
	verifier->netns = NULL;
}

void verify_network(struct verifier *verifier)
{
	verifier->net_before = &verifier->before->network;
	verifier->net_after = &verifier->after->network;
	verify_one(verifier);
	verify_wanted_version(verifier);
	verify_namespaces(verifier);
}
