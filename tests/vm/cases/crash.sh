# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every step, every death: SIGKILL of the worker at each sync of the journal, of a swap and of a rollback. The guard starts another
# worker, which dies as well where it comes to as many; then `drvswap recover` does the rest. An exit code says what is there. The journal is synced by fdatasync(2), once a record, so the calls are counted by strace. In the outage
# nothing is synced; there the worker dies before each call that it has watched, which begins with pipe2(2).
# cpus: 2
# timeout: 3600
# labels: vm soak

check "the network comes up" net_up
installed=$(installed_file vmxnet3)
stock_id=$(module_build_id vmxnet3)
good=$modules/good/99.1/vmxnet3.ko
good_id=$(file_build_id "$good")
points=0
survived=0
left=0 # to `drvswap recover`

# state_is_sound: old or new runs, its file is installed, nothing is left over, the network answers.
state_is_sound()
{
	running=$(module_build_id vmxnet3)
	[ "$running" = "$stock_id" ] || [ "$running" = "$good_id" ] || { echo "running: $running"; return 1; }
	drvswap status vmxnet3 >/tmp/status 2>&1
	grep -q 'what runs is what is installed' /tmp/status || { cat /tmp/status; return 1; }
	[ ! -e "$installed.new" ] || { echo "$installed.new is left"; return 1; }
	[ ! -e /var/lib/drvswap/journal ] || { echo "the journal is left"; return 1; }
	reaches "$(gateway4)" >/dev/null && reaches "$(gateway6)" >/dev/null || { echo "no answer"; return 1; }
}

# die_at N COMMAND...: the command with its worker killed at the N-th $call; 1 where it ended before.
die_at()
{
	strace -f -qq -o /tmp/strace -e trace=$call -e "inject=$call:signal=KILL:when=$1" \
		drvswap -q "$2" "$3" $4 >/tmp/out 2>&1 </dev/null
	told=$?
	now=$(module_build_id vmxnet3)
	# drvswap itself kills children that have done their work: they have not made so many calls.
	awk -v call="$call(" -v at="$1" 'index($2, call) == 1 { calls[$1]++ }
		/killed by SIGKILL/ && calls[$1] >= at { found = 1 }
		END { exit !found }' /tmp/strace
}

# what_was_told FROM TO: why the exit code is not true of what ran then; nothing where it is.
what_was_told()
{
	case $told in
	0) [ "$now" = "$2" ] && [ ! -e $state/journal ] ;;
	1 | 4) [ "$now" = "$1" ] && [ ! -e $state/journal ] ;;
	5) ;; # a person looks, and may find that all is well
	*) false ;;
	esac || echo "it says $told, and $now runs"
	[ "$told" != 5 ] || left=$((left + 1))
}

# deaths TEXT VERB-OR-MODULE FILE RESET FROM TO: at each point in turn, until one run comes to its end.
deaths()
{
	# The first pipe is the caller's, who has no worker yet.
	case $call in pipe2) at=2 ;; *) at=1 ;; esac
	while die_at $at "$2" "$3" "$4"; do
		what_was_told "$6" "$7" >/tmp/why
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
		ds_result $? "$1: death at $call $at, it says $told, recover $code" || ds_explain /tmp/why /tmp/recover /tmp/out
		[ -s /tmp/why ] || survived=$((survived + 1))
		# What was finished is undone for the next point.
		"$5"
		at=$((at + 1))
	done
	check "$1: the last run ends well" state_is_sound
	"$5"
}

to_stock() { [ "$(module_build_id vmxnet3)" = "$stock_id" ] || drvswap -q rollback --original vmxnet3 >/dev/null 2>&1; }
to_good() { [ "$(module_build_id vmxnet3)" = "$good_id" ] || drvswap -q vmxnet3 "$good" >/dev/null 2>&1; }

for call in fdatasync pipe2; do
	section "a swap: $call"
	to_stock
	deaths swap vmxnet3 "$good" "" to_stock "$stock_id" "$good_id"
	section "a rollback: $call"
	to_good
	deaths rollback rollback vmxnet3 "" to_good "$good_id" "$stock_id"
done
ds_say "# $points points, $survived survived, $left of them by a recovery that was asked for"
check "there were enough points" [ $points -gt 80 ]
same "all survived" $points $survived
