# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What lies on the NICs comes back: VLANs, macvlan, ipvlan, vxlan, several levels, and membership in bond, bridge and VRF. Tunnels
# are bound to them again.
# soak-kernels: 6.1
# timeout: 400
# nics: 5
# modules: 8021q macvlan macvtap ipvlan ipvtap vxlan bonding bridge vrf dummy macsec ip_gre ipip sit ip_vti ip6_gre ip6_tunnel

check "the network comes up" net_up
modprobe -a 8021q macvlan macvtap ipvlan ipvtap vxlan bridge vrf
modprobe bonding max_bonds=0
good=$modules/good

# What compares: all that iproute2's programs say, link by link, for their order is that of the indexes; without indexes,
# counters, timers that run, and the groups that listeners join.
observed()
{
	within 5 ds_no_tentative
	for ds_link in /sys/class/net/*; do
		[ -e "$ds_link/ifindex" ] || continue
		ds_link=${ds_link##*/}
		echo "== $ds_link"
		ip -j -p -d link show dev "$ds_link"
		ip -j -p -d addr show dev "$ds_link"
		bridge -j -p -d vlan show dev "$ds_link"
		grep -s . "/sys/class/net/$ds_link"/queues/rx-*/rps_*
		# What somebody set. A bridge's entry for its own address stands with it or with its port.
		bridge fdb show dev "$ds_link" | grep -v '^01:\|^33:33:' | grep 'static\|self' | sort
	done | grep -Ev '"(ifindex|[a-z_]*life_time|[a-z_]*_timer|link_index|parent_index|promiscuity|allmulti|link_failure_count)":'
	for ds_what in 'route show table all' '-6 route show table all' rule '-6 rule' nexthop; do
		# shellcheck disable=SC2086
		ip -d $ds_what | sed 's, unbalanced_time [0-9.]*,,' | sort
	done
}

section "on the first NIC"
ip link add link eth0 name eth0.5 type vlan id 5 reorder_hdr on ingress-qos-map 1:2 egress-qos-map 3:4
ip link add link eth0.5 name qinq type vlan id 6 protocol 802.1ad
ip link add link eth0 name mv0 address 02:00:00:00:00:01 type macvlan mode bridge
ip link add link qinq name mvq type macvlan mode private
ip link add link eth0 name mvs type macvlan mode source
ip link set mvs type macvlan macaddr set 02:00:00:00:00:22 02:00:00:00:00:23
ip link add vx0 type vxlan id 42 dev eth0 group 239.1.2.3 dstport 4789 ttl 5 local "$(address4)"
ip link add link eth0 name mvt0 type macvtap mode bridge
ip link set eth0.5 mtu 1400 alias "the fifth" group 3
ip link set mv0 txqueuelen 77
for l in eth0.5 qinq mv0 mvq vx0 mvt0; do
	ip link set "$l" up
done
echo 1 >/sys/class/net/eth0.5/queues/rx-0/rps_cpus
echo 4096 >/sys/class/net/mv0/queues/rx-0/rps_flow_cnt
check "a macvlan's receiving is steered" grep -q 4096 /sys/class/net/mv0/queues/rx-0/rps_flow_cnt
bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.55
bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.56 port 4790 vni 43
bridge fdb add 02:00:00:00:00:66 dev vx0 dst 192.0.2.57
ip addr add 198.18.5.1/24 dev eth0.5
ip addr add 2001:db8:5::1/64 dev eth0.5 nodad
ip addr add 198.18.6.1/24 dev qinq
ip addr add 198.18.7.1/24 dev mvq
ip route add 10.1.0.0/16 via 198.18.5.254
ip route add 10.2.0.0/16 via 198.18.6.254 table 77 metric 5
ip route add 2001:db8:77::/48 via 2001:db8:5::fe
ip route add 10.3.0.0/16 nexthop via 198.18.5.9 weight 2 nexthop via 198.18.6.9
ip nexthop add id 9 via 198.18.5.8 dev eth0.5
ip nexthop add id 10 via 198.18.6.8 dev qinq
ip nexthop add id 11 group 9,3/10,2
ip route add 10.4.0.0/16 nhid 11
ip route add 10.5.0.0/16 nhid 9
ip nexthop add id 21 group 9/10 type resilient buckets 8
ip route add 10.9.0.0/16 nhid 21

