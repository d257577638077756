# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# NetworkManager with a bond, a bridge and a VLAN over the only NIC, with DHCP.
# labels: vm-full soak
# image: owners
# cmdline: net.ifnames=0
# timeout: 600
# shellcheck source=owners/lib.bash
. "$repo/tests/vm/full/owners/lib.bash"

# shellcheck disable=SC2034 # of owned_swap
owned='bond0|br0|vlan5'
owner_done()
{
	ssh_guest 'for link in eth0 bond0 br0 vlan5; do nmcli -g GENERAL.STATE device show $link | grep -q "^100 " || exit 1; done
		nmcli -g DHCP4.OPTION device show br0 | grep .'
}

# profile NAME TYPE TEXT
number=0
profile()
{
	number=$((number + 1))
	put_text "/etc/NetworkManager/system-connections/$1.nmconnection" "[connection]
id=$1
uuid=6d2b1b4e-6f0a-4a55-9a39-c0ffee00001$number
type=$2
interface-name=$1
$3"
}
networkd_off
unit_on NetworkManager.service
profile eth0 ethernet 'master=bond0
slave-type=bond'
profile bond0 bond 'master=br0
slave-type=bridge
[bond]
mode=active-backup
miimon=100'
profile br0 bridge '[bridge]
stp=false
[ipv4]
method=auto
[ipv6]
method=disabled'
profile vlan5 vlan '[vlan]
parent=bond0
id=5
[ipv4]
method=manual
address1=192.168.5.2/24
route1=192.168.50.0/24,192.168.5.1
[ipv6]
method=disabled'
boot || return
owned_swap NetworkManager
poweroff_guest
