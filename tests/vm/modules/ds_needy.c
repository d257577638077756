// SPDX-License-Identifier: GPL-2.0-only
/* A module whose next version (NEEDS_DEP) needs a module that the running one does not. */
#include <linux/module.h>

#ifdef NEEDS_DEP
int ds_dep_value(void);
#endif

static int value;
module_param(value, int, 0444);
MODULE_PARM_DESC(value, "7 where ds_dep was asked");

static int __init ds_needy_init(void)
{
#ifdef NEEDS_DEP
	value = ds_dep_value();
#endif
	return 0;
}
module_init(ds_needy_init);

static void __exit ds_needy_exit(void)
{
}
module_exit(ds_needy_exit);

MODULE_DESCRIPTION("drvswap test: gains a dependency");
MODULE_VERSION(VERSION);
MODULE_LICENSE("GPL");
