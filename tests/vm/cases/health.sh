# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# How well it works, against how well it did before: gateways, speed, timeouts, the kernel's log, the user's checks.
# cpus: 2
# soak-kernels: 6.1
# timeout: 600
# modules: bonding

kernel_trouble_expected

check "the network comes up" net_up
installed=$(installed_file vmxnet3)
stock=$(sum_of "$installed")
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
network_before

deaf() { ip -n peer addr del "$(gateway4)/24" dev wire0; }
hearing() { ip -n peer addr add "$(gateway4)/24" dev wire0; }
old_runs() { [ "$(module_build_id vmxnet3)" = "$stock_id" ]; }
waits() { grep -q 'wait .* for .drvswap confirm' /tmp/swap.err; }
# swap_waits ARGUMENT...: a swap in the background that waits for its confirmation.
swap_waits()
{
	: >/tmp/swap.err
	drvswap --confirm=100 "$@" >/tmp/swap.out 2>/tmp/swap.err </dev/null &
	swap=$!
	check_within 60 "the swap waits for a confirmation" waits
}
ended() { wait $swap; status=$?; same "$1" "$2" "$status"; }

# back TEXT: the old driver runs and is installed, and the network answers.
back()
{
	check "$1: the old code runs" old_runs
	same "$1: the old file is installed" "$stock" "$(sum_of "$installed")"
	check "$1: the network answers" answers
	network_as_before "$1"
	nothing_left "$1"
}

section "a healthy one"
check_exit 0 "swap" drvswap -v --check="ping -c 1 -W 2 $(gateway4)" --check='sh -c "ip link show eth0 | grep -q UP"' vmxnet3 "$good"
out_has "gateway +$(gateway4): answers" "tells that the gateway answers"
out_has 'gateway +2001:db8::fe: answers .*neighbour' "and that of IPv6"
out_has 'speed +eth0: [0-9]+ Mbit/s' "tells the speed"
out_has 'duplex +eth0: full' "and the duplex"
out_has ' tx-timeouts +eth0: 0 .*sysfs' "the timeouts that the kernel counts"
out_has ' own-tx-timeouts +eth0: 0 .*statistics' "and those that the driver counts"
out_has "check +ping -c 1 -W 2 $(gateway4): succeeds" "tells that the check succeeds"
check_exit 0 "back" drvswap rollback
back "healthy"

section "checks"
check_exit 3 "a check that fails before" drvswap --check="ping -c 1 -W 1 192.0.2.77" vmxnet3 "$good"
err_has 'check-fails: the check .ping -c 1 -W 1 192.0.2.77. fails already' "says which"
check_exit 3 "one that does not end" drvswap --timeout=2 --check="sleep 100" vmxnet3 "$good"
err_has 'did not end in time' "says so"
check_not "and it was ended" sh -c "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q 's[l]eep 100'"
check_exit 3 "one that is not there" drvswap --check="no-such-program" vmxnet3 "$good"
err_has 'there is no .*no-such-program' "says so"
check_exit 2 "half a command" drvswap --check="sh -c 'a" vmxnet3 "$good"
check_exit 2 "a relative path" drvswap --check="./a" vmxnet3 "$good"
check_exit 0 "a dry run" drvswap -n --check="touch /tmp/ran" vmxnet3 "$good"
out_has 'verify .*; run .touch /tmp/ran.$' "prints that it would run it"
check_not "and does not run it" test -e /tmp/ran
check "the old code still runs" old_runs
check_exit 4 "one that fails after" drvswap --check="sh -c '! ethtool -i eth0 | grep -q 99.1'" vmxnet3 "$good"
err_has "check sh -c .*was succeeds, is .*/sh failed \\(exit code 1\\)" "says so"
back "check"
check_exit 0 "one that fails before and after, overridden" drvswap --override=check-fails --check=false vmxnet3 "$good"
check_exit 0 "back" drvswap -q rollback
back "overridden check"

