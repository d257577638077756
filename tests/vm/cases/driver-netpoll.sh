# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel's log goes over the bundled driver (netconsole): from any context, also from within the driver's own poll, out
# of an interrupt, with the queue full, while the device hangs and while the driver itself has something to say.
# cpus: 1
# timeout: 240
# labels: vm soak
# modules: netconsole
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
kernel_trouble_expected # the watchdog's own warning, and what is printed on purpose here; looked for below
driver_up
ethtool -G eth0 tx 64
peer traffic hear 6666 >/tmp/heard &
check "netconsole" modprobe netconsole "netconsole=6665@$(address4)/eth0,6666@$(gateway4)/$(wire_mac 0)"

heard() { [ "$(grep -c -- "$1" /tmp/heard)" -ge "$2" ]; }

section "from a process"
for n in 1 2 3 4 5 6 7 8 9 10; do echo "<4>message $n of ten" >/dev/kmsg; done
check_within 10 "ten messages arrive" heard 'message [0-9]* of ten$' 10

section "out of the driver's poll"
# Packets from where none can come from: the kernel tells of each where it receives it.
sysctl -qw net.ipv4.conf.eth0.log_martians=1 net.core.message_cost=0
peer ip addr add 127.0.0.9/32 dev wire0
peer ip link set lo down
peer sysctl -qw net.ipv4.conf.wire0.route_localnet=1
peer ip neigh replace "$(address4)" lladdr "$(nic_mac 0)" nud permanent dev wire0
peer ip route add "$(address4)/32" dev wire0 src 127.0.0.9
check_not "nobody answers a packet from a loopback address" peer ping -c 5 -i 0.2 -W 1 -I 127.0.0.9 "$(address4)"
peer ip route del "$(address4)/32" dev wire0
peer ip neigh del "$(address4)" dev wire0
peer ip addr del 127.0.0.9/32 dev wire0
peer ip link set lo up
check "the kernel told of each" [ "$(dmesg | grep -c 'martian source')" -ge 5 ]
check_within 10 "what it said arrives" heard 'martian source' 5
check_within 10 "the peer answers" reaches "$(gateway4)"

# in_interrupt: the function that the driver's timer calls prints the trace the next time, where it is: in an interrupt.
# What the trace holds is what is written into it here.
tracing=/sys/kernel/tracing
in_interrupt()
{
	echo '!vx_channel_timer:dump' >$tracing/set_ftrace_filter 2>/dev/null
	echo 1 >$tracing/tracing_on
	for ds_line in 1 2 3 4 5; do
		echo "line $ds_line out of an interrupt" >$tracing/trace_marker
	done
	echo 'vx_channel_timer:dump:1' >$tracing/set_ftrace_filter
}

section "out of an interrupt"
in_interrupt
check "something is sent, and the timer runs" reaches "$(gateway4)"
check_within 10 "what it said arrives" heard 'out of an interrupt' 5
check_within 10 "the peer answers" reaches "$(gateway4)"

section "while the queue is full"
stops=$(counter tx0_stops)
for round in 1 2 3; do
	traffic flood "$(gateway4)" 9 4 1400 >/dev/null 2>&1 &
	flood=$!
	in_interrupt
	n=0
	while kill -0 $flood 2>/dev/null; do
		n=$((n + 1))
		echo "<4>round $round: message $n under traffic" >/dev/kmsg
	done
	wait $flood
	check_within 20 "round $round: all $n messages arrive" heard "round $round: message [0-9]* under traffic" "$n"
	check_within 20 "and those out of an interrupt" heard 'out of an interrupt' $((5 + 5 * round))
done
[ "$(counter tx0_stops)" -gt "$stops" ]
ds_result $? "the queue was full on the way ($(($(counter tx0_stops) - stops)) times)"
check "TCP out" traffic push "$(gateway4)" 7 256
check "TCP in" peer traffic push "$(address4)" 7 256
same "nothing was reset" 0 "$(counter resets)"

section "while the device hangs"
set -- /sys/kernel/debug/0000:*/swallow_doorbells
stops=$(counter tx0_stops)
echo Y >"$1"
traffic flood "$(gateway4)" 9 1 1400 >/dev/null 2>&1 &
flood=$!
check_within 10 "the queue is full" has_counted tx0_stops $((stops + 1))
for n in 1 2 3 4 5 6 7 8 9 10; do echo "<4>hanging: message $n" >/dev/kmsg; done
check_within 10 "the driver resets" has_counted resets 1
check_within 10 "the peer answers" reaches "$(gateway4)"
wait $flood
check_within 10 "what was said meanwhile arrives in the end" heard 'hanging: message' 10
check_within 10 "and what the driver says of the hang" heard 'resetting: tx timeout' 1
echo "<4>after the hang" >/dev/kmsg
check_within 10 "and what is said after it" heard 'after the hang' 1

section "changes while it is in use"
for change in "-G eth0 tx 128" "-G eth0 tx 64" "-G eth0 rx 256"; do
	# shellcheck disable=SC2086 # words are wanted
	check "ethtool $change" ethtool $change
	echo "<4>after $change" >/dev/kmsg
	check_within 10 "what is said after it arrives" heard "after $change" 1
done
check "MTU 9000" set_mtu 9000
check "MTU 1500" set_mtu 1500
echo "<4>the last word" >/dev/kmsg
check_within 10 "the last word arrives" heard 'the last word' 1
dmesg | grep -E 'BUG|WARNING:|soft lockup|rcu.*stall|exceeded budget|scheduling while|blocked for more' | grep -v dev_watchdog >$ds_out
[ ! -s $ds_out ]
ds_result $? "no lockup, no stall" || ds_explain $ds_out
check "netconsole goes" rmmod netconsole
check "the driver unloads" rmmod vmxnet3
