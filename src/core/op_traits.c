/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "op_traits.h"

static const struct op_traits traits[DS_OP_KIND_COUNT] = {
	[DS_OP_FILE_HOLD] = {.is_held = true},
	[DS_OP_FILE_COPY] = {.chain = OP_CHAIN_FILES},
	[DS_OP_FILE_STAGE] = {.chain = OP_CHAIN_FILES},
	[DS_OP_FILE_EXCHANGE] = {.chain = OP_CHAIN_FILES},
	[DS_OP_FILE_RENAME] = {.chain = OP_CHAIN_FILES},
	[DS_OP_FILE_REMOVE] = {.chain = OP_CHAIN_FILES},
	[DS_OP_INITRAMFS_BUILD] = {.is_late = true, .is_slow = true},
	[DS_OP_INITRAMFS_EXCHANGE] = {.is_late = true},
	[DS_OP_INITRAMFS_RESTORE] = {.chain = OP_CHAIN_IMAGE, .is_late = true},
	[DS_OP_INITRAMFS_REMOVE] = {.chain = OP_CHAIN_IMAGE, .is_late = true},
	/* /run is empty after a reboot */
	[DS_OP_AUTOLOAD_STOP] = {.is_live = true, .is_precaution = true},
	[DS_OP_AUTOLOAD_ALLOW] = {.is_live = true},
	[DS_OP_HOST_COMPARE] = {.is_live = true},
	[DS_OP_MODULE_PROVE] = {.is_live = true},
	[DS_OP_MODULE_LOAD] = {.chain = OP_CHAIN_CODE, .is_live = true},
	[DS_OP_MODULE_INSERT] = {.chain = OP_CHAIN_CODE, .is_live = true},
	[DS_OP_MODULE_UNLOAD] = {.chain = OP_CHAIN_CODE, .is_live = true},
	[DS_OP_DEVICES_WAIT] = {.is_live = true},
	[DS_OP_NETWORK_RESTORE] = {.is_live = true},
	[DS_OP_NETWORK_SETTINGS] = {.is_live = true},
	[DS_OP_NETWORK_READY] = {.is_live = true},
	[DS_OP_NETWORK_OWNERS] = {.is_live = true},
	[DS_OP_LINKS_WAIT] = {.is_live = true},
	[DS_OP_SYSCTL] = {.is_live = true},
	[DS_OP_SYSFS] = {.is_live = true},
	[DS_OP_HOOK] = {.is_late = true, .is_slow = true, .is_hook = true},
	[DS_OP_VERIFY] = {.is_live = true},
	[DS_OP_CONFIRM] = {.is_live = true},
	[DS_OP_PROOF_KEY] = {.is_live = true},
	[DS_OP_PROOF_ACK] = {.is_live = true},
};

const struct op_traits *op_traits(const struct ds_op *op)
{
	return &traits[op->kind];
}
