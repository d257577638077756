# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Who else is at work is waited for, then refused; the worker is apart from its caller, and its signals are words.
# soak-kernels: 6.1
# timeout: 300

check "the network comes up" net_up
installed=$(installed_file vmxnet3)
stock=$(sum_of "$installed")
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
waits() { grep -q 'wait .* for .drvswap confirm' /tmp/swap.err; }
swap_waits()
{
	: >/tmp/swap.err
	"$@" >/tmp/swap.out 2>/tmp/swap.err </dev/null &
	swap=$!
	check_within 30 "the swap waits for a confirmation" waits
	worker=$(cat /run/drvswap/lock)
}
ended() { wait $swap; status=$?; same "$1" "$2" "$status"; }
as_before()
{
	same "$1: the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
	same "$1: the old file is installed" "$stock" "$(sum_of "$installed")"
	nothing_left "$1"
}

# builds NAME: a program of that name is at work, number $build.
builds()
{
	[ "$1" = dracut ] || cp /tmp/dracut "/tmp/$1"
	"/tmp/$1" &
	build=$!
	within 5 grep -qx "$(echo "$1" | cut -c 1-15)" /proc/$build/comm
}
# swap_waits_for NAME: a swap in the background, number $swap.
swap_waits_for()
{
	: >/tmp/swap.err
	drvswap --timeout=600 vmxnet3 "$good" >/tmp/swap.out 2>/tmp/swap.err </dev/null &
	swap=$!
	check_within 30 "it waits for $1" grep -q "waiting: $1" /tmp/swap.err
}

section "an initramfs build"
printf '#!/bin/sh\nsleep 3600\n' >/tmp/dracut
chmod 755 /tmp/dracut
builds dracut
refuses refuse host-busy "an initramfs is built" --timeout=2 vmxnet3 "$good"
refusal_has "dracut \\(process $build\\) is running" "says who"
check_exit 3 "a swap" drvswap --timeout=2 vmxnet3 "$good"
err_has 'waiting: dracut' "shows what it waits for"
as_before "refused"
check_exit 0 "who insists goes on" drvswap -n --override=host-busy vmxnet3 "$good"
swap_waits_for dracut
kill $build
ended "and goes on when that has ended" 0
check_exit 0 "back" drvswap -q rollback
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"

section "others of that kind"
for name in depmod update-initramfs; do
	builds $name
	check_exit 3 "$name" drvswap --timeout=1 vmxnet3 "$good"
	err_has "host-busy: .*process $build" "says who"
	kill $build
	as_before "$name"
done

section "INT while it waits for that"
builds dracut
swap_waits_for dracut
kill -INT $swap
check_within 10 "INT is answered at once" grep -q 'asked for a rollback' /tmp/swap.err
ended "and heeded, though the other one is still at work" 1
kill $build
check_out 'a rollback was asked for' "says why" cat /tmp/swap.err
as_before "INT before the first step"

section "KILL while it waits for that"
builds dracut
swap_waits_for dracut
kill -KILL "$(cat /run/drvswap/lock)"
ended "nothing was changed, and nobody waits any longer" 1
check "the other one was left alone" kill -0 $build
kill $build
as_before "KILL before the first step"

section "package managers are kept out"
mkdir -p /var/lib/dpkg
: >/var/lib/dpkg/lock-frontend
: >/var/lib/dpkg/lock
check_out 'keep package managers out: hold /var/lib/dpkg/lock-frontend' "a dry run says so" drvswap -n vmxnet3 "$good"
out_has 'keep package managers out: hold /var/lib/dpkg/lock$' "and both locks"
swap_waits drvswap --confirm=300 vmxnet3 "$good"
inode=$(stat -c %i /var/lib/dpkg/lock-frontend)
check "the lock is held by the worker" grep -q "POSIX .*WRITE $worker .*:$inode " /proc/locks

