# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The traffic that must go well with every kind of interrupt, processor count and way of DMA; /ds/body.sh in the guest.
# shellcheck source=lib.sh
. /ds/driver.sh

driver_up
check "ethtool -i works" ethtool -i eth0
out_has '^driver: vmxnet3$' "the driver is vmxnet3"
out_has '^version: 2\.0\.0$' "with a version of its own"
same "sysfs says the same version" 2.0.0 "$(module_version vmxnet3)"

section "interrupts: $driver_parameters"
grep eth0 /proc/interrupts >/tmp/interrupts
lines=$(wc -l </tmp/interrupts)
case $driver_parameters in
*=msix) [ "$lines" -ge 3 ] && grep -q MSI /tmp/interrupts ;;
*=msi) [ "$lines" -eq 1 ] && grep -q MSI /tmp/interrupts ;;
*=intx) [ "$lines" -eq 1 ] && grep -q IO-APIC /tmp/interrupts ;;
esac
ds_result $? "they are of that kind" || ds_explain /tmp/interrupts

section "traffic"
traffic_both_ways "MTU 1500"
check "MTU 9000" set_mtu 9000
traffic_both_ways "MTU 9000"
check "a frame of 9000 bytes out" traffic echo "$(gateway4)" 7 20 8972
check "a frame of 9000 bytes in" peer traffic echo "$(address4)" 7 20 8972
check "MTU 4000" set_mtu 4000
check "a frame of 4000 bytes in" peer traffic echo "$(address4)" 7 20 3972
check "MTU 68" ip link set eth0 mtu 68
check "MTU 1500" set_mtu 1500
ip addr replace "$(address6)/64" dev eth0 nodad
no_mistakes "traffic"

section "VLANs"
modprobe 8021q
ip link add link eth0 name eth0.5 type vlan id 5
ip addr add 10.5.0.1/24 dev eth0.5
ip link set eth0.5 up
peer ip link add link wire0 name wire0.5 type vlan id 5
peer ip addr add 10.5.0.2/24 dev wire0.5
peer ip link set wire0.5 up
for how in "rxvlan on txvlan on" "rxvlan off" "txvlan off" "rx-vlan-filter off" "rx-vlan-filter on rxvlan on txvlan on"; do
	# shellcheck disable=SC2086
	check "VLAN: $how" ethtool -K eth0 $how
	check_within 5 "VLAN: the peer answers" reaches 10.5.0.2
	check "VLAN: TCP out" traffic push 10.5.0.2 7 256
	check "VLAN: TCP in" peer traffic push 10.5.0.1 7 256
done
check "down and up again" sh -c "ip link set eth0 down && ip link set eth0 up && ip link set eth0.5 up"
check_within 5 "the VLAN filter is still there" reaches 10.5.0.2
ip link del eth0.5

section "link"
changes=$(cat /sys/class/net/eth0/carrier_changes)
traffic push "$(gateway4)" 7 4096 >/dev/null 2>&1 &
flapped=$!
flap()
{
	meter monitor "set_link nic0 off" && within 5 eval "! has_carrier eth0" &&
		meter monitor "set_link nic0 on" && within 5 has_carrier eth0
}

flap && flap && flap && flap && flap
same "the link goes and comes five times" $((changes + 10)) "$(cat /sys/class/net/eth0/carrier_changes)"
check "what was sent meanwhile arrives" wait $flapped
check_within 10 "the peer answers" reaches "$(gateway4)"

section "filters"
ip route add 239.0.0.0/8 dev eth0
peer ip route add 239.0.0.0/8 dev wire0
for group in 239.1.2.3 ff05::1:3; do
	traffic join $group 99 eth0 20 &
	receiver=$!
	sleep 1
	peer traffic cast $group 99 wire0 5
	wait $receiver
	ds_result $? "a member of $group receives"
done
check_not "who is no member of 239.1.2.4 does not" sh -c "traffic join 239.1.2.4 99 lo 2 & sleep 0.5; ip netns exec peer traffic cast 239.1.2.4 99 wire0 5; wait \$!"
before=$(counter rx0_packets)
peer ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev wire0
peer ping -c 3 -W 1 192.0.2.77 >/dev/null
foreign=$(($(counter rx0_packets) - before))
ip link set eth0 promisc on
before=$(counter rx0_packets)
peer ping -c 3 -W 1 192.0.2.77 >/dev/null
promiscuous=$(($(counter rx0_packets) - before))
ip link set eth0 promisc off
[ "$promiscuous" -ge $((foreign + 3)) ]
ds_result $? "frames for others come in promiscuous mode only ($foreign, then $promiscuous)"
check "another MAC address" ip link set eth0 address 52:54:00:11:22:33
check_within 5 "it answers" reaches "$(gateway4)"
check "down and up again" sh -c "ip link set eth0 down && ip link set eth0 up"
check_within 5 "it still answers" reaches "$(gateway4)"
check_not "a multicast address is refused" ip link set eth0 address 01:00:5e:00:00:01
check "the factory's address" ip link set eth0 address "$(nic_mac 0)"
no_mistakes "the end"

section "interrupts come one by one"
# Where the driver has to mask them itself, none comes while the one before is still being worked on.
set -- /sys/kernel/debug/0000:*/needless_irqs
needless=$(cat "$1")
all=$(awk '$NF ~ /^eth0-/ { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum }' /proc/interrupts)
case $driver_parameters in
mask_mode=*) [ $((needless * 50)) -le "$all" ] ;;
esac
ds_result $? "hardly any was needless ($needless of $all)"
check "the driver unloads" rmmod vmxnet3
