# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every system call, every error: calls on files. See errors-tools/lib.sh.
# timeout: 5400
# files: tests/vm/cases/errors-tools/lib.sh:/ds/errors.sh
# labels: vm soak

# shellcheck source=errors-tools/lib.sh
. /ds/errors.sh
check "a module is installed and runs" plain_victim
all_errors renameat2,renameat,linkat,unlinkat,unlink,mkdir,mkdirat,fsync,fdatasync,ftruncate,write,writev,pwrite64,pread64,mmap,fchmod,fchown,memfd_create,openat,read,newfstatat,fcntl,lseek,flistxattr,fgetxattr,statfs,getdents64,readlink,faccessat2,access,fsetxattr,syncfs \
	"$(ds_argument budget | grep . || echo 4800)"
