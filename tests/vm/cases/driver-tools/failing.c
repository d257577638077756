// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does something to the driver again and again, and has the kernel fail the first allocation of it, then the second,
 * until it ends without one being failed. Needs a kernel with fault injection; prints how often it came to nothing.
 *
 *	failing load FILE PARAMETERS	inserts the module (and removes it where that went well)
 *	failing up DEVICE		opens the device (and closes it)
 *	failing mtu DEVICE A B		changes the MTU to A and B in turns
 *	failing rings DEVICE A B	the same with the size of the rx ring
 *
 * Whatever failed must leave things as they were, which is for the caller to see.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NTH_MAX 20000

static int control;
static int nth_fd;

static void die(const char *what)
{
	fprintf(stderr, "failing: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_nth(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(nth_fd, text, (size_t)len, 0) != len)
		die("fail-nth");
}

static int left_of_nth(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 1)
		die("fail-nth");
	return atoi(text);
}

/* 1 when there was no allocation left to fail, and all went well; else what came of the failure */
static int verdict(int code, int left)
{
	if (left && code < 0)
		die("without a failed allocation");
	return left ? 1 : code;
}

static int load(char **argv, int round)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC), code;

	if (fd < 0)
		die(argv[0]);
	set_nth(round);
	code = (int)syscall(SYS_finit_module, fd, argv[1], 0);
	round = left_of_nth();
	set_nth(0);
	close(fd);
	/* the very last one stays */
	if (code == 0 && round == 0 && syscall(SYS_delete_module, "vmxnet3", O_NONBLOCK))
		die("delete_module");
	return verdict(code, round);
}

static int up(char **argv, int round)
{
	struct ifreq ifr = {0};
	int code;

	strncpy(ifr.ifr_name, argv[0], sizeof(ifr.ifr_name) - 1);
	ifr.ifr_flags = IFF_UP | IFF_BROADCAST | IFF_MULTICAST;
	set_nth(round);
	code = ioctl(control, SIOCSIFFLAGS, &ifr);
	round = left_of_nth();
	set_nth(0);
	ifr.ifr_flags = IFF_BROADCAST | IFF_MULTICAST;
	if (code == 0 && round == 0 && ioctl(control, SIOCSIFFLAGS, &ifr))
		die("down");
	return verdict(code, round);
}

static int mtu(char **argv, int round)
{
	struct ifreq ifr = {0};
	int code;

	strncpy(ifr.ifr_name, argv[0], sizeof(ifr.ifr_name) - 1);
	ifr.ifr_mtu = atoi(argv[1]);
	if (ioctl(control, SIOCSIFMTU, &ifr))
		die("the first MTU");
	ifr.ifr_mtu = atoi(argv[2]);
	set_nth(round);
	code = ioctl(control, SIOCSIFMTU, &ifr);
	round = left_of_nth();
	set_nth(0);
	return verdict(code, round);
}

static int set_rx(struct ifreq *ifr, struct ethtool_ringparam *ring, const char *size)
{
	ring->cmd = ETHTOOL_SRINGPARAM;
	ring->rx_pending = (unsigned int)atoi(size);
	return ioctl(control, SIOCETHTOOL, ifr);
}

static int rings(char **argv, int round)
{
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
	struct ifreq ifr = {.ifr_data = (char *)&ring};
	int code;

	strncpy(ifr.ifr_name, argv[0], sizeof(ifr.ifr_name) - 1);
	if (ioctl(control, SIOCETHTOOL, &ifr) || set_rx(&ifr, &ring, argv[1]))
		die("the first ring");
	set_nth(round);
	code = set_rx(&ifr, &ring, argv[2]);
	round = left_of_nth();
	set_nth(0);
	return verdict(code, round);
}

static const struct {
	const char *name;
	int argc;
	int (*once)(char **argv, int round);
} verbs[] = {{"load", 2, load}, {"up", 1, up}, {"mtu", 3, mtu}, {"rings", 3, rings}};

static int repeat(int (*once)(char **argv, int round), char **argv)
{
	int failed = 0, round, code = 0;

	for (round = 1; round < NTH_MAX && code != 1; round++) {
		code = once(argv, round);
		failed += code < 0;
	}
	printf("%d allocations, %d times it came to nothing\n", round - 2, failed);
	return round == NTH_MAX;
}

int main(int argc, char **argv)
{
	control = socket(AF_INET, SOCK_DGRAM, 0);
	nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (control < 0 || nth_fd < 0)
		die("/proc/self/fail-nth");
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 == verbs[i].argc)
			return repeat(verbs[i].once, argv + 2);
	fprintf(stderr, "failing: see the comment at the start of its source\n");
	return 2;
}
