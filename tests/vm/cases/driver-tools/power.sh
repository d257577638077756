# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The machine sleeps and wakes up; the device is pulled out under traffic and put back. /ds/body.sh in the guest.
# shellcheck source=lib.sh
. /ds/driver.sh

gone() { [ ! -e /sys/class/net/eth0 ]; }

# goes_on TEXT: the network as it was, and no error counted.
goes_on()
{
	check_within 15 "$1: the peer answers" reaches "$(gateway4)"
	check "$1: TCP out" traffic push "$(gateway4)" 7 512
	check "$1: TCP in" peer traffic push "$(address4)" 7 512
	no_mistakes "$1"
}

driver_up
section "suspend, as far as the devices"
echo devices >/sys/power/pm_test
for round in 1 2 3; do
	traffic flood "$(gateway4)" 9 4 200 >/dev/null 2>&1 &
	peer traffic flood "$(address4)" 9 4 200 >/dev/null 2>&1 &
	check "suspend $round, under traffic" sh -c 'echo freeze >/sys/power/state'
	goes_on "after suspend $round"
done
check "suspend while it is down" sh -c 'ip link set eth0 down && echo freeze >/sys/power/state'
check "up again" nic_up 0
goes_on "after the suspend while down"
echo none >/sys/power/pm_test

section "suspend to memory: the device loses its power"
echo +5 >/sys/class/rtc/rtc0/wakealarm
check "the machine sleeps and is woken up by its clock" sh -c 'echo mem >/sys/power/state'
goes_on "after the sleep"
check "the MTU is changed after it" set_mtu 9000
check "a frame of 9000 bytes in" peer traffic echo "$(address4)" 7 20 8972
check "and back" set_mtu 1500

section "pulled out"
device="/machine/peripheral-anon/device[0]"
for round in 1 2 3; do
	traffic flood "$(gateway4)" 9 8 200 >/dev/null 2>&1 &
	peer traffic flood "$(address4)" 9 8 200 >/dev/null 2>&1 &
	check "removal $round is asked for" meter monitor "device_del $device"
	check_within 20 "the interface goes" gone
	device=again$round
	check "the device is put back" meter monitor "device_add vmxnet3,netdev=nic0,mac=$(nic_mac 0),romfile=,id=$device"
	check_within 20 "the interface comes" test -e /sys/class/net/eth0
	check "the network comes up" nic_up 0
	ethtool -K eth0 tso off
	goes_on "after removal $round"
done
check "the driver unloads" rmmod vmxnet3
