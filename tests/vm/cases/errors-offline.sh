# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every system call, every error, of an installation for a kernel that does not run: files, depmod, journal, and a tenth of the
# time. See errors-tools/lib.sh.
# timeout: 2400
# files: tests/vm/cases/errors-tools/lib.sh:/ds/errors.sh
# labels: vm soak

# shellcheck source=errors-tools/lib.sh
. /ds/errors.sh
other=$release-other
old=$(installed_file vmxnet3)
installed=/lib/modules/$other/${old#"/lib/modules/$release/"}
mkdir -p "${installed%/*}"
cp "/lib/modules/$release"/modules.order "/lib/modules/$release"/modules.builtin* "/lib/modules/$other/"
cp "$old" "$installed"
check "a second kernel is installed" depmod -a "$other"
cp -a "/lib/modules/$other" /tmp/other
victim=vmxnet3
new=$modules/good/99.1/vmxnet3.ko
options="$options --kernel=$other"
# shellcheck disable=SC2317 # called by its name
reset()
{
	rm -rf "/lib/modules/$other" $state
	cp -a /tmp/other "/lib/modules/$other"
}
all_errors renameat2,renameat,linkat,unlinkat,mkdir,mkdirat,fsync,fdatasync,ftruncate,write,writev,pwrite64,fchmod,fchown,memfd_create,clone,clone3,vfork,pipe2,socketpair,sendmsg,poll,wait4,openat,read,newfstatat,fcntl,getdents64,readlink,syncfs \
	"$(ds_argument budget | grep . || echo 2100)"
