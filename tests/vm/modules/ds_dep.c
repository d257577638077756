// SPDX-License-Identifier: GPL-2.0-only
/* What version 2 of ds_needy needs and version 1 does not. */
#include <linux/module.h>

int ds_dep_value(void);

int ds_dep_value(void)
{
	return 7;
}
EXPORT_SYMBOL_GPL(ds_dep_value);

MODULE_DESCRIPTION("drvswap test: a dependency that is new in the next version");
MODULE_LICENSE("GPL");
