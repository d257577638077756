# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A device that seems to hang: the doorbell is swallowed. The driver says what it sees, resets, and goes on.
# timeout: 240
# labels: vm soak
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
kernel_trouble_expected # the watchdog's own warning
driver_up
set -- /sys/kernel/debug/0000:*/swallow_doorbells
knob=$1
index=$(cat /sys/class/net/eth0/ifindex)

for round in 1 2 3; do
	section "hang $round"
	(while [ ! -e /tmp/stop ]; do traffic flood "$(gateway4)" 9 1 100; done) >/dev/null 2>&1 &
	flood=$!
	start=$(ds_uptime_cs)
	echo Y >"$knob"
	check_within 10 "the driver resets" has_counted resets $round
	check_within 10 "the peer answers" reaches "$(gateway4)"
	took=$(($(ds_uptime_cs) - start))
	[ $took -lt 600 ]
	ds_result $? "that took less than 6 s ($took hundredths)"
	touch /tmp/stop
	wait $flood
	rm /tmp/stop
	check "traffic" traffic push "$(gateway4)" 7 512
done
kernel_says 'tx queue [0-9]*: sent up to [0-9]* \(generation [01]\), given back up to [0-9]* of 512' "the log says where the queue stood"
kernel_says 'interrupt (un)?masked, device running' "and in which state"
kernel_says 'resetting: tx timeout' "and what was done"
same "the interface is the same one" "$index" "$(cat /sys/class/net/eth0/ifindex)"
same "each hang was counted" 3 "$(counter tx_timeouts)"
same "no reset has failed" 0 "$(counter reset_failures)"
check "the driver unloads" rmmod vmxnet3
