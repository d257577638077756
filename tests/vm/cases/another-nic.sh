# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Another NIC than vmxnet3, by the distribution's own driver of it, has settings that vmxnet3 has not: flow control, coalescing,
# a forced speed. They come back. That its clock is in use is said before.
# soak-kernels: 6.12
# timeout: 300
# device: e1000e
# files: build/vm/net/@KERNEL@/e1000e.ko:ds/e1000e.ko

nic_there() { [ -e /sys/class/net/eth0 ]; }
check "the peer is there" peer_up
check "the driver of the distribution" modprobe e1000e
check_within 10 "the NIC is there" nic_there
check "it comes up" nic_up 0
check "the gateway answers" answers

# By a program of others; what the other end says is left out.
observed()
{
	within 5 ds_no_tentative
	for ds_option in -a -c -g -k --show-priv-flags; do
		echo "== $ds_option"
		ethtool $ds_option eth0 2>&1
	done
	ethtool eth0 | sed '/Link partner/,/Speed:/{/Speed:/!d}'
}
speed_is() { ethtool eth0 | grep -q "$1"; }
runs_build() { same "$1" "$2" "$(module_build_id e1000e)"; }

section "settings"
stock=$(module_build_id e1000e)
installed=$(installed_file e1000e)
check "flow control" ethtool -A eth0 autoneg off rx off tx on
check "coalescing" ethtool -C eth0 rx-usecs 77
check "rings" ethtool -G eth0 rx 512 tx 1024
check "a forced speed" ethtool -s eth0 autoneg off speed 100 duplex full
check_within 10 "the link has it" speed_is 'Speed: 100Mb/s'
check_within 10 "the gateway answers" answers
look_before

section "there and back"
check_exit 0 "swap" drvswap --json e1000e /ds/e1000e.ko
out_is_json "its report is JSON"
runs_build "the other build runs" "64727673${stock#????????}"
looks_as_before "swap: every setting as before"
cp "$installed.old" "/tmp/ds/e1000e$suffix"
check_exit 4 "a swap that fails" drvswap --expect-version=7 e1000e "/tmp/ds/e1000e$suffix"
looks_as_before "after the rollback: every setting as before"
check_exit 0 "back" drvswap rollback e1000e
runs_build "the distribution's runs" "$stock"
looks_as_before "every setting as before"
check "the gateway answers" answers

section "its clock"
sleep 1000 7</dev/ptp0 &
clock_holder=$!
warns not-restored "a clock that a program has open" e1000e /ds/e1000e.ko
out_has "the clock ptp0 of eth0 that [a-z]+ \\($clock_holder\\) has open will be gone" "in words"
kill $clock_holder
