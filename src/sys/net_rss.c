/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which receive queue a flow goes to: the indirection table, the key and the function of the hash,
 * by ioctl. The ethtool family reads them since 6.2 and writes them since 6.17; the ioctl does both
 * everywhere.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "net_settings.h"

#define TABLE    "rss table"
#define KEY      "rss key"
#define FUNCTION "rss function"

/* Each driver spreads its own queues evenly to begin with, however many those are. */
#define EVEN "even"

#define TABLE_MAX 65536 /* entries; the largest of any driver has 2048 */
#define KEY_MAX   4096

/* The bits of hfunc: the kernel's own headers name them, and its strings ETH_SS_RSS_HASH_FUNCS. */
#define NO_CHANGE 0
static const struct function {
	const char *name;
	uint8_t bit;
} functions[] = {
	{"toeplitz", 1U << 0},
	{"xor", 1U << 1},
	{"crc32", 1U << 2},
	{NULL, NO_CHANGE},
};

/* Allocated, the table first and the key behind it; NULL: the driver has none, or no memory. */
static struct ethtool_rxfh *read_all(
	const struct sys_ethtool *ethtool, uint32_t ifindex, int *ret_code)
{
	struct ethtool_rxfh sizes = {.cmd = ETHTOOL_GRSSH};
	struct ethtool_rxfh *rss;

	*ret_code = sys_ethtool_ask(ethtool, ifindex, &sizes);
	if (*ret_code < 0 || sizes.indir_size > TABLE_MAX || sizes.key_size > KEY_MAX)
		return NULL;
	rss = calloc(1, sizeof(*rss) + sizes.indir_size * sizeof(uint32_t) + sizes.key_size);
	if (!rss) {
		*ret_code = -ENOMEM;
		return NULL;
	}
	rss->cmd = ETHTOOL_GRSSH;
	rss->indir_size = sizes.indir_size;
	rss->key_size = sizes.key_size;
	*ret_code = sys_ethtool_ask(ethtool, ifindex, rss);
	if (*ret_code == 0)
		return rss;
	free(rss);
	return NULL;
}

static uint32_t queues(const struct sys_ethtool *ethtool, uint32_t ifindex)
{
	struct ethtool_rxnfc rings = {.cmd = ETHTOOL_GRXRINGS};

	return sys_ethtool_ask(ethtool, ifindex, &rings) < 0 || rings.data > UINT32_MAX
		       ? 0
		       : (uint32_t)rings.data;
}

/* As ethtool_rxfh_indir_default() of the kernel spreads them. */
static bool is_even(const struct ethtool_rxfh *rss, uint32_t count)
{
	for (uint32_t i = 0; i < rss->indir_size; i++)
		if (count == 0 || rss->rss_config[i] != i % count)
			return false;
	return true;
}

/* "0*64,1*32,3": runs, for most tables that somebody set are made of weights. */
static char *table_text(const struct ethtool_rxfh *rss)
{
	char *text = NULL, *next;
	size_t used = 0;

	/* "4294967295*65536," at most for each entry */
	text = calloc((size_t)rss->indir_size + 1, 20);
	for (uint32_t i = 0, run; text && i < rss->indir_size; i += run) {
		for (run = 1;
			i + run < rss->indir_size && rss->rss_config[i + run] == rss->rss_config[i];
			run++)
			;
		next = text + used;
		used += (size_t)snprintf(next, 20, "%s%u", i ? "," : "", rss->rss_config[i]);
		if (run > 1)
			used += (size_t)snprintf(text + used, 20, "*%u", run);
	}
	return text;
}

static int add(const struct ds_link *link, struct ds_settings *settings, const char *key,
	const char *value)
{
	return value ? ds_setting_add(settings, DS_SETTING_ETHTOOL, link->name, key, value)
		     : -ENOMEM;
}

static int all_add(const struct ethtool_rxfh *rss, uint32_t count, const struct ds_link *link,
	struct ds_settings *settings)
{
	cleanup_free char *table = rss->indir_size ? table_text(rss) : NULL;
	cleanup_free char *key =
		rss->key_size ? sys_hex_write(rss->rss_config + rss->indir_size, rss->key_size)
			      : NULL;
	int code = 0;

	if (rss->indir_size)
		code = add(link, settings, TABLE, is_even(rss, count) ? EVEN : table);
	if (code == 0 && rss->key_size)
		code = add(link, settings, KEY, key);
	for (const struct function *function = functions; code == 0 && function->name; function++)
		if (rss->hfunc == function->bit)
			code = add(link, settings, FUNCTION, function->name);
	return code;
}

