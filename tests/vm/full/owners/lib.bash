# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# What the cases owner-*.bash share: a guest whose network has this owner, swapped over ssh, its lease kept and renewed.

# put_text PATH TEXT: a file on the disk. put_symlink PATH TARGET. unit_on NAME, unit_off NAME: of systemd.
put_text()
{
	printf '%s\n' "$2" >"$work/text"
	disk_put "$work/text" "$1" 600
}
put_symlink() { debugfs -w -R "symlink $1 $2" "$work/disk" >/dev/null 2>&1; }
unit_on() { put_symlink "/etc/systemd/system/multi-user.target.wants/$1" "/lib/systemd/system/$1"; }
networkd_off()
{
	local unit
	for unit in service socket; do
		put_symlink "/etc/systemd/system/systemd-networkd.$unit" /dev/null
	done
}

# networkd_wired RA: the disk's network is networkd's, by DHCP; RA, yes or no: of router advertisements, too.
networkd_wired()
{
	put_text /etc/systemd/network/50-wired.network "[Match]
Type=ether
[Network]
DHCP=ipv4
LinkLocalAddressing=ipv6
IPv6AcceptRA=$1"
	debugfs -w -R "sif /etc/systemd/network/50-wired.network mode 0100644" "$work/disk" >/dev/null 2>&1
}
# It has configured eth0 as it is now, and has a lease there.
networkd_done() { ssh_guest 'i=$(cat /sys/class/net/eth0/ifindex); grep -qx ADMIN_STATE=configured /run/systemd/netif/links/$i && cat /run/systemd/netif/leases/$i'; }

typed() { ssh_timeout=150 ssh_guest "echo \"from \$SSH_CONNECTION\"; $*; code=\$?; echo \"code \$code to \$SSH_CONNECTION\"; exit \$code"; }

# owned_is_back: within owned_swap, what the host had is there as facts found it.
owned_is_back()
{
	same "its addresses, and what is stacked on it" "$stack" "${fact[stack]}"
	same "its routes" "$routes" "${fact[routes]}"
	same "its addresses of IPv6" "$stack6" "${fact[stack6]}"
	same "its routes of IPv6" "$routes6" "${fact[routes6]}"
}

# owned_swap OWNER: the case itself, after the boot. owner_done, a word of the case: its DHCP client, where it has one, is alive on
# the link as it is now. owned: the links that it has, as a regular expression; eth0 where it is not set.
owned_swap()
{
	local owner=$1 stack routes stack6 routes6 index
	check_within 60 "the owner is done before" owner_done
	facts
	stack=${fact[stack]}
	routes=${fact[routes]}
	stack6=${fact[stack6]}
	routes6=${fact[routes6]}
	note "links and routes: $stack, $routes; $stack6, $routes6"
	check "an address before" grep -q "10.0.2.15/24" <<<"$stack"
	check "the test modules are copied" copy_modules good/99.1:vmxnet3.ko bad/init-fails:init-fails.ko
	check_exit 0 "dry run" ssh_guest drvswap -n vmxnet3 /root/vmxnet3.ko
	out_has "owners of the network have settled.*$owner \(.*${owned:-eth0}" "the preview prints the wait for the owner"
	index=$(guest_says cat /sys/class/net/eth0/ifindex)

	section "swap"
	check_exit 0 "the swap" typed drvswap vmxnet3 /root/vmxnet3.ko
	cat "$err" "$out" >"$work/swap.txt"
	[[ -n $(sed -n 's/^from //p' "$out") && $(sed -n 's/^from //p' "$out") == "$(sed -n 's/^code [0-9]* to //p' "$out")" ]]
	result $? "told over the very connection that it was typed on" || explain_run
	note "swap: $(grep -o 'network was away for [0-9]* ms' "$out")"
	check "at once after it, the owner is done with the new link" owner_done
	differ "it is a new link" "$index" "$(guest_says cat /sys/class/net/eth0/ifindex)"
	facts
	same "ethtool says the new version" 99.1.0.0-test-NAPI "${fact[version]}"
	owned_is_back
	same "no unit has failed" "" "${fact[failed]}"

	section "a bad driver"
	check_exit 4 "one whose init fails" typed drvswap vmxnet3 /root/init-fails.ko
	check "the owner is done with the link of the way back" owner_done
	facts
	owned_is_back
}
