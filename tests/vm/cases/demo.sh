# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The story that tests/demo shows, and a test that it is true, and that its record is.
# soak-kernels: 6.1
# record: 6.12 tests/golden/demo.cast

good=$modules/good/99.1/vmxnet3.ko

# told CODE COMMAND...: show the command, run it before the viewer's eyes, and check its exit code.
told()
{
	told_code=$1
	shift
	printf '\n\033[1m# %s\033[0m\n' "$*" >/dev/console
	"$@" >/dev/console 2>&1 </dev/null
	told_status=$?
	[ "$told_code" = 0 ] || echo "(exit code $told_status)" >/dev/console
	same "$1 $2 ends with $told_code" "$told_code" "$told_status"
}

say() { printf '\n\033[36m%s\033[0m\n' "$*" >/dev/console; }

version() { ethtool -i eth0 | sed -n '1,2p'; }

check "the network comes up" net_up
stock=$(nic_version eth0)
cd "${good%/*}" || exit 1

say "A guest with an emulated vmxnet3 NIC, and its only network runs over it."
told 0 version
say "What would a swap do? Nothing is touched by a dry run."
told 0 drvswap -n vmxnet3 ./vmxnet3.ko
say "The swap, while a ping runs every 50 ms."
ping -i 0.05 "$(gateway4)" >/tmp/ping 2>&1 &
ping=$!
told 0 drvswap vmxnet3 ./vmxnet3.ko
kill -INT $ping
wait $ping
told 0 grep 'packets transmitted' /tmp/ping
told 0 version
same "the new driver reports its version" 99.1.0.0-test-NAPI "$(nic_version eth0)"
check "the network answers" answers

say "A file that this kernel would not take is refused before anything is touched."
told 3 drvswap -q vmxnet3 "$modules/broken/crc/vmxnet3.ko"
say "A driver that loads, but has no link: rolled back, and the rollback is verified."
told 4 drvswap --timeout=10 vmxnet3 "$modules/bad/no-carrier/vmxnet3.ko"
told 0 version
same "the driver from before is back" 99.1.0.0-test-NAPI "$(nic_version eth0)"

say "And back to where we came from."
told 0 drvswap -q rollback
told 0 version
told 0 drvswap history
same "the distribution's driver is back" "$stock" "$(nic_version eth0)"
check "the network answers" answers
