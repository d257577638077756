# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every system call, every error: calls on netlink, and on modules that drive a device. See errors-tools/lib.sh.
# timeout: 5400
# files: tests/vm/cases/errors-tools/lib.sh:/ds/errors.sh
# labels: vm soak

# shellcheck source=errors-tools/lib.sh
. /ds/errors.sh
check "the network comes up" net_up
victim=vmxnet3
new=$modules/good/99.1/vmxnet3.ko
installed=$(installed_file vmxnet3)
old_id=$(module_build_id vmxnet3)
new_id=$(file_build_id "$new")
# shellcheck disable=SC2317 # called by its name
is_reachable() { reaches "$(gateway4)"; }
# shellcheck disable=SC2317 # called by its name
reset()
{
	if [ "$(module_build_id vmxnet3 2>/dev/null)" != "$old_id" ]; then
		drvswap -q rollback --original vmxnet3 >/tmp/reset 2>&1 || cat /tmp/reset
	fi
	rm -rf "$installed.new" "$installed.old" $state
	# After what went wrong.
	is_reachable >/dev/null || nic_up 0 >/tmp/reset 2>&1 || cat /tmp/reset
}
all_errors socket,bind,getsockname,setsockopt,sendto,sendmsg,recvmsg,recvfrom,ioctl,finit_module,delete_module,poll \
	"$(ds_argument budget | grep . || echo 4800)"
