# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What hangs on the NICs beyond addresses and routes comes back: sysctls, ethtool's settings, bridge ports with VLANs and
# static entries and groups, neighbours, limits, queues, interrupts.
# cpus: 2
# soak-kernels: 6.12
# timeout: 400
# nics: 2
# modules: bridge sch_htb sch_tbf sch_ingress cls_matchall act_gact act_mirred

check "the network comes up" net_up
modprobe bridge
good=$modules/good

# By the programs of others. Statistics, and bits that say what the link does and not how it was set, are left out.
observed()
{
	within 5 ds_no_tentative
	for ds_nic in eth0 eth1; do
		for ds_option in -k -g -c -a -l; do
			echo "== $ds_nic $ds_option"
			ethtool --json $ds_option $ds_nic 2>/dev/null || ethtool $ds_option $ds_nic 2>&1
		done
		ethtool $ds_nic | grep -i 'wake-on\|auto-neg'
		grep -s . /sys/class/net/$ds_nic/queues/*/[rx]ps_* /sys/class/net/$ds_nic/gro_flush_timeout \
			/sys/class/net/$ds_nic/napi_defer_hard_irqs /sys/class/net/$ds_nic/threaded
		for ds_irq in /sys/class/net/$ds_nic/device/msi_irqs/*; do
			cat "/proc/irq/${ds_irq##*/}/smp_affinity_list"
		done
	done
	grep -rs . /proc/sys/net/ipv[46]/conf/eth* /proc/sys/net/ipv[46]/neigh/eth* | grep -v stable_secret
	for ds_nic in eth0 eth1; do
		ip -j -p -d link show dev $ds_nic | grep -Ev '"(ifindex|promiscuity|allmulti|[a-z_]*_timer)":'
		bridge -j -p -d vlan show dev $ds_nic
		bridge vlan tunnelshow dev $ds_nic
		bridge fdb show dev $ds_nic | grep -v '^01:\|^33:33:' | grep 'static\|self' | sort
	done
	bridge mdb show | grep permanent | sort
	ip neigh show nud permanent | sort
	ip neigh show nud noarp | grep 02:00:00:00:00:09 | sort
	ip neigh show proxy
	ip maddr show dev eth0 | grep static
	ip -6 neigh show proxy
	tc qdisc show dev eth0 | sed 's/ direct_packets_stat [0-9]*//' # a counter
	tc class show dev eth0 | sort
	tc qdisc show dev eth1
	tc filter show dev eth1 ingress
}

section "settings of all kinds"
sysctl -qw net.ipv4.conf.eth0.rp_filter=2 net.ipv4.conf.eth0.arp_ignore=3 net.ipv4.conf.eth0.forwarding=1 \
	net.ipv6.conf.eth0.accept_ra=0 net.ipv6.conf.eth0.use_tempaddr=1 net.ipv4.neigh.eth0.gc_stale_time=2222 \
	net.ipv6.neigh.eth1.retrans_time_ms=1500 net.ipv6.conf.eth1.dad_transmits=2
check "rings" ethtool -G eth0 rx 512 tx 256
check "features" ethtool -K eth0 tso off gro off
ethtool -K eth0 rx off
ethtool -C eth1 adaptive-rx off
ethtool -s eth0 wol g
ip link set eth0 gso_max_size 40000 gso_max_segs 30
ip link set eth0 gro_max_size 50000
ip neigh add 192.0.2.99 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
ip neigh add 2001:db8::99 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
ip neigh add 192.0.2.97 lladdr 02:00:00:00:00:09 dev eth0 nud noarp
ip neigh add 2001:db8::97 lladdr 02:00:00:00:00:09 dev eth0 nud noarp
ip neigh add proxy 192.0.2.98 dev eth0
check "a group of the link layer" ip maddr add 01:80:c2:00:00:0e dev eth0
ip neigh add proxy 2001:db8::98 dev eth0
ip link add br0 type bridge vlan_filtering 1
ip link set br0 up
ip link set eth1 master br0
ip link set eth1 type bridge_slave cost 77 priority 9 hairpin on isolated on flood off
bridge vlan del dev eth1 vid 1
bridge vlan add dev eth1 vid 5 pvid untagged
bridge vlan add dev eth1 vid 2-4
check "a trunk: one by one they fit no message" bridge vlan add dev eth1 vid 6-4094
check "a VLAN that is closed" bridge vlan set dev eth1 vid 5 state blocking
check "and some with a router" bridge vlan set dev eth1 vid 10-12 mcast_router 2
ip link set eth1 type bridge_slave vlan_tunnel on
check "VLANs of a tunnel" bridge vlan add dev eth1 vid 100-103 tunnel_info id 1000-1003
check "a static entry" bridge fdb add 02:00:00:00:00:44 dev eth1 master static vlan 5
check "a static group" bridge mdb add dev br0 port eth1 grp 239.1.1.1 permanent vid 5
bridge mdb add dev br0 port eth1 grp 239.1.1.1 src 192.0.2.7 permanent vid 5
bridge mdb add dev br0 port eth1 grp ff15::7 permanent vid 6
bridge mdb add dev br0 port eth1 grp 01:00:5e:00:00:99 permanent vid 7
modprobe -a sch_htb sch_tbf sch_ingress cls_matchall act_gact act_mirred
check "a tree of classes" tc qdisc add dev eth0 root handle 1: htb default 20
tc class add dev eth0 parent 1: classid 1:1 htb rate 100mbit burst 30k
tc class add dev eth0 parent 1:1 classid 1:20 htb rate 20mbit ceil 90mbit prio 3
tc qdisc add dev eth0 parent 1:20 handle 9: tbf rate 50mbit burst 20k latency 70ms
tc qdisc add dev eth0 clsact
check "filters that are shared with a link that stays" tc qdisc add dev eth1 ingress_block 22 clsact
tc qdisc add dev br0 ingress_block 22 clsact
tc filter add block 22 matchall action pass
echo 2 >/sys/class/net/eth0/queues/rx-0/rps_cpus
echo 20000 >/sys/class/net/eth0/gro_flush_timeout
echo 3 >/sys/class/net/eth0/napi_defer_hard_irqs
set -- /sys/class/net/eth0/device/msi_irqs/*
echo 1 >"/proc/irq/${1##*/}/smp_affinity_list"
within 10 ds_settled eth0

