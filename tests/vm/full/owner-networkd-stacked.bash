# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# systemd-networkd with a bond, a bridge and a VLAN over the only NIC, first with DHCP, then with addresses of its own.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 900
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

# shellcheck disable=SC2034 # of owned_swap
owned='bond0|br0|vlan5'
owner_done() { ssh_guest 'for link in eth0 bond0 br0 vlan5; do grep -qx ADMIN_STATE=configured /run/systemd/netif/links/$(cat /sys/class/net/$link/ifindex) || exit 1; done'; }

config=/etc/systemd/network
# unit NAME TEXT: networkd is not root, and reads it.
unit()
{
	put_text "$config/$1" "$2"
	debugfs -w -R "sif $config/$1 mode 0100644" "$work/disk" >/dev/null 2>&1
}
unit 10-bond0.netdev '[NetDev]
Name=bond0
Kind=bond
[Bond]
Mode=active-backup
MIIMonitorSec=100ms'
unit 10-br0.netdev '[NetDev]
Name=br0
Kind=bridge'
unit 10-vlan5.netdev '[NetDev]
Name=vlan5
Kind=vlan
[VLAN]
Id=5'
unit 10-eth0.network '[Match]
Name=eth0
[Network]
Bond=bond0'
unit 10-bond0.network '[Match]
Name=bond0
[Network]
Bridge=br0
VLAN=vlan5
LinkLocalAddressing=no'
unit 10-vlan5.network '[Match]
Name=vlan5
[Network]
Address=192.168.5.2/24
LinkLocalAddressing=no
[Route]
Destination=192.168.50.0/24
Gateway=192.168.5.1'
unit 10-br0.network '[Match]
Name=br0
[Network]
DHCP=ipv4
IPv6AcceptRA=no'
boot || return
owned_swap systemd-networkd

section "addresses of its own"
check "its configuration" ssh_guest "sed -i 's,^DHCP=.*,Address=10.0.2.15/24\nGateway=10.0.2.2,' $config/10-br0.network"
reboot_guest || return
owned_swap systemd-networkd
poweroff_guest
