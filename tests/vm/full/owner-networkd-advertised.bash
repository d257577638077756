# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# systemd-networkd with addresses and a default route of a router's advertisements, which it reads itself, and DHCP.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

owner_done() { networkd_done && ssh_guest 'ip -6 route show default | grep via && ip -6 addr show dev eth0 | grep "inet6 fec0:.*mngtmpaddr"'; }

networkd_wired yes
boot || return
owned_swap systemd-networkd
poweroff_guest
