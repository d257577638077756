# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# ifupdown with a bond, a bridge and a VLAN over the only NIC, with DHCP.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

# shellcheck disable=SC2034 # of owned_swap
owned='bond0|br0|vlan5'
# dhclient lives, and has a packet socket on the bridge.
owner_done()
{
	ssh_guest 'i=$(cat /sys/class/net/br0/ifindex); kill -0 $(cat /run/dhclient.br0.pid) &&
		awk -v i=$i "\$5 == i { found = 1 } END { exit !found }" /proc/net/packet && grep -q ^br0= /run/network/ifstate'
}

networkd_off
unit_on networking.service
put_text /etc/network/interfaces 'auto lo
iface lo inet loopback
auto bond0
iface bond0 inet manual
	bond-slaves eth0
	bond-mode active-backup
	bond-miimon 100
auto br0
iface br0 inet dhcp
	bridge_ports bond0
	bridge_stp off
	bridge_fd 0
auto vlan5
iface vlan5 inet static
	vlan-raw-device bond0
	address 192.168.5.2/24
	up ip route add 192.168.50.0/24 via 192.168.5.1'
boot || return
owned_swap ifupdown
poweroff_guest
