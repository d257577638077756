/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The Enter key at a real (pseudo) terminal becomes the word that confirms. */

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../src/cli/keyboard.h"
#include "drvswap/door.h"
#include "drvswap/sys.h"
#include "namespace.h"

#define WANTED (1U << DS_WORD_CONFIRM)

struct follower {
	pid_t pid;
	int terminal; /* the keyboard of it */
};

/* Follows a swap: is asked for a key, and once more where is_asked_on, until it is killed. */
static void follow(bool is_asked_on)
{
	const struct ds_event key = {.kind = DS_EVENT_KEY}, done = {.kind = DS_EVENT_STEP_DONE};
	char ready = 'r';

	/* A line that was typed before the question is none of the answer. */
	if (write(STDOUT_FILENO, &ready, 1) != 1 || getchar() != 'x')
		_exit(1);
	keyboard_heed(&key);
	if (!is_asked_on)
		keyboard_heed(&done);
	if (write(STDOUT_FILENO, &ready, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static char read_until(int fd, char wanted)
{
	char c = '\0';

	while (c != wanted && read(fd, &c, 1) == 1)
		;
	return c;
}

/* At the question; "early" was typed before it. */
static struct follower follower_start(bool is_asked_on, const char *early)
{
	struct follower it;

	it.pid = forkpty(&it.terminal, NULL, NULL, NULL);
	assert_true(it.pid >= 0);
	if (it.pid == 0) {
		setvbuf(stdin, NULL, _IONBF, 0);
		follow(is_asked_on);
	}
	assert_int_equal(read_until(it.terminal, 'r'), 'r');
	assert_int_equal(write(it.terminal, early, strlen(early)), strlen(early));
	assert_int_equal(read_until(it.terminal, 'r'), 'r');
	return it;
}

static void follower_end(struct follower *it)
{
	kill(it->pid, SIGKILL);
	waitpid(it->pid, NULL, 0);
	close(it->terminal);
}

static int word_within(struct ds_door *door, int64_t for_ms)
{
	struct ds_word word = {0};
	struct ds_error error;

	assert_int_equal(door->listen(door, WANTED, door->now_ms(door) + for_ms, &word, &error), 0);
	return word.kind;
}

static void test_key(void **state)
{
	struct ds_door *door = ds_sys_open();
	struct follower it;

	(void)state;
	assert_int_equal(word_within(door, 0), DS_WORD_NONE);
	it = follower_start(true, "x\n");
	assert_int_equal(word_within(door, 300), DS_WORD_NONE);
	assert_int_equal(write(it.terminal, "abc", 3), 3);
	assert_int_equal(word_within(door, 300), DS_WORD_NONE);
	assert_int_equal(write(it.terminal, "\n", 1), 1);
	assert_int_equal(word_within(door, 10000), DS_WORD_CONFIRM);
	follower_end(&it);

	/* What was typed before the question does not count. */
	it = follower_start(true, "x\n\n\n");
	assert_int_equal(word_within(door, 500), DS_WORD_NONE);
	follower_end(&it);

	/* The next event takes the question back. */
	it = follower_start(false, "x\n");
	assert_int_equal(write(it.terminal, "\n", 1), 1);
	assert_int_equal(word_within(door, 500), DS_WORD_NONE);
	follower_end(&it);

	/* And who is killed leaves nobody behind to answer. */
	it = follower_start(true, "x\n");
	kill(it.pid, SIGKILL);
	waitpid(it.pid, NULL, 0);
	assert_int_equal(write(it.terminal, "\n", 1), 1);
	assert_int_equal(word_within(door, 500), DS_WORD_NONE);
	close(it.terminal);
	ds_sys_close(door);
}

/* Whoever follows with something else than a terminal on stdin answers nothing with it. */
static void test_no_terminal(void **state)
{
	const struct ds_event key = {.kind = DS_EVENT_KEY};
	struct ds_door *door = ds_sys_open();
	int ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(word_within(door, 0), DS_WORD_NONE);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "\n\n", 2), 2);
	child = fork();
	if (child == 0) {
		dup2(ends[0], STDIN_FILENO);
		keyboard_heed(&key);
		for (;;)
			pause();
	}
	assert_int_equal(word_within(door, 700), DS_WORD_NONE);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
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
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
