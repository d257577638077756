/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blob.h"
#include "cleanup.h"
#include "file.h"
#include "seccomp.h"

/* The user whom nothing belongs to: 65534 in every distribution and in the kernel's own defaults.
 */
#define NOBODY 65534

static int failed(struct ds_error *error, const char *what)
{
	return ds_error_set(error, -errno, "%s: %s", what, strerror(errno));
}

/* --- descriptors ------------------------------------------------------------------------ */

static void close_above(int last)
{
	struct rlimit limit;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, last + 1, ~0U, 0) == 0)
		return;
#endif
	/* Before Linux 5.9. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 65536)
		limit.rlim_cur = 65536;
	for (int fd = last + 1; fd < (int)limit.rlim_cur; fd++)
		close(fd);
}

/* A terminal among them would be a way to the person who sits there. */
static int leave_descriptors(int kept_fd, struct ds_error *error)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int last = DS_IS_SANITIZED ? STDOUT_FILENO : STDERR_FILENO;

	if (null < 0)
		return failed(error, "open /dev/null");
	for (int fd = 0; fd <= last; fd++)
		if (dup2(null, fd) < 0)
			return failed(error, "dup2");
	if (kept_fd != SYS_CONFINED_FD && dup2(kept_fd, SYS_CONFINED_FD) < 0)
		return failed(error, "dup2");
	close_above(SYS_CONFINED_FD);
	return 0;
}

/* --- limits ----------------------------------------------------------------------------- */

static int set_limits(struct ds_error *error)
{
	/* Input, output, the dictionary of an xz stream, and what is made of them. */
	const rlim_t memory = DS_IS_SANITIZED ? RLIM_INFINITY : 5 * (rlim_t)SYS_BLOB_MAX_BYTES;
	const struct {
		int resource;
		rlim_t limit;
	} limits[] = {
		{RLIMIT_AS, memory},
		{RLIMIT_CPU, 300}, /* of all files together; the asker's patience is shorter */
		{RLIMIT_FSIZE, SYS_BLOB_MAX_BYTES},
		{RLIMIT_NOFILE, 16},
		{RLIMIT_NPROC, 0},
		{RLIMIT_CORE, 0},
		{RLIMIT_MEMLOCK, 0},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) < 0)
			return failed(error, "getrlimit");
		/* A stricter one was set for us, and cannot be widened: it stays. */
		if (limit.rlim_max > limits[i].limit)
			limit.rlim_max = limits[i].limit;
		if (limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].resource, &limit) < 0)
			return failed(error, "setrlimit");
	}
	return 0;
}

/* --- privileges ------------------------------------------------------------------------- */

/* Who does not know has it. */
static bool has_capability(unsigned int number)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {0};

	return syscall(SYS_capget, &header, held) < 0 ||
	       (held[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number));
}

/* A user namespace that an ordinary user has made keeps its groups. */
static bool are_groups_fixed(void)
{
	cleanup_free char *word = sys_text_read("/proc/self/setgroups");

	return word && strncmp(word, "deny", 4) == 0;
}

/*
 * EPERM is what a container's root without the capability hears, who then goes on as it is; to
 * whoever has it, it is an error as any other. In a user namespace nobody may have no number
 * (EINVAL): then root goes without its capabilities.
 */
static int leave_root(struct ds_error *error)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 &&
		(errno != EPERM || (has_capability(CAP_SETGID) && !are_groups_fixed())))
		return failed(error, "setgroups");
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL &&
		(errno != EPERM || has_capability(CAP_SETGID)))
		return failed(error, "setresgid");
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL &&
		(errno != EPERM || has_capability(CAP_SETUID)))
		return failed(error, "setresuid");
	return 0;
}

static int leave_capabilities(struct ds_error *error)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return failed(error, "clear ambient capabilities");
	return syscall(SYS_capset, &header, none) < 0 ? failed(error, "capset") : 0;
}

/* --- the whole -------------------------------------------------------------------------- */

/* The asker's handlers are about the asker. A sanitizer's own stay, to tell what it found. */
static void leave_signals(void)
{
	for (int number = 1; number < NSIG; number++)
		if (!DS_IS_SANITIZED || (number != SIGSEGV && number != SIGBUS && number != SIGFPE))
			signal(number, SIG_DFL);
}

int sys_confine(int kept_fd, struct ds_error *error)
{
	int r = leave_descriptors(kept_fd, error);

	leave_signals();
	if (r == 0)
		r = set_limits(error);
	if (r == 0)
		r = leave_root(error);
	if (r == 0)
		r = leave_capabilities(error);
	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(error, "not dumpable");
	/* Behind setresuid(), which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return failed(error, "die with the asker");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(error, "no_new_privs");
	return sys_seccomp_enter(error);
}
