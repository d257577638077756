# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The bundled driver in a minute: it loads, says who it is, carries traffic both ways unchanged, and gets over a device
# that seems to hang. The other cases of the driver are longer (driver-changes, driver-xdp, ...; label soak).
# cpus: 2
# timeout: 120
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic build/vm/driver/queues:usr/bin/queues tests/vm/cases/driver-tools/lib.sh:ds/driver.sh /sbin/devlink:usr/sbin/devlink

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
driver_up
check "ethtool -i works" ethtool -i eth0
out_has '^driver: vmxnet3$' "the driver is vmxnet3"
out_has '^version: 2\.0\.0$' "with a version of its own"
same "sysfs says the same version" 2.0.0 "$(module_version vmxnet3)"
check "devlink info works" devlink dev info
out_has 'driver vmxnet3' "devlink names the driver"
out_has '^ *driver 2\.0\.0$' "and says the same version"

section "traffic"
check "TCP/IPv4 out" traffic push "$(gateway4)" 7 512
check "TCP/IPv4 in" peer traffic push "$(address4)" 7 512
check "TCP/IPv6 out" traffic push "$(gateway6)" 7 256
check "TCP/IPv6 in" peer traffic push "$(address6)" 7 256
check "small datagrams, and sockets know who brought them" traffic napi "$(gateway4)" 7 20 18
check "larger ones, too" traffic napi "$(gateway4)" 7 20 1000
check "datagrams in fragments" traffic echo "$(gateway4)" 7 5 9000
check "MTU 9000" set_mtu 9000
check "frames of 9000 bytes out and back" traffic echo "$(gateway4)" 7 10 8972
check "MTU 1500" set_mtu 1500
no_mistakes "traffic"

section "the device seems to hang"
set -- /sys/kernel/debug/0000:*/swallow_doorbells
index=$(cat /sys/class/net/eth0/ifindex)
start=$(ds_uptime_cs)
echo Y >"$1"
ping -c 1 -W 1 "$(gateway4)" >/dev/null
check_within 10 "the driver resets" has_counted resets 1
check_within 10 "the peer answers" reaches "$(gateway4)"
took=$(($(ds_uptime_cs) - start))
[ $took -lt 600 ]
ds_result $? "that took less than 6 s ($took hundredths)"
kernel_says 'tx queue [0-9]*: sent up to [0-9]* \(generation [01]\), given back up to [0-9]* of 512' "the log says where the queue stood"
same "the interface is the same one" "$index" "$(cat /sys/class/net/eth0/ifindex)"
# Packets of both queues may have been waiting for their doorbell: each queue that hung is told, and counted.
check "the hang was counted" has_counted tx_timeouts 1
same "as often as the log tells it" "$(dmesg | grep -c 'tx queue [0-9]*: sent up to')" "$(counter tx_timeouts)"
check "devlink health works" devlink health show
out_has 'error 1 recover 1' "the health reporter has counted it too"
check "traffic goes on" traffic push "$(gateway4)" 7 512

section "what can be asked"
check "ethtool -T works" ethtool -T eth0
out_has 'software-transmit' "the moment of sending can be had"
out_has 'Clock: none' "there is no clock in the device"
device=$(devlink dev | head -n 1)
check "what the reporter kept of the hang" devlink health dump show "$device" reporter tx
out_has 'queue: 0 size: 512' "it has the state of the queue"
out_has 'without doorbell: [0-9]+ stack stopped: (true|false) interrupt mask: [01]' "as far as doorbell and mask"
check "it can be cleared" devlink health dump clear "$device" reporter tx
check "the state now" devlink health diagnose "$device" reporter tx
out_has 'resets: 1 reset failures: 0' "the reset is in it"
out_has 'device stopped: false device error: none' "and what the device says"

# linked NUMBER: so many queues, each with a NAPI, and that one with the interrupt that has the name of the queue.
linked()
{
	queues eth0 >$ds_dir/queues || return 1
	cat $ds_dir/queues
	[ "$(grep -c ' napi [0-9]* irq [0-9]*$' $ds_dir/queues)" -eq "$1" ] && [ "$(wc -l <$ds_dir/queues)" -eq "$1" ] || return 1
	sed 's/^\(.*\) \([0-9]*\) napi .* irq \(.*\)$/\3 eth0-\1-\2/' $ds_dir/queues | while read -r ds_irq ds_name; do
		grep -Eq "^ *$ds_irq:.* $ds_name\$" /proc/interrupts || exit 1
	done
}

if [ "$kernel" != 6.1 ]; then
	section "queues, who polls them, and which interrupt starts that"
	check "two channels have four" linked 4
	check "one channel" ethtool -L eth0 combined 1
	check "has two" linked 2
	check "two channels" ethtool -L eth0 combined 2
	check "have four" linked 4
	echo 1 >"${1%/*}/break"
	check_within 20 "a reset" has_counted resets 2
	check_within 10 "has them linked again" linked 4
	check "down" ip link set eth0 down
	check_not "a device that is down has none" linked 4
	check "up" nic_up 0
	check "and one that is up has them" linked 4
	check_within 10 "the peer answers" reaches "$(gateway4)"
fi
check "the driver unloads" rmmod vmxnet3
