/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cleanup.h"
#include "file.h"
#include "look.h"

/* `uname -m` has many names for what ELF calls one machine. */
static const char *machine_of(const char *uname_machine)
{
	if (uname_machine[0] == 'i' && strcmp(uname_machine + 2, "86") == 0)
		return "i386";
	return strncmp(uname_machine, "armv", 4) == 0 ? "arm" : uname_machine;
}

/* "none [integrity] confidentiality": the brackets mark what is in force. */
static enum ds_lockdown read_lockdown(void)
{
	cleanup_free char *text = sys_text_read("/sys/kernel/security/lockdown");
	char *open = text ? strchr(text, '[') : NULL;

	for (int i = 0; open && ds_lockdown_names[i]; i++) {
		size_t length = strlen(ds_lockdown_names[i]);

		if (strncmp(open + 1, ds_lockdown_names[i], length) == 0 && open[1 + length] == ']')
			return (enum ds_lockdown)i;
	}
	return DS_LOCKDOWN_UNKNOWN;
}

static bool reads_as(const char *path, char value)
{
	cleanup_free char *text = sys_text_read("%s", path);

	return text && text[0] == value;
}

static uint64_t read_capabilities(void)
{
	cleanup_free char *status = sys_text_read("/proc/self/status");
	char *line = status ? strstr(status, "\nCapEff:") : NULL;

	return line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
}

/* Capabilities inside of a user namespace do not reach the kernel's modules. */
static bool is_initial_user_namespace(void)
{
	cleanup_free char *map = sys_text_read("/proc/self/uid_map");
	unsigned long inside, outside, count;

	return map && sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == 4294967295;
}

static void look_privileges(struct ds_kernel *kernel)
{
	uint64_t have = is_initial_user_namespace() ? read_capabilities() : 0;

	kernel->can_load_modules = have >> CAP_SYS_MODULE & 1;
	kernel->can_admin_network = have >> CAP_NET_ADMIN & 1;
	kernel->can_write_files = have >> CAP_DAC_OVERRIDE & 1;
}

/* "id flags usage timeout perm uid gid type description": the ninth word on, of asymmetric keys. */
static int add_key(struct ds_host *host, char *line)
{
	char *rest = line, *word = NULL;

	for (int i = 0; i < 8; i++) {
		word = strsep(&rest, " ");
		while (rest && *rest == ' ')
			rest++;
		if (!word || !rest)
			return 0;
	}
	return strncmp(word, "asymmetri", 9) == 0 ? ds_strings_add(&host->kernel.keys, rest) : 0;
}

static int look_keys(struct ds_host *host)
{
	cleanup_free char *text = sys_text_read("/proc/keys");
	char *rest = text, *line;
	int r = 0;

	while (r == 0 && rest && (line = strsep(&rest, "\n")))
		r = add_key(host, line);
	return r;
}

int sys_look_kernel(const char *release, struct ds_host *host, struct ds_error *error)
{
	struct ds_kernel *kernel = &host->kernel;
	cleanup_free char *panic = sys_text_read("/proc/sys/kernel/panic");
	cleanup_free char *expedited = sys_text_read("/sys/kernel/rcu_expedited");
	struct utsname name;

	if (uname(&name) < 0)
		return ds_error_set(error, -errno, "uname: %s", strerror(errno));
	kernel->boot_id = sys_text_read("/proc/sys/kernel/random/boot_id");
	kernel->lockdown = (int)read_lockdown();
	kernel->is_sig_enforced = reads_as("/sys/module/module/parameters/sig_enforce", 'Y');
	kernel->is_modules_disabled = reads_as("/proc/sys/kernel/modules_disabled", '1');
	kernel->panic_s = panic ? strtoll(panic, NULL, 10) : 0;
	kernel->rcu_expedited = expedited ? strtoll(expedited, NULL, 10) : -1;
	kernel->hardware = sys_text_read("/sys/class/dmi/id/modalias");
	look_privileges(kernel);
	kernel->is_offline = release && strcmp(release, name.release) != 0;
	if (ds_string_set(&kernel->release, release ? release : name.release) < 0 ||
		ds_string_set(&kernel->machine, machine_of(name.machine)) < 0 ||
		look_keys(host) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return 0;
}
