/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_PACKAGES_H
#define SYS_PACKAGES_H

/* Who else changes modules, indexes or initramfs images: package managers and their helpers. */

#include "drvswap/host.h"
#include "sys.h"

/*
 * Adds to ret_at_work who is at it now ("apt-get (process 812) holds /var/lib/dpkg/lock"), and to
 * ret_locks the lock files that can be held against them. Not to be called while they are held: a
 * lock of this kind is lost with any descriptor that its process closes. 0 or -ENOMEM.
 */
int sys_packages_look(ds_strings *ret_at_work, ds_strings *ret_locks);

/* Holds the lock file until this process ends. */
int sys_packages_hold(struct sys *sys, const char *path, struct ds_error *error);

/* Lets go of it before that. */
void sys_packages_release(struct sys *sys, const char *path);

#endif
