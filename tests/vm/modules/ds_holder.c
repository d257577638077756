// SPDX-License-Identifier: GPL-2.0-only
/* A module that holds ds_base by importing a symbol of it. */
#include <linux/module.h>

int ds_base_answer(int question);

static int answer;
module_param(answer, int, 0444);
MODULE_PARM_DESC(answer, "what ds_base made of the question");

static int __init ds_holder_init(void)
{
	answer = ds_base_answer(41);
	return 0;
}
module_init(ds_holder_init);

static void __exit ds_holder_exit(void)
{
}
module_exit(ds_holder_exit);

MODULE_DESCRIPTION("drvswap test: imports a symbol of ds_base");
MODULE_VERSION(VERSION);
MODULE_LICENSE("GPL");
