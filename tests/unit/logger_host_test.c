/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What reaches the logs of a host: its journal, else its syslog; and that neither is waited for. */

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include "drvswap/sys.h"
#include "namespace.h"

#define JOURNAL "/run/systemd/journal/socket"
#define SYSLOG  "/dev/log"

static const struct ds_log_field fields[] = {
	{"MESSAGE", "swap net: begins\nMESSAGE_ID=forged\033[31m"},
	{"MESSAGE_ID", "a48c0667c0e241469fa9d3b0f0719a73"},
	{"DRVSWAP_FROM_VERSION", "1.0\nPRIORITY=0"},
	{"DRVSWAP_ERROR", NULL},
	{"DRVSWAP_MODULE", "net"},
};

static void tell(void)
{
	/* Whoever waits here waits for ever. */
	alarm(10);
	ds_sys_log(LOG_NOTICE, fields, sizeof(fields) / sizeof(fields[0]));
	alarm(0);
}

/* --- who listens ------------------------------------------------------------------------ */

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

static int listen_at(const char *path, int type)
{
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(unlink(path) == 0 || errno == ENOENT);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* What lies there already: who sends has done so when it returns. */
static const char *heard(int fd)
{
	static char text[1024];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	if (length < 0)
		return NULL;
	text[length] = '\0';
	return text;
}

/* Nobody reads, and there is no room for one more. */
static void fill(const char *path)
{
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	while (sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof(address)) == 1)
		;
	assert_int_equal(errno, EAGAIN);
	close(fd);
}

/* --- what they hear --------------------------------------------------------------------- */

static void assert_journal(const char *text)
{
	char wanted[1024];

	snprintf(wanted, sizeof(wanted),
		"PRIORITY=5\nSYSLOG_IDENTIFIER=drvswap\nSYSLOG_PID=%d\n"
		"MESSAGE=swap net: begins?MESSAGE_ID=forged?[31m\n"
		"MESSAGE_ID=a48c0667c0e241469fa9d3b0f0719a73\n"
		"DRVSWAP_FROM_VERSION=1.0?PRIORITY=0\n"
		"DRVSWAP_MODULE=net\n",
		(int)getpid());
	assert_non_null(text);
	assert_string_equal(text, wanted);
}

/* The time, which anybody may write in any second, is only read. */
static void assert_syslog(const char *text)
{
	char wanted[256];
	struct tm read = {0};
	const char *rest;

	assert_non_null(text);
	assert_memory_equal(text, "<29>", 4); /* LOG_DAEMON, LOG_NOTICE */
	rest = strptime(text + 4, "%b %e %H:%M:%S ", &read);
	assert_ptr_equal(rest, text + 4 + strlen("Nov  8 04:05:06 "));
	snprintf(wanted, sizeof(wanted), "drvswap[%d]: swap net: begins?MESSAGE_ID=forged?[31m",
		(int)getpid());
	assert_string_equal(rest, wanted);
}

/* --- the tests -------------------------------------------------------------------------- */

static void test_journal(void **state)
{
	int journal = listen_at(JOURNAL, SOCK_DGRAM), syslogd = listen_at(SYSLOG, SOCK_DGRAM);

	(void)state;
	tell();
	assert_journal(heard(journal));
	assert_null(heard(journal));
	assert_null(heard(syslogd));
	close(journal);
	close(syslogd);
}

static void test_no_journal(void **state)
{
	int syslogd = listen_at(SYSLOG, SOCK_DGRAM);

	(void)state;
	unlink(JOURNAL);
	tell();
	assert_syslog(heard(syslogd));
	assert_null(heard(syslogd));
	close(syslogd);
}

/* Its socket lies there, as after its death. */
static void test_dead_journal(void **state)
{
	int syslogd = listen_at(SYSLOG, SOCK_DGRAM);

	(void)state;
	close(listen_at(JOURNAL, SOCK_DGRAM));
	tell();
	assert_syslog(heard(syslogd));
	close(syslogd);
}

static void test_stuck_journal(void **state)
{
	int journal = listen_at(JOURNAL, SOCK_DGRAM), syslogd = listen_at(SYSLOG, SOCK_DGRAM);

	(void)state;
	fill(JOURNAL);
	tell();
	assert_syslog(heard(syslogd));
	close(journal);
	close(syslogd);
}

static void test_stuck_syslog(void **state)
{
	int syslogd = listen_at(SYSLOG, SOCK_DGRAM);

	(void)state;
	unlink(JOURNAL);
	fill(SYSLOG);
	tell();
	while (heard(syslogd))
		;
	tell();
	assert_syslog(heard(syslogd));
	close(syslogd);
}

/* Some of them want connections. There a zero ends a line. */
static void test_stream(void **state)
{
	int syslogd = listen_at(SYSLOG, SOCK_STREAM), connection;
	char text[1024];
	ssize_t length;

	(void)state;
	unlink(JOURNAL);
	tell();
	connection = accept4(syslogd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(connection >= 0);
	length = recv(connection, text, sizeof(text), 0);
	assert_true(length > 0);
	assert_int_equal(text[length - 1], '\0');
	assert_syslog(text);
	close(connection);
	/* More callers than it takes: that one is not waited for either. */
	for (int i = 0; i < 8; i++)
		tell();
	close(syslogd);
}

static void test_nobody(void **state)
{
	(void)state;
	unlink(JOURNAL);
	unlink(SYSLOG);
	tell();
}

/* Sockets of our own where those of the host are. */
static int enter(void **state)
{
	(void)state;
	if (geteuid() != 0)
		enter_user_namespace();
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("none", "/dev", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/systemd", 0755), 0);
	assert_int_equal(mkdir("/run/systemd/journal", 0755), 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_no_journal),
		cmocka_unit_test(test_dead_journal),
		cmocka_unit_test(test_stuck_journal),
		cmocka_unit_test(test_stuck_syslog),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
