/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is said to a swap over its socket: what was not taken for its sender is not obeyed later. */

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "drvswap/door.h"
#include "drvswap/sys.h"
#include "namespace.h"

#define WANTED (1U << DS_WORD_CONFIRM | 1U << DS_WORD_ROLLBACK)

static int word_now(struct ds_door *door)
{
	struct ds_word word = {0};
	struct ds_error error;

	assert_int_equal(door->listen(door, WANTED, 0, &word, &error), 0);
	return word.kind;
}

static int word_within(struct ds_door *door, int64_t for_ms)
{
	struct ds_word word = {0};
	struct ds_error error;

	assert_int_equal(door->listen(door, WANTED, door->now_ms(door) + for_ms, &word, &error), 0);
	return word.kind;
}

/* A sender who speaks, and what is left of its connection. */
static int connect_and_send(const char *packet)
{
	const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = "/run/drvswap/control"};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, packet, strlen(packet), 0), strlen(packet));
	return fd;
}

static const char confirm[] = "{\"kind\":\"confirm\",\"seconds\":0}";

static void test_who_has_left(void **state)
{
	struct ds_door *door = ds_sys_open();
	struct ds_error error;
	int fd;

	(void)state;
	assert_int_equal(ds_sys_open_control(door, &error), 0);
	close(connect_and_send(confirm));
	assert_int_equal(word_now(door), DS_WORD_NONE);

	/* Who takes no answer any more, as ds_sys_say() when its time is over, has left too. */
	fd = connect_and_send(confirm);
	assert_int_equal(shutdown(fd, SHUT_RD), 0);
	assert_int_equal(word_now(door), DS_WORD_NONE);
	close(fd);

	/* And does not keep the next one from being heard. */
	close(connect_and_send(confirm));
	fd = connect_and_send(confirm);
	assert_int_equal(word_within(door, 10000), DS_WORD_CONFIRM);
	close(fd);
	ds_sys_close(door);
}

/* From before the first listening on, a word waits. */
static void test_said_early(void **state)
{
	const struct ds_word word = {.kind = DS_WORD_ROLLBACK};
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int status;
	pid_t sender;

	(void)state;
	assert_int_equal(ds_sys_say(&word, DS_SAY_MS, &error), -ENOENT);
	assert_int_equal(ds_sys_open_control(door, &error), 0);
	sender = fork();
	if (sender == 0)
		_exit(ds_sys_say(&word, DS_SAY_MS, &error) == 0 ? 0 : 1);
	assert_int_equal(word_within(door, 10000), DS_WORD_ROLLBACK);
	assert_int_equal(waitpid(sender, &status, 0), sender);
	assert_int_equal(status, 0);
	ds_sys_close(door);
	assert_int_equal(ds_sys_say(&word, DS_SAY_MS, &error), -ENOENT);
}

/* The swap hears nothing for a while: who has the time is heard then, and who has not is told. */
static void test_said_while_busy(void **state)
{
	const struct ds_word confirm_word = {.kind = DS_WORD_CONFIRM};
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int status;
	pid_t sender;

	(void)state;
	assert_int_equal(ds_sys_open_control(door, &error), 0);
	sender = fork();
	if (sender == 0)
		_exit(ds_sys_say(&confirm_word, -1, &error) == 0 ? 0 : 1);
	assert_int_equal(ds_sys_say(&confirm_word, 300, &error), -EBUSY);
	assert_non_null(strstr(error.text, "does not answer now"));
	assert_int_equal(waitpid(sender, &status, WNOHANG), 0);
	assert_int_equal(word_within(door, 10000), DS_WORD_CONFIRM);
	assert_int_equal(waitpid(sender, &status, 0), sender);
	assert_int_equal(status, 0);
	/* The other was told that its word was not taken, and that stays so. */
	assert_int_equal(word_now(door), DS_WORD_NONE);

	/* The end of the swap ends the longest patience. */
	sender = fork();
	if (sender == 0) {
		ds_sys_close(door); /* or it would be the one that it waits for */
		_exit(ds_sys_say(&confirm_word, -1, &error) == -ENOENT ? 0 : 1);
	}
	assert_int_equal(waitpid(sender, &status, WNOHANG), 0);
	ds_sys_close(door);
	assert_int_equal(waitpid(sender, &status, 0), sender);
	assert_int_equal(status, 0);
}

/* It is there, and not for everybody. */
static void test_said_without_root(void **state)
{
	const struct ds_word word = {.kind = DS_WORD_CONFIRM};
	struct ds_door *door = ds_sys_open();
	struct ds_error error = {0};
	int status;
	pid_t sender;

	(void)state;
	/* In a user namespace there is nobody else to be. */
	if (setegid(65534) < 0)
		skip();
	assert_int_equal(setegid(0), 0);
	assert_int_equal(ds_sys_open_control(door, &error), 0);
	sender = fork();
	if (sender == 0)
		_exit(setgid(65534) == 0 && setuid(65534) == 0 &&
					ds_sys_say(&word, DS_SAY_MS, &error) == -EACCES &&
					strstr(error.text, "root")
				? 0
				: 1);
	assert_int_equal(waitpid(sender, &status, 0), sender);
	assert_int_equal(status, 0);
	ds_sys_close(door);
}

/* A signal reaches the swap also where nobody else can. */
static void test_signal_without_socket(void **state)
{
	struct ds_door *door = ds_sys_open();
	struct ds_word word = {0};
	struct ds_error error = {0};
	sigset_t set;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	/* No unlink() takes it away. */
	unlink("/run/drvswap/control");
	assert_int_equal(mkdir("/run/drvswap/control", 0700), 0);
	assert_int_equal(door->listen(door, WANTED, 0, &word, &error), -EADDRINUSE);
	assert_int_equal(kill(getpid(), SIGINT), 0);
	assert_int_equal(word_within(door, 10000), DS_WORD_ROLLBACK);
	assert_true(door->listen(door, WANTED, door->now_ms(door) + 50, &word, &error) < 0);
	assert_int_equal(word.kind, DS_WORD_NONE);
	/* And others again, when they can. */
	assert_int_equal(rmdir("/run/drvswap/control"), 0);
	assert_int_equal(word_now(door), DS_WORD_NONE);
	ds_sys_close(door);
}

static int enter(void **state)
{
	int r = enter_network_namespace(state);

	assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/drvswap", 0700), 0);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said_early),
		cmocka_unit_test(test_who_has_left),
		cmocka_unit_test(test_said_while_busy),
		cmocka_unit_test(test_said_without_root),
		cmocka_unit_test(test_signal_without_socket),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
