/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * AT_SECURE is also set where SELinux lets init start us in another domain, and root gains nothing
 * by that.
 */
static bool is_elevated(void)
{
	return getuid() != geteuid() || getgid() != getegid() ||
	       (getauxval(AT_SECURE) && getuid() != 0);
}

/* Libraries read more variables than anybody can list; these are the ones that we mean. */
static void keep_environment(void)
{
	static const char *const names[] = {"TERM", "NO_COLOR", "TZ", "SSH_CONNECTION"};
	static char *kept[sizeof(names) / sizeof(names[0]) + 1];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		for (char **entry = environ; entry && *entry; entry++) {
			if (strncmp(*entry, names[i], length) == 0 && (*entry)[length] == '=') {
				kept[count++] = *entry;
				break;
			}
		}
	}
	environ = kept;
}

/* Descriptors that the caller closed would become those of the files that we open. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * An ignored SIGCHLD makes children vanish without their exit code, a blocked signal stays blocked
 * in every helper program. A file size limit is an error to report, no reason to die half-way.
 */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN);
}

int caller_leave_behind(struct ds_error *error)
{
	fill_standard_descriptors();
	if (is_elevated()) {
		ds_error_set(error, -EPERM,
			"this program was given rights that its caller does not have (setuid, "
			"setgid or file capabilities)");
		return ds_error_hint(error, "chmod a-s it, setcap -r it, and use sudo.");
	}
	keep_environment();
	/* depmod's indexes are read by everybody. */
	umask(022);
	reset_signals();
	return 0;
}
