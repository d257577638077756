/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/caller.h"

const char *const ds_caller_kind_names[] = {"nobody", "console", "terminal", "ssh", NULL};
_Static_assert(sizeof(ds_caller_kind_names) / sizeof(char *) == DS_CALLER_KIND_COUNT + 1, "");

static const struct ds_field caller_fields[] = {
	DS_ENUM(struct ds_caller, kind, ds_caller_kind_names),
	DS_BOOL(struct ds_caller, has_keyboard),
	DS_BOOL(struct ds_caller, can_travel),
	DS_INT(struct ds_caller, family),
	DS_STRING(struct ds_caller, local),
	DS_STRING(struct ds_caller, remote),
	DS_INT(struct ds_caller, local_port),
	DS_INT(struct ds_caller, remote_port),
	DS_INT(struct ds_caller, cookie),
	DS_FIELDS_END,
};
const struct ds_record ds_caller_record = {"caller", sizeof(struct ds_caller), caller_fields};
