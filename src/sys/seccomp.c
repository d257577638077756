/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A list this short needs no library: one comparison for each call that is allowed. Numbers come
 * from the machine's own headers, and a call that a machine does not have is not in its list.
 */

#include "seccomp.h"

#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What the kernel calls the machine that this is compiled for; none: no filter. */
#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define MACHINE AUDIT_ARCH_I386
#elif defined(__aarch64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__ARM_EABI__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define MACHINE AUDIT_ARCH_ARM
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define MACHINE AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define MACHINE AUDIT_ARCH_PPC64
#elif defined(__s390x__)
#define MACHINE AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined(__loongarch_lp64) && defined(AUDIT_ARCH_LOONGARCH64)
#define MACHINE AUDIT_ARCH_LOONGARCH64
#endif

#ifdef MACHINE

static const unsigned int allowed[] = {
	SYS_read,
	SYS_write,
	SYS_close,
	SYS_munmap,
	SYS_mremap,
	SYS_brk,
	SYS_madvise,
	SYS_futex,
	SYS_exit,
	SYS_exit_group,
	SYS_rt_sigreturn,
	SYS_restart_syscall,
	SYS_getrandom,
#ifdef SYS_recvmsg
	SYS_recvmsg,
#endif
	/* For where they are no vDSO calls. */
	SYS_clock_gettime,
	SYS_gettimeofday,
#ifdef SYS_clock_gettime64
	SYS_clock_gettime64,
#endif
#ifdef SYS_futex_time64
	SYS_futex_time64,
#endif
#if DS_IS_SANITIZED
	SYS_openat,
	SYS_readlinkat,
	SYS_newfstatat,
	SYS_fstat,
	SYS_lseek,
	SYS_fcntl,
	SYS_sigaltstack,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_sched_yield,
	SYS_getpid,
	SYS_gettid,
	SYS_getppid,
	SYS_getrlimit,
	SYS_prlimit64,
#ifdef SYS_open
	SYS_open,
	SYS_readlink,
	SYS_stat,
#endif
#endif
};

/* Allowed unless their third argument has PROT_EXEC in it. */
static const unsigned int mapping[] = {
#ifdef SYS_mmap
	SYS_mmap,
#endif
#ifdef SYS_mmap2
	SYS_mmap2,
#endif
	SYS_mprotect,
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct program {
	struct sock_filter code[16 + 2 * COUNT(allowed) + 5 * COUNT(mapping)];
	unsigned short length;
};

static void add(struct program *program, int code, unsigned int value, int if_true, int if_false)
{
	program->code[program->length++] = (struct sock_filter)BPF_JUMP(
		(unsigned short)code, value, (unsigned char)if_true, (unsigned char)if_false);
}

#define ADD_LOAD(program, member)                                                                  \
	add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member), 0, 0)
#define ADD_RETURN(program, value) add(program, BPF_RET | BPF_K, value, 0, 0)

#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

/* Arguments are 64 bits wide on every machine; flags are in the lower half. */
#define LOW_HALF (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0)

static void add_argument(struct program *program, int number)
{
	add(program, BPF_LD | BPF_W | BPF_ABS,
		(unsigned int)offsetof(struct seccomp_data, args) + 8 * (unsigned int)number +
			LOW_HALF,
		0, 0);
}

static void make(struct program *program)
{
	/* 32-bit calls of a 64-bit machine have other numbers: none of them. */
	ADD_LOAD(program, arch);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
	ADD_RETURN(program, REFUSE);
	ADD_LOAD(program, nr);
	for (size_t i = 0; i < COUNT(allowed); i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		ADD_RETURN(program, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < COUNT(mapping); i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, mapping[i], 0, 4);
		add_argument(program, 2);
		add(program, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
		ADD_RETURN(program, REFUSE);
		ADD_RETURN(program, SECCOMP_RET_ALLOW);
	}
#ifdef SYS_socketcall
	/* i386: glibc comes this way. 17 is SYS_RECVMSG of linux/net.h. */
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socketcall, 0, 3);
	add_argument(program, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 1);
	ADD_RETURN(program, SECCOMP_RET_ALLOW);
#endif
	ADD_RETURN(program, REFUSE);
}

/* A kernel without CONFIG_SECCOMP_FILTER says EINVAL to everything, another one wants to read it.
 */
static bool has_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
}

int sys_seccomp_enter(struct ds_error *error)
{
	struct program program = {.length = 0};
	struct sock_fprog filter = {.filter = program.code};

	make(&program);
	filter.len = program.length;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0)
		return 0;
	ds_error_set(error, -errno, "seccomp filter: %s", strerror(errno));
	return error->code == -EINVAL && !has_filters() ? 0 : error->code;
}

#else

int sys_seccomp_enter(struct ds_error *error)
{
	(void)error;
	return 0;
}

#endif
