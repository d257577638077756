# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# NetworkManager with DHCP: a device that it finds configured already must not be left to nobody. A VLAN made by hand is, and nobody
# waits for it.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

# shellcheck disable=SC2034 # of owned_swap
owned='eth0\)'
owner_done() { ssh_guest 'nmcli -g GENERAL.STATE,GENERAL.CONNECTION device show eth0 | tr "\n" " " | grep "^100 (connected) wired" && nmcli -g DHCP4.OPTION device show eth0 | grep .'; }

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
method=disabled'
boot || return
check "a VLAN by hand" ssh_guest 'ip link add link eth0 name eth0.7 type vlan id 7 && ip addr add 198.18.1.1/24 dev eth0.7 && ip link set eth0.7 up'
check_within 30 "is connected, externally" ssh_guest 'nmcli -g GENERAL.STATE device show eth0.7 | grep -q externally'
owned_swap NetworkManager
poweroff_guest
