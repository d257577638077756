/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the DHCP client of a link lives on it, against a real kernel. */
#include "netns.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../../src/sys/owner.h"

#define CLIENT "/run/dhclient"

static void write_new(const char *path, const char *text)
{
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)); /* NOLINT: written next */
	write_file(path, text);
}

/* /run is the test's own, and has a program that only waits. */
static int enter(void **state)
{
	assert_int_equal(enter_network_namespace(state), 0);
	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/network", 0755), 0);
	write_new("/run/network/ifstate", "p0=p0\n");
	assert_int_equal(system("cp \"$(command -v sleep)\" " CLIENT), 0); /* NOLINT: ours */
	return 0;
}

/* A socket as dhclient -6 has it, on the address that the link gives itself. */
static int open_dhcp6(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
		.sin6_port = htons(546),
		.sin6_scope_id = if_nametoindex("p0")};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	ip("addr add fe80::7/64 dev p0 nodad");
	assert_int_equal(inet_pton(AF_INET6, "fe80::7", &address.sin6_addr), 1);
	assert_int_equal(bind(fd, (const void *)&address, sizeof(address)), 0);
	return fd;
}

static pid_t start_client(void)
{
	char text[32];
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(CLIENT, "dhclient", "600", (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], text, 1), 0); /* it has become the other program */
	close(ends[0]);
	snprintf(text, sizeof(text), "%d\n", (int)pid);
	write_new("/run/dhclient6.p0.pid", text);
	return pid;
}

/* A client of IPv6 alone counts; and it is dead when its link went, though the process lives. */
static void test_dhcp6(void **state)
{
	const struct ds_owned owned = {
		.link = (char *)"p0", .owner = DS_OWNER_IFUPDOWN, .has_lease = true};
	int fd = open_dhcp6();
	pid_t pid;

	(void)state;
	assert_false(sys_ifupdown_has_lease("p0"));
	pid = start_client();
	close(fd);
	assert_true(sys_ifupdown_has_lease("p0"));
	assert_true(sys_ifupdown_is_done(&owned));
	recreate();
	assert_true(sys_ifupdown_has_lease("p0"));
	assert_false(sys_ifupdown_is_done(&owned));
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(sys_ifupdown_has_lease("p0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dhcp6, make_links, delete_links),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
