# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What somebody set on a link itself, on an address or on a route comes back: each thing that iproute2 can set and show,
# after a swap and after a swap that failed.
# soak-kernels: 6.1
# timeout: 700
# nics: 4
# modules: mpls_router openvswitch
# files: build/vm/net/ovs:usr/bin/ovs

check "the network comes up" net_up
good=$modules/good

# By iproute2, without indexes, counters, and lifetimes that run.
observed()
{
	within 5 ds_no_tentative
	for ds_link in lo eth0 eth1 eth2 eth3; do
		echo "== $ds_link"
		ip -j -p -d link show dev $ds_link
		ip -j -p -d addr show dev $ds_link
	done | grep -Ev '"(ifindex|[a-z_]*life_time|[a-z_]*_timer|promiscuity|allmulti)":'
	for ds_family in -4 -6; do
		ip $ds_family -j -d route show table all | sed 's/},{"type"/}\
{"type"/g; s/"expires":[0-9]*/"expires":N/g' | tr -d '[]' | sort
		ip $ds_family rule
	done
}

section "what a link is told"
ip link set eth1 down
ip link set eth1 address 02:0a:00:00:00:01 alias "the second one" group 7 txqueuelen 333 mtu 1400
ip link set eth1 promisc on
ip link set eth1 allmulticast on
ip link property add dev eth1 altname second altname a-name-longer-than-fifteen-bytes
ip link set eth2 down
ip link set eth2 addrgenmode none promisc on
ip link set eth3 down
ip link set eth3 addrgenmode stable_secret 2>/dev/null || ip link set eth3 addrgenmode random
ip link set eth3 allmulticast on
for l in eth1 eth2 eth3; do
	check "$l goes up" ip link set $l up
done
check_within 10 "the second has carrier" has_carrier eth1
check_within 10 "the third has carrier" has_carrier eth2

section "addresses"
# Each line alone may stand in the way of the rest: what is refused is seen at once.
set -e
ip addr add 198.18.1.1/24 dev eth1 label eth1:one metric 300
ip addr add 198.18.1.2/24 dev eth1
ip addr add 198.18.2.1 peer 198.18.2.9/32 dev eth1
ip addr add 198.18.3.1/24 dev eth1 noprefixroute
ip addr add 198.18.4.1/24 dev eth1 scope link
ip addr add 198.18.5.1/24 dev eth1 valid_lft 9000 preferred_lft 6000
ip addr add 2001:db8:15::1/64 dev eth1 nodad
ip addr add 2001:db8:16::1/64 dev eth1 nodad valid_lft 9000 preferred_lft 6000
ip addr add 2001:db8:12::1 peer 2001:db8:12::9/128 dev eth1 nodad
ip addr add 2001:db8:13::1/64 dev eth1 nodad noprefixroute
ip addr add 2001:db8:14::1/64 dev eth1 nodad metric 300
ip addr add 198.18.9.1/24 brd + dev eth2
ip addr add 2001:db8:19::1/64 dev eth2 nodad

