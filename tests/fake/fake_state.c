/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the fake host consists of: its tables, its images, and how it starts. */

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"

/* --- tables ----------------------------------------------------------------------------- */

static const struct ds_field file_fields[] = {
	DS_STRING(struct fake_file, path),
	DS_STRING(struct fake_file, digest),
	DS_INT(struct fake_file, mode),
	DS_INT(struct fake_file, uid),
	DS_INT(struct fake_file, compression),
	DS_FIELDS_END,
};
static const struct ds_record file_record = {"file", sizeof(struct fake_file), file_fields};

static const struct ds_field index_fields[] = {
	DS_STRING(struct fake_index, module),
	DS_STRING(struct fake_index, path),
	DS_STRING(struct fake_index, digest),
	DS_FIELDS_END,
};
static const struct ds_record index_record = {"index", sizeof(struct fake_index), index_fields};

static const struct ds_field disk_fields[] = {
	DS_LIST_OF(struct fake_disk, files, &file_record),
	DS_LIST_OF(struct fake_disk, indexes, &index_record),
	DS_STRINGS(struct fake_disk, drained),
	DS_FIELDS_END,
};
const struct ds_record fake_disk_record = {"disk", sizeof(struct fake_disk), disk_fields};

static const struct ds_field running_fields[] = {
	DS_STRING(struct fake_running, module),
	DS_STRING(struct fake_running, digest),
	DS_STRING(struct fake_running, params),
	DS_FIELDS_END,
};
static const struct ds_record running_record = {
	"running", sizeof(struct fake_running), running_fields};

static const struct ds_field live_fields[] = {
	DS_INT(struct fake_live, panic_s),
	DS_INT(struct fake_live, rcu_expedited),
	DS_LIST_OF(struct fake_live, running, &running_record),
	DS_LIST_OF(struct fake_live, devices, &ds_device_record),
	DS_RECORD(struct fake_live, network, &ds_network_record),
	DS_STRINGS(struct fake_live, stopped),
	DS_FIELDS_END,
};
const struct ds_record fake_live_record = {"live", sizeof(struct fake_live), live_fields};

static const struct ds_field state_fields[] = {
	DS_RECORD(struct fake_state, disk, &fake_disk_record),
	DS_RECORD(struct fake_state, live, &fake_live_record),
	DS_FIELDS_END,
};
const struct ds_record fake_state_record = {"state", sizeof(struct fake_state), state_fields};

/* --- images ----------------------------------------------------------------------------- */

static const struct fake_image images[] = {
	{"stock", "net", NULL, "1.0", FAKE_WELL},
	{"older", "net", NULL, "0.9", FAKE_WELL},
	{"stranger", "net", NULL, "0.1", FAKE_WELL},
	{"new", "net", NULL, "2.0", FAKE_WELL},
	{"new-needs-base", "net", "base", "2.0", FAKE_WELL},
	{"new-needs-stuck", "net", "stuck", "2.0", FAKE_WELL},
	{"new-needs-slow", "net", "slow", "2.0", FAKE_WELL},
	{"new-refused", "net", NULL, "2.0", FAKE_REFUSED},
	{"new-init-fails", "net", NULL, "2.0", FAKE_INIT_FAILS},
	{"new-no-bind", "net", NULL, "2.0", FAKE_NO_BIND},
	{"new-no-carrier", "net", NULL, "2.0", FAKE_NO_CARRIER},
	{"new-other-code", "net", NULL, "2.0", FAKE_OTHER_CODE},
	{"new-init-hangs", "net", NULL, "2.0", FAKE_INIT_HANGS},
	{"new-init-oopses", "net", NULL, "2.0", FAKE_INIT_OOPSES},
	{"new-exit-hangs", "net", NULL, "2.0", FAKE_EXIT_HANGS | FAKE_NO_CARRIER},
	{"new-exit-hangs-later", "net", NULL, "2.0", FAKE_EXIT_HANGS},
	{"stock-exit-hangs", "net", NULL, "1.0", FAKE_EXIT_HANGS},
	{"new-overtaken", "net", NULL, "2.0", FAKE_OVERTAKEN},
	{"new-deaf", "net", NULL, "2.0", FAKE_DEAF},
	{"new-deaf-later", "net", NULL, "2.0", FAKE_DEAF_LATER},
	{"new-warns", "net", NULL, "2.0", FAKE_WARNS},
	{"new-tx-hangs", "net", NULL, "2.0", FAKE_TX_HANGS},
	{"new-autoloaded", "net", NULL, "2.0", FAKE_AUTOLOADED},
	{"stock-unnamed", "net", NULL, NULL, FAKE_NO_IDENTITY},
	{"new-unnamed", "net", NULL, NULL, FAKE_NO_IDENTITY},
	{"damaged", "net", NULL, NULL, FAKE_DAMAGED},
	{"base", "base", NULL, "1.0", FAKE_WELL},
	{"stuck", "stuck", NULL, "1.0", FAKE_INIT_OOPSES},
	{"slow", "slow", NULL, "1.0", FAKE_INIT_HANGS},
	{"upper", "upper", "net", "1.0", FAKE_WELL},
	{"top", "top", "upper", "1.0", FAKE_WELL},
};

