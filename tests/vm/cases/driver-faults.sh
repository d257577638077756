# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What goes wrong around the bundled driver: mappings fail one after the other, packets are of too many pieces, the device
# stops queues or completes what it was never given. Whole packets are lost, nothing leaks, and it goes on.
# All memory that the device reaches is in bounce buffers here, which the kernel counts: what stays mapped is seen.
# cpus: 1
# timeout: 240
# labels: vm soak
# cmdline: swiotlb=force
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic build/vm/driver/xdp:usr/bin/xdp tests/vm/cases/driver-tools/lib.sh:ds/driver.sh /sbin/devlink:usr/sbin/devlink

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh

bounced() { cat /sys/kernel/debug/swiotlb/io_tlb_used; }
before=$(bounced)
driver_up
set -- /sys/kernel/debug/0000:*/break
knobs=${1%/*}

# failed_all NAME: all mappings that were to fail have.
failed_all() { [ "$(cat "$knobs/$1")" = 0 ]; }

section "packets in pieces"
was=$(counter tx0_linearized)
check "16 pieces are what the device takes" traffic pieces "$(gateway4)" 7 20 15
same "none was copied into one" "$was" "$(counter tx0_linearized)"
check "17 are not: those are copied into one" traffic pieces "$(gateway4)" 7 20 16
check "nor 18, the most there can be" traffic pieces "$(gateway6)" 7 20 17
same "each of them was copied" $((was + 40)) "$(counter tx0_linearized)"
no_mistakes "packets in pieces"

section "each mapping of a packet fails once"
check_within 10 "the ring is empty" eval "[ \"\$(counter tx0_completed)\" = \"\$(counter tx0_packets)\" ]"
idle=$(bounced)
errors=0
nth=1
while [ $nth -le 15 ]; do
	echo $nth >"$knobs/fail_tx_mapping"
	check_exit 3 "mapping $nth of 15 fails: the first of two datagrams is lost, the other right" \
		traffic pieces "$(gateway4)" 7 2 15
	errors=$((errors + 1))
	same "mapping $nth: counted once" "$errors of $errors" "$(counter tx0_map_errors) of $(counter tx0_drops)"
	nth=$((nth + 1))
done
for size in 1000 1400; do
	echo 1 >"$knobs/fail_tx_mapping"
	check_exit 3 "the only mapping of a datagram of $size bytes fails" traffic echo "$(gateway4)" 7 2 $size
	errors=$((errors + 1))
done
echo 3 >"$knobs/fail_tx_mapping"
check "a stream whose third mapping fails is whole in the end" traffic push "$(gateway4)" 7 512
errors=$((errors + 1))
check "all of them have failed" failed_all fail_tx_mapping
same "each was counted" "$errors of $errors" "$(counter tx0_map_errors) of $(counter tx0_drops)"
check_within 10 "the ring is empty" eval "[ \"\$(counter tx0_completed)\" = \"\$(counter tx0_packets)\" ]"
check_within 10 "nothing is left mapped" eval "[ \"\$(bounced)\" -le $idle ]"
same "nothing was reset for it" 0 "$(counter resets)"

section "frames that XDP brings from elsewhere"
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 10.77.0.1/24 dev v0
ip neigh add 10.77.0.2 lladdr "$(wire_mac 0)" dev v0
xdp v1 redirect 100 eth0 >/dev/null &
program=$!
check_within 5 "what v1 receives goes out here" eval "ip link show dev v1 | grep -q xdp"
echo 2 >"$knobs/fail_tx_mapping"
ping -c 5 -i 0.2 -W 1 10.77.0.2 >/dev/null
check "the mapping of one fails" failed_all fail_tx_mapping
errors=$((errors + 1))
same "that was counted" $errors "$(counter tx0_map_errors)"
check "the others were sent" has_counted tx0_xdp_xmit 4
kill $program
wait $program
ip link del v0
check_within 10 "nothing is left mapped" eval "[ \"\$(bounced)\" -le $idle ]"

section "buffers for reception fail to be mapped"
for nth in 1 2 7 40; do
	was=$(counter rx0_no_memory)
	echo $nth >"$knobs/fail_rx_mapping"
	check "buffer $nth fails: a stream in is whole" peer traffic push "$(address4)" 7 256
	check "buffer $nth has failed" failed_all fail_rx_mapping
	check "and was counted" has_counted rx0_no_memory $((was + 1))
done
same "the ring never ran dry" 0 "$(counter rx0_drops)"
check "larger frames" set_mtu 9000
echo 5 >"$knobs/fail_rx_mapping"
check "those of two buffers, too" peer traffic echo "$(address4)" 7 20 8972
check "and back" set_mtu 1500

section "a change in which a buffer fails is no change"
rings=$(ethtool -g eth0)
echo 100 >"$knobs/fail_rx_mapping"
check_not "of the rings" ethtool -G eth0 rx 512
same "they are as before" "$rings" "$(ethtool -g eth0)"
check_within 5 "the peer answers" reaches "$(gateway4)"
check "down" ip link set eth0 down
echo 1 >"$knobs/fail_rx_mapping"
check_not "of being up" ip link set eth0 up
check "up" ip link set eth0 up
check_within 10 "the peer answers" reaches "$(gateway4)"

# after TEXT CAUSE BIT: a reset, for that reason, and the network as it was.
after()
{
	ds_resets=$(($(counter resets) + 1))
	check "$1" sh -c "echo $3 >$knobs/break"
	check_within 20 "$1: the driver resets" has_counted resets $ds_resets
	check_within 10 "$1: the peer answers" reaches "$(gateway4)"
	kernel_says "resetting: $2\$" "$1: the log says why"
	check "$1: TCP out" traffic push "$(gateway4)" 7 256
	check "$1: TCP in" peer traffic push "$(address4)" 7 256
	same "$1: reset once" $ds_resets "$(counter resets)"
	check_within 10 "$1: the health reporter is content" eval "devlink health show | grep -q 'state healthy'"
}

section "the device stops queues, or completes nonsense"
index=$(cat /sys/class/net/eth0/ifindex)
for round in 1 2; do
	after "a tx queue is stopped" 'device stopped a tx queue' 1
	kernel_says 'the device stopped tx queue 0: 0x80000002 \(packet too big or of too many descriptors\)' "with the device's own reason"
	after "an rx queue is stopped" 'device stopped an rx queue' 2
	kernel_says 'the device stopped rx queue 0: 0x80000002' "with the device's own reason"
	after "both are" 'device stopped a tx queue, device stopped an rx queue' 3
	after "a tx completion nobody can believe" 'impossible tx completion' 4
	check "it was counted" has_counted tx0_protocol_errors $round
	after "an rx completion nobody can believe" 'impossible rx completion' 8
	check "it was counted" has_counted rx0_protocol_errors $round
done
same "no reset has failed" 0 "$(counter reset_failures)"
same "the interface is the same one" "$index" "$(cat /sys/class/net/eth0/ifindex)"

section "an XDP program goes, and no other queues are to be had"
has_xdp() { ip link show dev eth0 | grep -q xdp; }
xdp eth0 pass 100 >/dev/null &
program=$!
check_within 5 "the program is attached" has_xdp
check_not "with it no MTU of 9000" ip link set eth0 mtu 9000
echo 1 >"$knobs/refuse_activations"
kill $program
wait $program
check_within 5 "it is gone" eval "! has_xdp"
same "the device has refused" 0 "$(cat "$knobs/refuse_activations")"
check "and nothing of it is in the way" ip link set eth0 mtu 9000
check_within 10 "the peer answers" reaches "$(gateway4)"
check "back" ip link set eth0 mtu 1500

section "the end"
check "the driver unloads" rmmod vmxnet3
check_within 10 "nothing is left mapped" eval "[ \"\$(bounced)\" = $before ]"
