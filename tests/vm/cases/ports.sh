# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A NIC comes back to where it belonged: a port of a team, a member of a VRF with its own table. The packet socket of a program
# is told before, with its owner.
# soak-kernels: 6.12
# timeout: 300
# nics: 3
# modules: team team_mode_roundrobin vrf 8021q
# files: build/vm/net/hold:usr/bin/hold

check "the network comes up" net_up
modprobe -a team vrf 8021q
good=$modules/good

observed()
{
	within 5 ds_no_tentative
	for ds_link in eth0 eth1 eth2 eth2.9 team0 blue; do
		echo "== $ds_link"
		ip -j -p -d link show dev "$ds_link"
		ip -j -p addr show dev "$ds_link"
	done | grep -Ev '"(ifindex|[a-z_]*life_time|[a-z_]*_timer|link_index|parent_index|promiscuity|allmulti)":'
	for ds_what in 'route show table all' '-6 route show table all' rule '-6 rule'; do
		# shellcheck disable=SC2086
		ip -d $ds_what | sort
	done
}
master_of() { ip -j link show dev "$1" | sed -n 's/.*"master":"\([^"]*\)".*/\1/p'; }

section "where they belong"
check "a team" ip link add team0 type team
ip link set eth1 down
check "its port" ip link set eth1 master team0
ip link set eth1 up
ip link set team0 up
ip addr add 198.18.1.1/24 dev team0
ip route add 10.1.0.0/16 via 198.18.1.9
check "a VRF" ip link add blue type vrf table 100
ip link set blue up
check "the NIC is in it" ip link set eth2 master blue
ip addr replace "$(address4 2)/24" dev eth2
ip addr replace "$(address6 2)/64" dev eth2 nodad
check "a route of its table" ip route add default via "$(gateway4 2)" vrf blue
ip -6 route add default via "$(gateway6 2)" vrf blue
ip link add link eth2 name eth2.9 type vlan id 9
ip link set eth2.9 master blue
ip link set eth2.9 up
ip addr add 198.18.9.1/24 dev eth2.9
ip route add 10.9.0.0/16 via 198.18.9.9 vrf blue
in_vrf() { ip vrf exec blue ping -q -c 2 -W 1 "$1" || ping -q -c 2 -W 1 -I blue "$1"; }
check "the gateway answers in the VRF" in_vrf "$(gateway4 2)"
hold packet eth0 >/tmp/held 2>&1 &
holder=$!
check_within 5 "a packet socket" grep -q held /tmp/held

section "there and back"
look_before
check_exit 0 "the preview" drvswap -n vmxnet3 "$good/99.1/vmxnet3.ko"
out_has "not-restored: the packet socket of hold \\($holder\\) on eth0" "who has the packet socket"
out_has 'not-restored: the team port options of eth1' "the options of the team's port"
out_lacks 'links-depend' "nothing depends that could not be made again"
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
kill $holder
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth1)"
same "the team has its port" team0 "$(master_of eth1)"
same "the VRF has its NIC" blue "$(master_of eth2)"
check "the gateway answers in the VRF" in_vrf "$(gateway4 2)"
looks_as_before "swap: links, addresses, routes as before"
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after the rollback: as before"
check "the network answers" answers
check "and in the VRF" in_vrf "$(gateway4 2)"
