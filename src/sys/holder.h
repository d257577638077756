/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_HOLDER_H
#define SYS_HOLDER_H

/*
 * Which process has a thing of the kernel open: by /proc, which shows others only to those who may
 * look into them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* "dhclient (711)"; "a program": none that we may see. */
void sys_socket_holder(unsigned long inode, char *ret_text, size_t size);

/* The same for a character device; false: nobody that we may see. */
bool sys_device_holder(dev_t device, char *ret_text, size_t size);

/* The same for a bpf_link; false: none, it may be pinned in a file system. */
bool sys_bpf_link_holder(uint32_t id, char *ret_text, size_t size);

#endif
