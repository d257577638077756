// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel says of a device's queues, over the generic netlink family "netdev" (6.8 and
 *later): which NAPI serves each, and which interrupt starts that one. The numbers below are of that
 *family's interface, which the headers of the machine that builds this need not know yet.
 *
 *	queues DEVICE		a line for each: rx|tx NUMBER napi ID irq NUMBER; what is not there
 *is -
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_GET     10
#define QUEUE_ID      1
#define QUEUE_IFINDEX 2
#define QUEUE_TYPE    3
#define QUEUE_NAPI    4
#define NAPI_GET      11
#define NAPI_IFINDEX  1
#define NAPI_ID       2
#define NAPI_IRQ      3

#define ATTRS_MAX  32
#define NAPIS_MAX  64
#define QUEUES_MAX 64
#define NONE       UINT32_MAX

struct queue {
	uint32_t type, id, napi;
};

struct napi {
	uint32_t id, irq;
};

static struct queue queue[QUEUES_MAX];
static struct napi napi[NAPIS_MAX];
static unsigned int queues, napis, family;
static int sock;

static void die(const char *what)
{
	fprintf(stderr, "queues: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t number(const struct nlattr *a)
{
	uint32_t n = NONE;

	if (a)
		memcpy(&n, (const char *)a + NLA_HDRLEN, sizeof(n));
	return n;
}

static void take_family(struct nlattr **a)
{
	uint16_t id;

	if (!a[CTRL_ATTR_FAMILY_ID])
		return;
	memcpy(&id, (char *)a[CTRL_ATTR_FAMILY_ID] + NLA_HDRLEN, sizeof(id));
	family = id;
}

static void take_queue(struct nlattr **a)
{
	if (queues < QUEUES_MAX)
		queue[queues++] = (struct queue){
			number(a[QUEUE_TYPE]), number(a[QUEUE_ID]), number(a[QUEUE_NAPI])};
}

static void take_napi(struct nlattr **a)
{
	if (napis < NAPIS_MAX)
		napi[napis++] = (struct napi){number(a[NAPI_ID]), number(a[NAPI_IRQ])};
}

static void take_message(const struct nlmsghdr *h, void (*take)(struct nlattr **a))
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlattr *a[ATTRS_MAX] = {NULL};

	while (at + NLA_HDRLEN <= h->nlmsg_len) {
		struct nlattr *one = (struct nlattr *)((char *)h + at);

		if (one->nla_len < NLA_HDRLEN)
			break;
		if ((one->nla_type & NLA_TYPE_MASK) < ATTRS_MAX)
			a[one->nla_type & NLA_TYPE_MASK] = one;
		at += NLA_ALIGN(one->nla_len);
	}
	take(a);
}

/* Asks with one attribute, and has what comes taken until the end of it is announced */
static void ask(uint16_t to, uint8_t command, bool is_dump, uint16_t type, const void *value,
	size_t size, void (*take)(struct nlattr **a))
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		struct nlattr a;
		char value[32];
	} request = {
		.h = {.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN +
					      NLA_ALIGN(size)),
			.nlmsg_type = to,
			.nlmsg_flags =
				(uint16_t)(NLM_F_REQUEST | NLM_F_ACK | (is_dump ? NLM_F_DUMP : 0))},
		.g = {.cmd = command, .version = 1},
		.a = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + size)},
	};
	static char buffer[65536] __attribute__((aligned(8)));
	bool is_over = false;

	memcpy(request.value, value, size);
	if (send(sock, &request, request.h.nlmsg_len, 0) < 0)
		die("send");
	while (!is_over) {
		ssize_t n = recv(sock, buffer, sizeof(buffer), 0);
		int left = (int)n;

		if (n <= 0)
			die("recv");
		for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, (unsigned int)left);
			h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				errno = -*(int *)NLMSG_DATA(h);
				if (errno)
					die("the kernel answers");
				is_over = true;
			} else {
				take_message(h, take);
			}
		}
	}
}

static void print(const char *name, uint32_t n)
{
	if (n == NONE)
		printf(" %s -", name);
	else
		printf(" %s %u", name, n);
}

int main(int argc, char **argv)
{
	uint32_t index = argc == 2 ? if_nametoindex(argv[1]) : 0;
	const char *name = "netdev";

	if (!index)
		die("usage: queues DEVICE");
	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (sock < 0)
		die("socket");
	ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, false, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1,
		take_family);
	ask((uint16_t)family, QUEUE_GET, true, QUEUE_IFINDEX, &index, sizeof(index), take_queue);
	ask((uint16_t)family, NAPI_GET, true, NAPI_IFINDEX, &index, sizeof(index), take_napi);
	for (unsigned int i = 0; i < queues; i++) {
		uint32_t irq = NONE;

		for (unsigned int k = 0; k < napis; k++)
			if (napi[k].id == queue[i].napi)
				irq = napi[k].irq;
		printf("%s %u", queue[i].type ? "tx" : "rx", queue[i].id);
		print("napi", queue[i].napi);
		print("irq", irq);
		printf("\n");
	}
	return 0;
}