section "the gateway"
check_exit 4 "a driver that drops all" drvswap --timeout=$((5 * ds_scale)) vmxnet3 "$modules/bad/drops-all/vmxnet3.ko"
err_has "gateway $(gateway4): was answers, is does not answer" "says so"
back "drops-all"
swap_waits --param=delay_s=30 vmxnet3 "$modules/bad/drops-later/vmxnet3.ko"
ended "one that drops all after a while" 4
check_out "gateway .*: was answers, is does not answer" "says so" cat /tmp/swap.err
back "drops-later"
swap_waits vmxnet3 "$good"
deaf
check_within 60 "a gateway that stops answering in the window: the old code comes back" old_runs
hearing
ended "and that was verified" 4
check_out "gateway $(gateway4): was answers, is does not answer" "says why" cat /tmp/swap.err
back "deaf gateway"
deaf
check_exit 0 "a gateway that did not answer before" drvswap vmxnet3 "$good"
check_exit 0 "does not hinder the way back either" drvswap rollback
out_has "gateway +$(gateway4): does not answer -> not asked" "and that is told"
hearing
back "deaf before"

section "speed"
check_exit 4 "a slower link" drvswap vmxnet3 "$modules/bad/slower/vmxnet3.ko"
err_has 'speed eth0: was [0-9]+ Mbit/s, is 100 Mbit/s \(and 1 more\)' "says so"
out_has 'the rollback was verified' "and was rolled back"
back "slower"

section "the kernel's log"
check_exit 4 "a driver that the kernel warns of" drvswap vmxnet3 "$modules/bad/probe-warns/vmxnet3.ko"
err_has 'kernel-log vmxnet3: was no complaint, is WARNING: .*bad_probe.*\[vmxnet3\]' "says what the kernel said"
back "probe-warns"
# A warning from before is none of the candidate's.
check_exit 0 "a good one after it" drvswap vmxnet3 "$good"
check_exit 0 "back" drvswap -q rollback

section "transmit timeouts"
# Without gateways, so that it is the timeouts that tell.
deaf
ip -n peer addr del "$(gateway6)/64" dev wire0
ping -i 0.3 "$(gateway4)" >/dev/null 2>&1 &
ping=$!
# In the window, or in the verification before it on a slow machine.
check_exit 4 "a transmit queue that hangs" drvswap --confirm=100 vmxnet3 "$modules/bad/tx-hangs/vmxnet3.ko"
# The counter and the kernel's log grow in one breath; either may be seen first.
err_has ' tx-timeouts eth0: was 0, is [1-9]|kernel-log .* eth0: NETDEV WATCHDOG: ' "says so"
# The counter alone.
mv /dev/kmsg /dev/kmsg.away
check_exit 4 "one where nobody can read the kernel's log" drvswap --confirm=100 vmxnet3 "$modules/bad/tx-hangs/vmxnet3.ko"
err_has ' tx-timeouts eth0: was 0, is [1-9]' "says what was counted"
mv /dev/kmsg.away /dev/kmsg
kill $ping
wait $ping
hearing
ip -n peer addr add "$(gateway6)/64" dev wire0 nodad
back "tx-hangs"
# The log alone: the kernel names what it does not know in a line of its own, and nothing was counted.
swap_waits vmxnet3 "$good"
check "the kernel logs a line" insmod $modules/plain/1/ds_plain.ko '"NETDEV WATCHDOG: eth0 (vmxnet3): transmit queue 0 timed out"'
same "nothing is counted" 0 "$(cat /sys/class/net/eth0/queues/tx-*/tx_timeout | sort -u)"
ended "a timeout in the log alone" 4
check_out 'kernel-log vmxnet3: was no complaint, is .*NETDEV WATCHDOG: eth0' "says so" cat /tmp/swap.err
rmmod ds_plain
back "watchdog in the log"

