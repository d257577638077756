# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# The bundled driver beside the kernel's own, in turns, in one guest whose clock counts instructions.
# timeout: 3000
# labels: bench
# cpus: 1
# icount: yes
# modules: pktgen act_gact cls_u32 sch_ingress
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic build/vm/driver/meter:usr/bin/meter tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
rounds=11
packets=20000
# Frames for it end at the peer's device, so that what is counted is their sending alone.
nobody=02:00:00:00:00:99
check "the peer comes up" peer_up
check "pktgen is there" modprobe pktgen
peer meter sink 9 &
meter sink 9 &
traffic serve 7 &
peer traffic serve 7 &

# note DRIVER WHAT VALUE: one result of one round.
note() { echo "$3" >>"/tmp/result.$2.$1"; }

# generate DEVICE MAC BURST: packets of 60 bytes, in this network namespace; packets a second, and microseconds.
generate()
{
	pg=/proc/net/pktgen
	echo rem_device_all >$pg/kpktgend_0
	echo "add_device $1" >$pg/kpktgend_0
	for word in "count $packets" "pkt_size 60" "delay 0" "dst_mac $2" "dst 192.0.2.77" "burst $3"; do
		echo "$word" >"$pg/$1"
	done
	echo start >$pg/pgctrl
	sed -n 's/^Result: OK: \([0-9]*\)(.*/\1/p; s/^ *\([0-9]*\)pps .*/\1/p' "$pg/$1" | tac | paste -sd' '
}

# from_outside: microseconds that the peer needs to send to us, in which we receive as well.
from_outside()
{
	spent=$(ip netns exec peer sh -c ". /tmp/generate; packets=$packets; generate wire0 $(nic_mac 0) 1")
	echo "${spent#* }"
}

# Free pages, those that the processor keeps for itself included.
free_kb()
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { kb += $2 } $1 == "count:" { kb += $2 * 4 } END { print kb }' /proc/meminfo /proc/zoneinfo
}

received() { cat /sys/class/net/eth0/statistics/rx_packets; }

# measure DRIVER FILE: one round.
measure()
{
	# Both begin with what the kernel's own left behind, as in a swap: it has ACPI switch the line interrupt off, the
	# bundled one leaves it on, and whoever comes next gains by that.
	meter load "$modules/good/stock/vmxnet3.ko" eth0 >/dev/null && rmmod vmxnet3 || return 1
	took=$(meter load "$2" eth0) || return 1
	note "$1" load_us "${took% *}"
	note "$1" unload_fresh_us "$(meter unload vmxnet3)"
	before=$(free_kb)
	meter load "$2" eth0 >/dev/null || return 1
	note "$1" memory_kb $((before - $(free_kb)))
	ip link set eth0 down
	idle=$(from_outside)
	nic_up 0 || return 1
	ethtool -K eth0 tso off
	within 10 reaches "$(gateway4)" || return 1
	note "$1" pktgen "$(generate eth0 $nobody 1 | sed 's/ .*//')"
	note "$1" pktgen_burst "$(generate eth0 $nobody 32 | sed 's/ .*//')"
	note "$1" udp "$(traffic flood "$(gateway4)" 5 0.5 64 | sed 's/ .*//')"
	note "$1" tcp_out "$(meter pump "$(gateway4)" 9 16384)"
	note "$1" tcp_in "$(peer meter pump "$(address4)" 9 16384)"
	note "$1" echo_us "$(traffic echo "$(gateway4)" 7 200 64 | sed 's/.*, \(.*\) us.*/\1/')"
	tc qdisc add dev eth0 ingress
	tc filter add dev eth0 parent ffff: protocol all u32 match u32 0 0 action drop
	# Short, and the host's scheduler decides how many packets come with one interrupt: often.
	for _ in 1 2 3 4 5; do
		before=$(received)
		busy=$(from_outside)
		count=$(($(received) - before))
		note "$1" received "$count"
		note "$1" receive_ns $(((busy - idle) * 1000 / (count + 1)))
	done
	tc qdisc del dev eth0 ingress
	note "$1" unload_us "$(meter unload vmxnet3)"
}

sed -n '/^generate()/,/^}/p' /ds/case.sh >/tmp/generate
round=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	check "round $round: the kernel's own" measure theirs "$modules/good/stock/vmxnet3.ko"
	check "round $round: the bundled one" measure ours /ds/vmxnet3.ko
done

median() { sort -n "/tmp/result.$2.$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# compare WHAT TEXT KIND GOAL: a rate shall be at least GOAL percent of theirs, a cost at most.
compare()
{
	ours=$(median ours "$1")
	theirs=$(median theirs "$1")
	percent=$(echo "$ours * 100 / $theirs" | bc)
	if [ "$3" = rate ]; then
		[ "$percent" -ge "$4" ]
	else
		[ "$percent" -le "$4" ]
	fi && verdict=met || verdict=missed
	ds_say "# | $2 | $ours | $theirs | $percent % | $([ "$3" = rate ] && echo 'at least' || echo 'at most') $4 %, $verdict |"
}

section "| what | bundled | kernel's own | ratio | goal |"
compare pktgen "pktgen, one by one, packets/s" rate 110
compare pktgen_burst "pktgen, burst 32, packets/s" rate 150
compare receive_ns "receive, dropped at ingress, ns a packet" cost 91
compare udp "UDP, 64 bytes, datagrams/s" rate 100
compare tcp_out "TCP sent, KiB/s" rate 100
compare tcp_in "TCP received, KiB/s" rate 100
compare echo_us "request and response, us" cost 100
compare load_us "finit_module to carrier, us" cost 90
compare unload_fresh_us "delete_module, before any traffic, us" cost 90
compare unload_us "delete_module, after all that, us" cost 90
compare memory_kb "memory with one pair of queues, KiB" cost 100
section "all rounds: $(grep -H . /tmp/result.* | sed 's,/tmp/result.,,' | tr '\n' ' ')"
