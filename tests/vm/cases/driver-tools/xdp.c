// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaches an XDP program of a few instructions in the driver itself, for as long as it runs.
 *
 *	xdp DEVICE pass|drop|tx|abort SECONDS
 *	xdp DEVICE redirect SECONDS TARGET-DEVICE
 *
 * tx and redirect answer in the simplest way: the frame as it is.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int die(const char *what)
{
	fprintf(stderr, "xdp: %s: %s\n", what, strerror(errno));
	return 1;
}

static int load(const struct bpf_insn *insns, unsigned int count)
{
	static char log[4096];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)insns,
		.insn_cnt = count,
		.license = (unsigned long)"GPL",
		.log_buf = (unsigned long)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd = (int)bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		fprintf(stderr, "%s", log);
	return fd;
}

#define MOVE(reg, value) {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (value)}
#define CALL(helper)     {.code = BPF_JMP | BPF_CALL, .imm = (helper)}
#define EXIT             {.code = BPF_JMP | BPF_EXIT}

static int load_verdict(int verdict)
{
	struct bpf_insn insns[] = {MOVE(BPF_REG_0, verdict), EXIT};

	return load(insns, 2);
}

static int load_redirect(const char *target)
{
	struct bpf_insn insns[] = {
		MOVE(BPF_REG_1, (int)if_nametoindex(target)), MOVE(BPF_REG_2, 0), CALL(BPF_FUNC_redirect), EXIT};

	return load(insns, 4);
}

int main(int argc, char **argv)
{
	static const char *const verdicts[] = {"abort", "drop", "pass", "tx"};
	union bpf_attr attr = {.link_create = {.attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE}};
	int prog = -1;

	if (argc == 5 && strcmp(argv[2], "redirect") == 0)
		prog = load_redirect(argv[4]);
	for (int i = 0; argc == 4 && i < 4; i++)
		if (strcmp(argv[2], verdicts[i]) == 0)
			prog = load_verdict(i);
	if (prog < 0)
		return die("program");
	attr.link_create.prog_fd = (unsigned int)prog;
	attr.link_create.target_ifindex = if_nametoindex(argv[1]);
	if (bpf(BPF_LINK_CREATE, &attr) < 0)
		return die("attach");
	printf("attached\n");
	fflush(stdout);
	sleep((unsigned int)atoi(argv[3]));
	return 0;
}
