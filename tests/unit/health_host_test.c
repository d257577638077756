/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Gateways, connections and callers against a real kernel, in a network of the test's own. */

#include <arpa/inet.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../../src/sys/caller.h"
#include "../../src/sys/health.h"
#include "../../src/sys/neighbour.h"
#include "../../src/sys/net.h"
#include "../../src/sys/tcp.h"
#include "drvswap/sys.h"
#include "namespace.h"

/* --- gateways --------------------------------------------------------------------------- */

/* A process with a network of its own at the other end of the wire. */
struct peer {
	pid_t pid;
	int orders;  /* a letter each */
	int answers; /* a letter when it was done */
};

static void peer_obey(char order)
{
	if (order == 'u') {
		ip("link set p0x up");
		ip("addr add 192.0.2.254/24 dev p0x");
		ip("addr add 2001:db8::fe/64 dev p0x nodad");
	}
	if (order == 'd')
		ip("addr del 192.0.2.254/24 dev p0x");
}

static void peer_live(int orders, int answers)
{
	char order = 'n';

	if (unshare(CLONE_NEWNET) < 0)
		_exit(1);
	do {
		peer_obey(order);
		if (write(answers, &order, 1) != 1)
			_exit(1);
	} while (read(orders, &order, 1) == 1);
	_exit(0);
}

static void peer_order(const struct peer *peer, char order)
{
	char answer;

	if (order)
		assert_int_equal(write(peer->orders, &order, 1), 1);
	assert_int_equal(read(peer->answers, &answer, 1), 1);
}

static struct peer peer_make(void)
{
	int orders[2], answers[2];
	struct peer peer;

	assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
	peer.pid = fork();
	if (peer.pid == 0) {
		close(orders[1]);
		peer_live(orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	peer.orders = orders[1];
	peer.answers = answers[0];
	peer_order(&peer, '\0');
	ip("link add p0 type veth peer name p0x netns %d", (int)peer.pid);
	ip("link set p0 up");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("addr add 2001:db8::1/64 dev p0 nodad");
	peer_order(&peer, 'u');
	return peer;
}

static void peer_end(struct peer *peer)
{
	close(peer->orders);
	close(peer->answers);
	waitpid(peer->pid, NULL, 0);
}

static struct ds_gateway gateway(const char *link, const char *address)
{
	return (struct ds_gateway){
		.link = (char *)link,
		.family = strchr(address, ':') ? AF_INET6 : AF_INET,
		.address = (char *)address,
	};
}

static int ask(struct ds_gateway *gateways, size_t count, int64_t for_ms)
{
	struct ds_error error;
	int64_t begun_ms = sys_net_now_ms();

	assert_int_equal(sys_gateways_ask(gateways, count, begun_ms + for_ms, &error), 0);
	return (int)(sys_net_now_ms() - begun_ms);
}

static void test_gateways(void **state)
{
	struct peer peer = peer_make();
	struct ds_gateway both[] = {gateway("p0", "192.0.2.254"), gateway("p0", "2001:db8::fe")};
	struct ds_gateway odd[] = {gateway("p0", "192.0.2.254"), gateway("p0", "192.0.2.9"),
		gateway("p0", "192.0.2.8"), gateway("gone", "192.0.2.7"), gateway("p0", "rubbish")};

	(void)state;
	/* With no entry, and then with one: the kernel is made to ask in two ways. */
	for (int i = 0; i < 2; i++) {
		ask(both, 2, 10000);
		assert_int_equal(both[0].answer, DS_ANSWER_YES);
		assert_int_equal(both[1].answer, DS_ANSWER_YES);
	}
	ip("neigh add 192.0.2.8 lladdr 02:00:00:00:00:01 dev p0 nud permanent");
	assert_true(ask(odd, 5, 5000) >= 5000);
	assert_int_equal(odd[0].answer, DS_ANSWER_YES);
	assert_int_equal(odd[1].answer, DS_ANSWER_NO);
	assert_int_equal(odd[2].answer, DS_ANSWER_NONE); /* a static entry is never asked */
	assert_int_equal(odd[3].answer, DS_ANSWER_NO);
	assert_int_equal(odd[4].answer, DS_ANSWER_NONE);
	/* What was known to answer is not believed for it. */
	peer_order(&peer, 'd');
	ask(both, 2, 4000);
	assert_int_equal(both[0].answer, DS_ANSWER_NO);
	assert_int_equal(both[1].answer, DS_ANSWER_YES);
	peer_end(&peer);
}

/* --- commands --------------------------------------------------------------------------- */

/* Answers one --check; the words are kept for the next call. */
static int command_answer(const char *line, int64_t for_ms, const char **ret_words)
{
	static struct ds_host host;
	struct ds_door *door = ds_sys_open();
	struct ds_command *command;
	struct ds_error error;

	ds_record_done(&ds_host_record, &host);
	assert_int_equal(ds_string_set(&host.module.name, "net"), 0);
	command = ds_list_add(&host.health.commands);
	assert_int_equal(ds_string_set(&command->line, line), 0);
	assert_int_equal(door->probe(door, &host, 0, for_ms, &error), 0);
	assert_true(host.health.is_measured);
	*ret_words = command->words ? command->words : "";
	ds_sys_close(door);
	return command->answer;
}

static void test_commands(void **state)
{
	static const struct {
		const char *line;
		int answer;
		const char *words;
	} rows[] = {
		{"true", DS_ANSWER_YES, ""},
		{"/bin/true with words", DS_ANSWER_YES, ""},
		{"false", DS_ANSWER_NO, "/false failed (exit code 1)"},
		{"sh -c 'echo it broke; exit 3'", DS_ANSWER_NO, "exit code 3): it broke"},
		{"sh -c 'test \"$HOME\" = / && ! [ -t 0 ]'", DS_ANSWER_YES, ""},
		{"test $HOME = '$HOME'", DS_ANSWER_YES, ""}, /* no shell, no variable */
		{"no-such-program", DS_ANSWER_NO, "there is no "},
		{"/no/such/program", DS_ANSWER_NO, "there is no /no/such/program"},
		{"sleep 600", DS_ANSWER_NO, "did not end in time"},
		/* Its child would keep the pipe open. */
		{"sh -c 'sleep 600; true'", DS_ANSWER_NO, "did not end in time"},
		/* As a daemon does that it has started. */
		{"sh -c 'sleep 600 & echo begun'", DS_ANSWER_YES, ""},
	};
	int64_t begun_ms = sys_net_now_ms();

	(void)state;
	setenv("PATH", "/tmp", 1); /* the caller's is not asked */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_endless = strstr(rows[i].words, "in time");
		const char *words;

		assert_int_equal(command_answer(rows[i].line, is_endless ? 2000 : 60000, &words),
			rows[i].answer);
		if (!strstr(words, rows[i].words) || (!rows[i].words[0] && words[0]))
			fail_msg("%s: %s", rows[i].line, words);
	}
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	assert_true(sys_net_now_ms() - begun_ms < 300000); /* nothing has slept to its end */
}

/* --- the kernel's log ------------------------------------------------------------------- */

/* The words are those of the last look. */
static const char *log_error_now(struct ds_door *door)
{
	static struct ds_host host;
	struct ds_error error;

	ds_record_done(&ds_host_record, &host);
	assert_int_equal(ds_string_set(&host.module.name, "net"), 0);
	assert_int_equal(door->probe(door, &host, 0, 1000, &error), 0);
	return host.health.log_error;
}

/* Where nobody can listen, that nothing was heard is no news; and nobody asks before. */
static void test_log_not_read(void **state)
{
	struct ds_door *door = ds_sys_open();
	int log = open("/dev/kmsg", O_RDONLY | O_CLOEXEC); /* whoever is not root may not be let */

	(void)state;
	assert_null(log_error_now(door));
	assert_int_equal(mount("none", "/dev", "tmpfs", 0, NULL), 0);
	sys_health_begin(sys_of(door));
	assert_int_equal(umount("/dev"), 0);
	assert_string_equal(log_error_now(door), "not read: No such file or directory");
	assert_string_equal(log_error_now(door), "not read: No such file or directory");
	sys_health_begin(sys_of(door));
	if (log >= 0)
		assert_null(log_error_now(door));
	close(log);
	ds_sys_close(door);
}

/* --- connections ------------------------------------------------------------------------ */

struct connection {
	int client, server;
};

static struct connection connect_to(const char *address)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t size = sizeof(name);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct connection it = {.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

