# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# How received packets are to be spread over the queues is the user's to say, and what he has said stays, whatever else is
# changed: in what ethtool shows, and in what the device is given. (QEMU's device takes it and uses the first queue only.)
# cpus: 4
# memory: 1536
# timeout: 240
# labels: vm soak
# cmdline: no_console_suspend
# files: build/vm/driver/@KERNEL@/knobs/vmxnet3.ko:ds/vmxnet3.ko build/vm/driver/traffic:usr/bin/traffic tests/vm/cases/driver-tools/lib.sh:ds/driver.sh

# shellcheck source=driver-tools/lib.sh
. /ds/driver.sh
driver_up
set -- /sys/kernel/debug/0000:*/rss
knobs=${1%/*}

# What the user sees: the table, the key and the function.
shown() { ethtool -x eth0 | sed '/^RX flow hash/d'; }
# What the device has been given: hash types, function, sizes, key and table (see hw.h).
given_key() { od -An -v -t x1 -j 8 -N 40 "$knobs/rss" | tr -d ' \n'; }
given_table() { od -An -v -t u1 -j 48 -N 128 "$knobs/rss" | tr -s ' \n' ' '; }
# How often each queue stands in that table: "32 0 96 1 " is a quarter for the first.
given_counts() { given_table | tr ' ' '\n' | grep . | sort -n | uniq -c | tr -s ' \n' ' ' | sed 's/^ //'; }
given() { echo "$(given_key) $(given_table)"; }

section "before anybody has said anything"
check "four channels" ethtool -L eth0 combined 4
same "the table is even" "32 0 32 1 32 2 32 3 " "$(given_counts)"
check "two channels" ethtool -L eth0 combined 2
same "for two as well" "64 0 64 1 " "$(given_counts)"
check "four channels again" ethtool -L eth0 combined 4

section "a table and a key"
key=0123456789abcdef000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
check "the table" ethtool -X eth0 weight 1 2 5
check "the key" ethtool -X eth0 hkey "$(echo $key | sed 's/../&:/g; s/:$//')"
same "the key has gone to the device" $key "$(given_key)"
same "the table, too" "16 0 32 1 80 2 " "$(given_counts)"
shown=$(shown)
given=$(given)
table=$(given_table)

# still TEXT: all of it is what it was.
still()
{
	same "$1: ethtool shows the same" "$shown" "$(shown)"
	same "$1: the device was given the same" "$given" "$(given)"
}

section "what leaves it alone"
check "other rings" ethtool -G eth0 rx 256 tx 128
still "rings"
check "MTU 9000" set_mtu 9000
still "MTU 9000"
check "MTU 1500" set_mtu 1500
still "MTU 1500"
check "no receive checksum" ethtool -K eth0 rx off
still "features"
check "down and up" sh -c "ip link set eth0 down && ip link set eth0 up"
still "down and up"
resets=$(counter resets)
check "the device stops a queue" sh -c "echo 1 >$knobs/break"
check_within 20 "which is a reset" has_counted resets $((resets + 1))
check_within 10 "the peer answers" reaches "$(gateway4)"
still "reset"
echo devices >/sys/power/pm_test
check "suspend, as far as the devices" sh -c 'echo freeze >/sys/power/state'
echo none >/sys/power/pm_test
check_within 15 "the peer answers" reaches "$(gateway4)"
still "suspend"
echo 1 >"$knobs/refuse_activations"
check_not "rings that the device does not take" ethtool -G eth0 rx 512
still "rings that were not taken"
check "three of four channels are used: two would be too few" sh -c '! ethtool -L eth0 combined 2'
still "channels that were not taken"

section "while it is down"
check "down" ip link set eth0 down
check "another table" ethtool -X eth0 weight 1 1 0 2
other=$(shown)
check "up" ip link set eth0 up
same "ethtool shows it" "$other" "$(shown)"
same "the key stays" $key "$(given_key)"
differ "the device is given it" "$table" "$(given_table)"
same "just so" "32 0 32 1 64 3 " "$(given_counts)"
check "an even table again" ethtool -X eth0 default
check "two channels" ethtool -L eth0 combined 2
same "it follows the channels" "64 0 64 1 " "$(given_counts)"
same "the key stays" $key "$(given_key)"
check_within 10 "the peer answers" reaches "$(gateway4)"
check "TCP in" peer traffic push "$(address4)" 7 256
check "the driver unloads" rmmod vmxnet3
