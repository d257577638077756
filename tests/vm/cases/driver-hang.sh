# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A device that seems to hang: the doorbell is swallowed. The driver says what it sees, resets, and goes on.
# cpus: 2
# timeout: 300
# labels: vm soak
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh /sbin/devlink:usr/sbin/devlink

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
same "no reset has failed" 0 "$(counter reset_failures)"
kernel_says 'tx queue [0-9]*: sent up to [0-9]* \(generation [01]\), given back up to [0-9]* of 512' "the log says where the queue stood"
kernel_says 'interrupt (un)?masked, device running' "and in which state"
kernel_says 'resetting: tx timeout' "and what was done"
same "the interface is the same one" "$index" "$(cat /sys/class/net/eth0/ifindex)"
check "each hang was counted, perhaps on both queues" has_counted tx_timeouts 3

dmesg_has() { dmesg | grep -q "$1"; }

# hang: the next packet gets stuck.
hang()
{
	echo Y >"$knob"
	ping -c 1 -W 1 "$(gateway4)" >/dev/null
}

section "a reset that fails"
echo 2 >"${knob%/*}/refuse_activations"
hang
check_within 20 "the driver has tried three times" has_counted resets 6
same "two of them failed" 2 "$(counter reset_failures)"
check_within 10 "the peer answers" reaches "$(gateway4)"
check_within 10 "the health reporter is content" eval "devlink health show | grep -q 'state healthy'"

section "a reset that fails, and an administrator who is faster than the next one"
echo 1 >"${knob%/*}/refuse_activations"
hang
check_within 20 "the reset fails" has_counted reset_failures 3
check "down and up" sh -c "ip link set eth0 down && ip link set eth0 up"
check_within 10 "the peer answers" reaches "$(gateway4)"
before=$(counter resets)
check_within 10 "the health reporter is content" eval "devlink health show | grep -q 'state healthy'"
same "nothing was reset without need" "$before" "$(counter resets)"
hang
check_within 20 "the next hang is mended as before" has_counted resets $((before + 1))
check_within 10 "the peer answers" reaches "$(gateway4)"
same "no other reset has failed" 3 "$(counter reset_failures)"

section "the health reporter refuses"
device=$(devlink dev | head -n 1)
check "a grace period" devlink health set "$device" reporter tx grace_period 20000
hang
check_within 10 "the log says that it does" dmesg_has 'the health reporter does not allow a reset now'
check_within 40 "the reset is made in the end" has_counted resets $((before + 2))
check_within 10 "the peer answers" reaches "$(gateway4)"
check_within 10 "the health reporter is content" eval "devlink health show | grep -q 'state healthy'"

section "the health reporter leaves it to a person"
check "no recovery" devlink health set "$device" reporter tx grace_period 1000 auto_recover false
before=$(counter resets)
hang
check_within 10 "the log says that it does" dmesg_has 'the health reporter leaves the reset to you'
check_within 10 "the hang is found again" has_counted tx_timeouts $(($(counter tx_timeouts) + 1))
same "nothing was reset" "$before" "$(counter resets)"
same "it is said once" 1 "$(dmesg | grep -c 'leaves the reset to you')"
check "the person" devlink health recover "$device" reporter tx
check_within 10 "the peer answers" reaches "$(gateway4)"
check "recovery again" devlink health set "$device" reporter tx auto_recover true

section "a change that the device does not take"
rings() { ethtool -g eth0 | awk '/^Current/ { now = 1 } now && $1 ~ /RX|TX/ { print $1, $2 }'; }
was=$(rings)
failed=$(counter reset_failures)
refuse() { echo "$1" >"${knob%/*}/refuse_activations" && shift && ! "$@"; }
check "of rings" refuse 1 ethtool -G eth0 rx 256 tx 128
same "the rings are as before" "$was" "$(rings)"
check_within 10 "the peer answers" reaches "$(gateway4)"
check "of the MTU" refuse 1 ip link set eth0 mtu 9000
same "the MTU is as before" 1500 "$(cat /sys/class/net/eth0/mtu)"
check_within 10 "the peer answers" reaches "$(gateway4)"
check "of channels" refuse 1 ethtool -L eth0 combined 1
check_within 10 "the peer answers" reaches "$(gateway4)"
same "no reset was tried for it" "$failed" "$(counter reset_failures)"
check "of rings, nor the old ones any more" refuse 2 ethtool -G eth0 rx 256
check_within 20 "the retry is made with the old ones" reaches "$(gateway4)"
same "the rings are as before" "$was" "$(rings)"
check "traffic" traffic push "$(gateway4)" 7 512
check "the driver unloads" rmmod vmxnet3
