/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The questions of a health measurement. */

#include "drvswap/health.h"

#include <errno.h>

const char *const ds_answer_names[] = {"none", "yes", "no", NULL};
_Static_assert(sizeof(ds_answer_names) / sizeof(char *) == DS_ANSWER_COUNT + 1, "");

static const struct ds_field gateway_fields[] = {
	DS_STRING(struct ds_gateway, link),
	DS_INT(struct ds_gateway, family),
	DS_STRING(struct ds_gateway, address),
	DS_ENUM(struct ds_gateway, answer, ds_answer_names),
	DS_FIELDS_END,
};
const struct ds_record ds_gateway_record = {"gateway", sizeof(struct ds_gateway), gateway_fields};

static const struct ds_field command_fields[] = {
	DS_STRING(struct ds_command, line),
	DS_ENUM(struct ds_command, answer, ds_answer_names),
	DS_STRING(struct ds_command, words),
	DS_FIELDS_END,
};
const struct ds_record ds_command_record = {"command", sizeof(struct ds_command), command_fields};

static const struct ds_field health_fields[] = {
	DS_BOOL(struct ds_health, is_measured),
	DS_LIST_OF(struct ds_health, gateways, &ds_gateway_record),
	DS_LIST_OF(struct ds_health, commands, &ds_command_record),
	DS_STRINGS(struct ds_health, complaints),
	DS_STRING(struct ds_health, log_error),
	DS_FIELDS_END,
};
const struct ds_record ds_health_record = {"health", sizeof(struct ds_health), health_fields};

static bool is_asked(const struct ds_health *health, const char *link, const char *address)
{
	for (size_t i = 0; i < health->gateways.count; i++)
		if (ds_string_equal(health->gateways.items[i].link, link) &&
			ds_string_equal(health->gateways.items[i].address, address))
			return true;
	return false;
}

static int ask_gateway(
	struct ds_health *health, const char *link, int64_t family, const char *address)
{
	struct ds_gateway *gateway;

	if (is_asked(health, link, address))
		return 0;
	gateway = ds_list_add(&health->gateways);
	if (!gateway)
		return -ENOMEM;
	gateway->family = family;
	return ds_string_set(&gateway->link, link) < 0 ||
			       ds_string_set(&gateway->address, address) < 0
		       ? -ENOMEM
		       : 0;
}

static int ask_command(struct ds_health *health, const char *line)
{
	struct ds_command *command = ds_list_add(&health->commands);

	return command ? ds_string_set(&command->line, line) : -ENOMEM;
}

/* Behind a link that is down or has no carrier nobody answers, and need not after. */
static int ask_gateways_of(
	const struct ds_network *network, const struct ds_route *route, struct ds_health *health)
{
	for (size_t i = 0; i < route->nexthops.count; i++) {
		const struct ds_nexthop *hop = &route->nexthops.items[i];
		const struct ds_link *link = hop->link ? ds_link_find(network, hop->link) : NULL;
		int64_t family = hop->gateway_family ? hop->gateway_family : route->family;

		if (!hop->gateway || !link || !link->is_up || !link->has_carrier)
			continue;
		if (ask_gateway(health, hop->link, family, hop->gateway) < 0)
			return -ENOMEM;
	}
	return 0;
}

int ds_health_ask(
	const struct ds_network *network, const ds_strings *checks, struct ds_health *ret_health)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->routes.count; i++)
		r = ask_gateways_of(network, &network->routes.items[i], ret_health);
	for (size_t i = 0; r == 0 && i < network->gateways_above.count; i++) {
		const struct ds_nexthop *hop = &network->gateways_above.items[i];

		r = ask_gateway(ret_health, hop->link, hop->gateway_family, hop->gateway);
	}
	for (size_t i = 0; r == 0 && i < checks->count; i++)
		r = ask_command(ret_health, checks->items[i]);
	if (r < 0)
		ds_record_done(&ds_health_record, ret_health);
	return r;
}

int ds_health_ask_again(const struct ds_health *before, struct ds_health *ret_health)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < before->gateways.count; i++) {
		const struct ds_gateway *gateway = &before->gateways.items[i];

		if (gateway->answer == DS_ANSWER_YES)
			r = ask_gateway(
				ret_health, gateway->link, gateway->family, gateway->address);
	}
	for (size_t i = 0; r == 0 && i < before->commands.count; i++)
		r = ask_command(ret_health, before->commands.items[i].line);
	if (r < 0)
		ds_record_done(&ds_health_record, ret_health);
	return r;
}
