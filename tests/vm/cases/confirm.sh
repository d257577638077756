# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Confirmed, or undone.
# soak-kernels: 6.1
# timeout: 300

check "the network comes up" net_up
installed=$(installed_file vmxnet3)
stock=$(sum_of "$installed")
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
waits() { grep -q 'wait .* for .drvswap confirm' /tmp/swap.err; }
# swap_waits ARGUMENT...: a swap in the background that waits for its confirmation.
swap_waits()
{
	: >/tmp/swap.err
	drvswap "$@" vmxnet3 "$good" >/tmp/swap.out 2>/tmp/swap.err </dev/null &
	swap=$!
	check_within 30 "the swap waits for a confirmation" waits
}
ended() { wait $swap; status=$?; same "$1" "$2" "$status"; }

section "nothing to confirm"
check_exit 1 "confirm" drvswap confirm
err_has 'no swap is under way' "says so"
check_exit 1 "as data" drvswap --json confirm
out_is_json "valid"
json_has '^exit_code=1$' "and the exit code"
check_exit 2 "status without a module, of a host without swaps" drvswap --json status
out_is_json "valid"
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
for verb in confirm rollback recover; do
	check_exit 3 "$verb without root" nobody drvswap $verb
	err_has 'needs root' "says so"
done
check_exit 2 "--no-wait alone" drvswap --no-wait vmxnet3 "$good"

section "confirmed"
swap_waits --confirm=600
runs vmxnet3 good/99.1/vmxnet3.ko "the new driver runs meanwhile"
same "the disk still boots the old one" "$stock" "$(sum_of "$installed")"
check_exit 6 "a second swap" drvswap vmxnet3 $modules/good/99.2/vmxnet3.ko
check_out 'under way' "status shows that it waits" drvswap status vmxnet3
check_out '^ +vmxnet3, step' "so does status without a module, though it is the first swap" drvswap status
check_exit 0 "as data" drvswap --json status
out_lacks '"(outcome|exit_code)"' "has no outcome"
check_exit 6 "a dry run" drvswap -n vmxnet3 $modules/good/99.2/vmxnet3.ko
out_has '^under way' "says what is under way"
for verb in confirm rollback; do
	check_exit 6 "$verb of another module" drvswap $verb ds_plain
	err_has 'one of vmxnet3, not of ds_plain' "says which swap is under way"
done
check "the swap still waits" waits
check_exit 0 "more time" drvswap confirm --extend=900
check_exit 0 "more time, as data" drvswap --json confirm --extend=900
out_is_json "valid"
json_has '^outcome.kind=pending$' "it is pending"
check_exit 0 "confirm" drvswap confirm vmxnet3
out_has '^vmxnet3: done' "tells the end"
ended "the swap ends with 0" 0
same "the file is installed" "$(sum_of "$good")" "$(image_sum "$installed")"
check_exit 0 "back" drvswap -q rollback
same "the old file is installed" "$stock" "$(sum_of "$installed")"
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
network_before
files_before /lib/modules

section "not confirmed"
check_exit 4 "a swap that nobody confirms" drvswap --confirm=3 vmxnet3 "$good"
err_has 'nobody confirmed in time' "says why"
check_exit 0 "status as data" drvswap status --json vmxnet3
out_is_json "is JSON"
json_has '^newest.kind=rolled-back$' "tells how it ended"
json_has '^newest.error=.*nobody confirmed in time' "and why"
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
files_as_before "the files are as before" /lib/modules
network_as_before "not confirmed"

section "not waited for"
check_exit 0 "--no-wait" drvswap --json --confirm=60 --no-wait vmxnet3 "$good"
out_is_json "is JSON"
json_has '^outcome.kind=pending' "that says pending"
check_exit 0 "rollback ends the wait" drvswap rollback vmxnet3
out_has 'rolled back' "and says so"
check_exit 0 "--no-wait" drvswap --confirm=60 --no-wait vmxnet3 "$good"
check_exit 0 "rollback as data" drvswap --json rollback
out_is_json "valid"
json_has '^outcome.kind=rolled-back$' "how the swap ended"
json_has '^exit_code=0$' "and what was asked for"
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
files_as_before "the files are as before" /lib/modules

section "broken while waiting"
swap_waits --confirm=60
ip addr del "$(address4)/24" dev eth0
ended "the swap is rolled back" 4
check_out 'address' "and says what broke" cat /tmp/swap.err
check "the network answers" answers
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"

section "a change of mind"
swap_waits --confirm=60
kill -INT $swap
ended "INT asks for a rollback" 4
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
check "the network answers" answers
# The worker itself, as anybody would who finds it with ps: no driver is left unconfirmed with nobody to wait for it.
swap_waits --confirm=60
kill "$(cat /run/drvswap/lock)"
ended "TERM to the worker is a rollback, too" 4
check_out 'a rollback was asked for' "and it says so" cat /tmp/swap.err
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
check "the network answers" answers
nothing_left "TERM to the worker"
# Its caller goes with it, and cannot pass anything on.
swap_waits --confirm=60
kill -KILL $swap
kill "$(cat /run/drvswap/lock)"
check_within 30 "with its caller dead as well" sh -c '! [ -e /var/lib/drvswap/journal ]'
same "the old driver runs" "$stock_id" "$(module_build_id vmxnet3)"
swap_waits --confirm=60
kill -KILL $swap
check_exit 0 "the swap survives its caller, and is confirmed, where nobody can read it" sh -c 'drvswap confirm >/dev/full'
runs vmxnet3 good/99.1/vmxnet3.ko "the new driver stays"
