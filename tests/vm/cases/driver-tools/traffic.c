// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic whose content is checked, for the guest tests of the driver.
 *
 *	traffic serve PORT			TCP and UDP: checks streams, sends datagrams back
 *	traffic push HOST PORT KBYTES		one TCP stream; the server's verdict is the exit code
 *	traffic echo HOST PORT COUNT SIZE	datagrams one by one, each compared with what comes back; exit code 3
 *						if all that came was right, but not all came
 *	traffic napi HOST PORT COUNT SIZE	the same, and after each the socket knows which NAPI brought it, so that
 *						a program could poll that one
 *	traffic pieces HOST PORT COUNT PIECES	the same as echo with datagrams of so many small pieces of memory, which the
 *						kernel sends from where they are: a fragment for each
 *	traffic flood HOST PORT SECONDS SIZE	datagrams as fast as they go; prints how many
 *	traffic join GROUP PORT DEVICE SECONDS	waits for one multicast datagram
 *	traffic cast GROUP PORT DEVICE COUNT	sends some
 *	traffic hear PORT			prints the datagrams that come, for ever
 *
 * HOST is an IPv4 or IPv6 address. The content of a stream follows from its position, that of a datagram from its
 * number, so that both ends can tell what should be there.
 */
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUFFER 65536
#define DATAGRAM_MAX 65000
#define STEP_MS 2000
#define LOST 3
#define PIECES_MAX 64

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint8_t pattern(uint64_t at)
{
	uint64_t word = at / 8 + 1;

	word ^= word >> 30;
	word *= 0xbf58476d1ce4e5b9u;
	word ^= word >> 27;
	return (uint8_t)(word >> (at % 8 * 8));
}

static void fill(uint8_t *buffer, uint64_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buffer[i] = pattern(from + i);
}

static bool is_right(const uint8_t *buffer, uint64_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (buffer[i] != pattern(from + i))
			return false;
	return true;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int open_socket(const char *host, const char *port, int type, bool is_server)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST};
	struct addrinfo *ai;
	int one = 1, zero = 0, s;

	if (is_server) {
		hints.ai_family = AF_INET6;
		hints.ai_flags |= AI_PASSIVE;
	}
	if (getaddrinfo(host, port, &hints, &ai))
		die("address");
	s = socket(ai->ai_family, type, 0);
	if (s < 0)
		die("socket");
	if (is_server) {
		setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
		if (bind(s, ai->ai_addr, ai->ai_addrlen))
			die("bind");
	} else if (connect(s, ai->ai_addr, ai->ai_addrlen)) {
		die("connect");
	}
	freeaddrinfo(ai);
	return s;
}

static void check_stream(int s)
{
	static uint8_t buffer[BUFFER];
	uint64_t at = 0;
	bool ok = true;
	ssize_t n;

	while ((n = read(s, buffer, sizeof(buffer))) > 0) {
		ok = ok && is_right(buffer, at, (size_t)n);
		at += (uint64_t)n;
	}
	dprintf(s, "%s %llu\n", ok && n == 0 ? "right" : "wrong", (unsigned long long)at);
	close(s);
}

static int serve(char **argv)
{
	int tcp = open_socket(NULL, argv[0], SOCK_STREAM, true);
	int udp = open_socket(NULL, argv[0], SOCK_DGRAM, true);
	struct pollfd p[2] = {{.fd = tcp, .events = POLLIN}, {.fd = udp, .events = POLLIN}};
	static uint8_t buffer[BUFFER];

	signal(SIGCHLD, SIG_IGN);
	if (listen(tcp, 16))
		die("listen");
	for (;;) {
		if (poll(p, 2, -1) < 0)
			die("poll");
		if (p[0].revents) {
			int s = accept(tcp, NULL, NULL);

			if (s >= 0 && fork() == 0) {
				check_stream(s);
				_exit(0);
			}
			close(s);
		}
		if (p[1].revents) {
			struct sockaddr_in6 from;
			socklen_t from_len = sizeof(from);
			ssize_t n = recvfrom(udp, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &from_len);

			if (n >= 0)
				sendto(udp, buffer, (size_t)n, 0, (struct sockaddr *)&from, from_len);
		}
	}
}

