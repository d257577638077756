# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every system call, every error: the way into another network namespace and back. The NIC is in one, with a VLAN on it. See
# errors-tools/lib.sh.
# timeout: 1800
# files: tests/vm/cases/errors-tools/lib.sh:/ds/errors.sh
# modules: 8021q
# labels: vm soak

# shellcheck source=errors-tools/lib.sh
. /ds/errors.sh
blue() { ip -n blue "$@"; }
blue_reaches() { ip netns exec blue ping -q -c 1 -W 1 "$(gateway4)"; }
# shellcheck disable=SC2317 # called by its name
is_reachable() { blue_reaches || blue_reaches || blue_reaches; }
blue_up()
{
	[ ! -e /sys/class/net/eth0 ] || ip link set eth0 netns blue || return 1
	blue addr replace "$(address4)/24" dev eth0
	blue link set eth0 up
	blue link show eth0.7 >/dev/null 2>&1 || blue link add link eth0 name eth0.7 type vlan id 7
	blue link set eth0.7 up
	blue addr replace 198.18.7.1/24 dev eth0.7
	within 10 is_reachable
}
check "there is a peer" peer_up
modprobe -a vmxnet3 8021q
check "the NIC is there" within 10 bound 1
ip netns add blue
check "the NIC works in another namespace" blue_up
victim=vmxnet3
new=$modules/good/99.1/vmxnet3.ko
installed=$(installed_file vmxnet3)
old_id=$(module_build_id vmxnet3)
new_id=$(file_build_id "$new")
# shellcheck disable=SC2317 # called by its name
reset()
{
	if [ "$(module_build_id vmxnet3 2>/dev/null)" != "$old_id" ]; then
		drvswap -q rollback --original vmxnet3 >/tmp/reset 2>&1 || cat /tmp/reset
	fi
	rm -rf "$installed.new" "$installed.old" $state
	# After what went wrong.
	is_reachable >/dev/null || blue_up >/tmp/reset 2>&1 || cat /tmp/reset
}
all_errors setns,unshare,mount,umount2 \
	"$(ds_argument budget | grep . || echo 1500)"
