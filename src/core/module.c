/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/module.h"

#include <string.h>

const char *const ds_compression_names[] = {"none", "xz", "gzip", "zstd", NULL};
static const char *const file_type_names[] = {
	"absent", "regular", "directory", "fifo", "other", "unreadable", NULL};
static const char *const image_fault_names[] = {"ok", "empty", "too-large", "bad-compression",
	"not-elf", "truncated", "not-module", "bad-signature-block", "damaged", "unread", NULL};
const char *const ds_module_state_names[] = {"absent", "builtin", "live", "coming", "going", NULL};

_Static_assert(sizeof(ds_compression_names) / sizeof(char *) == DS_COMPRESSION_COUNT + 1, "");
_Static_assert(sizeof(file_type_names) / sizeof(char *) == DS_FILE_TYPE_COUNT + 1, "");
_Static_assert(sizeof(image_fault_names) / sizeof(char *) == DS_IMAGE_FAULT_COUNT + 1, "");
_Static_assert(sizeof(ds_module_state_names) / sizeof(char *) == DS_MODULE_STATE_COUNT + 1, "");

static const struct ds_field identity_fields[] = {
	DS_STRING(struct ds_identity, build_id),
	DS_STRING(struct ds_identity, srcversion),
	DS_STRING(struct ds_identity, version),
	DS_FIELDS_END,
};
const struct ds_record ds_identity_record = {
	"identity", sizeof(struct ds_identity), identity_fields};

static const struct ds_field symbol_fields[] = {
	DS_NEEDED(struct ds_symbol, name),
	DS_BOOL(struct ds_symbol, has_crc),
	DS_INT(struct ds_symbol, crc),
	DS_FIELDS_END,
};
const struct ds_record ds_symbol_record = {"symbol", sizeof(struct ds_symbol), symbol_fields};

static const struct ds_field param_fields[] = {
	DS_NEEDED(struct ds_param, name),
	DS_STRING(struct ds_param, value),
	DS_FIELDS_END,
};
const struct ds_record ds_param_record = {"param", sizeof(struct ds_param), param_fields};

static const struct ds_field file_fields[] = {
	DS_STRING(struct ds_file, path),
	DS_ENUM(struct ds_file, type, file_type_names),
	DS_INT(struct ds_file, access_errno),
	DS_INT(struct ds_file, mode),
	DS_INT(struct ds_file, uid),
	DS_INT(struct ds_file, gid),
	DS_INT(struct ds_file, bytes),
	DS_INT(struct ds_file, device),
	DS_INT(struct ds_file, inode),
	DS_INT(struct ds_file, changed_ns),
	DS_ENUM(struct ds_file, compression, ds_compression_names),
	DS_BOOL(struct ds_file, is_symlink),
	DS_BOOL(struct ds_file, is_owner_safe),
	DS_BOOL(struct ds_file, is_place_safe),
	DS_FIELDS_END,
};
const struct ds_record ds_file_record = {"file", sizeof(struct ds_file), file_fields};

static const struct ds_field image_fields[] = {
	DS_STRING(struct ds_image, digest),
	DS_ENUM(struct ds_image, fault, image_fault_names),
	DS_STRING(struct ds_image, fault_detail),
	DS_INT(struct ds_image, bytes),
	DS_STRING(struct ds_image, name),
	DS_RECORD(struct ds_image, identity, &ds_identity_record),
	DS_STRING(struct ds_image, vermagic),
	DS_STRING(struct ds_image, license),
	DS_STRING(struct ds_image, machine),
	DS_STRINGS(struct ds_image, depends),
	DS_STRINGS(struct ds_image, aliases),
	DS_STRINGS(struct ds_image, tried_on),
	DS_LIST_OF(struct ds_image, params, &ds_param_record),
	DS_LIST_OF(struct ds_image, imports, &ds_symbol_record),
	DS_LIST_OF(struct ds_image, exports, &ds_symbol_record),
	DS_BOOL(struct ds_image, is_permanent),
	DS_BOOL(struct ds_image, is_signed),
	DS_STRING(struct ds_image, signer),
	DS_FIELDS_END,
};
const struct ds_record ds_image_record = {"image", sizeof(struct ds_image), image_fields};

static const struct ds_field holder_fields[] = {
	DS_NEEDED(struct ds_holder, name),
	DS_STRING(struct ds_holder, path),
	DS_STRING(struct ds_holder, options),
	DS_RECORD(struct ds_holder, identity, &ds_identity_record),
	DS_RECORD(struct ds_holder, installed, &ds_identity_record),
	DS_INT(struct ds_holder, foreign_refs),
	DS_BOOL(struct ds_holder, is_permanent),
	DS_LIST_OF(struct ds_holder, imports, &ds_symbol_record),
	DS_FIELDS_END,
};
const struct ds_record ds_holder_record = {"holder", sizeof(struct ds_holder), holder_fields};

static const struct ds_field module_fields[] = {
	DS_STRING(struct ds_module, name),
	DS_ENUM(struct ds_module, state, ds_module_state_names),
	DS_INT(struct ds_module, refcnt),
	DS_INT(struct ds_module, foreign_refs),
	DS_BOOL(struct ds_module, is_permanent),
	DS_LIST_OF(struct ds_module, holders, &ds_holder_record),
	DS_RECORD(struct ds_module, identity, &ds_identity_record),
	DS_STRING(struct ds_module, taint),
	DS_STRING(struct ds_module, options),
	DS_STRING(struct ds_module, given),
	DS_STRING(struct ds_module, install_command),
	DS_LIST_OF(struct ds_module, params, &ds_param_record),
	DS_STRINGS(struct ds_module, drivers),
	DS_FIELDS_END,
};
const struct ds_record ds_module_record = {"module", sizeof(struct ds_module), module_fields};

enum ds_same ds_identity_compare(
	const struct ds_identity *a, const struct ds_identity *b, const char **ret_by)
{
	const struct {
		const char *name, *a, *b;
	} rungs[] = {
		{"build-id", a->build_id, b->build_id},
		{"srcversion", a->srcversion, b->srcversion},
		{"version", a->version, b->version},
	};

	for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++) {
		if (!rungs[i].a && !rungs[i].b)
			continue;
		if (ret_by)
			*ret_by = rungs[i].name;
		return ds_string_equal(rungs[i].a, rungs[i].b) ? DS_SAME_YES : DS_SAME_NO;
	}
	if (ret_by)
		*ret_by = "nothing";
	return DS_SAME_UNKNOWN;
}

const struct ds_symbol *ds_symbol_find(
	const struct ds_symbol *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}
