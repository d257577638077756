# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Links in other network namespaces come back there: a NIC that was moved to one, and what lies on a NIC of ours but was
# moved away, as a container's links are. After a swap, a rollback, a swap that fails, and the death of the worker.
# cpus: 2
# soak-kernels: 6.1 6.12
# timeout: 600
# nics: 3
# modules: 8021q macvlan ipvlan vxlan macsec dummy

check "the network comes up" net_up
modprobe -a 8021q macvlan ipvlan vxlan
good=$modules/good
stock_id=$(module_build_id vmxnet3)

blue() { ip -n blue "$@"; }
green() { ip -n green "$@"; }

# As uppers.sh compares: by programs that are not ours, without indexes, counters and timers.
space_state()
{
	for ds_link in $(ip -n "$1" -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort); do
		echo "== $1 $ds_link"
		ip -n "$1" -j -p -d link show dev "$ds_link"
		ip -n "$1" -j -p -d addr show dev "$ds_link"
		ip netns exec "$1" grep -rs . "/proc/sys/net/ipv4/conf/$ds_link" "/proc/sys/net/ipv6/conf/$ds_link" \
			"/proc/sys/net/ipv4/neigh/$ds_link" | grep -v stable_secret | sort
	done | grep -Ev '"(ifindex|[a-z_]*life_time|[a-z_]*_timer|link_index|parent_index|promiscuity|allmulti)":'
	for ds_what in 'route show table all' '-6 route show table all' 'neigh show nud permanent'; do
		# shellcheck disable=SC2086
		ip -n "$1" -d $ds_what | sort
	done
}
space_tentative() { ! ip -n "$1" -6 addr show tentative | grep -q inet6; }
observed()
{
	for ds_space in blue green; do
		within 5 space_tentative $ds_space
		space_state $ds_space
	done
	within 5 ds_no_tentative
	snapshot_net spaces
	sed 's/@if[0-9]*//' "$ds_dir/spaces.net"
}
blue_answers() { ip netns exec blue ping -q -c 2 -W 2 "$(gateway4 1)"; }
green_answers() { ip netns exec green ping -q -c 2 -W 2 "$(gateway4)"; }
all_answer()
{
	check "$1: our own network answers" answers
	check "$1: the NIC in blue reaches its gateway" blue_answers
	check "$1: the macvlan in green reaches the gateway" green_answers
}

section "a NIC in another namespace"
ip netns add blue
blue link set lo up
ip link set eth1 netns blue
blue link set eth1 mtu 1400 alias "of blue" txqueuelen 77
blue addr add "$(address4 1)/24" dev eth1
blue addr add "$(address6 1)/64" dev eth1 nodad
blue link set eth1 up
blue link add link eth1 name eth1.7 type vlan id 7
blue link set eth1.7 up
blue addr add 198.18.7.1/24 dev eth1.7
within 10 sh -c 'ip -n blue link show eth1 | grep -q LOWER_UP'
blue route add default via "$(gateway4 1)"
blue route add 10.1.0.0/16 via 198.18.7.9
blue -6 route add default via "$(gateway6 1)"
blue neigh add 198.18.7.9 lladdr 02:00:00:00:00:07 dev eth1.7 nud permanent
ip netns exec blue sysctl -qw net.ipv4.conf.eth1.rp_filter=2 net.ipv4.conf.eth1/7.log_martians=1 net.ipv6.conf.eth1.accept_ra=0
check "it answers" within 10 blue_answers

