/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmod.h"

#include <errno.h>
#include <libkmod.h>
#include <stdarg.h>
#include <stddef.h>

#include "cleanup.h"
#include "drvswap/record.h"

/* Libraries do not log: what matters comes back as an error. */
static void say_nothing(void *data, int priority, const char *file, int line, const char *function,
	const char *format, va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)args;
}

int sys_kmod_open(const char *release, struct kmod_ctx **ret_kmod, struct ds_error *error)
{
	cleanup_free char *directory = NULL;
	struct kmod_ctx *kmod;

	if (release && ds_string_format(&directory, "/lib/modules/%s", release) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	kmod = kmod_new(directory, NULL);
	if (!kmod)
		return ds_error_set(error, -ENOMEM, "libkmod: no context");
	kmod_set_log_fn(kmod, say_nothing, NULL);
	*ret_kmod = kmod;
	return 0;
}
