/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_BPF_H
#define SYS_BPF_H

/* Programs and links of BPF by their numbers: what needs no library. */

#include <stdint.h>

/* An open descriptor, which keeps the program alive; or -errno. */
int sys_bpf_program_open(uint32_t id);

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