section "on the others"
ip link add blue type vrf table 100
ip link set blue up
ip link add link eth1 name eth1.7 type vlan id 7
ip link set eth1.7 master blue
ip link set eth1.7 up
ip addr add 198.18.17.1/24 dev eth1.7
ip route add 10.6.0.0/16 via 198.18.17.9 table 100
ip link add link eth1 name iv0 type ipvlan mode l2
ip link set iv0 up
ip addr add 198.18.18.1/24 dev iv0
ip link add link eth1 name ivt0 type ipvtap mode l2
ip link set ivt0 up
ip link add bond0 type bond mode active-backup miimon 100
ip link set eth2 down
ip link set eth2 master bond0
ip link set bond0 up
ip link add link bond0 name bond0.9 type vlan id 9
ip link set bond0.9 up
ip addr add 198.18.9.1/24 dev bond0.9
ip link add bond1 type bond mode active-backup miimon 100
for l in eth3 eth4; do
	ip link set $l down
	ip link set $l master bond1
done
ip link set bond1 type bond primary eth4
ip link set eth3 type bond_slave queue_id 2
ip link set bond1 up
ip addr add 198.18.20.1/24 dev bond1
ip link add br0 type bridge vlan_filtering 1
ip link set br0 up
ip link set mv0 master br0
ip link set qinq up
for l in bond0.9 bond1 br0; do
	check_within 10 "$l has carrier" has_carrier $l
done
# Objects that the kernel takes away when the link has no carrier, although the link stays.
ip nexthop add id 20 via 198.18.9.8 dev bond0.9
ip route add 10.8.0.0/16 nhid 20
ip nexthop add id 22 group 9/20 type resilient buckets 4 idle_timer 60
ip route add 10.10.0.0/16 nhid 22
ip addr add 198.18.21.1/24 dev br0
ip nexthop add id 23 via 198.18.21.8 dev br0
ip route add 10.11.0.0/16 nhid 23
ip addr add 2001:db8:9::1/64 dev bond0.9 nodad
ip nexthop add id 24 via 2001:db8:9::8 dev bond0.9
ip route add 2001:db8:78::/48 nhid 24
ip nexthop add id 25 blackhole
ip nexthop add id 26 group 20/23
ip route add 10.12.0.0/16 nhid 26
ip -br link

section "tunnels, which stay, but know the NIC by its index"
modprobe -a ip_gre ipip sit ip_vti ip6_gre ip6_tunnel
check "GRE" ip link add gre1 type gre local "$(address4)" remote "$(gateway4)" ttl 9 key 5 dev eth0
ip link add gret1 type gretap local "$(address4)" remote 192.0.2.9 dev eth0
ip link add ipip1 type ipip local "$(address4)" remote "$(gateway4)" dev eth0
ip link add sit1 type sit local "$(address4)" remote "$(gateway4)" ttl 7 dev eth0
ip link add vti1 type vti local "$(address4)" remote "$(gateway4)" key 3 dev eth0
ip link add gre6 type ip6gre local "$(address6)" remote "$(gateway6)" hoplimit 9 dev eth0
ip link add tnl6 type ip6tnl local "$(address6)" remote "$(gateway6)" mode ipip6 dev eth0
ip link add gre5 type gre local 198.18.5.1 remote 198.18.5.2 dev eth0.5
ip link set gret1 mtu 1300
for l in gre1 gret1 ipip1 sit1 vti1 gre6 tnl6 gre5; do
	ip link set $l up
done
ip addr add 198.18.30.1/24 dev gre1
ip route add 10.30.0.0/16 via 198.18.30.9
# What it sends into the tunnel is on its way.
carries()
{
	ds_before=$(cat /sys/class/net/gre1/statistics/tx_packets)
	ping -q -c 1 -W 1 198.18.30.9
	[ "$(cat /sys/class/net/gre1/statistics/tx_packets)" -gt "$ds_before" ]
}
check "the tunnel carries" carries

section "there and back"
look_before
check_exit 0 "the preview" drvswap -n vmxnet3 "$good/99.1/vmxnet3.ko"
out_lacks 'links-depend' "nothing depends that could not be made again"
out_has 'restore the network of eth0, eth1, eth2, eth3, eth4 and the [0-9]+ links on top' "the plan says what it will bring back"
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth0)"
looks_as_before "swap: all links, addresses, routes, nexthops as before"
check "the tunnel carries" carries
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after the rollback: as before"
check "the network answers" answers

section "a bond with a MAC of its own"
# As whoever makes it before it has ports gives it: without them the kernel would take the next port's.
ip link set bond0 address 02:0b:0d:00:00:01
look_before
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after the rollback: as before"
same "its port has that MAC" 02:0b:0d:00:00:01 "$(cat /sys/class/net/eth2/address)"

section "what cannot be made again"
check "MACsec on a VLAN" ip link add link eth0.5 name ms0 type macsec
refuses refuse links-depend "MACsec, whose keys nobody sees" vmxnet3 "$good/99.2/vmxnet3.ko"