int sys_rss_read(
	const struct sys_ethtool *ethtool, const struct ds_link *link, struct ds_settings *settings)
{
	uint32_t ifindex = (uint32_t)link->ifindex;
	int code = 0;
	struct ethtool_rxfh *rss = read_all(ethtool, ifindex, &code);

	if (rss)
		code = all_add(rss, queues(ethtool, ifindex), link, settings);
	free(rss);
	return code == -ENOMEM ? code : 0;
}

/* --- writing ---------------------------------------------------------------------------- */

/* How many entries the runs have; -EINVAL: no such text. table has room for size, or is NULL. */
static int64_t table_read(const char *text, uint32_t *table, size_t size)
{
	size_t count = 0;

	while (*text) {
		char *end;
		unsigned long queue = strtoul(text, &end, 10), run = 1;

		if (end == text)
			return -EINVAL;
		if (*end == '*')
			run = strtoul(end + 1, &end, 10);
		if (run == 0 || run > TABLE_MAX - count || (*end && *end != ','))
			return -EINVAL;
		for (; run; run--, count++)
			if (table && count < size)
				table[count] = (uint32_t)queue;
		text = *end ? end + 1 : end;
	}
	return (int64_t)count;
}

/* How the table or the key of a driver stands, in words of ours; NULL: it has none. */
static bool is_so(
	const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want)
{
	const struct ds_link link = {.name = want->link, .ifindex = ifindex};
	struct ds_settings have = {0};
	const struct ds_setting *now = NULL;
	bool is_same;

	if (sys_rss_read(ethtool, &link, &have) == 0) {
		ds_settings_sort(&have);
		now = ds_setting_find(&have, want);
	}
	is_same = now && ds_string_equal(now->value, want->value);
	ds_record_done(&ds_settings_record, &have);
	return is_same;
}

static int table_put(const struct sys_ethtool *ethtool, uint32_t ifindex,
	struct ethtool_rxfh *change, const struct ds_setting *want)
{
	uint32_t size = change->indir_size;

	change->key_size = 0;
	if (strcmp(want->value, EVEN) == 0)
		change->indir_size = 0; /* which is how a driver's own table is asked for */
	else if (table_read(want->value, change->rss_config, size) != size)
		return -EOPNOTSUPP; /* the new driver's table has another size */
	return sys_ethtool_ask(ethtool, ifindex, change);
}

static int key_put(const struct sys_ethtool *ethtool, uint32_t ifindex, struct ethtool_rxfh *change,
	const struct ds_setting *want)
{
	uint32_t size = change->key_size;
	size_t count;

	change->indir_size = ETH_RXFH_INDIR_NO_CHANGE;
	/* Without a table the key is the first thing behind the header. */
	if (sys_hex_read(want->value, (uint8_t *)change->rss_config, size, &count) < 0 ||
		count != size)
		return -EOPNOTSUPP;
	return sys_ethtool_ask(ethtool, ifindex, change);
}

static int function_put(const struct sys_ethtool *ethtool, uint32_t ifindex,
	struct ethtool_rxfh *change, const struct ds_setting *want)
{
	const struct function *function = functions;

	while (function->name && strcmp(function->name, want->value) != 0)
		function++;
	change->indir_size = ETH_RXFH_INDIR_NO_CHANGE;
	change->key_size = 0;
	change->hfunc = function->bit;
	return function->name ? sys_ethtool_ask(ethtool, ifindex, change) : -EINVAL;
}

static const struct part {
	const char *key;
	int (*put)(const struct sys_ethtool *ethtool, uint32_t ifindex, struct ethtool_rxfh *change,
		const struct ds_setting *want);
} parts[] = {{TABLE, table_put}, {KEY, key_put}, {FUNCTION, function_put}, {NULL, NULL}};

static const struct part *part_of(const char *key)
{
	const struct part *part = parts;

	while (part->key && strcmp(part->key, key) != 0)
		part++;
	return part->key ? part : NULL;
}

bool sys_rss_is_part(const struct ds_setting *setting)
{
	return part_of(setting->key);
}

/*
 * What is not changed is said so: a size of 0 would set the driver's own table again. The bytes
 * behind hfunc are as the kernel gave them: later ones keep more in them, and older want zeros.
 */
int sys_rss_put(const struct sys_ethtool *ethtool, uint32_t ifindex, const struct ds_setting *want)
{
	const struct part *part = part_of(want->key);
	struct ethtool_rxfh *change;
	int code = 0;

	if (!part)
		return -EINVAL;
	if (is_so(ethtool, ifindex, want))
		return 0;
	change = read_all(ethtool, ifindex, &code);
	if (!change)
		return code ? code : -EOPNOTSUPP;
	change->cmd = ETHTOOL_SRSSH;
	change->hfunc = NO_CHANGE;
	code = part->put(ethtool, ifindex, change, want);
	free(change);
	return code;
}
