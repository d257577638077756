/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/hook.h"

const char *const ds_hook_when_names[] = {"pre", "post", "rollback", NULL};
_Static_assert(sizeof(ds_hook_when_names) / sizeof(char *) == DS_HOOK_WHEN_COUNT + 1, "");

static const struct ds_field hook_fields[] = {
	DS_ENUM(struct ds_hook, when, ds_hook_when_names),
	DS_NEEDED(struct ds_hook, path),
	DS_BOOL(struct ds_hook, is_off),
	DS_STRING(struct ds_hook, trouble),
	DS_FIELDS_END,
};
const struct ds_record ds_hook_record = {"hook", sizeof(struct ds_hook), hook_fields};

bool ds_hook_is_run(const struct ds_hook *hook)
{
	return !hook->is_off && !hook->trouble;
}