section "routes"
ip route add 10.1.0.0/16 via 198.18.1.254 mtu lock 1300 advmss 1200
ip route add 10.2.0.0/16 dev lo src 198.18.1.2
ip route add 10.3.0.0/16 via 203.0.113.9 dev eth1 onlink
ip route add 10.4.0.0/16 via inet6 fe80::9 dev eth1
ip route add 10.5.0.0/16 tos 0x10 via 198.18.1.254
ip route add 10.6.0.0/16 via 198.18.1.254 proto kernel
ip route add 10.7.0.0/16 dev eth1 proto kernel scope link
ip route add 198.18.1.0/24 dev eth1 proto kernel scope link metric 301
ip route add 10.8.0.0/16 via 198.18.1.254 table 77 metric 9
ip route add 10.8.0.0/16 via 198.18.9.254 table 77 metric 10
ip route add 10.9.0.0/16 via 198.18.1.254 src 198.18.5.1 realm 3/4
ip route add 10.10.0.0/16 nexthop via 198.18.1.254 weight 2 realm 5/6 nexthop via 198.18.9.254 weight 3 realm 7 nexthop via 198.18.1.253 onlink dev eth1
ip route add prohibit 10.11.0.0/16 src 198.18.1.1
ip route add 10.12.0.0/16 via 198.18.1.254 initcwnd 20 window 9000 rto_min 30 quickack 1 hoplimit 9
ip route add local 10.13.0.0/16 dev eth1
ip route add default via 198.18.1.254 table 77 proto static
ip route add 2001:db8:a1::/48 nexthop via 2001:db8:15::8 weight 2 nexthop via 2001:db8:19::8 weight 5
ip route add 2001:db8:a2::/48 via 2001:db8:15::8 table 78 metric 5 mtu 1340
ip route add 2001:db8:a3::/48 via fe80::9 dev eth1 proto kernel
ip route add 2001:db8:a4::/48 via 2001:db8:15::8 src 2001:db8:12::1
ip -6 route add 2001:db8:a5::/48 via 2001:db8:15::8 expires 9000
ip -6 route add 2001:db8:a6::/48 dev eth1 proto kernel
ip -6 route add 2001:db8:15::/64 dev eth1 proto kernel metric 512
ip -6 route add 2001:db8:a7::/48 via 2001:db8:15::8 pref high
ip -6 route add default via 2001:db8:15::8 table 78
ip rule add to 10.0.0.0/8 lookup 77
ip -6 rule add to 2001:db8:a2::/48 lookup 78
set +e
check_within 10 "the third is up in all eyes" grep -qx up /sys/class/net/eth2/operstate
check_within 10 "the fourth is up in all eyes" ds_settled eth3
check_within 10 "the second is up in all eyes" ds_settled eth1

# What runs down has gone on running.
seconds_of() { ip -o addr show dev eth1 | sed -n "s,.* $1/.*valid_lft \([0-9]*\)sec.*,\1,p"; }
aged()
{
	for a in 198.18.5.1 2001:db8:16::1; do
		ds_left=$(seconds_of $a)
		check "$1: $a has less time than before ($ds_left s)" [ "${ds_left:-9000}" -lt 9000 ]
		check "$1: $a has not lost it" [ "${ds_left:-0}" -gt 3000 ]
	done
	check_out 'expires [1-8][0-9]{3}sec' "$1: a route has less time than before" ip -6 route show 2001:db8:a5::/48
}

section "there and back"
look_before
check_exit 0 "swap" drvswap --json vmxnet3 "$good/99.1/vmxnet3.ko"
out_is_json "its report is JSON"
for n in mac mtu txqlen group alias altnames promisc allmulti addr-gen-mode; do
	json_has "^outcome\.verdict\.facts\.[0-9]+\.name=$n\$" "which tells of $n"
done
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth1)"
looks_as_before "swap: all as before"
aged swap
check_exit 4 "a driver whose probe fails" drvswap vmxnet3 "$modules/bad/probe-fails/vmxnet3.ko"
looks_as_before "after the rollback: all as before"
aged "rolled back"
check_exit 4 "a driver without carrier" drvswap --timeout=30 vmxnet3 "$modules/bad/no-carrier/vmxnet3.ko"
looks_as_before "after a driver without carrier: all as before"
check_exit 0 "rollback" drvswap rollback vmxnet3
looks_as_before "rollback: all as before"
check "the network answers" answers

section "what is lost is said"
modprobe mpls_router
sysctl -qw net.mpls.platform_labels=1000 net.mpls.conf.eth0.input=1
check "an MPLS route" ip -f mpls route add 100 via inet "$(gateway4)" dev eth0
warns not-restored "MPLS" vmxnet3 "$good/99.1/vmxnet3.ko"
out_has 'the MPLS routes over its links will be gone' "in words"
ip -f mpls route del 100

section "a port of Open vSwitch"
# Its daemon, which is not there, would add the port again as soon as it saw it; rtnetlink cannot.
ip link set eth3 down
ip addr flush dev eth3
ip link set eth3 up
check_within 10 "the NIC is up in all eyes" ds_settled eth3
modprobe openvswitch
check "a datapath" ovs dp0 eth3
same "it is the master" dp0 "$(ip -j link show dev eth3 | sed -n 's/.*"master":"\([^"]*\)".*/\1/p')"
check_exit 0 "swap" drvswap vmxnet3 "$good/99.2/vmxnet3.ko"
same "the new driver runs" 99.2.0.0-test-NAPI "$(nic_version eth3)"
err_has 'not-restored: the port eth3 of Open vSwitch, until that adds it again, will be gone' "the port was named as lost"
check_exit 0 "without it" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