section "what lies on ours"
ip netns add green
green link set lo up
# Made here, with this namespace's numbers, and called there as a link of ours is.
ip link add link eth0 name mv0 type macvlan mode bridge
ip link set mv0 netns green name eth0
ip link add link eth0 name eth0.5 type vlan id 5 egress-qos-map 3:4
ip link set eth0.5 netns green
ip link add iv0 link eth2 type ipvlan mode l2
ip link set iv0 netns green
green link set eth0 up alias "of green" address 02:00:00:00:00:01
green addr add 192.0.2.77/24 dev eth0
green addr add 2001:db8::77/64 dev eth0 nodad
green route add default via "$(gateway4)"
green link set eth0.5 mtu 1300 up
green addr add 198.18.5.1/24 dev eth0.5
green link add link eth0.5 name inner type vlan id 6
green link set inner up
green addr add 198.18.6.1/24 dev inner
green route add 10.2.0.0/16 via 198.18.6.9 table 77
green link set iv0 up
green addr add 192.0.4.77/24 dev iv0
green neigh add 198.18.6.9 lladdr 02:00:00:00:00:06 dev inner nud permanent
ip netns exec green sysctl -qw net.ipv4.conf.eth0/5.rp_filter=2 net.ipv4.conf.eth0.arp_ignore=1
check "it answers" within 10 green_answers
# One that lies on the NIC in blue, and is in the first namespace.
blue link add link eth1 name eth1.9 type vlan id 9
blue link set eth1.9 netns 1
ip link set eth1.9 up
ip addr add 198.18.9.1/24 dev eth1.9
# And one that lies on what has to be made there first.
blue link add link eth1.7 name mv7 type macvlan mode bridge
blue link set mv7 netns 1
ip link set mv7 up
ip addr add 198.18.7.2/24 dev mv7
ip route add 10.3.0.0/16 via 198.18.7.9

section "there and back"
look_before
check_exit 0 "the preview" drvswap -n vmxnet3 "$good/99.1/vmxnet3.ko"
out_lacks 'links-depend|link-elsewhere' "nothing is there that could not be brought back"
out_has 'in netns blue: eth1 and the 1 link on top' "the plan names the NIC in blue"
out_has 'in netns green: the 4 links on top' "and what lies in green"
check_exit 0 "swap" drvswap vmxnet3 "$good/99.1/vmxnet3.ko"
out_has '^ *link +netns blue: eth1: up +\[' "the report names the link in blue"
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth0)"
same "in blue, too" 99.1.0.0-test-NAPI "$(ip netns exec blue ethtool -i eth1 | sed -n 's/^version: //p')"
looks_as_before "swap: all is as it was"
all_answer swap
check_exit 0 "rollback" drvswap rollback
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
looks_as_before "rollback: all is as it was"
all_answer rollback
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
looks_as_before "after a swap that failed: all is as it was"
check_exit 4 "a driver whose link has no carrier" drvswap --timeout=30 vmxnet3 "$modules/bad/no-carrier/vmxnet3.ko"
looks_as_before "after a driver without carrier: all is as it was"
all_answer "after failures"

section "the worker dies between unload and insert"
# The worker makes a pipe for each process that it starts, so it dies before the one that would insert. Whoever comes
# after the dead worker dies as well where it makes as many.
traced()
{
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -qq -o /tmp/strace -e trace=pipe2,delete_module,finit_module \
		"$@" drvswap -q vmxnet3 "$good/99.1/vmxnet3.ko" >/tmp/out 2>&1 </dev/null
	code=$?
}
traced
same "one that is left alone" 0 $code
pipes=$(awk '/pipe2\(/ { worker = $1; count[worker]++ } /delete_module\(.* = 0/ { print count[worker]; exit }' /tmp/strace)
check_exit 0 "is taken back" drvswap -q rollback --original vmxnet3
traced -e "inject=pipe2:signal=KILL:when=$((pipes + 1))"
check "it died while the driver was away" awk '/pipe2\(/ { worker = $1 } /delete_module\(.* = 0/ { is_out = 1 }
	/finit_module\(.* = 0/ { is_out = 0 } /killed by SIGKILL/ && $1 == worker { exit } END { exit !is_out }' /tmp/strace
[ $code != 5 ] || { drvswap -q recover >/tmp/out 2>&1; code=$?; }
same "all is undone" 4 $code
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
looks_as_before "recovered: all is as it was"
all_answer recover

section "what cannot be made again"
check "MACsec in green" green link add link eth0.5 name ms0 type macsec
refuses refuse links-depend "MACsec, whose keys nobody sees" vmxnet3 "$good/99.2/vmxnet3.ko"
out_has 'netns green: the link ms0' "says where"
check "without it" green link del ms0

section "from within another namespace"
# What hangs on a NIC is looked for from the first one, where the NIC would come back.
check_exit 3 "refused" ip netns exec blue drvswap -n vmxnet3 "$good/99.2/vmxnet3.ko"
out_has 'refuse +link-elsewhere' "and named"
