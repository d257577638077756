// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hangs something on a link of the network, says so, and holds it until it is killed.
 *
 *	hold xdp DEVICE generic|driver		a program attached by netlink; ends at once
 *	hold xdp-link DEVICE generic|driver	a program attached by a bpf_link
 *	hold af-xdp DEVICE			an AF_XDP socket on the first queue
 *	hold tcp|udp|raw DEVICE			a socket bound to the device
 *	hold packet DEVICE			a packet socket
 *	hold join DEVICE GROUP [bound]		a member of a multicast group; bound to its address
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int device; /* its index */

static int die(const char *what)
{
	fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int checked(long result, const char *what)
{
	return result < 0 ? die(what) : (int)result;
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load_pass(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)insns,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
		.prog_name = "ds_pass",
	};

	return checked(bpf(BPF_PROG_LOAD, &attr), "load the program");
}

static unsigned int flags_of(const char *mode)
{
	return strcmp(mode, "driver") == 0 ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

static void attach_by_netlink(const char *mode)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct nlattr nest, fd;
		int fd_value;
		struct nlattr flags;
		unsigned int flags_value;
	} request = {
		.header = {sizeof(request), RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
		.link = {.ifi_index = device},
		.nest = {sizeof(request) - sizeof(struct nlmsghdr) - sizeof(struct ifinfomsg), IFLA_XDP | NLA_F_NESTED},
		.fd = {8, IFLA_XDP_FD},
		.fd_value = load_pass(),
		.flags = {8, IFLA_XDP_FLAGS},
		.flags_value = flags_of(mode),
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr verdict;
		char words[512];
	} answer = {.verdict.error = -EIO};
	int fd = checked(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");

	checked(send(fd, &request, sizeof(request), 0), "send");
	checked(recv(fd, &answer, sizeof(answer), 0), "receive");
	errno = -answer.verdict.error;
	if (errno)
		die("attach");
}

static void attach_by_link(const char *mode)
{
	union bpf_attr attr = {.link_create = {.attach_type = BPF_XDP}};

	attr.link_create.prog_fd = (unsigned int)load_pass();
	attr.link_create.target_ifindex = (unsigned int)device;
	attr.link_create.flags = flags_of(mode);
	checked(bpf(BPF_LINK_CREATE, &attr), "attach");
}

static void bind_xdp(void)
{
	const int entries = 64, size = 64 * 4096;
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = (unsigned int)device};
	struct xdp_umem_reg area = {.len = (unsigned long)size, .chunk_size = 4096};
	int fd = checked(socket(AF_XDP, SOCK_RAW, 0), "AF_XDP");
	void *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	area.addr = (unsigned long)memory;
	checked(setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)), "umem");
	checked(setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &entries, sizeof(entries)), "fill ring");
	checked(setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &entries, sizeof(entries)), "completion ring");
	checked(setsockopt(fd, SOL_XDP, XDP_RX_RING, &entries, sizeof(entries)), "rx ring");
	checked(bind(fd, (void *)&address, sizeof(address)), "bind");
}

static void bind_socket(const char *name, int type, int protocol)
{
	int fd = checked(socket(AF_INET, type, protocol), "socket");
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7777)};

	checked(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)), "bind to the device");
	if (type != SOCK_RAW)
		checked(bind(fd, (void *)&address, sizeof(address)), "bind");
	if (type == SOCK_STREAM)
		checked(listen(fd, 1), "listen");
}

static void bind_packet(void)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_LOOPBACK), .sll_ifindex = device};
	int fd = checked(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_LOOPBACK)), "packet socket");

	checked(bind(fd, (void *)&address, sizeof(address)), "bind");
}

/* Several may have the same port, as members of groups do. */
static int datagram_socket(int family)
{
	int fd = checked(socket(family, SOCK_DGRAM, 0), "socket"), yes = 1;

	checked(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), "reuse the address");
	return fd;
}

static void join4(const char *group, int is_bound)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5000)};
	struct ip_mreqn member = {.imr_ifindex = device};
	int fd = datagram_socket(AF_INET);

	inet_pton(AF_INET, group, &member.imr_multiaddr);
	if (is_bound)
		address.sin_addr = member.imr_multiaddr;
	checked(bind(fd, (void *)&address, sizeof(address)), "bind");
	checked(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof(member)), "join");
}

static void join6(const char *group, int is_bound)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(5006)};
	struct ipv6_mreq member = {.ipv6mr_interface = (unsigned int)device};
	int fd = datagram_socket(AF_INET6);

	inet_pton(AF_INET6, group, &member.ipv6mr_multiaddr);
	if (is_bound) {
		address.sin6_addr = member.ipv6mr_multiaddr;
		address.sin6_scope_id = (unsigned int)device;
	}
	checked(bind(fd, (void *)&address, sizeof(address)), "bind");
	checked(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &member, sizeof(member)), "join");
}

static int usage(void)
{
	fprintf(stderr, "usage: hold KIND DEVICE [MORE]\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[1] : "", *more = argc > 3 ? argv[3] : "";

	if (argc < 3)
		return usage();
	device = (int)if_nametoindex(argv[2]);
	if (!strcmp(kind, "xdp")) {
		attach_by_netlink(more);
		return 0;
	}
	if (!strcmp(kind, "xdp-link"))
		attach_by_link(more);
	else if (!strcmp(kind, "af-xdp"))
		bind_xdp();
	else if (!strcmp(kind, "tcp"))
		bind_socket(argv[2], SOCK_STREAM, 0);
	else if (!strcmp(kind, "udp"))
		bind_socket(argv[2], SOCK_DGRAM, 0);
	else if (!strcmp(kind, "raw"))
		bind_socket(argv[2], SOCK_RAW, 112);
	else if (!strcmp(kind, "packet"))
		bind_packet();
	else if (!strcmp(kind, "join") && strchr(more, ':'))
		join6(more, argc > 4);
	else if (!strcmp(kind, "join"))
		join4(more, argc > 4);
	else
		return usage();
	printf("held\n");
	fflush(stdout);
	pause();
	return 0;
}
