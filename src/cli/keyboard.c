/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keyboard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "drvswap/sys.h"

static pid_t waiter;

/* A line of any length; false: there is no terminal any more. */
static bool read_line(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1)
		if (c == '\n')
			return true;
	return false;
}

/*
 * Must not outlive the one who follows: nobody would be there to see what the key did. A key that
 * was pressed in time counts when the worker comes to hear of it; the next event ends the waiting.
 */
static void wait_for_key(pid_t parent)
{
	const struct ds_word word = {.kind = DS_WORD_CONFIRM};
	struct ds_error error;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && read_line())
		ds_sys_say(&word, -1, &error);
}

static void start(void)
{
	pid_t parent = getpid();

	/* Who only follows may have a file or a pipe there, and its lines are no answer. */
	if (!isatty(STDIN_FILENO))
		return;
	/* What was typed before the swap says nothing about the time after it. */
	tcflush(STDIN_FILENO, TCIFLUSH);
	waiter = fork();
	if (waiter == 0) {
		wait_for_key(parent);
		_exit(0);
	}
}

void keyboard_release(void)
{
	if (waiter <= 0)
		return;
	kill(waiter, SIGKILL);
	while (waitpid(waiter, NULL, 0) < 0 && errno == EINTR)
		;
	waiter = 0;
}

void keyboard_heed(const struct ds_event *event)
{
	keyboard_release();
	if (event->kind == DS_EVENT_KEY)
		start();
}
