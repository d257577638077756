# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every system call, every error: calls on modules, and between processes. See errors-tools/lib.sh.
# timeout: 1800
# files: tests/vm/cases/errors-tools/lib.sh:/ds/errors.sh
# labels: vm soak

# shellcheck source=errors-tools/lib.sh
. /ds/errors.sh
check "a module is installed and runs" plain_victim
all_errors finit_module,delete_module,clone,clone3,vfork,pipe2,socketpair,sendmsg,recvmsg,recvfrom,poll,wait4,dup2,setsid,chdir,kill,bind,listen,socket,connect,signalfd4 \
	"$(ds_argument budget | grep . || echo 1500)"
