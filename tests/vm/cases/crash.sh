# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every step, every death: the worker of a swap (in crash-rollback.sh, of a rollback) is killed, or ends itself, at each sync of the journal and
# of a directory. The guard starts another worker, which dies as well where it comes to as many; then `drvswap recover` does
# the rest. An exit code says what is there. A record of the journal is one fdatasync(2), so strace counts these calls. In the outage
# nothing is synced; there the worker dies before each call that it has watched, which begins with pipe2(2).
# cpus: 2
# timeout: 3600
# files: tests/vm/cases/crash-tools/lib.sh:/ds/crash-lib.sh build/vm/crash/exit-at.so:/ds/exit-at.so
# labels: vm soak

# shellcheck source=crash-tools/lib.sh
. /ds/crash-lib.sh
# What is traced cannot be searched for leaks, and what is preloaded comes before the sanitizer.
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0:verify_asan_link_order=0"
what=${crash_what:-swap}

check "the network comes up" net_up
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
good_id=$(file_build_id "$good")
points=0
survived=0
left=0 # to `drvswap recover`

# As Debian has it, which is when a swap sets it; and a link of which more can be lost than its addresses.
echo 0 >/proc/sys/kernel/panic
ip link set eth0 mtu 1400 txqueuelen 700 alias uplink
ip addr add 192.0.2.77/24 dev eth0 label eth0:more
ip route add 203.0.113.0/24 via "$(gateway4)" dev eth0 metric 50
ethtool -G eth0 rx 512 tx 256
echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_ignore
check "the network answers, with all that" within 10 answers
check "nothing of it is tentative" within 10 ds_no_tentative
snapshot_net before
snapshot_settings before

# network_lacks: what is not as it was.
network_lacks()
{
	within 5 ds_no_tentative
	snapshot_net after
	snapshot_settings after
	diff -U 0 "$ds_dir/before.net" "$ds_dir/after.net"
	diff -U 0 "$ds_dir/before.settings" "$ds_dir/after.settings"
}

# state_is_sound: old or new runs, its file is installed, nothing is left over, the network is what it was and answers.
state_is_sound()
{
	running=$(module_build_id vmxnet3)
	[ "$running" = "$stock_id" ] || [ "$running" = "$good_id" ] || { echo "running: $running"; return 1; }
	drvswap status vmxnet3 >/tmp/status 2>&1
	grep -q 'what runs is what is installed' /tmp/status || { cat /tmp/status; return 1; }
	is_as_clean "$from_id" /tmp/lies || return 1
	answers >/dev/null || { echo "no answer"; return 1; }
	! network_lacks | grep .
}

# die_at N: $what, whose worker ends at its N-th $call, killed or by itself ($how); 1 where it had ended before.
die_at()
{
	rm -f /tmp/strace /tmp/exited
	case $what in swap) set -- "$1" vmxnet3 "$good" ;; rollback) set -- "$1" rollback vmxnet3 ;; esac
	case $how in
	killed)
		strace -f -qq -o /tmp/strace -e trace=$call -e "inject=$call:signal=KILL:when=$1" \
			drvswap -q "$2" "$3" >/tmp/out 2>&1 </dev/null
		;;
	exit-*)
		EXIT_AT=$call:$1:${how#exit-} EXIT_NOTE=/tmp/exited LD_PRELOAD=/ds/exit-at.so \
			drvswap -q "$2" "$3" >/tmp/out 2>&1 </dev/null
		;;
	esac
	told=$?
	now=$(module_build_id vmxnet3)
	# drvswap itself kills children that have done their work: they have not made so many calls.
	[ -s /tmp/exited ] || awk -v call="$call(" -v at="$1" 'index($2, call) == 1 { calls[$1]++ }
		/killed by SIGKILL/ && calls[$1] >= at { found = 1 }
		END { exit !found }' /tmp/strace
}

# what_was_told: why the exit code is not true of what ran then; nothing where it is.
what_was_told()
{
	case $told in
	0) [ "$now" = "$to_id" ] && [ ! -s $state/journal ] ;;
	1 | 4) [ "$now" = "$from_id" ] && [ ! -s $state/journal ] ;;
	5) ;; # a person looks, and may find that all is well
	*) false ;;
	esac || echo "it says $told, and $now runs"
	[ "$told" != 5 ] || left=$((left + 1))
}

# The state from which each point starts.
to_stock() { [ "$(module_build_id vmxnet3)" = "$stock_id" ] || drvswap -q rollback --original vmxnet3 >/tmp/undo 2>&1 || cat /tmp/undo; }
to_good() { [ "$(module_build_id vmxnet3)" = "$good_id" ] || drvswap -q vmxnet3 "$good" >/tmp/undo 2>&1 || cat /tmp/undo; }
case $what in
swap) start=to_stock from_id=$stock_id to_id=$good_id ;;
rollback) start=to_good from_id=$good_id to_id=$stock_id ;;
esac

# deaths HOW CALL FIRST EACH: at each of these calls in turn, until one run comes to its end.
deaths()
{
	how=$1 call=$2 at=$3
	section "a $what, $how at $call"
	$start
	lies_before /tmp/lies
	while die_at "$at"; do
		what_was_told >/tmp/why
		drvswap -q recover >/tmp/recover 2>&1
		code=$?
		points=$((points + 1))
		case $code in
		0 | 1 | 4) ;;
		*)
			echo "recover says $code"
			cat /tmp/recover
			;;
		esac >>/tmp/why
		state_is_sound >>/tmp/why 2>&1
		[ ! -s /tmp/why ]
		ds_result $? "$what: $how at $call $at, it says $told, recover $code" || ds_explain /tmp/why /tmp/recover /tmp/out
		[ -s /tmp/why ] || survived=$((survived + 1))
		$start
		lies_before /tmp/lies
		at=$((at + $4))
	done
	check "the last run ends well" state_is_sound
	same "with the other driver" "$to_id" "$(module_build_id vmxnet3)"
}

# The first pipe is the caller's, who has no worker yet.
deaths killed fdatasync 1 1
deaths killed pipe2 2 1
deaths killed fsync 1 1
# With what a caller takes for an answer: done, failed, rolled back.
deaths exit-0 fdatasync 1 5
deaths exit-1 fdatasync 3 10
deaths exit-4 pipe2 2 3
ds_say "# $points points, $survived survived, $left of them by a recovery that was asked for"
check "there were enough points" [ $points -gt 70 ]
same "all survived" $points $survived
