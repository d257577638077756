# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Programs of XDP that were attached by netlink come back; what its owner alone can bring back is said before the swap, with its owner:
# programs that a bpf_link holds, sockets, multicast groups, rules of nftables, IPsec, open devices. So do targets of netconsole, which
# come back, and what forbids the swap.
# soak-kernels: 6.12
# timeout: 400
# nics: 2
# modules: vxlan nf_tables nft_fwd_netdev nft_dup_netdev nf_flow_table_inet nft_flow_offload nft_fib nft_ct inet_diag tcp_diag udp_diag raw_diag xsk_diag? netconsole macvtap xfrm_user rdma_rxe crc32_generic
# files: build/vm/net/hold:usr/bin/hold /usr/bin/rdma:usr/bin/rdma

check "the network comes up" net_up
good=$modules/good
held=

# holds ARGUMENTS...: hold, in the background, once it says so; its number in $!.
holds()
{
	rm -f /tmp/held
	hold "$@" >/tmp/held 2>&1 &
	check_within 5 "hold $*" grep -q held /tmp/held
	held="$held $!"
}
xdp_of() { ip -j -d link show dev "$1" | grep -o '"xdp":{[^}]*}[^}]*}'; }
lost() { out_has "warn +not-restored: $1 will be gone" "said: $1"; }

section "a program that was attached by netlink"
check "the kernel's own way" hold xdp eth0 generic
xdp_before=$(xdp_of eth0)
check "it is there" [ -n "$xdp_before" ]
check_exit 0 "swap" drvswap --json vmxnet3 "$good/99.1/vmxnet3.ko"
out_is_json "its report is JSON"
json_has '^outcome\.verdict\.facts\.[0-9]+\.name=xdp$' "names it"
json_has '^findings\.[0-9]+\.name=carries-default-route$' "findings are there"
check_not "and none says that it is lost" grep -Eq '^findings\.[0-9]+\.name=not-restored$' "$ds_dir/json"
same "the new driver runs" 99.1.0.0-test-NAPI "$(nic_version eth0)"
same "the same program is there in the same mode" "$xdp_before" "$(xdp_of eth0)"
check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.2/vmxnet3.ko"
same "after the rollback: the same program" "$xdp_before" "$(xdp_of eth0)"
check "the network answers" answers

section "drvswap itself is killed while the link is away"
pins() { find /sys/fs/bpf -name 'drvswap-*'; }
mount | grep -q ' /sys/fs/bpf ' || mount -t bpf none /sys/fs/bpf
drvswap --confirm=300 --param=delay_s=20 vmxnet3 "$modules/bad/init-sleeps/vmxnet3.ko" >/tmp/swap.out 2>&1 &
swap=$!
check_within 30 "the driver is in its init" grep -qx coming /sys/module/vmxnet3/initstate
worker=$(cat /run/drvswap/lock)
check "all of it is killed" kill -KILL "$swap" "$(guard_of "$worker")" "$worker"
check "the program lives on" [ -n "$(pins)" ]
check_within 60 "the kernel comes back" grep -qx live /sys/module/vmxnet3/initstate
same "without the program" "" "$(xdp_of eth0)"
check_exit 4 "recover" drvswap recover
same "the same program is there in the same mode" "$xdp_before" "$(xdp_of eth0)"
same "and nothing is left of it elsewhere" "" "$(pins)"
check "the network answers" answers
ip link set dev eth0 xdpgeneric off

other=$good/99.2/vmxnet3.ko # than the one that runs
if [ "$kernel" = 6.12 ]; then
	section "in the driver itself"
	ethtool -K eth1 lro off
	check "attached" hold xdp eth1 driver
	xdp_before=$(xdp_of eth1)
	check_exit 0 "swap" drvswap vmxnet3 "$good/99.2/vmxnet3.ko"
	same "the same program is there in the same mode" "$xdp_before" "$(xdp_of eth1)"
	check_exit 4 "a swap that fails" drvswap --expect-version=7 vmxnet3 "$good/99.1/vmxnet3.ko"
	same "after the rollback: the same program" "$xdp_before" "$(xdp_of eth1)"
	ip link set dev eth1 xdpdrv off
	other=$good/99.1/vmxnet3.ko
fi

section "what is not lost"
ip link add vx0 type vxlan id 42 dev eth0 group 239.1.2.3 dstport 4789
ip link set vx0 up
check "vxlan has joined its group" grep -q 030201EF /proc/net/igmp
check "a rule with the name" nft -f - <<-END
	table inet names {
		chain input { type filter hook input priority 0; iifname "eth0" counter accept; }
	}
END
check_exit 0 "the preview" drvswap -n vmxnet3 "$other"
out_lacks 'not-restored' "nothing is said to be lost"
nft flush ruleset

section "where netconsole sends"
console=/sys/kernel/config/netconsole
modprobe -a netconsole macvtap xfrm_user
check_exit 0 "the preview" drvswap -n vmxnet3 "$other"
out_has 'not seen +where netconsole sends' "what came as a parameter is not seen, which is said"
mount -t configfs none /sys/kernel/config
mkdir $console/one $console/two
for target in one two; do
	echo eth0 >$console/$target/dev_name
	gateway4 >$console/$target/remote_ip
	address4 >$console/$target/local_ip
	echo 02:00:00:00:00:09 >$console/$target/remote_mac
