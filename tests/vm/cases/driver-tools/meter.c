// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures in the guest what has no program of its own there.
 *
 *	meter load FILE DEVICE			inserts the module, opens DEVICE; microseconds until it has a carrier
 *	meter unload NAME			microseconds that delete_module took
 *	meter sink PORT				takes TCP streams and throws them away
 *	meter pump HOST PORT KBYTES		a TCP stream to a sink; KiB a second, until the other end has all of it
 *	meter kexec KERNEL INITRD CMDLINE	goes on with another kernel, at once
 *	meter peek FILE OFFSET			prints the 32 bits there, of what a device shows in FILE
 *	meter monitor COMMAND			says COMMAND to QEMU's monitor (see driver-tools/machine)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUFFER       65536
#define MONITOR_PORT 0x402
#define CARRIER_US   10e6

static void die(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int has_carrier(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = '0';

	if (fd < 0)
		return 0;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c == '1';
}

static int load(char **argv)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC), s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = {0};
	double start, inserted;
	char path[128];

	if (fd < 0 || s < 0)
		die(argv[0]);
	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", argv[1]);
	strncpy(ifr.ifr_name, argv[1], sizeof(ifr.ifr_name) - 1);
	start = now_us();
	if (syscall(SYS_finit_module, fd, "", 0))
		die("finit_module");
	inserted = now_us();
	if (ioctl(s, SIOCGIFFLAGS, &ifr))
		die("flags");
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &ifr))
		die("up");
	while (!has_carrier(path))
		if (now_us() - inserted > CARRIER_US)
			die("carrier");
	printf("%.0f %.0f\n", now_us() - start, inserted - start);
	return 0;
}

static int unload(char **argv)
{
	double start = now_us();

	if (syscall(SYS_delete_module, argv[0], O_NONBLOCK))
		die("delete_module");
	printf("%.0f\n", now_us() - start);
	return 0;
}

static int sink(char **argv)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[0]))};
	int listener = socket(AF_INET6, SOCK_STREAM, 0), one = 1;
	static uint8_t buffer[BUFFER];

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 4))
		die("listen");
	for (;;) {
		int s = accept(listener, NULL, NULL);

		if (s < 0)
			return 1;
		while (read(s, buffer, sizeof(buffer)) > 0)
			;
		close(s);
	}
}

static int pump(char **argv)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST}, *ai;
	size_t left = strtoul(argv[2], NULL, 10) * 1024;
	static uint8_t buffer[BUFFER];
	double start;
	int s;

	if (getaddrinfo(argv[0], argv[1], &hints, &ai))
		die("address");
	s = socket(ai->ai_family, SOCK_STREAM, 0);
	if (s < 0 || connect(s, ai->ai_addr, ai->ai_addrlen))
		die("connect");
	start = now_us();
	while (left) {
		ssize_t n = write(s, buffer, left < BUFFER ? left : BUFFER);

		if (n < 0)
			die("write");
		left -= (size_t)n;
	}
	shutdown(s, SHUT_WR);
	/* the sink closes when it has seen the end */
	if (read(s, buffer, 1) != 0)
		die("read");
	printf("%.0f\n", strtod(argv[2], NULL) * 1e6 / (now_us() - start));
	return 0;
}

static int monitor(char **argv)
{
	if (ioperm(MONITOR_PORT, 1, 1))
		die("ioperm");
	for (const char *c = argv[0]; *c; c++)
		outb((unsigned char)*c, MONITOR_PORT);
	outb('\n', MONITOR_PORT);
	return 0;
}

static int kexec(char **argv)
{
	int kernel = open(argv[0], O_RDONLY), initrd = open(argv[1], O_RDONLY);

	if (kernel < 0 || initrd < 0)
		die("open");
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[2]) + 1, argv[2], 0ul))
		die("kexec_file_load");
	sync();
	if (reboot(RB_KEXEC))
		die("kexec");
	return 1;
}

static int peek(char **argv)
{
	unsigned long at = strtoul(argv[1], NULL, 0);
	int fd = open(argv[0], O_RDONLY | O_SYNC);
	const volatile uint32_t *words;

	if (fd < 0)
		die("open");
	words = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		die("mmap");
	if (at + sizeof(*words) > 4096)
		return 2;
	printf("%u\n", words[at / sizeof(*words)]);
	return 0;
}

static const struct {
	const char *name;
	int argc;
	int (*run)(char **argv);
} verbs[] = {
	{"load", 2, load}, {"unload", 1, unload}, {"sink", 1, sink}, {"pump", 3, pump}, {"monitor", 1, monitor},
	{"kexec", 3, kexec}, {"peek", 2, peek},
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 == verbs[i].argc)
			return verbs[i].run(argv + 2);
	fprintf(stderr, "meter: see the comment at the start of its source\n");
	return 2;
}
