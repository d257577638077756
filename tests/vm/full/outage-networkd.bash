# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# How long a host of systemd-networkd with DHCP is away: somebody outside sends a datagram every millisecond, and the
# longest gap between two that arrive counts. By hand, where networkd does the rest, and with drvswap, in turn.
# labels: vm-full bench
# image: owners
# cmdline: net.ifnames=0
# timeout: 1200
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

rounds=10
gap=${DRVSWAP_BIN:-$repo/build/drvswap}
gap=${gap%/*}/tests/bench/gap
port_inside=4711 # as in gap.c
sender_pid=

# QEMU forwards what is sent to a port of its own, so that a datagram takes the way of any from outside.
begin_sending()
{
	local tried
	for ((tried = 0; tried < 10; tried++)); do
		port_outside=$((20000 + RANDOM % 12000))
		qmp "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"hostfwd_add net udp:127.0.0.1:$port_outside-:$port_inside\"}}" || continue
		! tail -n 2 "$work/qmp.log" | grep -q 'could not' && break
	done
	setpriv --pdeathsig KILL "$gap" 127.0.0.1 "$port_outside" &
	sender_pid=$!
}

owner_done() { networkd_done; }

# measure NAME COMMAND...: one round, of which the gap is kept.
measure()
{
	local kind=$1
	shift
	check "round $round: $kind" typed /root/gap - - "$@" || return 1
	sed -n 's/^\([0-9][0-9]*\)$/\1/p' "$out" >>"$work/gap.$kind"
	within 60 owner_done >"$work/tried" 2>&1 || result 1 "round $round: networkd is done after $kind"
}
median() { sort -n "$work/gap.$1" | sed -n "$(((rounds + 1) / 2))p"; }

networkd_wired no
boot || return
check_within 60 "networkd is done before" owner_done
check "the test modules are copied" copy_modules good/99.1:1.ko good/99.2:2.ko
check "the one who measures is copied" copy_in "$gap" /root/gap
installed=$(guest_says modinfo -n vmxnet3)
# What people type, without the pauses.
check "the way by hand is written down" ssh_guest "printf '%s\n' 'set -e' 'rmmod vmxnet3' 'mv $installed $installed.bak' \
	'mv /root/next.ko $installed' 'insmod $installed' >/root/by-hand"
begin_sending

for ((round = 1; round <= rounds; round++)); do
	check "round $round: the next file" ssh_guest "cp /root/$((round % 2 + 1)).ko /root/next.ko"
	measure by-hand sh /root/by-hand
	measure drvswap drvswap --initramfs=leave vmxnet3 "/root/$((2 - round % 2)).ko"
done
kill "$sender_pid"

by_hand=$(median by-hand)
drvswap=$(median drvswap)
note "networkd and DHCP, by hand: median $by_hand us of $(tr '\n' ' ' <"$work/gap.by-hand")"
note "networkd and DHCP, drvswap: median $drvswap us of $(tr '\n' ' ' <"$work/gap.drvswap")"
note "drvswap in percent of by hand: $((drvswap * 100 / by_hand))"
check "drvswap's gap is at most 0.6 times that by hand" test $((drvswap * 10)) -le $((by_hand * 6))
poweroff_guest
