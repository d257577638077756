/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

static int call(int command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

/* The kernel opens them with O_CLOEXEC. */
int sys_bpf_program_open(uint32_t id)
{
	union bpf_attr attr = {.prog_id = id};

	return call(BPF_PROG_GET_FD_BY_ID, &attr);
}

int sys_bpf_pin(int fd, const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd};

	return call(BPF_OBJ_PIN, &attr);
}

/* Kinds whose first word is the interface's index; the later ones are newer than some headers. */
static const struct {
	uint32_t type;
	const char *what;
} kinds[] = {
	{BPF_LINK_TYPE_XDP, "XDP program"},
	{11 /* BPF_LINK_TYPE_TCX, 6.6 */, "tcx program"},
};

static const char *kind_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return kinds[i].what;
	return NULL;
}

/* 0: not one of a network link, or gone meanwhile. */
static int link_read(uint32_t id, struct sys_bpf_link *ret_link)
{
	struct bpf_link_info info = {0};
	union bpf_attr attr = {.link_id = id};
	cleanup_close int fd = call(BPF_LINK_GET_FD_BY_ID, &attr);
	const char *what;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (call(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return 0;
	what = kind_of(info.type);
	*ret_link = (struct sys_bpf_link){id, info.xdp.ifindex, info.prog_id, what};
	return what ? 1 : 0;
}

int sys_bpf_links_each(int (*visit)(const struct sys_bpf_link *link, void *context), void *context)
{
	union bpf_attr attr = {0};
	int code;

	while ((code = call(BPF_LINK_GET_NEXT_ID, &attr)) == 0) {
		uint32_t id = attr.next_id;
		struct sys_bpf_link link;

		code = link_read(id, &link);
		if (code > 0)
			code = visit(&link, context);
		if (code != 0)
			return code;
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
	}
	return code == -EPERM ? code : 0; /* ENOENT: that was all. EINVAL: before 5.8 */
}