# The owner of eth1 is done with it, as its file says: what we put back ourselves must not be taken for a loss, again and again.
mkdir -p /run/network
echo eth1=eth1 >/run/network/ifstate
owners_ms() { sed -n 's/^ *\([0-9]*\) ms  trial   wait until the owners.*/\1/p' "$ds_err"; }

section "there and back"
look_before
check_exit 0 "swap" drvswap --json vmxnet3 "$good/99.1/vmxnet3.ko"
took_ms=$(owners_ms)
out_is_json "its report is JSON"
json_has '^outcome\.verdict\.facts\.[0-9]+\.came_back=restored$' "which says what was restored"
json_has '^outcome\.verdict\.facts\.[0-9]+\.came_back=by-itself$' "and what came by itself"
check "waiting for the owner of a port with all VLANs ends when it is quiet" [ "$took_ms" -lt 5000 ]
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth0)"
looks_as_before "swap: every setting as before"
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after the rollback: every setting as before"
check "the network answers" answers

section "what will be lost is said before"
check "a filter" tc filter add dev eth0 ingress matchall action drop
warns not-restored "a tc filter" vmxnet3 "$good/99.2/vmxnet3.ko"
out_has 'the tc filters of eth0 will be gone' "in words"
tc filter del dev eth0 ingress
check "a filter inside of a tree" tc filter add dev eth0 parent 1:20 matchall action drop
check "one that sends to us" tc filter add dev br0 egress matchall action mirred egress mirror dev eth0 index 77
warns not-restored "other filters" vmxnet3 "$good/99.2/vmxnet3.ko"
out_has 'the tc filters of eth0 at 1:20 will be gone' "those of a class"
out_has 'the target eth0 of the tc action mirred with index 77 will be gone' "and where another link sends"
out_lacks 'the tc filters of eth1' "but none of those that others have, too"
tc filter del dev eth0 parent 1:20
tc filter del dev br0 egress
ip link set br0 down
warns not-restored "groups of a bridge that is down" vmxnet3 "$good/99.2/vmxnet3.ko"
out_has 'the multicast entry 239\.1\.1\.1 vlan 5 of eth1 in br0 \(the bridge is down\) will be gone' "in words"
ip link set br0 up

section "a driver that lacks a feature"
check_exit 4 "with --strict that is a failure" drvswap --strict vmxnet3 "$modules/bad/fewer-features/vmxnet3.ko"
err_has 'ethtool eth[01] features' "and says which"
looks_as_before "after that rollback: every setting as before"
check_exit 0 "without it, a warning" drvswap vmxnet3 "$modules/bad/fewer-features/vmxnet3.ko"
out_has 'ethtool +eth[01] features [a-z0-9-]+: o[nf]+ -> ' "in the report"

section "VLANs whose state a spanning tree has"
ip link set br0 type bridge stp_state 1
warns not-restored "what a spanning tree lets nobody set" vmxnet3 "$good/99.1/vmxnet3.ko"
out_has 'the state of VLAN 5 of eth1 \(its spanning tree sets it\) will be gone' "in words"
