/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ssh_caller.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"
#include "netlink.h"

#define SOCKETS_MAX   64 /* sshd holds one connection, and forwarded ones beside it */
#define ANCESTORS_MAX 64
#define COMMAND_BYTES 32

struct inodes {
	uint32_t items[SOCKETS_MAX];
	size_t count;
};

struct search {
	const struct inodes *inodes;
	ds_strings *addresses;
};

/* Newer OpenSSH runs the connection in a program of another name. */
static const char *const daemons[] = {"sshd", "sshd-session", "dropbear"};

static bool is_daemon(const char *command)
{
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		if (strcmp(command, daemons[i]) == 0)
			return true;
	}
	return false;
}

/* "pid (command) state ppid ...": the command may hold anything, a ')' too. */
static int parent_of(pid_t pid, char ret_command[COMMAND_BYTES], pid_t *ret_parent)
{
	char path[64], line[512];
	char *start, *end;
	ssize_t got;
	int fd, parent;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[got > 0 ? got : 0] = '\0';
	start = strchr(line, '(');
	end = strrchr(line, ')');
	if (!start || !end || sscanf(end + 1, " %*c %d", &parent) != 1)
		return -EBADMSG;
	*end = '\0';
	snprintf(ret_command, COMMAND_BYTES, "%s", start + 1);
	*ret_parent = parent;
	return 0;
}

static void inodes_add(struct inodes *inodes, int directory, const char *name)
{
	char target[64];
	ssize_t got = readlinkat(directory, name, target, sizeof(target) - 1);
	unsigned int inode;

	if (got < 0 || inodes->count == SOCKETS_MAX)
		return;
	target[got] = '\0';
	if (sscanf(target, "socket:[%u]", &inode) == 1)
		inodes->items[inodes->count++] = inode;
}

static void inodes_of(pid_t pid, struct inodes *inodes)
{
	const struct dirent *entry;
	char path[64];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		inodes_add(inodes, dirfd(directory), entry->d_name);
	closedir(directory);
}

/* All sockets of every sshd above us: with privilege separation there are two of them. */
static bool ancestors_search(struct inodes *inodes)
{
	char command[COMMAND_BYTES];
	pid_t pid = getpid(), parent = 0;
	bool has_daemon = false;

	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent) {
		if (parent_of(pid, command, &parent) < 0)
			break;
		if (!is_daemon(command))
			continue;
		has_daemon = true;
		inodes_of(pid, inodes);
	}
	return has_daemon;
}

static bool inodes_has(const struct inodes *inodes, uint32_t inode)
{
	for (size_t i = 0; i < inodes->count; i++) {
		if (inodes->items[i] == inode)
			return true;
	}
	return false;
}

/* A socket of both families shows an IPv4 connection as ::ffff:192.0.2.1. */
static int address_add(ds_strings *addresses, int family, const void *bytes)
{
	const struct in6_addr *address = bytes;
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, &address->s6_addr[12], text, sizeof(text));
	else
		inet_ntop(family, bytes, text, sizeof(text));
	return ds_strings_has(addresses, text) ? 0 : ds_strings_add(addresses, text);
}

static int visit_socket(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *socket = sys_message_header(message, sizeof(*socket));
	const struct search *search = context;

	if (!socket || !inodes_has(search->inodes, socket->idiag_inode))
		return 0;
	return address_add(search->addresses, socket->idiag_family, socket->id.idiag_src);
}

static int sockets_dump(
	struct sys_netlink *netlink, uint8_t family, struct search *search, struct ds_error *error)
{
	const struct sys_visitor visitor = {.visit = visit_socket, .context = search};
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct sys_message request =
		sys_message_begin(buffer, sizeof(buffer), SOCK_DIAG_BY_FAMILY, 0);
	struct inet_diag_req_v2 *filter = sys_message_extra(&request, sizeof(*filter));

	if (filter) {
		filter->sdiag_family = family;
		filter->sdiag_protocol = IPPROTO_TCP;
		filter->idiag_states = 1U << TCP_ESTABLISHED;
	}
	return sys_netlink_dump(netlink, request.header, &visitor, "read the TCP sockets", error);
}

static int sockets_search(struct search *search, struct ds_error *error)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct sys_netlink netlink;
	int code = sys_netlink_open(&netlink, NETLINK_SOCK_DIAG, 0, error);

	if (code < 0)
		return code == -ENOMEM ? code : 0;
	for (size_t i = 0; i < sizeof(families) && code != -ENOMEM; i++)
		code = sockets_dump(&netlink, families[i], search, error);
	sys_netlink_close(&netlink);
	return code == -ENOMEM ? code : 0;
}

/* "client-address client-port server-address server-port" */
static int address_from_environment(ds_strings *addresses)
{
	const char *connection = getenv("SSH_CONNECTION");
	char server[INET6_ADDRSTRLEN + 1] = "";

	if (!connection || sscanf(connection, "%*s %*s %46s", server) != 1)
		return 0;
	server[strcspn(server, "%")] = '\0'; /* a link-local address names its link */
	return ds_strings_add(addresses, server);
}

int sys_ssh_addresses(ds_strings *ret_addresses, struct ds_error *error)
{
	struct inodes inodes = {0};
	ds_strings addresses = {0};
	struct search search = {&inodes, &addresses};
	int code = 0;

	if (ancestors_search(&inodes) && inodes.count)
		code = sockets_search(&search, error);
	if (code == 0 && addresses.count == 0)
		code = address_from_environment(&addresses);
	if (code < 0) {
		ds_strings_done(&addresses);
		return ds_error_set(error, code, "find the caller's connection: out of memory");
	}
	*ret_addresses = addresses;
	return 0;
}