	inet_pton(AF_INET, address, &name.sin_addr);
	if (bind(listener, (void *)&name, size) != 0 || listen(listener, 1) != 0 ||
		getsockname(listener, (void *)&name, &size) != 0 ||
		connect(it.client, (void *)&name, size) != 0)
		_exit(99);
	it.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return it;
}

static int keep_caller(const struct ds_caller *caller, uint64_t inode, void *context)
{
	(void)inode;
	ds_record_done(&ds_caller_record, context);
	return ds_record_copy(&ds_caller_record, caller, context);
}

static void test_traffic(void **state)
{
	struct connection it = connect_to("127.0.0.1");
	struct ds_traffic before = {0}, after = {0};
	struct ds_caller caller = {0};
	struct ds_error error;

	(void)state;
	assert_int_equal(sys_tcp_visit(keep_caller, &caller, &error), 0);
	assert_int_equal(caller.kind, DS_CALLER_SSH);
	assert_string_equal(caller.local, "127.0.0.1");
	assert_int_equal(sys_tcp_traffic(&caller, &before, &error), 0);
	assert_int_equal(before.written, before.acknowledged);
	/* Either end may be the one that was found: both write, and both are acknowledged. */
	assert_int_equal(write(it.client, "0123456789", 10), 10);
	assert_int_equal(write(it.server, "0123456789", 10), 10);
	assert_int_equal(sys_tcp_traffic(&caller, &after, &error), 0);
	assert_int_equal(after.written, before.written + 10);
	assert_int_equal(after.acknowledged, before.acknowledged + 10);
	/* With the link down it is written, and nobody acknowledges it. */
	ip("link set lo down");
	assert_int_equal(write(it.client, "01234", 5), 5);
	assert_int_equal(write(it.server, "01234", 5), 5);
	assert_int_equal(sys_tcp_traffic(&caller, &after, &error), 0);
	assert_int_equal(after.written, before.written + 15);
	assert_int_equal(after.acknowledged, before.acknowledged + 10);
	ip("link set lo up");
	/* The same ports, another socket: that is not the caller's. */
	caller.cookie++;
	assert_int_equal(sys_tcp_traffic(&caller, &after, &error), -ENOENT);
	caller.cookie--;
	close(it.client);
	close(it.server);
	assert_int_equal(sys_tcp_traffic(&caller, &after, &error), -ENOENT);
	ds_record_done(&ds_caller_record, &caller);
}

/* --- callers ---------------------------------------------------------------------------- */

enum output { OUTPUT_SOCKET, OUTPUT_PIPE, OUTPUT_FILE, OUTPUT_OTHER_PIPE, OUTPUT_OTHER_SOCKET };

/* What a program below an sshd, with its stderr made by that sshd, learns of its caller. */
static void be_called(int standard_error, const char *local, bool can_travel)
{
	struct ds_caller caller = {0};
	struct ds_error error;
	bool is_right;

	prctl(PR_SET_NAME, "drvswap");
	dup2(standard_error, STDERR_FILENO);
	is_right = ds_sys_caller(&caller, &error) == 0 && caller.kind == DS_CALLER_SSH &&
		   !caller.has_keyboard && ds_string_equal(sys_caller_address(&caller), local) &&
		   caller.can_travel == can_travel && caller.cookie != 0;
	ds_record_done(&ds_caller_record, &caller);
	_exit(!is_right);
}

/* Makes the descriptors, as sshd does, and the child; and one that it has nothing to do with. */
static void be_sshd(enum output output)
{
	int socket[2], ends[2], status = 1;
	pid_t child;

	prctl(PR_SET_NAME, "sshd-session");
	setenv("SSH_CONNECTION", "198.51.100.9 1 198.51.100.1 22", 1); /* a stale one */
	connect_to("192.0.2.1");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) < 0 ||
		pipe2(ends, O_CLOEXEC) < 0)
		_exit(98);
	child = fork();
	if (child == 0 && output == OUTPUT_OTHER_PIPE && pipe2(ends, O_CLOEXEC) < 0)
		_exit(98);
	if (child == 0 && output == OUTPUT_OTHER_SOCKET &&
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) < 0)
		_exit(98);
	if (child == 0)
		be_called(output == OUTPUT_SOCKET || output == OUTPUT_OTHER_SOCKET ? socket[1]
			  : output == OUTPUT_FILE ? open("/dev/null", O_WRONLY | O_CLOEXEC)
						  : ends[1],
			"192.0.2.1", output == OUTPUT_SOCKET || output == OUTPUT_PIPE);
	waitpid(child, &status, 0);
	_exit(WEXITSTATUS(status));
}

