# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# systemd-networkd with addresses and a default route of a router's advertisements, which it reads itself, and DHCP.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

owner_done() { ssh_guest 'i=$(cat /sys/class/net/eth0/ifindex); grep -qx ADMIN_STATE=configured /run/systemd/netif/links/$i && cat /run/systemd/netif/leases/$i && ip -6 route show default | grep via && ip -6 addr show dev eth0 | grep "inet6 fec0:.*mngtmpaddr"'; }

put_text /etc/systemd/network/50-wired.network '[Match]
Type=ether
[Network]
DHCP=ipv4
IPv6AcceptRA=yes'
debugfs -w -R "sif /etc/systemd/network/50-wired.network mode 0100644" "$work/disk" >/dev/null 2>&1
boot || return
owned_swap systemd-networkd
poweroff_guest
