# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# XDP in the bundled driver: each verdict does what it says and is counted.
# cpus: 2
# timeout: 240
# labels: vm soak
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic build/vm/driver/xdp:usr/bin/xdp tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
driver_up

has_xdp() { ip link show dev "$1" | grep -q 'xdp'; }
# with DEVICE VERDICT [TARGET]: attach, for as long as detach is not called.
with()
{
	xdp "$1" "$2" 100 ${3:+"$3"} >/dev/null &
	program=$!
	check_within 5 "$2: the program is attached to $1" has_xdp "$1"
}

detach()
{
	kill "$program"
	wait "$program"
	check_within 5 "and detached from $1" eval "! has_xdp $1"
}

with eth0 pass
check "pass: TCP in" peer traffic push "$(address4)" 7 1024
check "pass: TCP out" traffic push "$(gateway4)" 7 1024
check "pass: counted" has_counted rx0_xdp_pass 100
check_not "an MTU that needs two buffers is refused" ip link set eth0 mtu 9000
check "rings can be changed" ethtool -G eth0 rx 256
check "and the peer answers" reaches "$(gateway4)"
detach eth0

with eth0 drop
check_not "drop: nobody answers" peer ping -c 2 -W 1 "$(address4)"
check "drop: counted" has_counted rx0_xdp_drop 2
check "drop: with its bytes" has_counted rx0_xdp_bytes 196
[ "$(cat /sys/class/net/eth0/statistics/rx_bytes)" -ge "$(($(counter rx0_bytes) + $(counter rx0_xdp_bytes)))" ]
ds_result $? "drop: they are in the statistics of the interface"
detach eth0
check_within 5 "the peer answers again" reaches "$(gateway4)"

peer ip neigh replace "$(address4)" lladdr "$(nic_mac 0)" nud permanent dev wire0
# the frames go back as they are, with our address as their destination
peer ip link set wire0 promisc on
with eth0 tx
before=$(peer cat /sys/class/net/wire0/statistics/rx_packets)
peer ping -c 5 -i 0.2 -W 1 "$(address4)" >/dev/null
check "tx: counted" has_counted rx0_xdp_tx 5
check "tx: and sent" has_counted tx0_xdp_tx 5
check "tx: with its bytes" has_counted tx0_xdp_bytes 490
[ "$(($(peer cat /sys/class/net/wire0/statistics/rx_packets) - before))" -ge 5 ]
ds_result $? "tx: the peer gets its frames back"
detach eth0

# A program sees the tag, and sends it along. A VLAN on our side, or the device would drop it.
ip link add link eth0 name eth0.9 type vlan id 9
ip link set eth0.9 up
peer ip link add link wire0 name wire0.9 type vlan id 9
peer ip link set wire0.9 up
peer ip addr add 198.18.9.2/24 dev wire0.9
peer ip neigh replace 198.18.9.1 lladdr "$(nic_mac 0)" nud permanent dev wire0.9
peer ip link set wire0.9 promisc on
tags_are() { ethtool -k eth0 | grep -q "rx-vlan-offload: $1"; }
check "without a program tags are taken out" tags_are on
with eth0 tx
check "with one they are left in" tags_are off
before=$(peer cat /sys/class/net/wire0.9/statistics/rx_packets)
peer ping -c 5 -i 0.2 -W 1 198.18.9.1 >/dev/null
[ "$(($(peer cat /sys/class/net/wire0.9/statistics/rx_packets) - before))" -ge 5 ]
ds_result $? "tx: tagged frames come back tagged"
detach eth0
check "and taken out again without it" tags_are on
peer ip link del wire0.9
ip link del eth0.9

ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
with v1 pass
inner=$program
with eth0 redirect v0
before=$(cat /sys/class/net/v1/statistics/rx_packets)
peer ping -c 5 -i 0.2 -W 1 "$(address4)" >/dev/null
check "redirect: counted" has_counted rx0_xdp_redirect 5
[ "$(($(cat /sys/class/net/v1/statistics/rx_packets) - before))" -ge 5 ]
ds_result $? "redirect: the other device gets the frames"
detach eth0
kill "$inner"
wait "$inner"
check_within 5 "v1 is free" eval "! has_xdp v1"

with v1 redirect eth0
ip addr add 10.77.0.1/24 dev v0
ip neigh add 10.77.0.2 lladdr "$(wire_mac 0)" dev v0
before=$(peer cat /sys/class/net/wire0/statistics/rx_packets)
ping -c 5 -i 0.2 -W 1 10.77.0.2 >/dev/null
sent=$(($(counter tx0_xdp_xmit) + $(counter tx1_xdp_xmit)))
[ "$sent" -ge 5 ]
ds_result $? "redirect to us: counted ($sent)"
[ "$(($(peer cat /sys/class/net/wire0/statistics/rx_packets) - before))" -ge 5 ]
ds_result $? "redirect to us: the peer gets the frames"
detach v1

with eth0 abort
peer ping -c 2 -W 1 "$(address4)" >/dev/null
check "abort: counted" has_counted rx0_xdp_aborted 2
detach eth0
check "MTU 9000 without a program" ip link set eth0 mtu 9000
check_not "no program with MTU 9000" xdp eth0 pass 1
check "MTU 1500" ip link set eth0 mtu 1500
check_within 5 "the peer answers" reaches "$(gateway4)"
check "the driver unloads" rmmod vmxnet3
