/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transmit timeouts: what the kernel's watchdog counted, and what the driver did beside it. */
#include <ctype.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "net.h"

/* No driver has nearly as many; a number beyond it is rubbish. */
#define STATS_MAX 65536

static int ask(int fd, const char *link, void *command)
{
	struct ifreq request = {.ifr_data = command};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", link);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

static uint32_t stats_count(int fd, const char *link)
{
	uint64_t room[(sizeof(struct ethtool_sset_info) + sizeof(uint32_t) + 7) / 8] = {0};
	struct ethtool_sset_info *info = (void *)room; /* with one count behind it */

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_STATS;
	if (ask(fd, link, info) < 0 || info->sset_mask == 0 || info->data[0] > STATS_MAX)
		return 0;
	return info->data[0];
}

/* "tx timeout count" of vmxnet3, "tx_timeout_count" of e1000e: both words, in any case. */
bool sys_stat_is_tx_timeout(const char *name, size_t size)
{
	char lower[ETH_GSTRING_LEN + 1];
	size_t i;

	for (i = 0; i < size && i < ETH_GSTRING_LEN && name[i]; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	return strstr(lower, "tx") && strstr(lower, "timeout");
}

/* -1: the driver has no such counter. The number of statistics may change between the calls. */
static int64_t sum_timeouts(const struct ethtool_gstrings *names, const struct ethtool_stats *stats)
{
	uint32_t count = names->len < stats->n_stats ? names->len : stats->n_stats;
	int64_t sum = -1;

	for (uint32_t i = 0; i < count; i++) {
		const char *name = (const char *)names->data + (size_t)i * ETH_GSTRING_LEN;

		if (sys_stat_is_tx_timeout(name, ETH_GSTRING_LEN))
			sum = (sum < 0 ? 0 : sum) + (int64_t)stats->data[i];
	}
	return sum;
}

static int64_t driver_timeouts(int fd, const char *link)
{
	uint32_t count = stats_count(fd, link);
	struct ethtool_gstrings *names;
	struct ethtool_stats *stats;
	int64_t sum = -1;

	if (count == 0)
		return -1;
	/* The kernel writes as many as it has now, which may be more than it said: room for twice.
	 */
	names = calloc(1, sizeof(*names) + 2UL * count * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + 2UL * count * sizeof(stats->data[0]));
	if (names && stats) {
		*names = (struct ethtool_gstrings){
			.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count};
		*stats = (struct ethtool_stats){.cmd = ETHTOOL_GSTATS, .n_stats = count};
		if (ask(fd, link, names) == 0 && ask(fd, link, stats) == 0)
			sum = sum_timeouts(names, stats);
	}
	free(names);
	free(stats);
	return sum;
}

static int64_t kernel_timeouts(const char *link)
{
	int64_t sum = -1;

	for (unsigned int queue = 0;; queue++) {
		char attribute[48];
		int64_t timeouts;

		snprintf(attribute, sizeof(attribute), "queues/tx-%u/tx_timeout", queue);
		timeouts = sys_net_sysfs_number(link, attribute, -1);
		if (timeouts < 0)
			return sum;
		sum = (sum < 0 ? 0 : sum) + timeouts;
	}
}

void sys_link_timeouts_read(int fd, struct ds_link *link)
{
	link->tx_timeouts = kernel_timeouts(link->name);
	link->driver_tx_timeouts = fd >= 0 ? driver_timeouts(fd, link->name) : -1;
}