static int push(char **argv)
{
	uint64_t total = strtoull(argv[2], NULL, 10) * 1024, at = 0;
	int s = open_socket(argv[0], argv[1], SOCK_STREAM, false);
	static uint8_t buffer[BUFFER];
	char verdict[64] = "", wanted[64];
	double start = now();
	size_t got = 0, piece = 1;
	ssize_t n;

	while (at < total) {
		size_t len = piece < total - at ? piece : (size_t)(total - at);

		fill(buffer, at, len);
		n = write(s, buffer, len);
		if (n < 0)
			die("write");
		at += (uint64_t)n;
		/* all lengths come up: odd ones, tiny ones, those that need segmentation */
		piece = piece * 3 + 1 < BUFFER ? piece * 3 + 1 : BUFFER - (size_t)(at % 1021);
	}
	shutdown(s, SHUT_WR);
	while (got < sizeof(verdict) - 1 && (n = read(s, verdict + got, sizeof(verdict) - 1 - got)) > 0)
		got += (size_t)n;
	snprintf(wanted, sizeof(wanted), "right %llu\n", (unsigned long long)total);
	printf("%llu bytes in %.3f s, the other end says: %s", (unsigned long long)total, now() - start, verdict);
	return strcmp(verdict, wanted) != 0;
}

static void expect_napi(int s)
{
	unsigned int id = 0;
	socklen_t size = sizeof(id);

	if (getsockopt(s, SOL_SOCKET, SO_INCOMING_NAPI_ID, &id, &size) < 0)
		die("SO_INCOMING_NAPI_ID");
	if (id == 0) {
		fprintf(stderr, "traffic: nobody knows which NAPI brought the datagram\n");
		exit(1);
	}
}

static int echo_each(char **argv, void (*expect)(int s))
{
	unsigned long count = strtoul(argv[2], NULL, 10), size = strtoul(argv[3], NULL, 10), lost = 0;
	int s = open_socket(argv[0], argv[1], SOCK_DGRAM, false);
	static uint8_t out[BUFFER], in[BUFFER];
	double start = now();

	if (size < 8 || size > DATAGRAM_MAX)
		return 2;
	for (unsigned long i = 0; i < count; i++) {
		struct pollfd p = {.fd = s, .events = POLLIN};

		fill(out, i * 131, size);
		if (send(s, out, size, 0) < 0)
			die("send");
		if (poll(&p, 1, STEP_MS) <= 0) {
			lost++;
			continue;
		}
		if (recv(s, in, sizeof(in), 0) != (ssize_t)size || memcmp(in, out, size) != 0) {
			fprintf(stderr, "traffic: datagram %lu came back changed\n", i);
			return 1;
		}
		if (expect)
			expect(s);
	}
	printf("%lu of %lu datagrams lost, %.1f us each\n", lost, count, (now() - start) * 1e6 / (double)count);
	return lost ? LOST : 0;
}

static int echo(char **argv)
{
	return echo_each(argv, NULL);
}

static int napi(char **argv)
{
	return echo_each(argv, expect_napi);
}

/* Pieces of odd lengths at odd places, each on a page of its own, so that none can be merged with the next */
static size_t cut_in_pieces(uint8_t *pages, size_t page, const uint8_t *from, struct iovec *piece, size_t pieces)
{
	size_t at = 0;

	for (size_t i = 0; i < pieces; i++) {
		size_t len = 1 + i * 7 % 60;

		piece[i] = (struct iovec){.iov_base = pages + i * page + i * 13 % 100, .iov_len = len};
		memcpy(piece[i].iov_base, from + at, len);
		at += len;
	}
	return at;
}

