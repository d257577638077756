/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a signal to the worker means: a person's wish, or the end of the host. This program is the
 * systemctl that is asked. */

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <utmp.h>

#include "../../src/sys/control.h"
#include "../../src/sys/sys.h"
#include "drvswap/sys.h"
#include "namespace.h"

/* One letter for each time that it is asked: killed, a word, or a failure. */
#define ANSWERS "/run/answers"
#define ASKED   "/run/asked"

static int be_systemctl(int argc, char **argv)
{
	char answers[16] = "";
	struct stat asked = {0};
	int fd = open(ANSWERS, O_RDONLY | O_CLOEXEC);

	if (argc != 2 || strcmp(argv[1], "is-system-running") != 0 || fd < 0 ||
		read(fd, answers, sizeof(answers) - 1) < 0)
		return 100;
	stat(ASKED, &asked);
	fd = open(ASKED, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (asked.st_size >= (off_t)strlen(answers) || write(fd, "?", 1) != 1)
		return 101;
	switch (answers[asked.st_size]) {
	case 'k':
		raise(SIGTERM);
		return 102;
	case 's':
		puts("stopping");
		return 1;
	case 'd':
		puts("degraded");
		return 1;
	case 'r':
		puts("running");
		return 0;
	default:
		fputs("Failed to connect to bus: No such file or directory\n", stderr);
		return 1;
	}
}

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Each answer is wanted, and none but these. */
static void expect(int signal_number, const char *answers, enum ds_word_kind wanted)
{
	struct sys sys = {.signals_fd = -1};
	struct stat asked = {0};

	put_text(ANSWERS, answers);
	unlink(ASKED);
	assert_true(sys_signals_fd(&sys) >= 0);
	assert_int_equal(sys_signals_take(&sys), DS_WORD_NONE);
	assert_int_equal(kill(getpid(), signal_number), 0);
	assert_int_equal(sys_signals_take(&sys), wanted);
	assert_int_equal(sys_signals_take(&sys), DS_WORD_NONE);
	close(sys.signals_fd);
	stat(ASKED, &asked);
	assert_int_equal(asked.st_size, strlen(answers));
}

static void test_wishes(void **state)
{
	(void)state;
	expect(SIGINT, "", DS_WORD_ROLLBACK);
	expect(SIGTERM, "r", DS_WORD_ROLLBACK);
	expect(SIGTERM, "d", DS_WORD_ROLLBACK);
	expect(SIGTERM, "f", DS_WORD_ROLLBACK);
}

/* systemd stops all that is in our control group, the program that we ask it with included. */
static void test_shutdown(void **state)
{
	(void)state;
	expect(SIGTERM, "s", DS_WORD_SHUTDOWN);
	expect(SIGTERM, "ks", DS_WORD_SHUTDOWN);
	expect(SIGTERM, "kkkks", DS_WORD_SHUTDOWN);
	expect(SIGTERM, "kkr", DS_WORD_ROLLBACK);
}

static void note_runlevel(char level)
{
	struct utmp entry = {.ut_type = RUN_LVL, .ut_pid = 'N' * 256 + level, .ut_id = "~~"};

	setutent();
	assert_non_null(pututline(&entry));
	endutent();
}

static void test_shutdown_without_systemd(void **state)
{
	(void)state;
	assert_int_equal(rename("/run/systemd", "/run/none"), 0);
	expect(SIGTERM, "", DS_WORD_ROLLBACK);
	put_text("/run/utmp", "");
	note_runlevel('2');
	expect(SIGTERM, "", DS_WORD_ROLLBACK);
	note_runlevel('6');
	expect(SIGTERM, "", DS_WORD_SHUTDOWN);
	expect(SIGINT, "", DS_WORD_ROLLBACK);
	note_runlevel('0');
	expect(SIGTERM, "", DS_WORD_SHUTDOWN);
	assert_int_equal(rename("/run/none", "/run/systemd"), 0);
}

static void copy_self(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t got;

	assert_true(from >= 0 && to >= 0);
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		assert_int_equal(write(to, buffer, (size_t)got), got);
	assert_int_equal(got, 0);
	close(from);
	close(to);
}

static int enter(void **state)
{
	int r = enter_network_namespace(state);
	sigset_t set;

	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/systemd", 0755), 0);
	assert_int_equal(mkdir("/run/systemd/system", 0755), 0);
	assert_int_equal(mount("none", "/usr/bin", "tmpfs", 0, NULL), 0);
	copy_self("/usr/bin/systemctl");
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	return r;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_shutdown),
		cmocka_unit_test(test_shutdown_without_systemd),
	};

	if (strcmp(argv[0], "systemctl") == 0)
		return be_systemctl(argc, argv);
	return cmocka_run_group_tests(tests, enter, NULL);
}
