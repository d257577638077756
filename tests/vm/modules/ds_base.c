// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that another one (ds_holder) imports a symbol from: VERSION names the build, OTHER_CRC gives the
 * symbol another signature, and so another checksum, NO_SYMBOL leaves it out.
 */
#include <linux/module.h>

#ifndef NO_SYMBOL
#ifdef OTHER_CRC
typedef long ds_base_number;
#else
typedef int ds_base_number;
#endif

ds_base_number ds_base_answer(ds_base_number question);

ds_base_number ds_base_answer(ds_base_number question)
{
	return question + 1;
}
EXPORT_SYMBOL_GPL(ds_base_answer);
#endif

static int __init ds_base_init(void)
{
	return 0;
}
module_init(ds_base_init);

static void __exit ds_base_exit(void)
{
}
module_exit(ds_base_exit);

MODULE_DESCRIPTION("drvswap test: exports a symbol");
MODULE_VERSION(VERSION);
MODULE_LICENSE("GPL");