static int pieces(char **argv)
{
	size_t count = strtoul(argv[2], NULL, 10), n = strtoul(argv[3], NULL, 10), lost = 0;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int s = open_socket(argv[0], argv[1], SOCK_DGRAM, false), one = 1;
	struct iovec piece[PIECES_MAX];
	static uint8_t out[BUFFER], in[BUFFER];

	if (n < 1 || n > PIECES_MAX)
		return 2;
	if (setsockopt(s, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		die("SO_ZEROCOPY");
	for (size_t i = 0; i < count; i++) {
		/* never written to again: the device may read it until nobody knows when */
		uint8_t *pages = mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct pollfd p = {.fd = s, .events = POLLIN};
		struct msghdr message = {.msg_iov = piece, .msg_iovlen = n};
		ssize_t size;

		if (pages == MAP_FAILED)
			die("mmap");
		fill(out, i * 131 + 7, BUFFER / 2);
		size = (ssize_t)cut_in_pieces(pages, page, out, piece, n);
		if (sendmsg(s, &message, MSG_ZEROCOPY) != size)
			die("sendmsg");
		/* what the kernel has to say of copies it did not make is no answer, but wakes poll() up */
		while (poll(&p, 1, STEP_MS) > 0 && !(p.revents & POLLIN))
			recvmsg(s, &(struct msghdr){0}, MSG_ERRQUEUE);
		if (!(p.revents & POLLIN)) {
			lost++;
			continue;
		}
		if (recv(s, in, sizeof(in), 0) != size || memcmp(in, out, (size_t)size) != 0) {
			fprintf(stderr, "traffic: datagram %zu came back changed\n", i);
			return 1;
		}
	}
	printf("%zu of %zu datagrams of %zu pieces lost\n", lost, count, n);
	return lost ? LOST : 0;
}

static int flood(char **argv)
{
	double seconds = strtod(argv[2], NULL), start, end;
	size_t size = strtoul(argv[3], NULL, 10);
	int s = open_socket(argv[0], argv[1], SOCK_DGRAM, false);
	static uint8_t buffer[BUFFER];
	unsigned long sent = 0;

	fill(buffer, 0, size);
	start = now();
	do {
		for (int i = 0; i < 64; i++)
			if (send(s, buffer, size, 0) == (ssize_t)size)
				sent++;
		end = now();
	} while (end - start < seconds);
	printf("%.0f datagrams a second\n", (double)sent / (end - start));
	return 0;
}

static int join(char **argv)
{
	int s = open_socket(NULL, argv[1], SOCK_DGRAM, true);
	struct ipv6_mreq m6 = {.ipv6mr_interface = if_nametoindex(argv[2])};
	struct ip_mreqn m4 = {.imr_ifindex = (int)if_nametoindex(argv[2])};
	struct pollfd p = {.fd = s, .events = POLLIN};
	static uint8_t buffer[BUFFER];
	ssize_t n;

	if (inet_pton(AF_INET6, argv[0], &m6.ipv6mr_multiaddr) == 1) {
		if (setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m6, sizeof(m6)))
			die("join");
	} else if (inet_pton(AF_INET, argv[0], &m4.imr_multiaddr) != 1 ||
		   setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m4, sizeof(m4))) {
		die("join");
	}
	if (poll(&p, 1, (int)(strtod(argv[3], NULL) * 1000)) <= 0)
		return 1;
	n = recv(s, buffer, sizeof(buffer), 0);
	return n <= 0 || !is_right(buffer, 0, (size_t)n);
}

static int cast(char **argv)
{
	int s = open_socket(argv[0], argv[1], SOCK_DGRAM, false);
	uint8_t buffer[200];

	setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, argv[2], (socklen_t)strlen(argv[2]));
	fill(buffer, 0, sizeof(buffer));
	for (unsigned long i = strtoul(argv[3], NULL, 10); i; i--) {
		if (send(s, buffer, sizeof(buffer), 0) < 0)
			die("send");
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	}
	return 0;
}

static int hear(char **argv)
{
	int s = open_socket(NULL, argv[0], SOCK_DGRAM, true);
	static uint8_t buffer[BUFFER];
	ssize_t n;

	while ((n = recv(s, buffer, sizeof(buffer), 0)) >= 0)
		if (write(STDOUT_FILENO, buffer, (size_t)n) != n)
			die("write");
	die("recv");
	return 1;
}

static const struct {
	const char *name;
	int argc;
	int (*run)(char **argv);
} verbs[] = {
	{"serve", 1, serve}, {"push", 3, push}, {"echo", 4, echo},
	{"napi", 4, napi},   {"pieces", 4, pieces}, {"flood", 4, flood}, {"join", 4, join},
	{"cast", 4, cast},   {"hear", 1, hear},
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 == verbs[i].argc)
			return verbs[i].run(argv + 2);
	fprintf(stderr, "traffic: see the comment at the start of its source\n");
	return 2;
}
