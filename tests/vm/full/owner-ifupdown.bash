# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# ifupdown with DHCP: after the swap dhclient sits on a socket of the link that is gone, unless it is made anew.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

# dhclient lives, and has a packet socket on eth0 as it is now.
owner_done() { ssh_guest 'i=$(cat /sys/class/net/eth0/ifindex); kill -0 $(cat /run/dhclient.eth0.pid) && awk -v i=$i "\$5 == i { found = 1 } END { exit !found }" /proc/net/packet && grep -q ^eth0= /run/network/ifstate'; }

networkd_off
unit_on networking.service
put_text /etc/network/interfaces 'auto lo
iface lo inet loopback
auto eth0
iface eth0 inet dhcp'
boot || return
owned_swap ifupdown
poweroff_guest
