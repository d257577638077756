/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "programs.h"

#include <stdlib.h>
#include <unistd.h>

#include "bpf.h"

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
