# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel's log tells the story of a swap, and a preview is none.
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
