/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_LOSSES_H
#define SYS_NET_LOSSES_H

#include "net_settings.h"

/*
 * *ret_losses: what goes with the driver and stays away, each in words that begin with "the";
 * *ret_blockers: why a link must not go at all. -ENOMEM.
 */
int sys_losses_look(const struct sys_setting_look *look, ds_strings *ret_losses,
	ds_strings *ret_blockers, struct ds_error *error);

#endif
