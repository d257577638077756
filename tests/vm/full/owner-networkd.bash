# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# systemd-networkd with DHCP: it takes the bridged address away, and has a lease on the new link before the commit.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

owner_done() { ssh_guest 'i=$(cat /sys/class/net/eth0/ifindex); grep -qx ADMIN_STATE=configured /run/systemd/netif/links/$i && cat /run/systemd/netif/leases/$i'; }

put_text /etc/systemd/network/50-wired.network '[Match]
Type=ether
[Network]
DHCP=ipv4
LinkLocalAddressing=ipv6
IPv6AcceptRA=no'
debugfs -w -R "sif /etc/systemd/network/50-wired.network mode 0100644" "$work/disk" >/dev/null 2>&1
boot || return
owned_swap systemd-networkd
poweroff_guest
