# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The bundled driver is changed while traffic runs: rings, channels, MTU, features; what cannot be had leaves all as it was.
# timeout: 400
# labels: vm soak
# cpus: 4
# memory: 2048
# files: build/vm/driver/@KERNEL@/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
driver_up

# stream NAME COMMAND...: streams one after the other until the file stop is there; a wrong one leaves a file. A change
# may lose datagrams (exit code 3), but it must not change them.
stream()
{
	ds_stream=$1
	shift
	(
		while [ ! -e /tmp/stop ]; do
			"$@"
			code=$?
			[ $code -eq 0 ] || [ $code -eq 3 ] || echo "$code $*" >>"/tmp/wrong.$ds_stream"
			echo >>"/tmp/done.$ds_stream"
		done
	) >/dev/null 2>"/tmp/said.$ds_stream" &
}

stream out traffic push "$(gateway4)" 7 2048
stream in peer traffic push "$(address4)" 7 2048
stream echo peer traffic echo "$(address6)" 7 1 900

for round in 1 2 3; do
	section "round $round"
	check "small rings" ethtool -G eth0 rx 32 tx 64 rx-jumbo 32
	check "large rings" ethtool -G eth0 rx 4096 tx 4096 rx-jumbo 4096
	check "one channel" ethtool -L eth0 combined 1
	check "MTU 9000" ip link set eth0 mtu 9000
	check "odd rings" ethtool -G eth0 rx 96 tx 160 rx-jumbo 224
	check "two channels" ethtool -L eth0 combined 2
	check "MTU 1500" ip link set eth0 mtu 1500
	check "interrupts for each packet sent" ethtool -C eth0 tx-usecs 0
	check "four channels" ethtool -L eth0 combined 4
	check "a timer for what is sent" ethtool -C eth0 tx-usecs 100
	check "no receive checksum" ethtool -K eth0 rx off
	check "and again" ethtool -K eth0 rx on
	check "the peer answers" reaches "$(gateway4)"
done

section "what cannot be had"
check_not "three channels" ethtool -L eth0 combined 3
check_not "no channel" ethtool -L eth0 combined 0
check_not "rx-usecs, on this device" ethtool -C eth0 rx-usecs 50
check_not "adaptive-rx, on this device" ethtool -C eth0 adaptive-rx on
check_not "a tx ring of 32" ethtool -G eth0 tx 32
check_not "MTU 9001" ip link set eth0 mtu 9001
check_not "wake on LAN, on a device without power management" ethtool -s eth0 wol g
check_out '^Combined:[[:space:]]*4$' "four channels are left" ethtool -l eth0
check "the peer answers" reaches "$(gateway4)"

section "the end of the streams"
touch /tmp/stop
check_within 60 "all streams have ended" sh -c '! pidof traffic | grep -q " .* "'
for stream in out in echo; do
	[ -s "/tmp/done.$stream" ]
	ds_result $? "stream $stream has run"
	[ ! -e "/tmp/wrong.$stream" ]
	ds_result $? "stream $stream was right each time" || ds_explain "/tmp/wrong.$stream" "/tmp/said.$stream"
done

section "what the administrator has said of processors"
# affinities: those of the interrupts of all queues, by their names.
affinities() { awk '$NF ~ /^eth0-/ { sub(":", "", $1); print $1 }' /proc/interrupts | sed 's|.*|/proc/irq/&/smp_affinity|' | xargs cat; }
check "all queues to the last processor" sh -c 'for f in /sys/class/net/eth0/queues/tx-*/xps_cpus; do echo 8 >$f; done'
awk '$NF ~ /^eth0-/ { sub(":", "", $1); print $1 }' /proc/interrupts | while read -r irq; do echo 8 >"/proc/irq/$irq/smp_affinity"; done
same "the interrupts too" 8 "$(affinities | sort -u)"
check "other rings" ethtool -G eth0 rx 512
check "another MTU" ip link set eth0 mtu 1400
check "down and up" sh -c "ip link set eth0 down && ip link set eth0 up"
same "the queues are where they were" 8 "$(cat /sys/class/net/eth0/queues/tx-*/xps_cpus | sort -u)"
same "and the interrupts" 8 "$(affinities | sort -u)"
check "MTU 1500" ip link set eth0 mtu 1500
check_within 5 "the peer answers" reaches "$(gateway4)"

section "statistics"
sent=$(counter tx0_hw_ucast_packets)
check "down and up" sh -c "ip link set eth0 down && ip link set eth0 up"
check "the device's counters do not go back" has_counted tx0_hw_ucast_packets "$sent"
check_within 5 "the peer answers" reaches "$(gateway4)"
check "registers can be dumped" ethtool -d eth0
check_out 'Speed: 1000Mb/s' "the link has a speed" ethtool eth0
check "down" ip link set eth0 down
check_out 'Speed: Unknown' "and no speed while it is down" ethtool eth0
check "the driver unloads" rmmod vmxnet3
