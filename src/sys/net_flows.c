/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device does with kinds of flows, by ioctl, for which there is no netlink before 6.17: the
 * fields that are hashed to choose a queue (`ethtool -N eth0 rx-flow-hash udp4 sdfn`), and the
 * rules that choose one for a flow (`ethtool -N eth0 flow-type ...`).
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "net_ethtool.h"
#include "net_losses.h"

#define HASH "flow-hash "
#define RULE "flow-rule "

#define RULES_MAX 65536

static const struct kind {
	const char *name; /* as `ethtool` calls it */
	uint32_t type;
} kinds[] = {
	{"tcp4", TCP_V4_FLOW},
	{"udp4", UDP_V4_FLOW},
	{"sctp4", SCTP_V4_FLOW},
	{"ah4", AH_V4_FLOW},
	{"esp4", ESP_V4_FLOW},
	{"tcp6", TCP_V6_FLOW},
	{"udp6", UDP_V6_FLOW},
	{"sctp6", SCTP_V6_FLOW},
	{"ah6", AH_V6_FLOW},
	{"esp6", ESP_V6_FLOW},
};

static const struct field {
	char letter; /* as `ethtool` has them */
	uint64_t bit;
} fields[] = {
	{'m', RXH_L2DA},
	{'v', RXH_VLAN},
	{'t', RXH_L3_PROTO},
	{'s', RXH_IP_SRC},
	{'d', RXH_IP_DST},
	{'f', RXH_L4_B_0_1},
	{'n', RXH_L4_B_2_3},
	{'r', RXH_DISCARD},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* --- reading ---------------------------------------------------------------------------- */

static int hashes_read(
	const struct sys_ethtool *ethtool, const struct ds_link *link, struct ds_settings *settings)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct ethtool_rxnfc flow = {.cmd = ETHTOOL_GRXFH, .flow_type = kinds[i].type};
		char key[32], value[FIELDS + 1];
		size_t count = 0;

		if (sys_ethtool_ask(ethtool, (uint32_t)link->ifindex, &flow) < 0)
			continue;
		for (size_t j = 0; j < FIELDS; j++)
			if (flow.data & fields[j].bit)
				value[count++] = fields[j].letter;
		value[count] = '\0';
		snprintf(key, sizeof(key), HASH "%s", kinds[i].name);
		code = ds_setting_add(settings, DS_SETTING_ETHTOOL, link->name, key, value);
	}
	return code;
}

/* The places of all rules, allocated; NULL: there are none, or no memory (*ret_code). */
static struct ethtool_rxnfc *places_read(
	const struct sys_ethtool *ethtool, uint32_t ifindex, int *ret_code)
{
	struct ethtool_rxnfc count = {.cmd = ETHTOOL_GRXCLSRLCNT};
	struct ethtool_rxnfc *all;

	*ret_code = 0;
	if (sys_ethtool_ask(ethtool, ifindex, &count) < 0 || count.rule_cnt == 0 ||
		count.rule_cnt > RULES_MAX)
		return NULL;
	all = calloc(1, sizeof(*all) + count.rule_cnt * sizeof(all->rule_locs[0]));
	if (!all) {
		*ret_code = -ENOMEM;
		return NULL;
	}
	all->cmd = ETHTOOL_GRXCLSRLALL;
	all->rule_cnt = count.rule_cnt;
	if (sys_ethtool_ask(ethtool, ifindex, all) == 0 && all->rule_cnt <= count.rule_cnt)
		return all;
	free(all);
	return NULL;
}

struct rules {
	int (*visit)(void *context, const struct ethtool_rx_flow_spec *rule);
	void *context;
};

static int rules_each(
	const struct sys_ethtool *ethtool, uint32_t ifindex, const struct rules *rules)
{
	int code = 0;
	cleanup_free struct ethtool_rxnfc *all = places_read(ethtool, ifindex, &code);

	for (uint32_t i = 0; all && code == 0 && i < all->rule_cnt; i++) {
		struct ethtool_rxnfc one = {
			.cmd = ETHTOOL_GRXCLSRULE, .fs.location = all->rule_locs[i]};

		if (sys_ethtool_ask(ethtool, ifindex, &one) == 0)
			code = rules->visit(rules->context, &one.fs);
	}
	return code;
}