done
echo 1 >$console/one/enabled
check "a target that is on" grep -q 1 $console/one/enabled
check_exit 0 "swap" drvswap vmxnet3 "$other"
check "it is on again" grep -q 1 $console/one/enabled
check "and the other is not" grep -q 0 $console/two/enabled
rmdir $console/one $console/two
[ "$other" = "$good/99.2/vmxnet3.ko" ] && other=$good/99.1/vmxnet3.ko || other=$good/99.2/vmxnet3.ko

section "what is lost"
ip link add link eth0 name mvt0 type macvtap mode bridge
ip link set mvt0 up
sleep 1000 7<>"/dev/tap$(cat /sys/class/net/mvt0/ifindex)" &
tap_holder=$!
held="$held $tap_holder"
check "IPsec of one link" ip xfrm policy add dir out src 10.0.0.0/8 dst 10.1.0.0/16 dev eth0
policy=$(printf '0x%08x' "$(ip -s xfrm policy | sed -n 's/.*dir out .*index \([0-9]*\) .*/\1/p')")
holds xdp-link eth0 generic
xdp_holder=$!
holds af-xdp eth1
holds tcp eth0
holds udp eth1
holds raw eth0
holds packet eth1
holds join eth0 239.9.9.9 bound
group_holder=$!
holds join eth1 239.8.8.8
holds join eth0 ff15::77 bound
cat >/tmp/rules <<-END
	table inet t {
		set several { type iface_index; elements = { "lo", "eth1" }; }
		flowtable fast { hook ingress priority 0; devices = { eth0, eth1 }; }
		chain input {
			type filter hook input priority 0;
			iif "eth0" counter accept
			oif "lo" accept
			iif @several counter
			iif { "eth0", "eth1" } tcp dport 99 drop
			iif vmap { "eth0" : accept }
		}
	}
	table netdev n {
		chain in { type filter hook ingress device "eth1" priority 0; fwd to "eth0"; }
	}
END
check "rules" nft -f /tmp/rules
run nft -a list ruleset
# The kernel loads these for whoever asks it about sockets, as it does for ss.
for module in tcp_diag udp_diag raw_diag xsk_diag; do
	modprobe -q $module
done
host_before
check_exit 0 "the preview" drvswap -n vmxnet3 "$other"
lost "the XDP program of eth0 that hold \\($xdp_holder\\) holds"
lost 'the TCP socket of hold \([0-9]+\) bound to eth0'
lost 'the UDP socket of hold \([0-9]+\) bound to eth1'
lost 'the raw socket of hold \([0-9]+\) bound to eth0'
lost 'the packet socket of hold \([0-9]+\) on eth1'
lost "the membership of hold \\($group_holder\\) in the multicast group 239\\.9\\.9\\.9 on eth0"
lost 'the membership of a program in the multicast group 239\.8\.8\.8 on eth1'
lost 'the membership of hold \([0-9]+\) in the multicast group ff15::77 on eth0'
case $kernel in
6.1) out_has 'not seen +which of the 1 AF_XDP sockets' "this kernel does not tell of AF_XDP, which is said" ;;
*) lost 'the AF_XDP socket of hold \([0-9]+\) bound to eth1' ;;
esac
lost 'the nftables flowtable inet t fast on eth0'
lost 'the nftables flowtable inet t fast on eth1'
lost 'the nftables chain netdev n in on eth1'
lost "the queue tap[0-9]+ of mvt0 that [a-z]+ \\($tap_holder\\) has open"
lost "the IPsec policy $policy for eth0 alone"
handle_of() { nft -a list ruleset | sed -n "s/.*$1.*# handle \\([0-9]*\\)$/\\1/p"; }
lost "the match of eth0 by its index in the nftables rule $(handle_of 'iif "eth0" counter') of inet t input"
lost "the match of eth1 by its index in the nftables rule $(handle_of 'iif @several') of inet t input"
lost "the match of eth1 by its index in the nftables rule $(handle_of 'dport 99') of inet t input"
lost "the match of eth0 by its index in the nftables rule $(handle_of 'iif vmap') of inet t input"
lost "the match of eth0 by its index in the nftables rule $(handle_of 'fwd to') of netdev n in"
check_exit 0 "the preview as data" drvswap -n --json vmxnet3 "$other"
out_is_json "it is JSON"
json_has 'network\.losses\.[0-9]+=the nftables chain netdev n in on eth1$' "the facts have them"
untouched "nothing was touched"
check_exit 0 "they are warnings: the swap goes on" drvswap vmxnet3 "$other"
same "the bpf_link holds nothing any more" "" "$(xdp_of eth0)"
for pid in $held; do
	kill "$pid"
done

section "RDMA by software"
modprobe rdma_rxe
check "a device on the NIC" rdma link add rxe0 type rxe netdev eth1
refuses refuse link-bound "an RDMA device of software" vmxnet3 "$good/stock/vmxnet3.ko"
refusal_has 'eth1 has an RDMA device' "in words"
rdma link delete rxe0

section "by a user without rights"
check_exit 3 "the preview says that they are missing" setpriv --reuid 65534 --clear-groups drvswap -n vmxnet3 "$good/stock/vmxnet3.ko"
out_has 'not seen +the rules of nftables \(Operation not permitted\)' "the rules are not seen, which is said"
