/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Out of the caller's session. Where systemd runs, logind ends a session by killing its control
 * group, so the worker moves into one that belongs to process 1: a scope, which takes a process as
 * it is, with its memory, its lock and its pipe, where a service would have to start afresh.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"
#include "file.h"
#include "spawn.h"
#include "sys.h"

#define SYSTEMD_MS 10000
#define RETRY_MS   20

/* Practically the last to be killed: whoever dies in the outage leaves a host without network. */
#define OOM_SCORE "-900"

/* The caller's limits are for the caller: a small ulimit -f would end a commit in its middle. */
static void lift_limits(void)
{
	static const int limits[] = {
		RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS, RLIMIT_NPROC, RLIMIT_MEMLOCK};
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		setrlimit(limits[i], &none);
}

static void protect_from_oom(void)
{
	cleanup_close int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Without the privilege we are killed like anybody else, and the journal is there. */
	if (fd >= 0 && write(fd, OOM_SCORE, strlen(OOM_SCORE)) < 0)
		return;
}

/* What a scope is asked for: D-Bus's words for an array of name and value, and their number. */
#define SCOPE_PROPERTIES 5

/*
 * local-fs.target is stopped after what is ordered behind it: the journal's disk stays until we
 * end. OOMPolicy: a program of ours that the kernel kills for want of memory has failed, and we
 * undo; systemd would stop all of the scope instead. Before 253 it knows none of scopes, and does
 * nothing.
 */
static int ask_for_scope(
	const char *scope, bool has_oom_policy, int64_t deadline_ms, struct ds_error *error)
{
	static const char *const paths[] = {"/usr/bin/busctl", "/bin/busctl", NULL};
	char pid[16], count[8];
	char *argv[40] = {"busctl", "--system", "--quiet", "call", "org.freedesktop.systemd1",
		"/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
		"StartTransientUnit", "ssa(sv)a(sa(sv))", (char *)scope, "fail", count,
		"Description", "s", "Kernel module swap", "Slice", "s", "system.slice",
		"CollectMode", "s", "inactive-or-failed", "After", "as", "1", "local-fs.target",
		"PIDs", "au", "1", pid};
	size_t used = 0;

	while (argv[used])
		used++;
	if (has_oom_policy) {
		argv[used++] = "OOMPolicy";
		argv[used++] = "s";
		argv[used++] = "continue";
	}
	argv[used] = "0"; /* no other units */
	snprintf(count, sizeof(count), "%d", SCOPE_PROPERTIES + has_oom_policy);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return sys_spawn(paths, argv, deadline_ms, error);
}

static int start_scope(const char *scope, int64_t deadline_ms, struct ds_error *error)
{
	int r = ask_for_scope(scope, true, deadline_ms, error);

	return r == -EIO ? ask_for_scope(scope, false, deadline_ms, error) : r;
}

/* systemd answers before it acts, and the kernel has no event for a process that was moved. */
static int wait_for_scope(const char *scope, int64_t deadline_ms, struct ds_error *error)
{
	for (;;) {
		cleanup_free char *groups = sys_text_read("/proc/self/cgroup");

		if (groups && strstr(groups, scope))
			return 0;
		if (sys_now_ms() > deadline_ms)
			return ds_error_set(error, -ETIMEDOUT,
				"systemd did not move this process into %s", scope);
		poll(NULL, 0, RETRY_MS);
	}
}

/* "0::/user.slice/user-0.slice/session-3.scope", as systemd names what belongs to logins. */
static bool is_of_login(void)
{
	cleanup_free char *groups = sys_text_read("/proc/self/cgroup");

	return groups && strstr(groups, ":/user.slice/");
}

/* systemd makes each service the leader of a session in the kernel's sense, and `setsid` does so.
 */
bool ds_sys_is_of_init(void)
{
	return getppid() == 1 && getsid(0) == getpid() && !is_of_login();
}

int ds_sys_detach(struct ds_error *error)
{
	int64_t deadline_ms = sys_now_ms() + SYSTEMD_MS;
	char scope[48];
	int r;

	lift_limits();
	protect_from_oom();
	if (access("/run/systemd/system", F_OK) < 0)
		return 0;
	snprintf(scope, sizeof(scope), "drvswap-%d.scope", (int)getpid());
	r = start_scope(scope, deadline_ms, error);
	return r == 0 ? wait_for_scope(scope, deadline_ms, error) : r;
}
