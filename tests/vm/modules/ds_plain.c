// SPDX-License-Identifier: GPL-2.0-only
/* A module that drives nothing: VERSION names the build, NO_PARAM leaves the parameter out, NO_EXIT the way out. */
#include <linux/module.h>

#ifndef NO_PARAM
static char *greeting = "hello";
module_param(greeting, charp, 0444);
MODULE_PARM_DESC(greeting, "what to say");

static int level = 1;
module_param(level, int, 0644);
MODULE_PARM_DESC(level, "a number that may change while the module is loaded");
#endif

static int __init ds_plain_init(void)
{
	pr_info("ds_plain: version " VERSION "\n");
	return 0;
}
module_init(ds_plain_init);

#ifndef NO_EXIT
static void __exit ds_plain_exit(void)
{
}
module_exit(ds_plain_exit);
#endif

MODULE_DESCRIPTION("drvswap test: a module without a device");
MODULE_VERSION(VERSION);
MODULE_LICENSE("GPL");
