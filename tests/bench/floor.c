/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The floor: a swap with nothing but the calls that no swap can do without. Everything else is
 * prepared before, nothing is checked, kept or put back.
 *
 *	floor [-e] MODULE FILE LINK ADDRESS/PREFIX
 *
 * -e: RCU is expedited meanwhile.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct up {
	struct nlmsghdr header;
	struct ifinfomsg link;
};

struct address {
	struct nlmsghdr header;
	struct ifaddrmsg address;
	struct nlattr attribute;
	struct in_addr local;
};

static struct {
	struct up up;
	struct address address;
} request = {
	.up = {.header = {.nlmsg_len = sizeof(struct up),
		       .nlmsg_type = RTM_NEWLINK,
		       .nlmsg_flags = NLM_F_REQUEST},
		.link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}},
	.address = {.header = {.nlmsg_len = sizeof(struct address),
			    .nlmsg_type = RTM_NEWADDR,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK},
		.address = {.ifa_family = AF_INET},
		.attribute = {.nla_len = sizeof(struct nlattr) + sizeof(struct in_addr),
			.nla_type = IFA_LOCAL}},
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void expedite(int fd, const char *value)
{
	if (fd >= 0 && write(fd, value, 1) != 1)
		die("rcu_expedited");
}

static void exchange(const char *module, int file, const char *link, int netlink)
{
	int inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq name = {0};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr verdict;
		char rest[256];
	} answer;

	strncpy(name.ifr_name, link, sizeof(name.ifr_name) - 1);
	if (syscall(SYS_delete_module, module, O_NONBLOCK) < 0)
		die("delete_module");
	if (syscall(SYS_finit_module, file, "", 0) < 0)
		die("finit_module");
	if (ioctl(inet, SIOCGIFINDEX, &name) < 0)
		die(link);
	request.up.link.ifi_index = name.ifr_ifindex;
	request.address.address.ifa_index = (unsigned int)name.ifr_ifindex;
	if (send(netlink, &request, sizeof(request), 0) < 0 ||
		recv(netlink, &answer, sizeof(answer), 0) < 0 || answer.verdict.error)
		die("set the link up, add the address");
}

int main(int argc, char **argv)
{
	int expedited = -1, file, netlink;
	char *slash;

	if (argc == 6 && strcmp(argv[1], "-e") == 0) {
		expedited = open("/sys/kernel/rcu_expedited", O_WRONLY | O_CLOEXEC);
		if (expedited < 0)
			die("rcu_expedited");
		argv++;
		argc--;
	}
	if (argc != 5)
		return 2;
	slash = strchr(argv[4], '/');
	if (!slash)
		return 2;
	*slash = '\0';
	request.address.address.ifa_prefixlen = (unsigned char)atoi(slash + 1);
	if (inet_pton(AF_INET, argv[4], &request.address.local) != 1)
		return 2;
	file = open(argv[2], O_RDONLY | O_CLOEXEC);
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (file < 0 || netlink < 0)
		die(argv[2]);
	expedite(expedited, "1");
	exchange(argv[1], file, argv[3], netlink);
	expedite(expedited, "0");
	return 0;
}
