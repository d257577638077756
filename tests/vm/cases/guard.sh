# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The worker dies: its guard has another one finish or undo what was begun, with nobody left to ask for it.
# soak-kernels: 6.1
# timeout: 400

check "the network comes up" net_up
installed=$(installed_file vmxnet3)
stock=$(sum_of "$installed")
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
swap_begins()
{
	rm -f /run/drvswap/lock
	: >/tmp/swap.err # of an earlier one, until this one has opened it
	"$@" >/tmp/swap.out 2>/tmp/swap.err </dev/null &
	swap=$!
}
swap_waits()
{
	swap_begins "$@"
	check_within 30 "the swap waits for a confirmation" grep -q 'wait .* for .drvswap confirm' /tmp/swap.err
	worker=$(cat /run/drvswap/lock)
	guard=$(guard_of "$worker")
}
ended() { wait $swap; status=$?; same "$1" "$2" "$status"; }
as_before()
{
	same "$1: the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
	same "$1: the old file is installed" "$stock" "$(sum_of "$installed")"
	nothing_left "$1"
	check "$1: the network answers" answers
}

section "before it has begun"
# A check of the user's that runs beforehand is asked by the worker.
swap_begins drvswap --check="/bin/sh -c 'echo \$PPID >/tmp/asker; sleep 20'" vmxnet3 "$good"
check_within 30 "a check is asked" test -s /tmp/asker
kill -KILL "$(cat /run/drvswap/lock)"
ended "nothing was changed" 1
check_out 'was ended by signal 9 before it had changed anything' "and that is told" cat /tmp/swap.err
as_before "before it has begun"

section "in the outage, and the caller with it"
# Whose init takes a while: the kernel is in it when the worker dies, and the driver runs when the kernel comes back.
swap_begins drvswap --confirm=300 --param=delay_s=20 vmxnet3 "$modules/bad/init-sleeps/vmxnet3.ko"
check_within 30 "the driver is in its init" grep -qx coming /sys/module/vmxnet3/initstate
worker=$(cat /run/drvswap/lock)
kill -KILL $swap "$worker"
wait $swap
check "the journal is there" test -s $state/journal
check_exit 6 "nobody else gets in" drvswap vmxnet3 "$good"
err_has "another drvswap is at work" "for somebody still is at it"
check_within 60 "it is ended" sh -c "! [ -e $state/journal ]"
as_before "in the outage"
check_exit 0 "the history" drvswap history
out_has 'rolled-back.*was ended by signal 9' "tells"

section "the next one dies as well"
mkdir -p /etc/drvswap/hooks.d/rollback
printf '#!/bin/sh\nkill -KILL $PPID\n' >/etc/drvswap/hooks.d/rollback/10-a
chmod 755 /etc/drvswap/hooks.d/rollback/10-a
swap_waits drvswap --confirm=300 vmxnet3 "$good"
kill -KILL "$worker"
ended "then a person must look" 5
check_out 'the worker ended without a report' "who reads why" cat /tmp/swap.err
check_out 'drvswap recover' "and what to do" cat /tmp/swap.err
rm -r /etc/drvswap/hooks.d
check_exit 4 "that is done" drvswap recover
as_before "both died"

section "the guard dies"
swap_waits drvswap --confirm=300 vmxnet3 "$good"
kill -KILL "$guard"
check_exit 0 "the swap goes on, and is confirmed" drvswap confirm
ended "to its end" 0
runs vmxnet3 good/99.1/vmxnet3.ko "the new driver runs"
check_exit 0 "back" drvswap rollback vmxnet3
as_before "the guard died"
swap_waits drvswap --confirm=300 vmxnet3 "$good"
kill -KILL "$guard"
kill -INT $swap
ended "a change of mind reaches the worker all the same" 4
as_before "INT without a guard"

section "all of them at once"
swap_waits drvswap --confirm=300 vmxnet3 "$good"
kill -KILL $swap "$guard" "$worker"
wait $swap
check "the journal is there" test -s $state/journal
runs vmxnet3 good/99.1/vmxnet3.ko "the new driver runs, which nobody confirmed"
same "the disk still boots the old one" "$stock" "$(sum_of "$installed")"
check_exit 5 "nobody can confirm it now" drvswap confirm
check_exit 4 "a recovery undoes it" drvswap recover
as_before "all of them"

section "whoever stops all that belongs to it"
# As systemd does with the scope: TERM to each of them.
swap_waits drvswap --confirm=300 vmxnet3 "$good"
kill -TERM "$guard" "$worker"
ended "asks for a rollback" 4
as_before "TERM to both"