const struct fake_image *fake_image_find(const char *digest)
{
	for (size_t i = 0; digest && i < sizeof(images) / sizeof(images[0]); i++)
		if (strcmp(images[i].digest, digest) == 0)
			return &images[i];
	return NULL;
}

/* --- files ------------------------------------------------------------------------------ */

struct fake_file *fake_file_find(struct fake_state *state, const char *path)
{
	for (size_t i = 0; i < state->disk.files.count; i++)
		if (strcmp(state->disk.files.items[i].path, path) == 0)
			return &state->disk.files.items[i];
	return NULL;
}

const struct fake_index *fake_index_find(const struct fake_state *state, const char *module)
{
	for (size_t i = 0; i < state->disk.indexes.count; i++)
		if (strcmp(state->disk.indexes.items[i].module, module) == 0)
			return &state->disk.indexes.items[i];
	return NULL;
}

/* Sorted by path, so that two disks with the same files are equal. */
bool fake_file_add(struct fake_state *state, const char *path, const char *digest,
	enum ds_compression compression)
{
	struct fake_file file = {.mode = 0644, .compression = (int)compression};
	size_t i;

	if (fake_file_find(state, path) || !ds_list_add(&state->disk.files))
		return false;
	for (i = state->disk.files.count - 1;
		i > 0 && strcmp(state->disk.files.items[i - 1].path, path) > 0; i--)
		state->disk.files.items[i] = state->disk.files.items[i - 1];
	file.path = strdup(path);
	file.digest = strdup(digest);
	state->disk.files.items[i] = file;
	return true;
}

/* The shape of every DS_LIST; its capacity follows from its count, so that shrinking is safe. */
struct any_list {
	char *items;
	size_t count;
};

static void drop_item(const struct ds_record *record, void *list, size_t index)
{
	struct any_list any;
	char *item;

	memcpy(&any, list, sizeof(any));
	item = any.items + index * record->size;
	ds_record_done(record, item);
	memmove(item, item + record->size, (any.count - index - 1) * record->size);
	any.count--;
	memcpy(list, &any, sizeof(any));
}

void fake_file_drop(struct fake_state *state, const char *path)
{
	struct fake_file *file = fake_file_find(state, path);

	if (file)
		drop_item(
			&file_record, &state->disk.files, (size_t)(file - state->disk.files.items));
}

void fake_index_set(
	struct fake_state *state, const char *module, const char *path, const char *digest)
{
	struct fake_index *index = (struct fake_index *)fake_index_find(state, module);

	if (!index) {
		index = ds_list_add(&state->disk.indexes);
		ds_string_set(&index->module, module);
	}
	ds_string_set(&index->path, path);
	ds_string_set(&index->digest, digest);
}

/* --- what runs -------------------------------------------------------------------------- */

struct fake_running *fake_running_find(struct fake_state *state, const char *module)
{
	for (size_t i = 0; i < state->live.running.count; i++)
		if (strcmp(state->live.running.items[i].module, module) == 0)
			return &state->live.running.items[i];
	return NULL;
}

/* A new link each time, with a new index, down, with the values that the driver gives. */
static void add_link(struct fake_state *state, const struct ds_device *device)
{
	static int64_t ifindex = 1;
	struct ds_link *link = ds_list_add(&state->live.network.links);
	char number = device->address[strlen(device->address) - 1];

	ds_string_format(&link->name, "eth%c", number);
	ds_string_format(&link->mac, "00:50:56:00:00:0%c", number);
	ds_string_set(&link->permanent_mac, link->mac);
	ds_string_set(&link->device, device->address);
	ds_string_set(&link->driver.driver, "net");
	ds_string_set(&link->driver.version,
		fake_image_find(fake_running_find(state, "net")->digest)->version);
	link->driver.driver_source = link->driver.version_source = DS_SOURCE_DRVINFO;
	link->ifindex = ++ifindex;
	link->mtu = 1500;
}

