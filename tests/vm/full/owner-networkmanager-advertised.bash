# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# NetworkManager with addresses of a router's advertisements, by which it is connected, and DHCP, which comes later.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

owner_done() { ssh_guest 'nmcli -g GENERAL.STATE,GENERAL.CONNECTION device show eth0 | tr "\n" " " | grep "^100 (connected) wired" && nmcli -g DHCP4.OPTION device show eth0 | grep . && ip -6 route show default | grep via && ip -6 addr show dev eth0 | grep "inet6 fec0:"'; }

networkd_off
unit_on NetworkManager.service
put_text /etc/NetworkManager/system-connections/wired.nmconnection '[connection]
id=wired
uuid=6d2b1b4e-6f0a-4a55-9a39-c0ffee000001
type=ethernet
interface-name=eth0
[ipv4]
method=auto
[ipv6]
method=auto
addr-gen-mode=0'
boot || return
owned_swap NetworkManager
poweroff_guest