section "the worker"
same "it is spared by the OOM killer" -900 "$(cat /proc/$worker/oom_score_adj)"
differ "it has a session of its own" "$(cut -d ' ' -f 6 /proc/$swap/stat)" "$(cut -d ' ' -f 6 /proc/$worker/stat)"
check_out 'step [0-9]+ of [0-9]+, for [0-9]+ s: wait 300 s for' "status says in which step it is" drvswap status vmxnet3
check_exit 0 "and as data" drvswap status --json vmxnet3
out_is_json "valid"
json_has '^under_way.is_waiting=true$' "that it waits"
rm -f /tmp/follow.out /tmp/follow.err # an old one must not answer for it
drvswap status --follow >/tmp/follow.out 2>/tmp/follow.err &
follower=$!
check_within 10 "a follower sees the steps" grep -q 'verify what runs' /tmp/follow.err
kill -TERM "$worker"
ended "TERM to the worker asks for a rollback" 4
wait $follower
same "the follower ends as the swap does" 4 $?
check_out 'rolled back' "and says how it ended" cat /tmp/follow.out
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
check "the locks are free" sh -c "! grep -q ':$inode ' /proc/locks"

section "the worker is killed"
swap_waits drvswap --confirm=300 vmxnet3 "$good"
rm -f /tmp/follow.out /tmp/follow.err # an old one must not answer for it
drvswap status --follow >/tmp/follow.out 2>/tmp/follow.err &
follower=$!
check_within 10 "a follower sees the steps" grep -q 'verify what runs' /tmp/follow.err
kill -KILL "$worker"
ended "another one undoes what it had begun" 4
check_out "drvswap: the process that did the work .$worker. was ended by signal 9" "the caller reads why" cat /tmp/swap.err
wait $follower
same "and a follower reads the end" 4 $?
check_out '^vmxnet3: .*rolled back' "of both" cat /tmp/follow.out
as_before "the worker was killed"
check "the network answers" answers

section "the worker and its guard are killed"
swap_waits drvswap --confirm=300 vmxnet3 "$good"
rm -f /tmp/follow.out /tmp/follow.err
drvswap status --follow >/tmp/follow.out 2>/tmp/follow.err &
follower=$!
check_within 10 "a follower sees the steps" grep -q 'verify what runs' /tmp/follow.err
kill -KILL "$(guard_of "$worker")" "$worker"
ended "its caller does not call that unchanged" 5
wait $follower
same "nor does a follower" 5 $?
check_out 'drvswap recover' "who says what to do" cat /tmp/follow.err
check_exit 5 "nor does confirm" drvswap confirm
err_has 'interrupted' "says why"
check_out '^interrupted' "status says so" drvswap status
run drvswap -n vmxnet3 "$good"
out_has '^interrupted .*vmxnet3: it would be finished or undone first' "so does a dry run"
check_exit 4 "it is undone" drvswap recover
as_before "both were killed"
check "the network answers" answers

section "the caller's limits are not the worker's"
# 32 KiB: more than the progress that the caller writes, and less than the journal.
swap_waits sh -c "ulimit -f 64; exec drvswap --confirm=300 vmxnet3 $good"
check "the journal is larger than the caller could write" [ "$(stat -c %s $state/journal)" -gt 32768 ]
check_exit 0 "confirmed" drvswap confirm
ended "the swap is done" 0
runs vmxnet3 good/99.1/vmxnet3.ko "the new driver runs"
check_exit 0 "back" drvswap -q rollback

section "a shutdown in the window"
# What init notes when it goes to runlevel 6.
swap_waits drvswap --confirm=300 vmxnet3 "$good"
: >/var/run/utmp
printf '\001\000\000\000\066\000\000\000' >/tmp/runlevel
head -c 376 /dev/zero >>/tmp/runlevel
cp /tmp/runlevel /var/run/utmp
kill -TERM "$worker"
ended "TERM while the host goes down" 5
check_out 'the host was shut down before the swap was confirmed' "says why" cat /tmp/swap.err
runs vmxnet3 good/99.1/vmxnet3.ko "nothing live was rolled back"
same "the old file is installed" "$stock" "$(sum_of "$installed")"
check_not "and nothing is staged" test -e "$installed.new"
check "the journal is kept" test -s $state/journal
rm /var/run/utmp
check_exit 4 "whoever recovers on the same boot" drvswap recover
err_has 'the host was shut down' "is told why"
as_before "recovered"
check "the network answers" answers
