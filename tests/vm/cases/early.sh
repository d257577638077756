# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A host that has just booted: before the kernel has entropy it hides the addresses of sockets by another word (lib/vsprintf.c,
# ptr_to_id(), 6.1), and what is told of them must be the same.
# kernels: 6.1
# timeout: 120
# cmdline: random.trust_cpu=off random.trust_bootloader=off
# files: build/vm/net/hold:usr/bin/hold

check "the network comes up" net_up
hold packet eth0 >/tmp/held 2>&1 &
holder=$!
check_within 10 "a packet socket" grep -q held /tmp/held
check "its address is not hashed yet" grep -q '(____ptrval____)' /proc/net/packet
check_exit 0 "preview" drvswap --dry-run vmxnet3 "$modules/good/99.1/vmxnet3.ko"
out_has "warn +not-restored: the packet socket of hold \\($holder\\) on eth0" "the socket's owner is told"
kill $holder
