# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every system call, every error: what a process does to itself, what it waits for, and the programs it starts. The reader of
# module files gives up its privileges here. See errors-tools/lib.sh.
# timeout: 2400
# files: tests/vm/cases/errors-tools/lib.sh:/ds/errors.sh
# labels: vm soak

# shellcheck source=errors-tools/lib.sh
. /ds/errors.sh
check "a module is installed and runs" plain_victim
all_errors setgroups,setresgid,setresuid,capset,prctl,prlimit64,close_range,execve,pidfd_open,setpgid,rt_sigtimedwait,getrandom \
	"$(ds_argument budget | grep . || echo 2100)"