static void test_below_sshd(void **state)
{
	(void)state;
	ip("link add p0 type veth peer name p0x");
	ip("addr add 192.0.2.1/24 dev p0");
	ip("link set p0 up");
	for (int output = OUTPUT_SOCKET; output <= OUTPUT_OTHER_SOCKET; output++) {
		int status = 1;
		pid_t daemon = fork();

		if (daemon == 0)
			be_sshd((enum output)output);
		waitpid(daemon, &status, 0);
		if (status != 0)
			fail_msg("output %d: %d", output, status);
	}
	ip("link del p0");
}

static void test_by_environment(void **state)
{
	struct connection it = connect_to("127.0.0.1");
	struct sockaddr_in name = {0}, remote = {0};
	struct ds_caller caller = {0};
	socklen_t size = sizeof(name);
	struct ds_error error;
	char text[128];

	(void)state;
	unsetenv("SSH_CONNECTION");
	assert_int_equal(ds_sys_caller(&caller, &error), 0);
	assert_int_not_equal(caller.kind, DS_CALLER_SSH);
	assert_null(sys_caller_address(&caller));
	/* One that the kernel does not know is a stale one. */
	setenv("SSH_CONNECTION", "127.0.0.1 1 127.0.0.1 2", 1);
	assert_int_equal(ds_sys_caller(&caller, &error), 0);
	assert_int_not_equal(caller.kind, DS_CALLER_SSH);
	setenv("SSH_CONNECTION", "rubbish", 1);
	assert_int_equal(ds_sys_caller(&caller, &error), 0);
	assert_int_not_equal(caller.kind, DS_CALLER_SSH);
	assert_int_equal(getsockname(it.server, (void *)&name, &size), 0);
	assert_int_equal(getsockname(it.client, (void *)&remote, &size), 0);
	snprintf(text, sizeof(text), "127.0.0.1 %u 127.0.0.1 %u",
		(unsigned int)ntohs(remote.sin_port), (unsigned int)ntohs(name.sin_port));
	setenv("SSH_CONNECTION", text, 1);
	assert_int_equal(ds_sys_caller(&caller, &error), 0);
	assert_int_equal(caller.kind, DS_CALLER_SSH);
	assert_int_equal(caller.local_port, ntohs(name.sin_port));
	/* Not below it, nothing of ours travels that we know of. */
	assert_false(caller.can_travel);
	unsetenv("SSH_CONNECTION");
	ds_record_done(&ds_caller_record, &caller);
	close(it.client);
	close(it.server);
}

static void test_addresses_of_both_families(void **state)
{
	const struct {
		int kind;
		const char *local, *address;
	} rows[] = {
		{DS_CALLER_SSH, "192.0.2.1", "192.0.2.1"},
		{DS_CALLER_SSH, "::ffff:192.0.2.1", "192.0.2.1"},
		{DS_CALLER_SSH, "2001:db8::1", "2001:db8::1"},
		{DS_CALLER_CONSOLE, "192.0.2.1", NULL},
		{DS_CALLER_SSH, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ds_caller caller = {
			.kind = rows[i].kind, .local = (char *)rows[i].local};

		assert_true(ds_string_equal(sys_caller_address(&caller), rows[i].address));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gateways),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_log_not_read),
		cmocka_unit_test(test_traffic),
		cmocka_unit_test(test_below_sshd),
		cmocka_unit_test(test_by_environment),
		cmocka_unit_test(test_addresses_of_both_families),
	};

	return cmocka_run_group_tests(tests, enter_network_namespace, NULL);
}
