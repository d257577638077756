# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Somebody else resets the device: the administrator, through sysfs, and the kernel, after errors of the bus. The device is
# alone behind a port of PCI Express, whose reset is the only one that QEMU's device has. /ds/body.sh in the guest.
# shellcheck source=lib.sh
. /ds/driver.sh

# goes_on TEXT: the network as it was, and no error counted.
goes_on()
{
	check_within 15 "$1: the peer answers" reaches "$(gateway4)"
	check "$1: TCP out" traffic push "$(gateway4)" 7 512
	check "$1: TCP in" peer traffic push "$(address4)" 7 512
	no_mistakes "$1"
}

# under_traffic: both ways, for some seconds from now.
under_traffic()
{
	traffic flood "$(gateway4)" 9 4 200 >/dev/null 2>&1 &
	peer traffic flood "$(address4)" 9 4 200 >/dev/null 2>&1 &
}

driver_up
device=$(readlink -f /sys/class/net/eth0/device)
index=$(cat /sys/class/net/eth0/ifindex)
echo "$device" | grep -q '/0000:00:[0-9a-f.]*/0000:'
ds_result $? "the device is behind a port ($device)"
reset() { echo 1 >"$device/reset"; }

section "by the administrator"
check_out '^bus$' "the reset of the bus is the one there is" cat "$device/reset_method"
for round in 1 2 3; do
	under_traffic
	check "reset $round, under traffic" reset
	goes_on "after reset $round"
done

section "what is set stays"
check "MTU 9000" set_mtu 9000
check "rings" ethtool -G eth0 rx 256 tx 128 rx-jumbo 128
check "another address" ip link set eth0 address 52:54:00:11:22:33
check "interrupts for what is sent" ethtool -C eth0 tx-usecs 0
settings() { ip -o link show eth0 | sed 's/qlen.*link/link/'; ethtool -g eth0; ethtool -c eth0; ethtool -k eth0; ethtool -l eth0; ethtool -x eth0; }
before=$(settings)
check "TCP out" traffic push "$(gateway4)" 7 512
sent=$(($(counter tx0_hw_ucast_packets) + $(counter tx1_hw_ucast_packets)))
check "reset" reset
now=$(($(counter tx0_hw_ucast_packets) + $(counter tx1_hw_ucast_packets)))
[ $now -ge $sent ]
ds_result $? "the device's counters do not go back ($sent, then $now)"
goes_on "after the reset"
same "all settings are as before" "$before" "$(settings)"
check "frames of 9000 bytes out" traffic echo "$(gateway4)" 7 10 8972
check "frames of 9000 bytes in" peer traffic echo "$(address4)" 7 10 8972
check "MTU 1500" set_mtu 1500
check "the factory's address" ip link set eth0 address "$(nic_mac 0)"
check_within 10 "the peer answers" reaches "$(gateway4)"

section "while it is down, and while it seems to hang"
check "down" ip link set eth0 down
check "reset" reset
check "up" nic_up 0
goes_on "after the reset while down"
set -- /sys/kernel/debug/0000:*/swallow_doorbells
echo Y >"$1"
ping -c 1 -W 1 "$(gateway4)" >/dev/null
check "reset of a device that swallows what is sent" reset
goes_on "after the reset of the hanging device"

section "the device does not come back at once"
echo 2 >"${1%/*}/refuse_activations"
check "reset" reset
kernel_says 'the device does not come back, trying again every 2 seconds' "the log says so"
check_within 20 "the retries bring it back" reaches "$(gateway4)"
kernel_says 'the device is back' "and the log says that, too"
same "two tries have failed" 2 "$(counter reset_failures)"
check "TCP out" traffic push "$(gateway4)" 7 512
check "TCP in" peer traffic push "$(address4)" 7 512

# recoveries N: the kernel has said so often that it recovered from an error.
recoveries() { [ "$(dmesg | grep -c 'AER: device recovery successful')" -ge "$1" ]; }

section "after errors of the bus"
for round in 1 2; do
	under_traffic
	check "an error that is fatal" meter monitor "pcie_aer_inject_error port0 DLP"
	check_within 20 "the kernel recovers from it" recoveries $((2 * round - 1))
	check_within 15 "the peer answers" reaches "$(gateway4)"
	check "TCP out" traffic push "$(gateway4)" 7 512
	check "TCP in" peer traffic push "$(address4)" 7 512
	under_traffic
	check "an error that is not" meter monitor "pcie_aer_inject_error port0 COMP_TIME"
	check_within 20 "the kernel recovers from it" recoveries $((2 * round))
	check_within 15 "the peer answers" reaches "$(gateway4)"
	check "TCP out" traffic push "$(gateway4)" 7 512
	check "TCP in" peer traffic push "$(address4)" 7 512
done
check "down" ip link set eth0 down
check "a fatal error while it is down" meter monitor "pcie_aer_inject_error port0 DLP"
check_within 20 "the kernel recovers from it" recoveries 5
check "up" nic_up 0
check_within 15 "the peer answers" reaches "$(gateway4)"
same "no other reset has failed" 2 "$(counter reset_failures)"
same "the interface is the same one" "$index" "$(cat /sys/class/net/eth0/ifindex)"
check "the driver unloads" rmmod vmxnet3
