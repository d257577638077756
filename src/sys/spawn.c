/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "sys.h"

#define OUTPUT_BYTES 400
#define HELD_FD      3
#define KILL_MS      2000 /* for what was killed to be gone */

static char *const environment[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/", NULL};

/* What differs from one program to the other. */
struct launch {
	int held_fd; /* -1: none */
	char *const *environment;
};

static const char *first_there(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, X_OK) == 0)
			return *paths;
	return NULL;
}

/*
 * Both outputs go into one pipe; signals that we ignore or block are neither there. A group of its
 * own: what it has started ends with it.
 */
static int start(const struct launch *launch, const char *path, char *const *argv, int output,
	pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults, none;
	int r;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGHUP);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	if (launch->held_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, launch->held_fd, HELD_FD);
	r = posix_spawn(ret_pid, path, &actions, &attributes, argv, launch->environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

/* The worker is protected from the kernel's OOM killer; what it runs is like anybody else. */
static void unprotect(pid_t pid)
{
	char path[48];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "0", 1) < 0)
		return;
}

/*
 * Reads until the program ends, keeps the first bytes. -ETIMEDOUT at the deadline. What it has
 * started may live on and hold the pipe: nobody waits for that. And one that closes its outputs, or
 * sends them elsewhere ("exec >log"), has not ended by that.
 */
static int read_output(pid_t pid, int fd, int64_t deadline_ms, char *text, size_t room)
{
	cleanup_close int pid_fd = pidfd_open(pid, 0);
	char buffer[512];
	size_t have = 0;

	for (;;) {
		struct pollfd waits[] = {
			{.fd = fd, .events = POLLIN}, {.fd = pid_fd, .events = POLLIN}};
		int64_t left_ms = deadline_ms - sys_now_ms();
		int ready = left_ms > 0 ? poll(waits, 2, (int)left_ms) : 0;
		ssize_t got;

		if (ready == 0)
			return -ETIMEDOUT;
		if (ready < 0)
			continue;
		if (!waits[0].revents && waits[1].revents)
			break;
		got = read(fd, buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 && pid_fd < 0) /* nobody tells of its end */
			break;
		if (got <= 0)
			fd = -1;
		for (ssize_t i = 0; i < got && have + 1 < room; i++)
			text[have++] = buffer[i];
	}
	while (have > 0 && text[have - 1] == '\n')
		have--;
	text[have] = '\0';
	return 0;
}

/*
 * Its children too: it leads a group of its own. false: it is in the kernel, which does not come
 * back; whoever waits for it waits as long.
 */
static bool is_killed(pid_t pid)
{
	cleanup_close int fd = pidfd_open(pid, 0);
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	kill(-pid, SIGKILL);
	return fd < 0 || poll(&wait, 1, KILL_MS) != 0;
}

static int collect(const char *path, pid_t pid, int output, int64_t deadline_ms, char *text,
	size_t size, struct ds_error *error)
{
	int status = 0, r = read_output(pid, output, deadline_ms, text, size);
	pid_t waited;

	if (r < 0 && !is_killed(pid))
		return ds_error_set(error, r,
			"%s did not end in time, and the kernel does not let it be killed", path);
	do
		waited = waitpid(pid, &status, 0);
	while (waited < 0 && errno == EINTR);
	if (r == 0 && waited < 0)
		return ds_error_set(
			error, -errno, "%s: its exit code is lost: %s", path, strerror(errno));
	if (r < 0)
		return ds_error_set(error, r, "%s did not end in time", path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return ds_error_set(error, -EIO, "%s failed (%s %d)%s%s", path,
		WIFEXITED(status) ? "exit code" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), text[0] ? ": " : "",
		text);
}

static int begin(const struct launch *launch, const char *path, char *const *argv, pid_t *ret_pid,
	struct ds_error *error)
{
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_error_set(error, -errno, "pipe: %s", strerror(errno));
	r = start(launch, path, argv, ends[1], ret_pid);
	close(ends[1]);
	if (r == 0) {
		unprotect(*ret_pid);
		return ends[0];
	}
	close(ends[0]);
	return ds_error_set(error, r, "start %s: %s", path, strerror(-r));
}

static int spawn(const struct launch *launch, const char *const *paths, char *const *argv,
	int64_t deadline_ms, char *text, size_t size, struct ds_error *error)
{
	const char *path = first_there(paths);
	pid_t pid = -1;
	int r, output;

	text[0] = '\0';
	if (!path)
		return ds_error_set(error, -ENOENT, "there is no %s", paths[0]);
	output = begin(launch, path, argv, &pid, error);
	if (output < 0)
		return output;
	r = collect(path, pid, output, deadline_ms, text, size, error);
	close(output);
	return r;
}

int sys_spawn(
	const char *const *paths, char *const *argv, int64_t deadline_ms, struct ds_error *error)
{
	return sys_spawn_holding(-1, paths, argv, deadline_ms, error);
}

int sys_spawn_holding(int held_fd, const char *const *paths, char *const *argv, int64_t deadline_ms,
	struct ds_error *error)
{
	const struct launch launch = {held_fd, environment};
	char text[OUTPUT_BYTES];

	return spawn(&launch, paths, argv, deadline_ms, text, sizeof(text), error);
}

int sys_spawn_telling(char *const *variables, const char *const *paths, char *const *argv,
	int64_t deadline_ms, struct ds_error *error)
{
	const struct launch launch = {-1, variables};
	char text[OUTPUT_BYTES];

	return spawn(&launch, paths, argv, deadline_ms, text, sizeof(text), error);
}

int sys_spawn_reading(const char *const *paths, char *const *argv, int64_t deadline_ms,
	char *ret_text, size_t size, struct ds_error *error)
{
	const struct launch launch = {-1, environment};

	return spawn(&launch, paths, argv, deadline_ms, ret_text, size, error);
}

/*
 * It would talk for ever where whoever follows it is killed, and posix_spawn(3) cannot say that it
 * ends with that one. What start() sees to is seen to here too.
 */
static void be_followed(const char *path, char *const *argv, int output, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (getppid() == parent && setpgid(0, 0) == 0 && dup2(null, 0) == 0 &&
		dup2(output, 1) == 1 && dup2(output, 2) == 2)
		execve(path, argv, environment);
	_exit(127);
}

int sys_spawn_following(
	const char *const *paths, char *const *argv, pid_t *ret_pid, struct ds_error *error)
{
	const char *path = first_there(paths);
	pid_t parent = getpid();
	int ends[2];

	if (!path)
		return ds_error_set(error, -ENOENT, "there is no %s", paths[0]);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_error_set(error, -errno, "pipe: %s", strerror(errno));
	*ret_pid = fork();
	if (*ret_pid == 0)
		be_followed(path, argv, ends[1], parent);
	close(ends[1]);
	if (*ret_pid > 0) {
		unprotect(*ret_pid);
		return ends[0];
	}
	ds_error_set(error, -errno, "start %s: %s", path, strerror(errno));
	close(ends[0]);
	return error->code;
}
