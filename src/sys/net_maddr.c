/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups of the link layer that somebody gave (`ip maddr add`), and no socket has joined. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cleanup.h"
#include "hex.h"
#include "net_settings.h"

#define GIVEN "given"

/* What the ioctl has room for; more is of InfiniBand. */
#define MAC_MAX sizeof(((struct sockaddr *)0)->sa_data)

/* "2    eth0            1     1     01005e000102": how often joined, and whether given. */
int sys_maddrs_look(const struct sys_setting_look *look, struct ds_error *error)
{
	cleanup_fclose FILE *file = fopen("/proc/net/dev_mcast", "re");
	char line[256], mac[65];
	int code = 0;

	(void)error;
	while (code == 0 && file && fgets(line, sizeof(line), file)) {
		const struct sys_link *link;
		unsigned int ifindex, given;

		if (sscanf(line, "%u %*s %*u %u %64s", &ifindex, &given, mac) != 3 || !given ||
			strlen(mac) > 2 * MAC_MAX)
			continue;
		link = sys_links_by_index(look->links, ifindex);
		if (link && link->is_ours)
			code = sys_setting_add(look, DS_SETTING_MADDR, link->link.name, mac, GIVEN);
	}
	return code;
}

static int maddr_write(const struct sys_setting_put *put, const struct ds_setting *want)
{
	struct ifreq request = {.ifr_hwaddr.sa_family = AF_UNSPEC};
	uint32_t ifindex = put->index_of->find(put->index_of->context, want->link);
	size_t count;

	if (sys_hex_read(want->key, (uint8_t *)request.ifr_hwaddr.sa_data, MAC_MAX, &count) < 0)
		return -EINVAL;
	if (!if_indextoname(ifindex, request.ifr_name))
		return -ENODEV;
	return ioctl(put->ethtool->ioctl_fd, SIOCADDMULTI, &request) < 0 ? -errno : 0;
}

void sys_maddr_put(const struct sys_setting_put *put, const struct ds_setting *want)
{
	sys_setting_ended(put, want, maddr_write(put, want));
}
