/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A snapshot of the fake host, as src/sys would take it of a real one. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"

static struct fake_host *host_of(struct ds_door *door)
{
	return (struct fake_host *)door;
}

void fake_identity(const struct fake_image *image, struct ds_identity *ret_identity)
{
	if (image->quirks & (FAKE_NO_IDENTITY | FAKE_DAMAGED))
		return;
	ds_string_set(&ret_identity->build_id, image->digest);
	ds_string_set(&ret_identity->version, image->version);
}

static void look_image(const char *digest, struct ds_image *ret_image)
{
	const struct fake_image *image = fake_image_find(digest);

	ds_string_set(&ret_image->digest, digest);
	ret_image->bytes = 1000;
	if (image->quirks & FAKE_DAMAGED) {
		ret_image->fault = DS_IMAGE_NOT_ELF;
		return;
	}
	ds_string_set(&ret_image->name, image->module);
	ds_string_set(&ret_image->vermagic, FAKE_RELEASE " SMP");
	ds_string_set(&ret_image->machine, "x86_64");
	ds_strings_add(&ret_image->aliases, "pci:v15AD*");
	ds_string_set(&((struct ds_param *)ds_list_add(&ret_image->params))->name, "debug");
	if (image->depends)
		ds_strings_add(&ret_image->depends, image->depends);
	fake_identity(image, &ret_image->identity);
}

static void look_file(struct fake_host *host, const char *path, struct ds_file *ret_file,
	struct ds_image *ret_image)
{
	const struct fake_file *file = fake_file_find(&host->state, path);

	ds_string_set(&ret_file->path, path);
	if (!file)
		return;
	ret_file->type = DS_FILE_REGULAR;
	ret_file->mode = file->mode;
	ret_file->uid = file->uid;
	ret_file->compression = (int)file->compression;
	ret_file->is_owner_safe = ret_file->is_place_safe = true;
	if (!ret_image)
		return;
	look_image(file->digest, ret_image);
	if (!ds_strings_has(&host->pins, file->digest))
		ds_strings_add(&host->pins, file->digest);
}

static void look_kernel(struct fake_host *host, struct ds_kernel *ret_kernel)
{
	ds_string_set(&ret_kernel->release, FAKE_RELEASE);
	ds_string_set(&ret_kernel->machine, "x86_64");
	ds_string_set(&ret_kernel->boot_id, fake_boot_id(host));
	ds_string_set(&ret_kernel->vermagic, FAKE_RELEASE " SMP");
	ret_kernel->lockdown = DS_LOCKDOWN_NONE;
	ret_kernel->can_load_modules = ret_kernel->can_admin_network = true;
	ret_kernel->can_write_files = true;
	ret_kernel->panic_s = host->state.live.panic_s;
	ret_kernel->rcu_expedited = host->state.live.rcu_expedited;
}

/* Those that use the module, the last user first; the fake knows chains only. */
static void look_holders(struct fake_host *host, struct ds_module *module)
{
	for (size_t i = host->state.live.running.count; i > 0; i--) {
		const struct fake_running *running = &host->state.live.running.items[i - 1];
		const struct fake_image *image = fake_image_find(running->digest);
		struct ds_holder *holder;

		if (!image->depends || strcmp(running->module, "net") == 0)
			continue;
		holder = ds_list_add(&module->holders);
		ds_string_set(&holder->name, running->module);
		ds_string_set(&holder->path, fake_index_find(&host->state, running->module)->path);
		ds_string_set(&holder->options, running->params);
		fake_identity(image, &holder->identity);
		fake_identity(image, &holder->installed);
	}
}

static void look_module(struct fake_host *host, const char *name, struct ds_module *ret_module)
{
	const struct fake_running *running = fake_running_find(&host->state, name);

	ds_string_set(&ret_module->name, name);
	ds_string_set(&ret_module->options, "debug=1");
	if (!running)
		return;
	ret_module->state = DS_MODULE_LIVE;
	if (strncmp(running->params, "debug=", 6) == 0) {
		struct ds_param *param = ds_list_add(&ret_module->params);

		ds_string_set(&param->name, "debug");
		ds_string_set(&param->value, running->params + 6);
	}
	fake_identity(fake_image_find(running->digest), &ret_module->identity);
	look_holders(host, ret_module);
	ret_module->refcnt = (int64_t)ret_module->holders.count;
}

static bool runs_with(struct fake_host *host, unsigned int quirk)
{
	const struct fake_running *running = fake_running_find(&host->state, "net");

	return running && fake_image_find(running->digest)->quirks & quirk;
}

static void look_devices(struct fake_host *host, struct ds_host *ret_host)
{
	for (size_t i = 0; i < host->state.live.devices.count; i++)
		if (host->state.live.devices.items[i].driver)
			ds_record_copy(&ds_device_record, &host->state.live.devices.items[i],
				ds_list_add(&ret_host->devices));
	ds_record_copy(&ds_network_record, &host->state.live.network, &ret_host->network);
	ret_host->network.taken_ms = host->clock_ms;
	for (size_t i = 0; i < ret_host->network.links.count; i++) {
		ret_host->network.links.items[i].has_caller_ssh = host->setup.is_remote && i == 0;
		ret_host->network.links.items[i].tx_timeouts = runs_with(host, FAKE_TX_HANGS);
	}
}

static void look_candidate(
	struct fake_host *host, const struct ds_request *request, struct ds_host *ret_host)
{
	const char *const paths[DS_FROM_COUNT] = {
		[DS_FROM_FILE] = request->file,
		[DS_FROM_PREVIOUS] = FAKE_PREVIOUS,
		[DS_FROM_ORIGINAL] = FAKE_ORIGINAL,
	};

