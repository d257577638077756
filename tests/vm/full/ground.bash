# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Does the guest itself do what the other cases build on?
# labels: vm-full ground soak
# timeout: 600

boot || return
check "systemd has started everything" ssh_guest 'systemctl is-system-running --wait'
facts
nic=${fact[nics]}
check "the only NIC" ssh_guest "ls /sys/class/net; ethtool -i '$nic'; ping -c 1 -W 5 10.0.2.2"
out_has '^driver: vmxnet3$' "is a vmxnet3"
differ "has a name that udev gave it" eth0 "$nic"
same "is the only one" 2 "$(grep -c '^lo$\|^e[a-z0-9]*$' "$out")"
same "the kernel is the one that the test modules were built for" "$release" "${fact[release]}"
same "no unit has failed" "" "${fact[failed]}"
check "the initramfs image holds the driver" initrd_holds vmxnet3
check "which the guest loaded from it" ssh_guest "dmesg | grep -E 'vmxnet3 virtual NIC driver|EXT4-fs \(vda\): mounted'"
same "before it had another disk" vmxnet3 "$(head -n 1 "$out" | grep -o vmxnet3 | head -n 1)"

section "the next boot"
first=${fact[boot_id]}
reboot_guest || return
facts
differ "it is another boot" "$first" "${fact[boot_id]}"

section "the plug is pulled"
check "one file is written" ssh_guest 'echo 1 >/root/kept && sync && echo 2 >/root/lost'
power_cut
boot || return
same "what was synced is there" 1 "$(guest_says cat /root/kept)"
check_not "what was not is gone" ssh_guest test -s /root/lost

section "the cable is pulled"
check "the link is cut" link_cut
check_not "nobody gets in" ssh_guest true
check "the link is back" link_back
check "somebody gets in" wait_ssh 60
check "the wire is cut" wire_cut
check_not "nobody gets in that way either" ssh_guest true
check "the wire is back" wire_back
check "and again" wait_ssh 60
poweroff_guest