void fake_device_bind(struct fake_state *state, size_t index)
{
	struct ds_device *device = &state->live.devices.items[index];

	if (device->driver)
		return;
	ds_string_set(&device->driver, "net");
	ds_string_set(&device->module, "net");
	add_link(state, device);
}

void fake_code_start(struct fake_state *state, const char *digest, const char *params)
{
	const struct fake_image *image = fake_image_find(digest);
	struct fake_running *running = ds_list_add(&state->live.running);

	ds_string_set(&running->module, image->module);
	ds_string_set(&running->digest, image->quirks & FAKE_OTHER_CODE ? "stranger" : digest);
	ds_string_set(&running->params, params ? params : "");
	if (strcmp(image->module, "net") != 0 || image->quirks & FAKE_NO_BIND)
		return;
	for (size_t i = 0; i < state->live.devices.count; i++)
		fake_device_bind(state, i);
}

/* Addresses and routes die with their links; another namespace stays, and is empty. */
static void drop_network(struct ds_network *network)
{
	for (size_t i = 0; i < network->namespaces.count; i++)
		drop_network(&network->namespaces.items[i].network);
	while (network->links.count)
		drop_item(&ds_link_record, &network->links, 0);
	while (network->addresses.count)
		drop_item(&ds_address_record, &network->addresses, 0);
	while (network->routes.count)
		drop_item(&ds_route_record, &network->routes, 0);
}

void fake_code_stop(struct fake_state *state, const char *module)
{
	struct fake_running *running = fake_running_find(state, module);

	drop_item(&running_record, &state->live.running,
		(size_t)(running - state->live.running.items));
	if (strcmp(module, "net") != 0)
		return;
	for (size_t i = 0; i < state->live.devices.count; i++) {
		ds_string_set(&state->live.devices.items[i].driver, NULL);
		ds_string_set(&state->live.devices.items[i].module, NULL);
	}
	drop_network(&state->live.network);
}

/* --- how it starts ---------------------------------------------------------------------- */

/* What the administrator configured on the links: also what a boot brings. */
void fake_network_configure(struct ds_network *network)
{
	for (size_t i = 0; i < network->links.count; i++) {
		struct ds_link *link = &network->links.items[i];
		struct ds_address *address = ds_list_add(&network->addresses);

		link->mtu = 9000;
		link->is_up = link->has_carrier = true;
		link->has_default_route = i == 0;
		*address = (struct ds_address){.family = 2, .prefix = 24, .valid_s = -1};
		ds_string_set(&address->link, link->name);
		ds_string_format(&address->local, "192.0.2.%zu", i + 1);
	}
	for (size_t i = 0; i < network->links.count; i++) {
		struct ds_route *route = ds_list_add(&network->routes);
		struct ds_nexthop *hop;

		*route = (struct ds_route){.family = 2, .table = 254, .type = 1, .protocol = 3};
		if (i > 0)
			ds_string_format(&route->destination, "198.51.100.%zu", i);
		hop = ds_list_add(&route->nexthops);
		ds_string_set(&hop->link, network->links.items[i].name);
		ds_string_format(&hop->gateway, "192.0.2.%zu", 100 + i);
	}
}

void fake_namespaces_end(struct ds_network *network)
{
	while (network->namespaces.count)
		drop_item(&ds_namespace_record, &network->namespaces, 0);
}

/* Somebody has moved the last link to a namespace: neither a probe nor a boot does that. */
static void move_one(struct ds_network *network)
{
	struct ds_network moved = {0};
	struct ds_namespace *namespace;

	*(struct ds_link *)ds_list_add(&moved.links) =
		network->links.items[network->links.count - 1];
	*(struct ds_address *)ds_list_add(&moved.addresses) =
		network->addresses.items[network->addresses.count - 1];
	*(struct ds_route *)ds_list_add(&moved.routes) =
		network->routes.items[network->routes.count - 1];
	network->links.count--;
	network->addresses.count--;
	network->routes.count--;
	namespace = ds_list_add(&network->namespaces);
	ds_string_set(&namespace->name, "blue");
	ds_string_set(&namespace->path, "/run/netns/blue");
	namespace->inode = 7;
	namespace->network = moved;
}

/* A boot brings no other owner: it is the configuration's. */
static void start_owners(struct ds_network *network)
{
	for (size_t i = 0; i < network->links.count; i++) {
		struct ds_owned *owned = ds_list_add(&network->owned);

		owned->owner = i ? DS_OWNER_IFUPDOWN : DS_OWNER_NETWORKD;
		ds_string_set(&owned->link, network->links.items[i].name);
	}
}

