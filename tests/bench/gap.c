/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The outage as the other end of the wire sees it: while COMMAND runs, somebody sends a datagram
 * every millisecond, and the longest time between two that arrived is printed, in microseconds.
 * The kernel's own time of arrival counts, so that a receiver who gets no processor makes no gap;
 * the sender is a real-time process.
 *
 *	gap PEER ADDRESS COMMAND...	the sender is in the namespace PEER and sends to ADDRESS
 *	gap - - COMMAND...		it is elsewhere
 *	gap ADDRESS PORT		which is this, until it is killed
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT       4711
#define PERIOD_NS  1000000
#define SETTLED    200 /* datagrams before COMMAND begins, and after it has ended */
#define TIMEOUT_MS 20000
#define NS_PER_S   1000000000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void enter_namespace(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/var/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path);
}

/* A send that fails is a datagram that nobody gets. */
static void send_for_ever(const char *address, uint16_t port)
{
	const struct sched_param priority = {.sched_priority = 10};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct timespec next;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_FIFO, &priority) < 0)
		die("sched_setscheduler");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
		next.tv_nsec += PERIOD_NS;
		if (next.tv_nsec >= NS_PER_S) {
			next.tv_nsec -= NS_PER_S;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

static int open_receiver(void)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		die("socket");
	return fd;
}

/* When the next datagram arrived; exits where none comes. */
static int64_t arrival(int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	struct timespec at;

	if (poll(&wait, 1, TIMEOUT_MS) != 1 || recvmsg(fd, &message, 0) < 0 ||
		message.msg_controllen < sizeof(control.header)) {
		fprintf(stderr, "gap: nothing arrives\n");
		exit(1);
	}
	memcpy(&at, CMSG_DATA(&control.header), sizeof(at));
	return at.tv_sec * NS_PER_S + at.tv_nsec;
}

/* 0 where it is elsewhere. */
static pid_t start_sender(const char *peer, const char *address)
{
	pid_t pid;

	if (strcmp(peer, "-") == 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		enter_namespace(peer);
		send_for_ever(address, PORT);
	}
	return pid;
}

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(command[0], command);
		die(command[0]);
	}
	return pid;
}

int main(int argc, char **argv)
{
	int64_t longest = 0, last = 0;
	int fd, status = 0, left = SETTLED;
	bool is_started = false, is_over = false;
	pid_t sender, command = 0;

	if (argc == 3)
		send_for_ever(argv[1], (uint16_t)atoi(argv[2]));
	if (argc < 4)
		return 2;
	fd = open_receiver();
	sender = start_sender(argv[1], argv[2]);
	while (left > 0 || !is_over) {
		int64_t now = arrival(fd);

		if (is_started && now - last > longest)
			longest = now - last;
		last = now;
		left--;
		if (!is_started && left <= 0) {
			command = start(argv + 3);
			is_started = true;
		} else if (is_started && !is_over && waitpid(command, &status, WNOHANG) != 0) {
			is_over = true;
			left = SETTLED;
		}
	}
	if (sender > 0) {
		kill(sender, SIGKILL);
		waitpid(sender, NULL, 0);
	}
	printf("%lld\n", (long long)(longest / 1000));
	return status != 0;
}
