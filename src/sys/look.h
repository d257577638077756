/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_LOOK_H
#define SYS_LOOK_H

/* The parts of a snapshot. Each fills in its members of the host and needs those before it. */

#include "sys.h"

struct kmod_ctx;

/* Release (NULL: that of the kernel that runs), machine, policy, our privileges, keys. */
int sys_look_kernel(const char *release, struct ds_host *host, struct ds_error *error);

/* State, references, options, identity, parameters; the path that modprobe would load. */
int sys_look_module(
	struct kmod_ctx *kmod, const char *name, struct ds_host *host, struct ds_error *error);

/* The modules that use it, in the order in which they must be unloaded. */
int sys_look_holders(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error);

/* The installed file, .new, .old, the original; the directory they lie in. Pins the images. */
int sys_look_files(struct sys *sys, struct ds_host *host, struct ds_error *error);

/* The candidate that the request names. Pins its image. */
int sys_look_candidate(struct sys *sys, const struct ds_request *request, struct ds_host *host,
	struct ds_error *error);

/* What the candidate depends on, and what it imports compared with what is in force. */
int sys_look_dependencies(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error);
int sys_look_symbols(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error);

/* vermagic of a module that this kernel has loaded. Needs the files. */
int sys_look_vermagic(struct kmod_ctx *kmod, struct ds_host *host, struct ds_error *error);

/* Reads the image of a module's file for its facts alone. */
int sys_look_image(const char *path, struct ds_image *ret_image, struct ds_error *error);

#endif
