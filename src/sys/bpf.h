/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_BPF_H
#define SYS_BPF_H

/* Programs and links of BPF by their numbers: what needs no library. */

#include <stdint.h>

/* An open descriptor, which keeps the program alive; or -errno. */
int sys_bpf_program_open(uint32_t id);

/*
 * Under a name in a mounted bpf file system a program outlives whoever holds it. -EEXIST: something
 * has that name; -EPERM: that is no such file system, or we may not.
 */
int sys_bpf_pin(int fd, const char *path);

/* What holds a program on a link of the network until its owner goes. */
struct sys_bpf_link {
	uint32_t id;
	uint32_t ifindex;
	uint32_t program;
	const char *what; /* "XDP program" */
};

/*
 * Each such link of the host, until visit returns other than 0, which is returned. -EPERM: we may
 * not look.
 */
int sys_bpf_links_each(int (*visit)(const struct sys_bpf_link *link, void *context), void *context);

#endif
