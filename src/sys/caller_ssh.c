/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The SSH connection over which we were called. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller.h"
#include "tcp.h"

#define NODES_MAX     256 /* descriptors of an sshd: the connection, forwarded ones, our pipes */
#define DAEMONS_MAX   8
#define ANCESTORS_MAX 64

/* What the sshd among our ancestors have open, in the order of their descriptors. */
struct daemons {
	pid_t pids[DAEMONS_MAX];
	size_t pid_count;
	uint64_t sockets[NODES_MAX], pipes[NODES_MAX];
	size_t socket_count, pipe_count;
};

/* The best socket so far: the lower its rank the better. */
struct search {
	const struct daemons *daemons;
	struct ds_caller wanted; /* by SSH_CONNECTION; local NULL: it is not set */
	struct ds_caller *found;
	size_t rank;
};

/* Newer OpenSSH runs the connection in a program of another name. */
static const char *const names[] = {"sshd", "sshd-session", "dropbear"};

static bool is_daemon(const char *command)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(command, names[i]) == 0)
			return true;
	return false;
}

static void add_node(struct daemons *daemons, int directory, const char *name)
{
	unsigned long long node;
	char target[64];
	ssize_t got = readlinkat(directory, name, target, sizeof(target) - 1);

	if (got < 0)
		return;
	target[got] = '\0';
	if (sscanf(target, "socket:[%llu]", &node) == 1 && daemons->socket_count < NODES_MAX)
		daemons->sockets[daemons->socket_count++] = node;
	if (sscanf(target, "pipe:[%llu]", &node) == 1 && daemons->pipe_count < NODES_MAX)
		daemons->pipes[daemons->pipe_count++] = node;
}

static void add_daemon(struct daemons *daemons, pid_t pid)
{
	const struct dirent *entry;
	char path[64];
	DIR *directory;

	if (daemons->pid_count < DAEMONS_MAX)
		daemons->pids[daemons->pid_count++] = pid;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		add_node(daemons, dirfd(directory), entry->d_name);
	closedir(directory);
}

/* With privilege separation there are two for a connection, and the one that listens above. */
static void find_daemons(struct daemons *daemons)
{
	struct sys_process process = {0};
	pid_t pid = getpid();

	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = process.parent) {
		if (sys_process_read(pid, &process) < 0)
			break;
		if (is_daemon(process.command))
			add_daemon(daemons, pid);
	}
}

static bool has_node(const uint64_t *nodes, size_t count, uint64_t node, size_t *ret_index)
{
	for (*ret_index = 0; *ret_index < count; ++*ret_index)
		if (nodes[*ret_index] == node)
			return true;
	return false;
}

/* "client-address client-port server-address server-port" */
static int read_environment(struct ds_caller *wanted)
{
	const char *connection = getenv("SSH_CONNECTION");
	char remote[64], local[64];
	unsigned int remote_port, local_port;

	if (!connection || sscanf(connection, "%63s %u %63s %u", remote, &remote_port, local,
				   &local_port) != 4)
		return 0;
	remote[strcspn(remote, "%")] = '\0'; /* a link-local address names its link */
	local[strcspn(local, "%")] = '\0';
	wanted->remote_port = remote_port;
	wanted->local_port = local_port;
	return ds_string_set(&wanted->remote, remote) < 0 ||
			       ds_string_set(&wanted->local, local) < 0
		       ? -ENOMEM
		       : 0;
}

static bool is_wanted(const struct ds_caller *wanted, const struct ds_caller *socket)
{
	return wanted->local && socket->local_port == wanted->local_port &&
	       socket->remote_port == wanted->remote_port &&
	       ds_string_equal(sys_caller_address(socket), wanted->local);
}

/*
 * Forwarded connections are sockets of sshd too: the one that the environment names is the right
 * one, else the one that it opened first.
 */
static int visit_socket(const struct ds_caller *socket, uint64_t inode, void *context)
{
	struct search *search = context;
	const struct daemons *daemons = search->daemons;
	bool is_named = is_wanted(&search->wanted, socket);
	size_t index = 0, rank;

	if (has_node(daemons->sockets, daemons->socket_count, inode, &index))
		rank = is_named ? 0 : index + 1;
	else if (is_named && daemons->socket_count == 0)
		rank = NODES_MAX + 1;
	else
		return 0;
	if (search->found->kind == DS_CALLER_SSH && rank >= search->rank)
		return 0;
	search->rank = rank;
	ds_record_done(&ds_caller_record, search->found);
	return ds_record_copy(&ds_caller_record, socket, search->found);
}

/*
 * sshd gives its children a pair of sockets, which the kernel remembers the maker of, or a pipe of
 * which it holds the other end, or a pseudo terminal.
 */
static bool can_travel(const struct daemons *daemons)
{
	struct ucred maker;
	socklen_t bytes = sizeof(maker);
	struct stat stderr_is;
	size_t index;

	if (daemons->pid_count == 0 || fstat(STDERR_FILENO, &stderr_is) < 0)
		return false;
	if (S_ISFIFO(stderr_is.st_mode))
		return has_node(
			daemons->pipes, daemons->pipe_count, (uint64_t)stderr_is.st_ino, &index);
	if (!S_ISSOCK(stderr_is.st_mode))
		return isatty(STDERR_FILENO);
	if (getsockopt(STDERR_FILENO, SOL_SOCKET, SO_PEERCRED, &maker, &bytes) < 0)
		return false;
	for (size_t i = 0; i < daemons->pid_count; i++)
		if (daemons->pids[i] == maker.pid)
			return true;
	return false;
}

/* A socket that is bound to a link (link-local IPv6) does not outlive the link. */
static bool dies_with_link(const struct ds_caller *caller)
{
	return caller->local && strncmp(caller->local, "fe80:", 5) == 0;
}

int sys_caller_find_ssh(struct ds_caller *caller, struct ds_error *error)
{
	struct daemons daemons = {0};
	struct search search = {.daemons = &daemons, .found = caller};
	int r = read_environment(&search.wanted);

	find_daemons(&daemons);
	if (r == 0 && (daemons.socket_count > 0 || search.wanted.local))
		r = sys_tcp_visit(visit_socket, &search, error);
	if (r == 0 && caller->kind == DS_CALLER_SSH)
		caller->can_travel = can_travel(&daemons) && !dies_with_link(caller);
	ds_record_done(&ds_caller_record, &search.wanted);
	return r < 0 ? ds_error_set(error, r, "find the caller's connection: out of memory") : 0;
}
