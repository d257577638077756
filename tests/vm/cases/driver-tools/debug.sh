# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The bundled driver in a kernel that finds mistakes (driver-tools/debug-kernel): traffic, changes, suspend, removal, and
# each allocation failed once. tests/vm/cases/driver-tools/debug runs it.
# timeout: 2400
# cpus: 1
# memory: 2048
# cmdline: clocksource=tsc tsc=reliable
# files: build/vm/driver/6.1-debug/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic build/vm/driver/xdp:usr/bin/xdp build/vm/driver/failing:usr/bin/failing tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=lib.sh
. /ds/driver.sh
kernel_trouble_expected # allocations that are failed on purpose leave traces; what is none of them is looked for here

# healthy TEXT: no report of any of the kernel's checkers so far.
healthy()
{
	dmesg | grep -E 'BUG:|WARNING:|KASAN|UBSAN|DMA-API|INFO: |refcount_t|possible (circular|recursive|irq)|inconsistent lock|ODEBUG|waiting for .* to become free' |
		grep -vE 'DMA-API: (preallocated|debugging enabled)' >"$ds_dir/found"
	[ ! -s "$ds_dir/found" ]
	ds_result $? "$1: the kernel has found nothing" || ds_explain "$ds_dir/found"
}

driver_up
section "traffic and changes"
traffic_both_ways "MTU 1500"
check "MTU 9000" set_mtu 9000
check "frames of 9000 bytes out" traffic echo "$(gateway4)" 7 10 8972
check "TCP in" peer traffic push "$(address4)" 7 1024
check "small rings" ethtool -G eth0 rx 64 tx 64 rx-jumbo 64
check "two channels" ethtool -L eth0 combined 2
check "TCP out" traffic push "$(gateway4)" 7 1024
check "MTU 1500" set_mtu 1500
check "one channel" ethtool -L eth0 combined 1
xdp eth0 tx 3 >/dev/null
xdp eth0 pass 3 >/dev/null
check "the peer answers" reaches "$(gateway4)"
no_mistakes "traffic"
healthy "traffic"

section "the device seems to hang"
set -- /sys/kernel/debug/0000:*/swallow_doorbells
echo Y >"$1"
ping -c 1 -W 1 "$(gateway4)" >/dev/null
check_within 15 "the driver resets" has_counted resets 1
check_within 10 "the peer answers" reaches "$(gateway4)"
healthy "reset"

section "suspend and removal"
echo devices >/sys/power/pm_test
peer traffic flood "$(address4)" 9 8 200 >/dev/null 2>&1 &
check "suspend, as far as the devices" sh -c 'echo freeze >/sys/power/state'
check_within 10 "the peer answers" reaches "$(gateway4)"
check "suspend while it is down" sh -c 'ip link set eth0 down && echo freeze >/sys/power/state && ip link set eth0 up'
check_within 10 "the peer answers" reaches "$(gateway4)"
echo none >/sys/power/pm_test
device=$(readlink -f /sys/class/net/eth0/device)
check "the device is removed under traffic" sh -c "echo 1 >$device/remove"
check "and comes back" sh -c "echo 1 >/sys/bus/pci/rescan"
check "the network comes up" nic_up 0
ethtool -K eth0 tso off
check_within 10 "the peer answers" reaches "$(gateway4)"
healthy "removal"

section "memory runs out under traffic"
echo 0 >/sys/kernel/debug/failslab/verbose
echo 0 >/sys/kernel/debug/fail_page_alloc/verbose
for what in failslab fail_page_alloc; do
	dir=/sys/kernel/debug/$what
	echo -1 >$dir/times
	echo 1 >$dir/interval
	echo 10 >$dir/probability
done
peer traffic flood "$(address4)" 9 5 1400 >/dev/null 2>&1
for what in failslab fail_page_alloc; do
	echo 0 >/sys/kernel/debug/$what/probability
	echo 0 >/sys/kernel/debug/$what/times
done
ds_say "# rx drops: $(counter rx0_drops), refills without memory: $(counter rx0_no_memory)"
check_within 10 "the peer answers again" reaches "$(gateway4)"
check "traffic" traffic push "$(gateway4)" 7 512
healthy "out of memory"

section "each allocation fails once"
for what in failslab fail_page_alloc; do
	dir=/sys/kernel/debug/$what
	echo N >$dir/ignore-gfp-wait
	echo 1 >$dir/times
done
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
check "rings" ethtool -G eth0 rx 128 tx 64 rx-jumbo 64
check "of a change of rings" failing rings eth0 128 192
ds_say "# rings: $(cat $ds_out)"
check_within 10 "the peer answers" reaches "$(gateway4)"
check "of a change of the MTU" failing mtu eth0 1500 9000
ds_say "# MTU: $(cat $ds_out)"
check_within 10 "the peer answers" reaches "$(gateway4)"
ip link set eth0 mtu 1500
check "down" ip link set eth0 down
check "of opening" failing up eth0
ds_say "# open: $(cat $ds_out)"
check "down" ip link set eth0 down
check "the driver unloads" rmmod vmxnet3
# With the line interrupt: where a descriptor of a message interrupt finds no memory for its place in the tree of all of
# them, 6.1 goes on without (irq_insert_desc() in kernel/irq/irqdesc.c) and runs into its absence.
check "of loading and probing" failing load /ds/vmxnet3.ko irq_type=intx
ds_say "# load: $(cat $ds_out)"
check "the network comes up" nic_up 0
check_within 10 "the peer answers" reaches "$(gateway4)"
check "the driver unloads" rmmod vmxnet3
healthy "failed allocations"

section "leaks"
echo scan >/sys/kernel/debug/kmemleak
sleep 6
echo scan >/sys/kernel/debug/kmemleak
grep -E 'vx_|vmxnet3' /sys/kernel/debug/kmemleak >"$ds_dir/leaks"
[ ! -s "$ds_dir/leaks" ]
ds_result $? "nothing has leaked" || ds_explain /sys/kernel/debug/kmemleak
