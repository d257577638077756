# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Segmentation and checksums by the device, over taps that carry them to the peer as they are; /ds/body.sh in the guest.
# shellcheck source=lib.sh
. /ds/driver.sh

driver_up
for what in tx-checksumming scatter-gather tcp-segmentation-offload; do
	check_out "^$what: on" "$what can be had" sh -c "ethtool -K eth0 tx on sg on tso on; ethtool -k eth0"
done

# counts NAME TEXT COMMAND...: the command succeeds, and the counter of queue 0 or 1 grows.
counts()
{
	ds_name=$1
	shift
	ds_before=$(($(counter "tx0_$ds_name") + $(counter "tx1_$ds_name")))
	check "$@"
	[ $(($(counter "tx0_$ds_name") + $(counter "tx1_$ds_name"))) -gt $ds_before ]
	ds_result $? "$1: $ds_name was counted"
}

for mtu in 1500 9000; do
	section "MTU $mtu"
	check "MTU $mtu" set_mtu $mtu
	counts tso_packets "TSO over IPv4" traffic push "$(gateway4)" 7 8192
	counts tso_packets "TSO over IPv6" traffic push "$(gateway6)" 7 8192
	counts csum_packets "checksums of datagrams" traffic echo "$(gateway4)" 7 50 1000
	counts csum_packets "checksums of datagrams over IPv6" traffic echo "$(gateway6)" 7 50 1000
	check "TCP/IPv4 in" peer traffic push "$(address4)" 7 4096
	check "TCP/IPv6 in" peer traffic push "$(address6)" 7 4096
done
[ "$(counter rx0_csum_packets)" -gt 0 ]
ds_result $? "the device has verified checksums ($(counter rx0_csum_packets))"

section "with a VLAN tag, inserted by the device and by software"
modprobe 8021q
ip link add link eth0 name eth0.5 type vlan id 5
ip addr add 10.5.0.1/24 dev eth0.5
ip link set eth0.5 up
peer ip link add link wire0 name wire0.5 type vlan id 5
peer ip addr add 10.5.0.2/24 dev wire0.5
peer ip link set wire0.5 up
for how in on off; do
	ethtool -K eth0 txvlan $how rxvlan $how
	check_within 5 "txvlan $how: the peer answers" reaches 10.5.0.2
	counts tso_packets "txvlan $how: TSO" traffic push 10.5.0.2 7 4096
	check "txvlan $how: TCP in" peer traffic push 10.5.0.1 7 2048
done

section "without"
check "no TSO" ethtool -K eth0 tso off
check "TCP without TSO" traffic push "$(gateway4)" 7 2048
check "no checksums" ethtool -K eth0 tx off
check "TCP without any offload" traffic push "$(gateway4)" 7 2048
check "no scatter-gather" ethtool -K eth0 sg off
check "TCP in one piece" traffic push "$(gateway4)" 7 2048
no_mistakes "the end"
check "the driver unloads" rmmod vmxnet3
