# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every step, every death by power cut: the machine loses its power at each record of the journal of a swap (and, in
# power-cut-rollback.sh, of a rollback), and boots again from the same disk, as a host does: the files by `drvswap recover --files`, then the driver
# and the network, then the rest of `drvswap recover`, which looks at what the boot brought. The worker is stopped as its N-th fdatasync(2) returns, so that the record is on the disk and its step has not
# begun; and nothing is synced between that and the cut.
# timeout: 2400
# disk: yes
# files: tests/vm/cases/crash-tools/lib.sh:/ds/crash-lib.sh
# labels: vm soak

# shellcheck source=crash-tools/lib.sh
. /ds/crash-lib.sh
# What is traced cannot be searched for leaks.
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"

# What the next boot must know. It is written and synced before the run that will be cut.
progress=/disk/power-cut
phase=${cut_what:-swap} at=1 points=0 survived=0
# shellcheck source=/dev/null
[ "$boot" -eq 1 ] || . $progress
keep()
{
	echo "phase=$phase at=$at points=$points survived=$survived" >$progress
	sync
}

good=$modules/good/99.1/vmxnet3.ko
good_id=$(file_build_id "$good")
# What vmxnet3 is on a fresh disk.
stock_id=$(file_build_id "$modules/good/stock/vmxnet3.ko")

# shellcheck disable=SC2317 # called by its name
is_sound()
{
	running=$(module_build_id vmxnet3)
	case $phase.$code in
	*.4) [ "$running" = "$before_id" ] || { echo "recover says rolled back, $running runs"; return 1; } ;;
	*) [ "$running" = "$stock_id" ] || [ "$running" = "$good_id" ] || { echo "$running runs"; return 1; } ;;
	esac
	drvswap status vmxnet3 >/tmp/status 2>&1
	grep -q 'what runs is what is installed' /tmp/status || { cat /tmp/status; return 1; }
	is_as_clean "$before_id" /disk/lies || return 1
	modprobe -n --show-depends vmxnet3 >/dev/null || { echo "modprobe does not find it"; return 1; }
	answers >/dev/null || { echo "no answer"; return 1; }
}

to_stock() { [ "$(module_build_id vmxnet3)" = "$stock_id" ] || drvswap -q rollback --original vmxnet3 >/tmp/undo 2>&1 || cat /tmp/undo; }
to_good() { [ "$(module_build_id vmxnet3)" = "$good_id" ] || drvswap -q vmxnet3 "$good" >/tmp/undo 2>&1 || cat /tmp/undo; }

# The state from which the next run starts, and the run.
start()
{
	case $phase in
	swap)
		before_id=$stock_id
		to_stock
		;;
	rollback)
		before_id=$good_id
		to_good
		;;
	esac
}
command_of() { case $phase in swap) echo "vmxnet3 $good" ;; rollback) echo "rollback vmxnet3" ;; esac; }

# 0: the worker stands at its sync; 1: it came to its end before.
stop_at()
{
	rm -f /tmp/strace
	# shellcheck disable=SC2046
	setsid strace -f -qq -o /tmp/strace -e trace=fdatasync -e "inject=fdatasync:signal=STOP:when=$1" \
		drvswap -q $(command_of) >/tmp/out 2>&1 </dev/null &
	tracer=$!
	until grep -q 'stopped by SIGSTOP' /tmp/strace 2>/dev/null; do
		kill -0 $tracer 2>/dev/null || return 1
		sleep 0.05
	done
}

# As Debian has it, which is when a swap sets it.
echo 0 >/proc/sys/kernel/panic
check "modules and journal lie on a disk" disk_use /lib/modules $state
if [ "$boot" -gt 1 ]; then
	drvswap -q recover --files >/tmp/recover 2>&1
	check "the network comes up" net_up
	drvswap -q recover >>/tmp/recover 2>&1
	code=$?
	case $phase in swap) before_id=$stock_id ;; *) before_id=$good_id ;; esac
	points=$((points + 1))
	is_sound >/tmp/why 2>&1
	ds_result $? "$phase: power cut at sync $at, recover says $code" || ds_explain /tmp/why /tmp/recover
	[ -s /tmp/why ] || survived=$((survived + 1))
	at=$((at + 1))
else
	check "the network comes up" net_up
fi

start
lies_before /disk/lies
keep
while stop_at $at && power_cut; do :; done
wait $tracer
check "$phase: the last run ends well" test "$(module_build_id vmxnet3)" != "$before_id"
ds_say "# $points points, $survived survived"
check "there were enough points" [ $points -gt 20 ]
same "all survived" $points $survived
