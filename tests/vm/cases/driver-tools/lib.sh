# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the cases for the bundled driver share; /ds/driver.sh in the guest.

# Its own build of the driver, the network up, traffic served at both ends.
driver_up()
{
	check "the peer comes up" peer_up
	# shellcheck disable=SC2086 # a list
	check "the driver loads" insmod /ds/vmxnet3.ko ${driver_parameters:-}
	check "the network comes up" nic_up 0
	# QEMU 7.2 cuts what needs segmentation wrong unless the backend takes it as it is, and a hub does not. The case of
	# the offloads has another backend and switches this on again.
	ethtool -K eth0 tso off
	servers_up
}

servers_up()
{
	traffic serve 7 &
	peer traffic serve 7 &
	within 10 traffic echo 127.0.0.1 7 1 18
	within 10 peer traffic echo "$(gateway4)" 7 1 18
}

counter() { ethtool -S eth0 | awk -v name="$1:" '$1 == name { print $2 }'; }

# has_counted NAME NUMBER: at least so many.
has_counted() { [ "$(counter "$1")" -ge "$2" ]; }

# Nothing that only a mistake of the driver (or of the device) makes it count.
no_mistakes()
{
	ethtool -S eth0 | grep -E '(resets|reset_failures|tx_timeouts|drops|busy|_errors|errors|no_memory|late_completions): [1-9]' |
		grep -Ev 'hw_no_buffer' >"$ds_dir/mistakes"
	[ ! -s "$ds_dir/mistakes" ]
	ds_result $? "$1: no error was counted" || ds_explain "$ds_dir/mistakes"
}

# traffic_both_ways TEXT: streams and datagrams, both protocols, with their content checked at the other end.
traffic_both_ways()
{
	check "$1: TCP/IPv4 out" traffic push "$(gateway4)" 7 2048
	check "$1: TCP/IPv4 in" peer traffic push "$(address4)" 7 2048
	check "$1: TCP/IPv6 out" traffic push "$(gateway6)" 7 1024
	check "$1: TCP/IPv6 in" peer traffic push "$(address6)" 7 1024
	check "$1: small datagrams out" traffic echo "$(gateway4)" 7 100 18
	check "$1: small datagrams in" peer traffic echo "$(address4)" 7 100 18
	check "$1: datagrams of 1400 bytes" traffic echo "$(gateway6)" 7 50 1400
	check "$1: datagrams in fragments" traffic echo "$(gateway4)" 7 20 9000
	check "$1: fragments from outside" peer traffic echo "$(address6)" 7 20 9000
}

set_mtu()
{
	ip link set eth0 mtu "$1" && peer ip link set wire0 mtu "$1"
}