/* One that spreads its flows over queues again, by a table of its own that we do not make. */
static bool needs_context(const struct ethtool_rx_flow_spec *rule)
{
	return rule->flow_type & FLOW_RSS;
}

struct reading {
	const struct ds_link *link;
	struct ds_settings *settings;
};

/* Most of a rule are fields that it does not look at. */
static int rule_add(void *context, const struct ethtool_rx_flow_spec *rule)
{
	const struct reading *reading = context;
	size_t bytes = sizeof(*rule);
	cleanup_free char *value = NULL;
	char key[32];

	if (needs_context(rule))
		return 0;
	while (bytes && ((const uint8_t *)rule)[bytes - 1] == 0)
		bytes--;
	value = sys_hex_write(rule, bytes);
	snprintf(key, sizeof(key), RULE "%u", rule->location);
	return value ? ds_setting_add(reading->settings, DS_SETTING_ETHTOOL, reading->link->name,
			       key, value)
		     : -ENOMEM;
}

int sys_flows_read(
	const struct sys_ethtool *ethtool, const struct ds_link *link, struct ds_settings *settings)
{
	struct reading reading = {link, settings};
	const struct rules rules = {rule_add, &reading};
	int code = hashes_read(ethtool, link, settings);

	return code ? code : rules_each(ethtool, (uint32_t)link->ifindex, &rules);
}

/* --- what is lost ----------------------------------------------------------------------- */

struct losing {
	struct sys_losses *losses;
	const struct ds_link *link;
};

static int rule_lose(void *context, const struct ethtool_rx_flow_spec *rule)
{
	const struct losing *losing = context;

	return needs_context(rule)
		       ? sys_lose(losing->losses, "the flow rule %u of %s and its RSS context",
				 rule->location, losing->link->name)
		       : 0;
}

int sys_flows_lose(const struct sys_ethtool *ethtool, struct sys_losses *losses)
{
	const struct ds_network *network = losses->look->network;
	int code = 0;

	for (size_t i = 0; code == 0 && i < network->links.count; i++) {
		struct losing losing = {losses, &network->links.items[i]};
		const struct rules rules = {rule_lose, &losing};

		if (!losing.link->is_upper)
			code = rules_each(ethtool, (uint32_t)losing.link->ifindex, &rules);
	}
	return code;
}

int sys_losses_flows(struct sys_losses *losses)
{
	struct sys_ethtool ethtool __attribute__((cleanup(sys_ethtool_close))) = {.ioctl_fd = -1};
	struct ds_error ignored;
	int code = sys_ethtool_open(&ethtool, &ignored);

	return code ? code : sys_flows_lose(&ethtool, losses);
}

/* --- writing ---------------------------------------------------------------------------- */

static int hash_put(
	const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want)
{
	struct ethtool_rxnfc flow = {.cmd = ETHTOOL_SRXFH};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(want->key + strlen(HASH), kinds[i].name) == 0)
			flow.flow_type = kinds[i].type;
	for (size_t i = 0; i < FIELDS; i++)
		if (strchr(want->value, fields[i].letter))
			flow.data |= fields[i].bit;
	return flow.flow_type ? sys_ethtool_ask(ethtool, ifindex, &flow) : -EINVAL;
}

static int rule_put(
	const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want)
{
	struct ethtool_rxnfc rule = {.cmd = ETHTOOL_SRXCLSRLINS};
	size_t count;
	int code = sys_hex_read(want->value, (uint8_t *)&rule.fs, sizeof(rule.fs), &count);

	if (code < 0 || needs_context(&rule.fs))
		return -EINVAL;
	return sys_ethtool_ask(ethtool, ifindex, &rule);
}

bool sys_flows_is_part(const struct ds_setting *setting)
{
	return strncmp(setting->key, HASH, strlen(HASH)) == 0 ||
	       strncmp(setting->key, RULE, strlen(RULE)) == 0;
}

int sys_flows_put(
	const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want)
{
	return strncmp(want->key, HASH, strlen(HASH)) == 0 ? hash_put(ethtool, ifindex, want)
							   : rule_put(ethtool, ifindex, want);
}
