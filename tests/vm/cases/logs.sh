# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel's log tells the story of a swap, and a preview is none; nor is one for another kernel. Syslog tells of both.
# soak-kernels: 6.12

check "the network comes up" net_up

# told: our own lines, without the time.
told() { dmesg | sed -n 's/^.*drvswap: //p'; }

check_exit 0 "a preview" drvswap -n vmxnet3 "$modules/good/99.1/vmxnet3.ko"
same "leaves no line" "" "$(told)"
check_exit 0 "a swap" drvswap --expect-version=99.1.0.0-test-NAPI vmxnet3 "$modules/good/99.1/vmxnet3.ko"
same "has its begin and its end" 2 "$(told | grep -c '^swap vmxnet3: ')"
told >/tmp/told
check "the begin says from what to what" grep -q 'swap vmxnet3: begins, from .* to 99\.1\.0\.0-test' /tmp/told
check "the end says how it ended" grep -qx 'swap vmxnet3: committed' /tmp/told
check_exit 4 "a swap that goes back" drvswap --expect-version=7 vmxnet3 "$modules/good/99.2/vmxnet3.ko"
told | tail -n 1 >/tmp/told
check "says so, and why" grep -q '^swap vmxnet3: rolled back: .*version' /tmp/told
check_exit 0 "a rollback" drvswap rollback vmxnet3
told | tail -n 1 >/tmp/told
check "is named as one" grep -qx 'rollback vmxnet3: committed' /tmp/told

section "syslog"
# told_syslog REGEX: busybox's syslogd, to which a datagram goes on its own time, has written such a line.
told_syslog() { grep -qE "$1" /tmp/messages; }
check "it is there" busybox syslogd -O /tmp/messages
check_within 10 "and listens" test -S /dev/log
check_exit 0 "a swap" drvswap vmxnet3 "$modules/good/99.1/vmxnet3.ko"
check_within 10 "begins" told_syslog ' daemon\.notice drvswap\[[0-9]+\]: swap vmxnet3: begins, from '
for what in 'the trial begins' verified; do
	check_within 10 "$what" told_syslog " daemon\\.notice drvswap\\[[0-9]+\\]: swap vmxnet3: $what, from .* to 99\\.1"
done
check_within 10 "and ends" told_syslog ' daemon\.notice drvswap\[[0-9]+\]: swap vmxnet3: committed$'

section "a kernel that does not run"
running=$(uname -r)
other=9.9.0-other
mkdir "/lib/modules/$other"
cp -a "/lib/modules/$running/." "/lib/modules/$other/"
depmod "$other"
told >/tmp/before
check_exit 0 "a swap for it" drvswap --kernel=$other vmxnet3 "$modules/good/99.2/vmxnet3.ko"
told >/tmp/told
same_file "is no story of the one that runs" /tmp/before /tmp/told
check_within 10 "its begin names it" told_syslog "drvswap\[[0-9]+\]: swap vmxnet3 for kernel $other: begins, from .* to 99\.2"
check_within 10 "and its end" told_syslog "drvswap\[[0-9]+\]: swap vmxnet3 for kernel $other: committed\$"