	if (!paths[request->candidate_from])
		return;
	look_file(host, paths[request->candidate_from], &ret_host->candidate,
		&ret_host->candidate_image);
	for (size_t i = 0; i < ret_host->candidate_image.depends.count; i++) {
		struct ds_dependency *dependency = ds_list_add(&ret_host->dependencies);
		const char *name = ret_host->candidate_image.depends.items[i];

		ds_string_set(&dependency->name, name);
		ds_string_set(&dependency->path, fake_index_find(&host->state, name)->path);
		dependency->is_loaded = fake_running_find(&host->state, name);
	}
}

static void look_initramfs(struct fake_host *host, struct ds_host *ret_host)
{
	const struct fake_file *file = fake_file_find(&host->state, FAKE_INITRAMFS);
	struct ds_initramfs *image = file ? ds_list_add(&ret_host->initramfs) : NULL;

	if (!image)
		return;
	ds_string_set(&image->path, file->path);
	ds_string_set(&image->module_path, FAKE_INSTALLED);
	ds_string_set(&image->module_digest, file->digest);
	fake_identity(fake_image_find(file->digest), &image->identity);
	ds_string_set(&image->tool, "/usr/sbin/mkinitramfs");
	image->bytes = 1000;
	image->free_bytes = INT64_MAX;
}

/* Two of each, as src/sys finds them: by name. */
static void look_hooks(struct ds_host *ret_host)
{
	static const char *const names[] = {"10-a", "20-b"};

	for (int when = 0; when < DS_HOOK_WHEN_COUNT; when++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct ds_hook *hook = ds_list_add(&ret_host->hooks);

			hook->when = when;
			ds_string_format(&hook->path, FAKE_HOOKS "/%s/%s", ds_hook_when_names[when],
				names[i]);
		}
	}
}

int fake_look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error)
{
	struct fake_host *host = host_of(door);
	const struct fake_index *index = fake_index_find(&host->state, request->module);

	(void)error;
	look_kernel(host, &ret_host->kernel);
	look_module(host, request->module, &ret_host->module);
	look_devices(host, ret_host);
	if (index) {
		look_file(host, index->path, &ret_host->installed, &ret_host->installed_image);
		look_file(host, FAKE_FRESH, &ret_host->fresh, &ret_host->fresh_image);
		look_file(host, FAKE_PREVIOUS, &ret_host->previous, &ret_host->previous_image);
		look_file(host, FAKE_ORIGINAL, &ret_host->original, NULL);
		ret_host->place.free_bytes = INT64_MAX;
	}
	look_candidate(host, request, ret_host);
	if (host->setup.has_packages)
		ds_strings_add(&ret_host->package_locks, FAKE_PACKAGE_LOCK);
	if (request->candidate_from != DS_FROM_NOTHING && host->setup.has_hooks)
		look_hooks(ret_host);
	if (request->candidate_from != DS_FROM_NOTHING)
		look_initramfs(host, ret_host);
	return 0;
}

/* --- questions -------------------------------------------------------------------------- */

#define DEAF_AFTER_MS 10000

static bool comes_through(struct fake_host *host)
{
	bool is_late = host->clock_ms - host->inserted_ms > DEAF_AFTER_MS;

	return !runs_with(host, FAKE_DEAF) && !(runs_with(host, FAKE_DEAF_LATER) && is_late);
}

/* A link that is there, up, and leads to somebody. */
static bool answers(struct fake_host *host, const char *name)
{
	const struct ds_link *link = ds_link_find(&host->state.live.network, name);

	return link && link->is_up && link->has_carrier && comes_through(host) &&
	       !host->setup.is_gateway_deaf;
}

static void run_check(struct fake_host *host, struct ds_command *command)
{
	const struct ds_link *links = host->state.live.network.links.items;
	bool is_good = strcmp(command->line, "gateway") == 0 ? links && answers(host, links[0].name)
							     : strcmp(command->line, "true") == 0;

	command->answer = is_good ? DS_ANSWER_YES : DS_ANSWER_NO;
	if (!is_good)
		ds_string_set(&command->words, "it fails");
}

int fake_probe(struct ds_door *door, struct ds_host *now, int64_t deadline_ms, int64_t command_ms,
	struct ds_error *error)
{
	struct fake_host *host = host_of(door);

	(void)deadline_ms, (void)command_ms, (void)error;
	for (size_t i = 0; i < now->health.gateways.count; i++) {
		struct ds_gateway *gateway = &now->health.gateways.items[i];

		gateway->answer = answers(host, gateway->link) ? DS_ANSWER_YES : DS_ANSWER_NO;
	}
	for (size_t i = 0; i < now->health.commands.count; i++)
		run_check(host, &now->health.commands.items[i]);
	if (runs_with(host, FAKE_WARNS))
		ds_strings_add(&now->health.complaints, "WARNING: at net.c:1 [net]");
	now->health.is_measured = true;
	return 0;
}

/* A hundred bytes were on their way at the first look; more follow with each event. */
int fake_traffic(struct ds_door *door, const struct ds_caller *caller,
	struct ds_traffic *ret_traffic, struct ds_error *error)
{
	struct fake_host *host = host_of(door);

	(void)caller;
	if (host->setup.is_cut)
		return ds_error_set(error, -ENOENT, "it has ended");
	ret_traffic->written = 100 + host->asked;
	ret_traffic->acknowledged =
		comes_through(host) && host->asked > host->setup.lost ? ret_traffic->written : 100;
	return 0;
}
