/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "freeze.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What is frozen stays so when the one who froze it has died, and with it whoever writes there. So
 * another process waits for the word that nothing is left to be thawed. Where the line ends without
 * it, the freezer is dead: the kernel closes its end when the call has returned, and not before.
 * Whoever kills all of a control group at that moment kills both.
 */
static void thaw_for_the_dead(int dirfd, int fd)
{
	ssize_t got;
	char word;

	setsid(); /* a signal to our group must not end both */
	do
		got = read(fd, &word, 1);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		ioctl(dirfd, FITHAW, 0);
	_exit(0);
}

/* false: it is frozen still. */
static bool freeze_and_thaw(int dirfd)
{
	return ioctl(dirfd, FIFREEZE, 0) < 0 || ioctl(dirfd, FITHAW, 0) == 0;
}

void sys_freeze_for_a_moment(int dirfd)
{
	int ends[2];
	pid_t pid;

	/* So that the freezing itself has next to nothing to write, and takes a moment. */
	syncfs(dirfd);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		thaw_for_the_dead(dirfd, ends[0]);
	}
	close(ends[0]);
	if (pid > 0 && freeze_and_thaw(dirfd))
		send(ends[1], "", 1, MSG_NOSIGNAL);
	close(ends[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
