# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# 200 times loaded and unloaded while the peer sends, and no memory lost on the way.
# cpus: 2
# timeout: 900
# labels: vm soak
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
driver_up
check "unload" rmmod vmxnet3
peer ip neigh replace "$(address4)" lladdr "$(nic_mac 0)" nud permanent dev wire0
(while [ ! -e /tmp/stop ]; do peer traffic flood "$(address4)" 9 1 200; done) >/dev/null 2>&1 &

free_kb() { awk '/^(MemFree|Buffers|Cached|Slab):/ { sum += $2 } END { print sum }' /proc/meminfo; }
cycle()
{
	insmod /ds/vmxnet3.ko && ip addr add "$(address4)/24" dev eth0 && ip link set eth0 up && within 5 has_carrier eth0 &&
		{ [ $(($1 % 20)) -ne 0 ] || within 5 has_counted rx0_packets 1; } && rmmod vmxnet3
}

round=1
while [ $round -le 200 ] && cycle $round; do
	[ $round -ne 20 ] || memory=$(free_kb)
	round=$((round + 1))
done
same "200 cycles went well" 201 $round
left=$(free_kb)
[ $((memory - left)) -lt 8192 ]
ds_result $? "no memory was lost in 180 of them ($memory KiB free, then $left)"
touch /tmp/stop
check "once more" insmod /ds/vmxnet3.ko
check "the network comes up" nic_up 0
check "the peer answers" reaches "$(gateway4)"
