/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_SYS_BUNDLED_H
#define DRVSWAP_SYS_BUNDLED_H

#include "drvswap/host.h"

/*
 * The bundled driver of host->module.name that was built for host->kernel.release: a file that
 * was installed with drvswap, else the newest version in DKMS's build tree, where `dkms build`
 * leaves it without making it live. Allocated; NULL where there is none.
 */
int sys_bundled_path(const struct ds_host *host, char **ret_path, struct ds_error *error);

#endif