section "a log that cannot be read"
mv /dev/kmsg /dev/kmsg.away
check_exit 0 "fails no swap" drvswap vmxnet3 "$good"
out_has '^ +kernel-log +vmxnet3: none -> not read: No such file or directory' "but is said"
check_exit 0 "nor a rollback" drvswap rollback
mv /dev/kmsg.away /dev/kmsg
back "log not read"

section "what begins in the window"
swap_waits --param=delay_s=30 vmxnet3 "$modules/bad/carrier-lost/vmxnet3.ko"
ended "a link that loses its carrier" 4
check_out 'link eth0: was up, is up, no carrier' "says so" cat /tmp/swap.err
back "carrier-lost"
swap_waits --param=delay_s=30 vmxnet3 "$modules/bad/warns-later/vmxnet3.ko"
ended "a warning of the kernel" 4
check_out 'kernel-log vmxnet3: was no complaint, is WARNING: .*misbehave_late.*\[vmxnet3\]' "says what the kernel said" cat /tmp/swap.err
back "warns-later"
# Of the new driver alone: what still fails when the old one is back is no rollback.
swap_waits --check="sh -c '! test -e /tmp/sick || ! ethtool -i eth0 | grep -q 99.1'" vmxnet3 "$good"
touch /tmp/sick
ended "a check that fails" 4
check_out 'check sh -c .*was succeeds, is .*/sh failed \(exit code 1\)' "says which" cat /tmp/swap.err
back "check in the window"

section "nobody would notice"
# orphan COMMAND...: with neither terminal nor ancestors, as a service runs it.
orphan()
{
	rm -f /tmp/orphan.code
	# shellcheck disable=SC2016
	sh -c 'setsid sh -c '\''"$@" >/tmp/orphan.out 2>/tmp/orphan.err </dev/null; echo $? >/tmp/orphan.code'\'' orphan "$@" &' orphan "$@"
	within 60 test -s /tmp/orphan.code
	cat /tmp/orphan.out
	cat /tmp/orphan.err >&2
	return "$(cat /tmp/orphan.code)"
}
check_exit 3 "a swap over the default route, of nobody" orphan drvswap vmxnet3 "$good"
err_has 'no-proof: .*nothing would prove' "says why"
err_has '--confirm' "and what to do"
check_exit 3 "its dry run" orphan drvswap -n vmxnet3 "$good"
check_exit 0 "its dry run with --confirm" orphan drvswap -n --confirm vmxnet3 "$good"
out_has 'wait 120 s for .drvswap confirm' "waits for that"
check_exit 0 "overridden" orphan drvswap --override=no-proof vmxnet3 "$good"
runs vmxnet3 good/99.1/vmxnet3.ko "the new code runs"
check_exit 0 "without a default route nothing need be proven" sh -c "ip route del default; ip -6 route del default; :"
check_exit 0 "by nobody" orphan drvswap rollback
check "the old code runs" old_runs

section "a gateway behind a bond"
# The bond, its address and its route stay when its only port goes; whether anybody answers hangs on the driver.
modprobe bonding max_bonds=0
ip link add bond0 type bond mode active-backup miimon 100
ip link set eth0 down
ip addr flush dev eth0
ip link set eth0 master bond0
ip link set bond0 up
ip addr add "$(address4)/24" dev bond0
ip route add default via "$(gateway4)" dev bond0
check_within 10 "the bond is up in all eyes" grep -qx up /sys/class/net/bond0/operstate
check_within 10 "the gateway answers" reaches "$(gateway4)"
check_exit 4 "a driver that drops all" drvswap --confirm=60 --timeout=$((5 * ds_scale)) vmxnet3 "$modules/bad/drops-all/vmxnet3.ko"
err_has "gateway $(gateway4): was answers, is does not answer" "says so"
check "the old code runs" old_runs
check_within 10 "the gateway answers" reaches "$(gateway4)"
check_exit 0 "a good one" drvswap -v --override=no-proof vmxnet3 "$good"
out_has "gateway +$(gateway4): answers" "tells that it answers"
check_exit 0 "and back" drvswap -q --override=no-proof rollback
check "the old code runs" old_runs