static void start_files(struct fake_state *state, const struct fake_setup *setup)
{
	const char *installed = setup->is_not_installed ? NULL : "stock";

	if (setup->running &&
		fake_image_find(setup->running)->quirks & (FAKE_NO_IDENTITY | FAKE_EXIT_HANGS))
		installed = setup->running;
	fake_file_add(state, FAKE_CANDIDATE, setup->candidate ? setup->candidate : "new",
		DS_COMPRESSION_NONE);
	fake_file_add(state, FAKE_DIRECTORY "/base.ko", "base", DS_COMPRESSION_NONE);
	fake_file_add(state, FAKE_DIRECTORY "/stuck.ko", "stuck", DS_COMPRESSION_NONE);
	fake_file_add(state, FAKE_DIRECTORY "/slow.ko", "slow", DS_COMPRESSION_NONE);
	fake_file_add(state, FAKE_DIRECTORY "/upper.ko", "upper", DS_COMPRESSION_NONE);
	fake_file_add(state, FAKE_DIRECTORY "/top.ko", "top", DS_COMPRESSION_NONE);
	if (installed) {
		fake_file_add(state, FAKE_INSTALLED, installed, DS_COMPRESSION_XZ);
		fake_file_find(state, FAKE_INSTALLED)->uid = 7;
		fake_index_set(state, "net", FAKE_INSTALLED, installed);
	}
	if (setup->has_previous)
		fake_file_add(state, FAKE_PREVIOUS, setup->previous ? setup->previous : "older",
			DS_COMPRESSION_XZ);
	if (setup->has_original)
		fake_file_add(state, FAKE_ORIGINAL, "older", DS_COMPRESSION_XZ);
	if (setup->initramfs)
		fake_file_add(state, FAKE_INITRAMFS, setup->initramfs, DS_COMPRESSION_NONE);
	if (setup->has_stale)
		fake_file_add(state, FAKE_FRESH, "stranger", DS_COMPRESSION_XZ);
	fake_index_set(state, "base", FAKE_DIRECTORY "/base.ko", "base");
	fake_index_set(state, "stuck", FAKE_DIRECTORY "/stuck.ko", "stuck");
	fake_index_set(state, "slow", FAKE_DIRECTORY "/slow.ko", "slow");
	fake_index_set(state, "upper", FAKE_DIRECTORY "/upper.ko", "upper");
	fake_index_set(state, "top", FAKE_DIRECTORY "/top.ko", "top");
}

void fake_state_start(struct fake_state *state, const struct fake_setup *setup)
{
	start_files(state, setup);
	state->live.panic_s = setup->has_panic ? 30 : 0;
	state->live.rcu_expedited = setup->is_expedited;
	for (int i = 0; i < 2 && !setup->has_no_devices; i++) {
		struct ds_device *device = ds_list_add(&state->live.devices);

		ds_string_format(&device->address, "pci/0000:00:0%d", i);
		ds_string_set(&device->modalias, "pci:v15ADd07B0");
	}
	if (setup->is_not_loaded)
		return;
	fake_code_start(state, setup->running ? setup->running : "stock",
		setup->in_force ? setup->in_force : "debug=1");
	fake_network_configure(&state->live.network);
	if (setup->has_namespace)
		move_one(&state->live.network);
	if (setup->has_owner)
		start_owners(&state->live.network);
	if (setup->has_holders) {
		fake_code_start(state, "upper", "depth=2");
		fake_code_start(state, "top", "");
	}
}

/* --- comparing -------------------------------------------------------------------------- */

static void forget_indexes(struct ds_network *network)
{
	for (size_t i = 0; i < network->links.count; i++)
		network->links.items[i].ifindex = 0;
	for (size_t i = 0; i < network->namespaces.count; i++)
		forget_indexes(&network->namespaces.items[i].network);
}

void fake_state_copy(const struct fake_state *state, struct fake_state *ret_copy)
{
	if (ds_record_copy(&fake_state_record, state, ret_copy) < 0)
		abort();
	forget_indexes(&ret_copy->live.network);
	ret_copy->live.network.taken_ms = 0;
}

bool fake_state_equal(const struct fake_state *a, const struct fake_state *b)
{
	struct fake_state copy_a = {0}, copy_b = {0};
	bool is_equal;

	fake_state_copy(a, &copy_a);
	fake_state_copy(b, &copy_b);
	is_equal = ds_record_equal(&fake_state_record, &copy_a, &copy_b);
	ds_record_done(&fake_state_record, &copy_a);
	ds_record_done(&fake_state_record, &copy_b);
	return is_equal;
}

char *fake_state_text(const struct fake_state *state)
{
	struct json_object *json = ds_record_to_json(&fake_state_record, state);
	char *text = strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY));

	json_object_put(json);
	return text;
}
