/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "programs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"

/* The kernel allows no dot in a name there (kernel/bpf/inode.c, 6.1). */
#define BPF_DIR    "/sys/fs/bpf"
#define PIN_PREFIX "drvswap-"

static bool is_held(const struct sys *sys, uint32_t id)
{
	for (size_t i = 0; i < sys->programs.count; i++)
		if (sys->programs.items[i].id == id)
			return true;
	return false;
}

static void hold(struct sys *sys, uint32_t id)
{
	int fd = sys_bpf_program_open(id);
	struct sys_program *program = fd < 0 ? NULL : ds_list_add(&sys->programs);
	char path[64];

	snprintf(path, sizeof(path), BPF_DIR "/" PIN_PREFIX "%u", id);
	if (fd >= 0)
		sys_bpf_pin(fd, path);
	if (program)
		*program = (struct sys_program){id, fd};
	else if (fd >= 0)
		close(fd);
}

void sys_programs_hold(struct sys *sys, const struct ds_network *network)
{
	for (size_t i = 0; i < network->settings.items.count; i++) {
		const struct ds_setting *setting = &network->settings.items.items[i];
		uint32_t id = (uint32_t)strtoul(setting->value, NULL, 10);

		if (setting->kind == DS_SETTING_XDP && !is_held(sys, id))
			hold(sys, id);
	}
	for (size_t i = 0; i < network->namespaces.count; i++)
		sys_programs_hold(sys, &network->namespaces.items[i].network);
}

void sys_programs_unpin(void)
{
	DIR *pins = opendir(BPF_DIR);
	struct dirent *pin;

	while (pins && (pin = readdir(pins)))
		if (strncmp(pin->d_name, PIN_PREFIX, strlen(PIN_PREFIX)) == 0)
			unlinkat(dirfd(pins), pin->d_name, 0);
	if (pins)
		closedir(pins);
}
