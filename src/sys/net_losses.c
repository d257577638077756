/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_losses.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"

__attribute__((format(printf, 2, 0))) static int add(
	ds_strings *texts, const char *format, va_list list)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, list);
	return ds_strings_has(texts, text) ? 0 : ds_strings_add(texts, text);
}

int sys_lose(struct sys_losses *losses, const char *format, ...)
{
	va_list list;
	int code;

	va_start(list, format);
	code = add(losses->texts, format, list);
	va_end(list);
	return code;
}

int sys_unsee(struct sys_losses *losses, const char *format, ...)
{
	va_list list;
	int code;

	va_start(list, format);
	code = add(losses->unseen, format, list);
	va_end(list);
	return code;
}

const struct sys_link *sys_losses_link(const struct sys_losses *losses, uint32_t ifindex)
{
	const struct sys_link *link = sys_links_by_index(losses->look->links, ifindex);

	return link && link->is_ours ? link : NULL;
}

const struct sys_link *sys_losses_link_named(const struct sys_losses *losses, const char *name)
{
	const struct sys_link *link = name ? sys_links_by_name(losses->look->links, name) : NULL;

	return link && link->is_ours ? link : NULL;
}

static bool is_builtin(const char *module)
{
	char path[256], line[256], name[64];
	struct utsname kernel;
	cleanup_fclose FILE *file = NULL;

	if (uname(&kernel) < 0)
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%.100s/modules.builtin", kernel.release);
	snprintf(name, sizeof(name), "/%.50s.ko", module);
	file = fopen(path, "re");
	if (!file)
		return true; /* nothing can be loaded, either */
	while (fgets(line, sizeof(line), file))
		if (strstr(line, name))
			return true;
	return false;
}

bool sys_losses_has_module(const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%.50s", module);
	return access(path, F_OK) == 0 || is_builtin(module);
}

/* --- what forbids the unload ------------------------------------------------------------ */

static int blockers(const struct ds_network *network, ds_strings *ret_blockers)
{
	char path[300], text[128];
	int code = 0;

	for (size_t i = 0; code == 0 && i < network->links.count; i++) {
		const struct ds_link *link = &network->links.items[i];
		int64_t functions;

		if (link->is_upper)
			continue;
		functions = sys_net_sysfs_number(link->name, "device/sriov_numvfs", 0);
		snprintf(text, sizeof(text), "%s has %lld virtual functions", link->name,
			(long long)functions);
		if (functions > 0)
			code = ds_strings_add(ret_blockers, text);
		snprintf(path, sizeof(path), "/sys/class/net/%s/device/infiniband", link->name);
		snprintf(text, sizeof(text), "%s has an RDMA device", link->name);
		if (code == 0 && access(path, F_OK) == 0)
			code = ds_strings_add(ret_blockers, text);
	}
	return code ? code : sys_rdma_blockers(network, ret_blockers);
}

int sys_losses_look(const struct sys_setting_look *look, ds_strings *ret_losses,
	ds_strings *ret_blockers, ds_strings *ret_unseen, struct ds_error *error)
{
	static int (*const parts[])(struct sys_losses * losses) = {sys_losses_sockets,
		sys_losses_groups, sys_losses_bpf, sys_losses_tc, sys_losses_actions,
		sys_losses_rules, sys_losses_mdb, sys_losses_flows, sys_losses_vlans,
		sys_losses_devices, sys_losses_netconsole, sys_losses_xfrm};
	struct sys_losses losses = {.look = look, .texts = ret_losses, .unseen = ret_unseen};
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		code = parts[i](&losses);
	free(losses.datagram.items);
	if (code == 0)
		code = blockers(look->network, ret_blockers);
	return code < 0 ? ds_error_set(error, code, "look at losses: out of memory") : 0;
}
